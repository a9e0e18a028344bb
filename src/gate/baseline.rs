//! Beside an earlier report: what got better and what worse. Seeds derive from the version under test, so the earlier
//! runs met other disasters than these; the scenarios that are the same are therefore run once more on the earlier
//! seeds and paired. The verdict rests on the fresh seeds alone.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufReader;
use std::ops::Range;
use std::path::{Path, PathBuf};

use models::Logic;
use reports::compare::{Answer, Comparison, Side};
use reports::gate::{BaselineReport, CheckReport, CriterionChange, CriterionReport, GateReport};
use reports::{Criterion, Recorded, Report, Verdict};
use units::Span;

use super::provenance::scenario_digest;
use super::{Error, Gate, Options, Ran};
use crate::campaign::Campaign;
use crate::foreign;

/// Differences of times below this do not count.
const IGNORED: Span = Span::from_millis(100);

/// An earlier report, read before anything is run.
pub struct Baseline {
    file: PathBuf,
    report: Report,
    /// The runs beside it, if they are there.
    runs: Option<Vec<Recorded>>,
}

impl Baseline {
    /// Reads a `report.json` that a gate wrote, and the `runs.jsonl` beside it if there is one.
    ///
    /// # Errors
    /// If it is no report of a gate, or its runs are not what was written.
    pub fn read(file: &Path) -> Result<Baseline, Error> {
        let refuse = |problem: String| Error::Baseline { file: file.to_owned(), problem };
        let text = foreign::json(file).map_err(refuse)?;
        let report = Report::from_json(&text).map_err(|error| refuse(foreign::placed(&error.to_string())))?;
        if report.gate.is_none() {
            return Err(refuse(":1:1: a report of runs, not of a gate".to_owned()));
        }
        let beside = file.with_file_name("runs.jsonl");
        let runs = beside.exists().then(|| read_runs(&beside)).transpose()?;
        Ok(Baseline { file: file.to_owned(), report, runs })
    }

    /// What these checks and runs are beside it.
    pub(super) fn beside<L: Logic>(
        &self,
        gate: &Gate<L>,
        checks: &[CheckReport],
        ran: &[Ran],
        options: &Options<'_>,
    ) -> Result<BaselineReport, Error> {
        let mut notes = Vec::new();
        let earlier = self.report.gate.as_ref();
        let name = earlier.map_or("", |earlier| &earlier.name);
        if name != gate.name() {
            notes.push(format!("the baseline is of another gate, '{name}'"));
        }
        let paired = self.paired(gate, ran, options, &mut notes)?;
        let changed = changes(earlier.map_or(&[][..], |earlier| &earlier.checks), checks);
        let asked_no_more = asked_no_more(earlier, checks, gate);
        let answer = paired.as_ref().map_or(Answer::CannotTell, |paired| paired.answer);
        Ok(BaselineReport {
            file: self.file.display().to_string(),
            tool_version: self.report.tool_version.clone(),
            seed_base: earlier.map(|earlier| earlier.provenance.seed_base.clone()),
            answer,
            notes,
            changed,
            asked_no_more,
            paired,
        })
    }

    /// The same scenarios on the earlier seeds.
    fn paired<L: Logic>(
        &self,
        gate: &Gate<L>,
        ran: &[Ran],
        options: &Options<'_>,
        notes: &mut Vec<String>,
    ) -> Result<Option<Comparison>, Error> {
        let Some(runs) = &self.runs else {
            notes.push(
                "no runs.jsonl lies beside it: nothing could be paired, so nothing is called significant"
                    .to_owned(),
            );
            return Ok(None);
        };
        let (mut earlier, mut now) = (Vec::new(), Vec::new());
        let digests = self.digests();
        for ran in ran {
            let campaign = &gate.campaigns[ran.campaign];
            let name = campaign.name();
            let Some(recorded) = runs.iter().find(|one| one.scenario.scenario == name) else {
                notes.push(format!("{name} is not in the baseline"));
                continue;
            };
            if digests.get(&name) != Some(&scenario_digest(campaign)) {
                notes.push(format!("{name} has changed since, so it cannot be compared"));
                continue;
            }
            now.push(again(
                campaign,
                &gate.asked_of(ran.campaign, ran.scripted.is_some()),
                recorded,
                ran,
                options,
            )?);
            earlier.push(recorded.clone());
        }
        if earlier.is_empty() {
            notes.push("no scenario is the same as in the baseline".to_owned());
            return Ok(None);
        }
        let a = Side { what: self.file.display().to_string(), scenarios: earlier };
        let b = Side { what: "this version".to_owned(), scenarios: now };
        Ok(Some(Comparison::of(env!("CARGO_PKG_VERSION"), &a, &b, IGNORED)))
    }

    fn digests(&self) -> BTreeMap<String, String> {
        let scenarios = self.report.gate.iter().flat_map(|gate| &gate.provenance.scenarios);
        scenarios.map(|one| (one.name.clone(), one.digest.clone())).collect()
    }
}

/// The runs of the earlier seeds, by this logic; those there are already are not made again.
fn again<L: Logic>(
    campaign: &Campaign<L>,
    asked: &[Criterion],
    recorded: &Recorded,
    ran: &Ran,
    options: &Options<'_>,
) -> Result<Recorded, Error> {
    let seeds: BTreeSet<u64> = recorded.runs.iter().map(|run| run.seed).collect();
    let known = ran.runs.iter().filter(|run| seeds.contains(&run.seed)).cloned();
    let mut runs: Vec<_> = known.collect();
    if runs.len() < seeds.len() {
        runs.clear();
        for stretch in in_a_row(&seeds) {
            runs.extend(campaign.run_with(&options.fleet, stretch, |_| ()).map_err(Error::Campaign)?);
        }
    }
    Ok(campaign.recorded_asked(asked, &runs))
}

/// Stretches of seeds that follow each other. The file may have been made by hand: what lies between is not run, and
/// the last seed of all, which no range holds, stays without a partner.
fn in_a_row(seeds: &BTreeSet<u64>) -> Vec<Range<u64>> {
    let mut stretches: Vec<Range<u64>> = Vec::new();
    for seed in seeds.iter().copied().filter(|seed| *seed < u64::MAX) {
        match stretches.last_mut() {
            Some(stretch) if stretch.end == seed => stretch.end = seed + 1,
            _ => stretches.push(seed..seed + 1),
        }
    }
    stretches
}

fn read_runs(file: &Path) -> Result<Vec<Recorded>, Error> {
    let refuse = |problem: String| Error::Baseline { file: file.to_owned(), problem };
    let opened = scenarios::open_file(file).map_err(|error| refuse(format!(": cannot be read: {error}")))?;
    reports::read_runs(BufReader::new(opened)).map_err(|error| refuse(error.to_string()))
}

/// Criteria whose verdict is another one than it was.
fn changes(earlier: &[CheckReport], now: &[CheckReport]) -> Vec<CriterionChange> {
    let before = by_name(earlier);
    let after = by_name(now);
    let changed = after.iter().filter_map(|(name, row)| {
        let was = before.get(name)?;
        let answer = direction(was.verdict, row.verdict)?;
        let told = |row: &CriterionReport| format!("{}: {}", row.verdict.word(), row.explanation);
        Some(CriterionChange { name: name.clone(), was: told(was), is: told(row), answer })
    });
    changed.collect()
}

/// Criteria of the gate, and expectations of its scenarios, that were there and are not.
fn asked_no_more<L: Logic>(
    earlier: Option<&GateReport>,
    checks: &[CheckReport],
    gate: &Gate<L>,
) -> Vec<String> {
    let Some(earlier) = earlier else { return Vec::new() };
    let now = by_name(checks);
    let was = by_name(&earlier.checks);
    let mut gone: Vec<String> = was.into_keys().filter(|name| !now.contains_key(name)).collect();
    let is_check = |id: &str| checks.iter().any(|check| check.id == id);
    let lost = earlier.checks.iter().filter(|check| !is_check(&check.id));
    gone.extend(lost.map(|check| format!("{} {}", check.id, check.title)));
    for scenario in &earlier.provenance.scenarios {
        let campaign = gate.campaigns.iter().find(|campaign| campaign.name() == scenario.name);
        let asks = |name: &String| {
            campaign
                .is_some_and(|campaign| campaign.criteria().iter().any(|criterion| criterion.name == *name))
        };
        let lost = scenario.expects.iter().filter(|name| !asks(name));
        gone.extend(lost.map(|name| format!("{}: its own '{name}'", scenario.name)));
    }
    gone
}

fn by_name(checks: &[CheckReport]) -> BTreeMap<String, &CriterionReport> {
    let rows = checks.iter().flat_map(|check| check.criteria.iter().map(move |row| (check, row)));
    rows.map(|(check, row)| (format!("{} {} {}", check.id, row.scenario, row.name), row)).collect()
}

fn direction(was: Verdict, is: Verdict) -> Option<Answer> {
    match (was, is) {
        (Verdict::Pass, Verdict::Pass) | (Verdict::Fail, Verdict::Fail) => None,
        (Verdict::Inconclusive, Verdict::Inconclusive) => None,
        (Verdict::Pass, Verdict::Fail) => Some(Answer::Worse),
        (Verdict::Fail, Verdict::Pass) => Some(Answer::Better),
        (Verdict::Inconclusive, _) | (_, Verdict::Inconclusive) => Some(Answer::CannotTell),
    }
}

/// Significantly, or from pass to fail.
pub(super) fn is_worse(report: &BaselineReport) -> bool {
    report.answer == Answer::Worse || report.changed.iter().any(|change| change.answer == Answer::Worse)
}

/// A measure of which nobody can say whether it is worse, because its figures contradict each other.
pub(super) fn contradiction(report: &BaselineReport) -> Option<String> {
    let scenarios = report.paired.iter().flat_map(|paired| &paired.scenarios);
    let measures = scenarios.flat_map(|scenario| scenario.measures.iter().map(move |one| (scenario, one)));
    let mut open = measures.filter(|(_, measure)| measure.answer == Some(Answer::CannotTell));
    open.find_map(|(scenario, measure)| {
        let which = measure.disagreement.as_ref()?;
        Some(format!("{}: {}: {which}", scenario.name, measure.name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_far_apart_are_not_joined_by_all_that_lies_between() {
        let seeds = BTreeSet::from([3, 4, 5, 9, 1 << 40, u64::MAX - 1, u64::MAX]);
        let far = 1 << 40;
        assert_eq!(in_a_row(&seeds), [3..6, 9..10, far..far + 1, u64::MAX - 1..u64::MAX]);
    }
}
