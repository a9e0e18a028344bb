//! Runs, made in prefixes of a gate's seeds until everything that is asked of a scenario is decided.

use std::sync::atomic::Ordering;

use models::Logic;
use reports::gate::{CheckReport, CriterionReport, Fact};
use reports::sequential::looks;
use reports::{Judged, Run, ScenarioReport, Scripted, Verdict, human, worst};

use super::asked::Question;
use super::{Error, Gate, Options};
use crate::campaign::{Difference, News};

/// What the runs of one scenario show.
pub struct Ran {
    /// Which of the gate's scenarios.
    pub campaign: usize,
    /// Its runs, in the order of seeds.
    pub runs: Vec<Run>,
    /// What was asked of it, and the answers.
    pub answers: Vec<Answer>,
    /// What its report says.
    pub report: ScenarioReport,
    /// What ends its outages, if that is its script: then it is not asked for its recovery time.
    pub scripted: Option<Scripted>,
    /// A seed that does not give one history, and where it goes apart.
    pub difference: Option<(u64, Difference)>,
}

/// The answer to one of the gate's questions.
#[derive(Clone)]
pub struct Answer {
    /// Its place among them.
    pub question: usize,
    /// What the runs say.
    pub judged: Judged,
    /// So many of them were looked at.
    pub looked_at: usize,
}

/// How far a gate is.
pub enum Progress<'a> {
    /// A scenario begins; so many runs may be made of it.
    Begins(&'a str, u64),
    /// A run is done.
    Step,
    /// This run takes longer than one may; the command that shows it.
    Slow(u64, String),
    /// The scenario is decided.
    Ends,
}

/// Every scenario of which anything is asked.
pub(super) fn all<L: Logic>(
    gate: &Gate<L>,
    options: &Options<'_>,
    first_seed: u64,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<Ran>, Error> {
    let mut all = Vec::new();
    for campaign in 0..gate.campaigns.len() {
        let asked = |at: &usize| gate.questions[*at].campaign == campaign;
        let questions: Vec<usize> = (0..gate.questions.len()).filter(asked).collect();
        if questions.is_empty() || options.fleet.stop.load(Ordering::Relaxed) {
            continue;
        }
        let decider = Decider { gate, campaign, questions, first_seed };
        on_progress(Progress::Begins(&gate.campaigns[campaign].name(), gate.runs_max));
        all.push(decider.decide(options, on_progress)?);
        on_progress(Progress::Ends);
    }
    let again = options.fleet.in_order(&all, |ran| recheck(gate, ran)).map_err(Error::Campaign)?;
    all.iter_mut().zip(again).for_each(|(ran, difference)| ran.difference = difference);
    let scripted =
        options.fleet.in_order(&all, |ran| ended_by_the_script(gate, ran)).map_err(Error::Campaign)?;
    for (ran, scripted) in all.iter_mut().zip(scripted).filter(|(_, scripted)| scripted.is_some()) {
        ran.answers.retain(|answer| !gate.questions[answer.question].is_for_recovery_time());
        let judged = ran.answers.iter().map(|answer| answer.judged.clone()).collect();
        let report = gate.campaigns[ran.campaign].report_judged(&ran.runs, judged);
        (ran.report, ran.scripted) = (ScenarioReport { scripted: scripted.clone(), ..report }, scripted);
    }
    Ok(all)
}

/// Only where a recovery time is asked for.
fn ended_by_the_script<L: Logic>(gate: &Gate<L>, ran: &Ran) -> Option<Scripted> {
    let asked = ran.answers.iter().any(|answer| gate.questions[answer.question].is_for_recovery_time());
    asked.then(|| gate.campaigns[ran.campaign].ended_by_the_script(&ran.runs)).flatten()
}

/// One run of each scenario is made again: a seed that gives two histories proves nothing.
fn recheck<L: Logic>(gate: &Gate<L>, ran: &Ran) -> Option<(u64, Difference)> {
    let run = ran.runs.first()?;
    gate.campaigns[ran.campaign].recheck(run).map(|difference| (run.seed, difference))
}

struct Decider<'a, L: Logic> {
    gate: &'a Gate<L>,
    campaign: usize,
    questions: Vec<usize>,
    first_seed: u64,
}

impl<L: Logic> Decider<'_, L> {
    fn decide(&self, options: &Options<'_>, on_progress: &mut dyn FnMut(Progress<'_>)) -> Result<Ran, Error> {
        let mut runs = Vec::new();
        let mut answers = self.look(&runs, None);
        let least = self.questions.iter().map(|at| self.gate.questions[*at].least).max().unwrap_or(1);
        for look in looks(least, self.gate.runs_max) {
            runs.extend(self.more(runs.len() as u64, look, options, on_progress)?);
            // What came in before a stop is no prefix that anyone chose beforehand: it is shown and decides nothing. Nor
            // does a prefix of which this machine did not finish a run.
            if (runs.len() as u64) < look || runs.iter().any(Run::is_unfinished) {
                break;
            }
            answers = self.look(&runs, Some(answers));
            if answers.iter().all(Answer::is_decided) {
                break;
            }
        }
        let judged = answers.iter().map(|answer| answer.judged.clone()).collect();
        let campaign = &self.gate.campaigns[self.campaign];
        let report = campaign.report_judged(&runs, judged);
        Ok(Ran { campaign: self.campaign, runs, answers, report, scripted: None, difference: None })
    }

    /// The first answer stands, so that more runs for another criterion do not give a second chance; except that
    /// what must never happen counts whenever it is seen.
    fn look(&self, runs: &[Run], before: Option<Vec<Answer>>) -> Vec<Answer> {
        let mut before = before.into_iter().flatten();
        let answer = |at: &usize| {
            let asked = &self.gate.questions[*at].asked;
            match before.next() {
                Some(answer) if answer.is_decided() && !asked.criterion.is_never() => answer,
                _ => Answer { question: *at, judged: asked.judge(runs), looked_at: runs.len() },
            }
        };
        self.questions.iter().map(answer).collect()
    }

    /// The runs from the number `from` to below `to`.
    fn more(
        &self,
        from: u64,
        to: u64,
        options: &Options<'_>,
        on_progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Vec<Run>, Error> {
        let campaign = &self.gate.campaigns[self.campaign];
        let seeds = self.first_seed + from..self.first_seed + to;
        let made = campaign.run_with(&options.fleet, seeds, |news| match news {
            News::Done(_) => on_progress(Progress::Step),
            News::Slow(seed) => on_progress(Progress::Slow(seed, campaign.replay_command(seed))),
        });
        made.map_err(Error::Campaign)
    }
}

impl Answer {
    fn is_decided(&self) -> bool {
        self.judged.verdict != Verdict::Inconclusive
    }
}

/// Fills in a check over runs.
pub(super) fn check<L: Logic>(gate: &Gate<L>, index: usize, all: &[Ran], report: &mut CheckReport) {
    for ran in all {
        let of_check = |answer: &&Answer| gate.questions[answer.question].check == index;
        let rows: Vec<CriterionReport> =
            ran.answers.iter().filter(of_check).map(|answer| row(gate, ran, answer)).collect();
        if !rows.is_empty() {
            report.findings.extend(spoilt(gate, ran));
        }
        report.criteria.extend(rows);
    }
    let spoilt = if report.findings.is_empty() { Verdict::Pass } else { Verdict::Fail };
    let judged = Verdict::all(report.criteria.iter().map(|row| row.verdict));
    let left_out = |question: &&Question| {
        let scripted = all.iter().any(|ran| ran.campaign == question.campaign && ran.scripted.is_some());
        scripted && question.is_for_recovery_time()
    };
    let of_check = gate.questions.iter().filter(|question| question.check == index);
    let asked = of_check.filter(|question| !left_out(question)).count();
    // Of an interrupted gate some answers are missing.
    let missing = if report.criteria.len() < asked { Verdict::Inconclusive } else { Verdict::Pass };
    let unfinished = all.iter().filter_map(|ran| told_unfinished(gate, ran));
    let unfinished: Vec<String> = unfinished.collect();
    let in_time = if unfinished.is_empty() { Verdict::Pass } else { Verdict::Inconclusive };
    report.verdict = judged.and(spoilt).and(missing).and(in_time);
    report.findings.extend(unfinished);
    let not_passed = report.criteria.iter().filter(|row| row.verdict != Verdict::Pass);
    let told: Vec<String> = not_passed.map(told).collect();
    report.findings.extend(told);
    let runs: u64 = report.criteria.iter().map(|row| row.runs).sum();
    report.facts.push(Fact::new("runs judged", human::count(runs)));
    report.facts.push(Fact::new("scenarios", scenarios_of(report)));
}

/// A run that this machine did not finish: what would have followed decides nothing.
fn told_unfinished<L: Logic>(gate: &Gate<L>, ran: &Ran) -> Option<String> {
    let first = ran.runs.iter().find(|run| run.is_unfinished())?;
    let campaign = &gate.campaigns[ran.campaign];
    let (name, replay) = (campaign.name(), campaign.replay_command(first.seed));
    Some(format!("not finished: {name}: seed {} took longer than a run may; {replay}", first.seed))
}

fn scenarios_of(report: &CheckReport) -> usize {
    let names: std::collections::BTreeSet<&str> =
        report.criteria.iter().map(|row| row.scenario.as_str()).collect();
    names.len()
}

fn told(row: &CriterionReport) -> String {
    let word = row.verdict.word();
    let replay =
        row.replay.as_ref().filter(|_| row.bad > 0).map_or(String::new(), |replay| format!("; {replay}"));
    let (name, scenario, why) = (&row.name, &row.scenario, &row.explanation);
    format!("{word}: {scenario}: {name}: {why}{replay}")
}

/// What makes the runs of a scenario worthless as evidence, whatever they show.
fn spoilt<L: Logic>(gate: &Gate<L>, ran: &Ran) -> Vec<String> {
    let campaign = &gate.campaigns[ran.campaign];
    let name = campaign.name();
    let mut findings = Vec::new();
    if let Some((seed, difference)) = &ran.difference {
        let replay = campaign.replay_command(*seed);
        findings.push(format!("FAIL: {name}: seed {seed} does not give one history: {difference}; {replay}"));
    }
    findings.extend(ran.report.inert_faults.iter().map(|fault| format!("FAIL: {name}: {fault}")));
    findings
}

fn row<L: Logic>(gate: &Gate<L>, ran: &Ran, answer: &Answer) -> CriterionReport {
    let (question, campaign) = (&gate.questions[answer.question], &gate.campaigns[ran.campaign]);
    // Later ones were made for other criteria.
    let (judged, looked_at) = (&answer.judged, &ran.runs[..answer.looked_at]);
    let seed = judged.worst_seed.or_else(|| worst(looked_at).map(|run| run.seed));
    CriterionReport {
        name: judged.name.clone(),
        scenario: campaign.name(),
        verdict: judged.verdict,
        explanation: judged.explanation.clone(),
        runs: judged.runs,
        looked_at: answer.looked_at as u64,
        runs_max: gate.runs_max,
        bad: judged.bad,
        tolerated: judged.tolerated,
        confidence: judged.confidence,
        bad_at_most: judged.rate_at_most,
        bad_at_least: judged.rate_at_least,
        runs_least: question.least,
        runs_needed: judged.needed,
        measured_s: question.limit.and_then(|_| question.asked.measured(looked_at)),
        limit_s: question.limit.map(reports::Seconds::exactly),
        seed,
        replay: seed.map(|seed| campaign.replay_command(seed)),
    }
}
