use std::borrow::Cow;
use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::{Span, rows};

use crate::claim::{Claim, ClaimReport};
use crate::clients::{ClientsReport, OutagesReport};
use crate::criterion::{Criterion, Promise};
use crate::human;
use crate::inert::{FaultSpec, InertFault, WaitingFault, inert, waiting};
use crate::load::LoadReport;
use crate::measured::MeasureReport;
use crate::operations::OperationsReport;
use crate::run::{Run, worst};
use crate::seconds::Seconds;
use crate::spread::{PhaseSpreads, Spread};
use crate::verdict::{Judged, Verdict, Why, evaluate};

/// All runs of one scenario, and what is needed to judge them.
#[derive(Clone, Debug)]
pub struct Campaign<'a> {
    /// The scenario's name.
    pub name: &'a str,
    /// Its file, as the user wrote it: it goes into the replay command.
    pub file: &'a str,
    /// The service of the plan that it is about, if the plan lists any: it goes into the replay command.
    pub service: Option<&'a str>,
    /// What happens in it.
    pub story: &'a str,
    /// Requirement ids it is evidence for.
    pub covers: &'a [String],
    /// What the plan promises.
    pub objectives: Option<Objectives>,
    /// What of that it is not held to.
    pub exempt: &'a [Exemption],
    /// What must hold.
    pub criteria: &'a [Criterion],
    /// Invariants that this system is known to violate and this scenario shows.
    pub allows: &'a [String],
    /// Invariants that are not judged here, because the logic does not tell what they are judged by.
    pub unjudged: &'a [String],
    /// The faults, in the scenario's order.
    pub faults: &'a [FaultSpec],
    /// What the plan claims.
    pub claims: &'a [Claim],
    /// What the linter found.
    pub lint: &'a [String],
    /// Overrides given on the command line, as `path=value`: they go into the replay command.
    pub overrides: &'a [String],
    /// Runs that were planned; fewer were made if the campaign was cut short.
    pub planned: u64,
    /// The runs, in any order; one that appears twice counts once. Those that were not finished are not among them.
    pub runs: &'a [Run],
    /// Seeds of runs that this machine did not finish.
    pub unfinished: &'a [u64],
    /// What ends its outages, if that is the script.
    pub scripted: Option<&'a Scripted>,
}

impl Campaign<'_> {
    fn replay_command(&self, seed: u64) -> String {
        replay_command(self.file, self.service, seed, self.overrides)
    }
}

/// What a plan promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Objectives {
    /// RTO.
    pub recovery_time_s: Seconds,
    /// RPO.
    pub recovery_point_s: Seconds,
}

impl Objectives {
    /// RTO and RPO.
    pub const fn new(recovery_time: Span, recovery_point: Span) -> Objectives {
        Objectives {
            recovery_time_s: Seconds::exactly(recovery_time),
            recovery_point_s: Seconds::exactly(recovery_point),
        }
    }
}

/// Outages that a scenario's own script ends: heal later, and service comes back later by as much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scripted {
    /// Runs of which that is so.
    pub runs: u64,
    /// Runs that were made again with later heals.
    pub of: u64,
    /// The faults whose heals decide.
    pub faults: Vec<String>,
}

impl Scripted {
    /// `ended by the script's heal, not by the logic: ...`.
    pub fn told(&self) -> String {
        let faults = self.faults.join(", ");
        format!(
            "ended by the script's heal, not by the logic: in {} of {} runs made again with a later end of {faults}, \
             service came back as much later",
            self.runs, self.of
        )
    }
}

/// What runs were made from: with the same, the same runs can be had again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// Digest of the sources of the program: 32 hexadecimal digits. A team's own logic is not among them.
    pub program: String,
    /// The scenario, its plan and the recordings that it reads.
    pub inputs: Vec<Input>,
}

/// A file that runs depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// What it is, and its name.
    pub name: String,
    /// SHA-256 of what it says: 64 hexadecimal digits.
    pub sha256: String,
}

/// An objective that a scenario is not held to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Exemption {
    /// Which.
    pub objective: Promise,
    /// Why.
    pub because: String,
}

impl Exemption {
    /// `not held to the RTO: ...`.
    pub fn told(&self) -> String {
        format!("not held to the {}: {}", self.objective.word(), self.because)
    }
}

/// What the runs of one scenario show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioReport {
    /// The scenario's name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// The service of the plan that it is about; absent if the plan lists none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// What its runs were made from; absent where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// What happens in it.
    pub story: String,
    /// Requirement ids it is evidence for.
    pub covers: Vec<String>,
    /// Overrides given on the command line, as `path=value`: with any, it was not the scenario as its file says.
    #[serde(default)]
    pub overrides: Vec<String>,
    /// Runs made, one for each seed.
    pub seeds: u64,
    /// Runs planned.
    pub seeds_planned: u64,
    /// The answer.
    pub verdict: Verdict,
    /// Why it is not a pass, a line for each reason; empty if it is.
    pub reasons: Vec<String>,
    /// Fingerprint of all runs in the order of their seeds: 16 hexadecimal digits.
    pub digest: String,
    /// What the plan promises.
    pub objectives: Option<Objectives>,
    /// What of that it is not held to, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exempt: Vec<Exemption>,
    /// Whether it is its script that ends outages; absent if it is the logic, or nobody looked. Then the recovery time says
    /// nothing of the logic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scripted: Option<Scripted>,
    /// Of the longest outage of each run: from the first client that could be served and was not, until the last was
    /// served again; `null` without runs. Of a broken run the end was not seen.
    pub recovery_time_s: Option<Spread<Seconds>>,
    /// Age of the oldest acknowledged write lost; `null` without runs. Where service did not come back, more may yet be
    /// lost.
    pub recovery_point_s: Option<Spread<Seconds>>,
    /// Acknowledged writes lost; `null` without runs.
    pub lost_writes: Option<Spread<u64>>,
    /// Parts of the recovery time over the runs that recovered; `null` if none did.
    pub phases: Option<PhaseSpreads>,
    /// Recovery times of the runs that recovered, in buckets 1 % wide at most: for drawing, never for judging.
    pub recovery_time_buckets: Vec<Bucket>,
    /// Share of the observed time in which clients could write, over all runs; `null` if none was observed.
    pub availability: Option<f64>,
    /// What clients went without, up to the horizon; absent where nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clients: Option<ClientsReport>,
    /// How often there was an outage, and for how long; absent where nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outages: Option<OutagesReport>,
    /// Invariants that nothing here can break, because the logic does not tell what they are judged by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unjudged: Vec<String>,
    /// Share of the observed time with a majority alive and connected, over all runs; `null` if none was observed.
    pub quorum_availability: Option<f64>,
    /// Overload and reads; absent where no primary was overloaded and nobody reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<LoadReport>,
    /// Invariants violated.
    pub violations: Vec<ViolationReport>,
    /// Years of 365 days that all runs together were observed: what rates are counted over. `null` only in a report
    /// of version 1.
    pub observed_years: Option<f64>,
    /// Failovers, over all runs.
    pub failovers: u64,
    /// Failovers without need, over all runs.
    pub false_failovers: u64,
    /// Time with two databases accepting writes, over all runs together.
    pub split_brain_s: Seconds,
    /// The longest such time in one run.
    pub split_brain_max_s: Seconds,
    /// Runs with any such time.
    pub split_brain_runs: u64,
    /// How copies came back and plans were carried out; `null` only in a report of version 1.
    pub operations: Option<OperationsReport>,
    /// Everything that runs are measured by; absent from reports of version 1 and 2.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<MeasureReport>,
    /// Faults that did next to nothing.
    pub inert_faults: Vec<InertFault>,
    /// Faults that wait for a step of the run, and how often they struck.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting_faults: Vec<WaitingFault>,
    /// Runs that panicked or went on without end.
    pub broken_runs: Vec<BrokenRun>,
    /// Runs that this machine did not finish in the time that a run has. They are not among `seeds`: they say nothing of
    /// what is asked, and without them the answer is no pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unfinished_runs: Vec<BrokenRun>,
    /// What was asked, and the answers.
    pub criteria: Vec<Judged>,
    /// What the plan claims beside what was measured.
    pub claims: Vec<ClaimReport>,
    /// What the linter found.
    pub lint: Vec<String>,
    /// The worst run: broken, else with most violations, else longest recovery time, else most lost writes;
    /// `null` without runs.
    pub worst_seed: Option<u64>,
    /// The command that shows the run to look at first: the worst one. `null` without runs.
    pub replay: Option<String>,
}

/// So many runs recovered within this time and not within the bucket before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bucket {
    /// Upper edge.
    pub up_to_s: Seconds,
    /// Runs.
    pub runs: u64,
}

/// An invariant and the runs that violated it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ViolationReport {
    /// Name of the invariant.
    pub invariant: String,
    /// Whether the scenario says that this system is known to violate it.
    pub allowed: bool,
    /// Runs with at least one violation.
    pub runs: u64,
    /// Violations.
    pub times: u64,
    /// Smallest seed that shows one.
    pub seed: u64,
    /// When it happened there, in seconds from the start of the run.
    pub at_s: Seconds,
    /// What happened there.
    pub what: String,
}

/// A run that shows nothing but its own failure, or nothing at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BrokenRun {
    /// Its seed.
    pub seed: u64,
    /// What became of it.
    pub what: String,
    /// The command that shows it.
    pub replay: String,
}

impl ScenarioReport {
    /// Judges a campaign.
    pub fn of(campaign: &Campaign<'_>) -> ScenarioReport {
        let runs = &in_seed_order(campaign.runs)[..];
        let judged = campaign.criteria.iter().map(|criterion| judged(campaign, criterion, runs));
        let judged = judged.map(|judged| proves_nothing(campaign, judged));
        ScenarioReport::judged(campaign, judged.collect())
    }

    /// Of a campaign that others have judged, such as a gate.
    pub fn judged(campaign: &Campaign<'_>, criteria: Vec<Judged>) -> ScenarioReport {
        let runs = &in_seed_order(campaign.runs)[..];
        let times = |of: fn(&Run) -> Seconds| Spread::of_times(runs.iter().map(of));
        let sum = |row| runs.iter().map(|run| run.count(row)).fold(0, u64::saturating_add);
        let split_brain = |run: &Run| run.span(rows::SPLIT_BRAIN);
        let worst_seed = worst(runs).map(|run| run.seed);
        let mut report = ScenarioReport {
            name: campaign.name.to_owned(),
            file: campaign.file.to_owned(),
            origin: None,
            story: campaign.story.to_owned(),
            covers: campaign.covers.to_vec(),
            service: campaign.service.map(str::to_owned),
            overrides: campaign.overrides.to_vec(),
            seeds: runs.len() as u64,
            seeds_planned: campaign.planned,
            verdict: Verdict::Inconclusive,
            reasons: Vec::new(),
            digest: fold_digests(runs.iter().map(|run| run.digest)),
            objectives: campaign.objectives,
            exempt: campaign.exempt.to_vec(),
            scripted: campaign.scripted.cloned(),
            recovery_time_s: times(|run| Seconds(run.recovery())),
            recovery_point_s: times(|run| Seconds(run.point())),
            lost_writes: Spread::of_counts(runs.iter().map(|run| run.count(rows::LOST_WRITES))),
            phases: PhaseSpreads::of(runs),
            recovery_time_buckets: recovery_buckets(runs),
            availability: share_of_observed(runs, |run| {
                run.span(rows::OBSERVED).saturating_sub(run.span(rows::UNAVAILABLE))
            }),
            clients: ClientsReport::of(runs),
            outages: OutagesReport::of(runs),
            unjudged: campaign.unjudged.to_vec(),
            quorum_availability: share_of_observed(runs, |run| run.span(rows::QUORUM_AVAILABLE)),
            load: LoadReport::of(runs),
            violations: violations(runs, campaign.allows),
            observed_years: Some(crate::verdict::observed_years(runs)),
            failovers: sum(rows::FAILOVERS),
            false_failovers: sum(rows::FALSE_FAILOVERS),
            split_brain_s: Seconds::exactly(
                runs.iter().map(split_brain).fold(Span::ZERO, Span::saturating_add),
            ),
            split_brain_max_s: Seconds::exactly(runs.iter().map(split_brain).max().unwrap_or_default()),
            split_brain_runs: runs.iter().filter(|run| !split_brain(run).is_zero()).count() as u64,
            operations: Some(OperationsReport::of(runs)),
            measures: Vec::new(),
            inert_faults: inert(runs, campaign.faults),
            waiting_faults: waiting(runs, campaign.faults),
            broken_runs: broken_runs(runs, campaign),
            unfinished_runs: campaign.unfinished.iter().map(|seed| unfinished(*seed, campaign)).collect(),
            criteria,
            claims: campaign.claims.iter().map(|claim| claim.beside(runs)).collect(),
            lint: campaign.lint.to_vec(),
            worst_seed,
            replay: worst_seed.map(|seed| campaign.replay_command(seed)),
        };
        report.verdict = report.judge();
        report.reasons = report.list_reasons();
        report
    }

    /// Whether fewer runs were made than planned.
    pub fn cut_short(&self) -> bool {
        self.seeds < self.seeds_planned
    }

    /// What its figures do not say by themselves, a line each: outages, load, what nobody looked at.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let mut remarks = self.outages.map_or_else(Vec::new, |outages| outages.lines(self.seeds));
        let scripted = self.scripted.iter();
        remarks.extend(scripted.map(|scripted| format!("its recovery time is {}", scripted.told())));
        remarks.extend(self.exempt.iter().map(Exemption::told));
        remarks.extend(self.waiting_faults.iter().map(WaitingFault::to_string));
        remarks.extend(self.load.iter().flat_map(|load| load.lines(self.seeds)));
        if !self.unjudged.is_empty() {
            let which = self.unjudged.join(", ");
            remarks.push(format!("not looked at, because the logic does not promise or tell it: {which}"));
        }
        remarks
    }

    /// What the plan promises of this, if the scenario is held to it.
    pub fn is_exempt(&self, objective: Promise) -> bool {
        self.exempt.iter().any(|one| one.objective == objective)
    }

    /// Whether it lacks what reports of version 1 did not tell.
    pub(crate) fn is_of_version_1(&self) -> bool {
        self.operations.is_none() || self.observed_years.is_none()
    }

    /// Fails if any criterion does, if an invariant was violated that is not allowed to be, if a fault was inert,
    /// if a run broke. Otherwise inconclusive if any criterion is, if there is none, or if the campaign was cut
    /// short. Otherwise it passes.
    fn judge(&self) -> Verdict {
        let disallowed = self.violations.iter().any(|violation| !violation.allowed);
        if disallowed || !self.inert_faults.is_empty() || !self.broken_runs.is_empty() {
            return Verdict::Fail;
        }
        let judged = Verdict::all(self.criteria.iter().map(|criterion| criterion.verdict));
        if self.cut_short() || !self.unfinished_runs.is_empty() {
            judged.and(Verdict::Inconclusive)
        } else {
            judged
        }
    }

    fn list_reasons(&self) -> Vec<String> {
        use human::count;
        let mut reasons = Vec::new();
        for run in self.broken_runs.iter().take(1) {
            let others = match self.broken_runs.len() {
                1 => String::new(),
                many => format!(", the first of {many} broken runs"),
            };
            reasons.push(format!("seed {} {}{others}", run.seed, run.what));
        }
        if let Some(first) = self.unfinished_runs.first() {
            let number = human::counted(self.unfinished_runs.len() as u64, "run");
            let (seed, what) = (first.seed, &first.what);
            reasons.push(format!(
                "{number} left out: seed {seed} {what}; this machine is at fault, or the logic never returns"
            ));
        }
        for violation in self.violations.iter().filter(|violation| !violation.allowed) {
            let ViolationReport { invariant, runs, what, seed, .. } = violation;
            let (runs, of) = (count(*runs), count(self.seeds));
            reasons.push(format!("{invariant} violated in {runs} of {of} runs; seed {seed}: {what}"));
        }
        reasons.extend(self.inert_faults.iter().map(InertFault::to_string));
        let open = self.criteria.iter().filter(|criterion| criterion.verdict != Verdict::Pass);
        reasons.extend(open.map(|criterion| format!("{}: {}", criterion.name, criterion.explanation)));
        if self.criteria.is_empty() {
            reasons.push("nothing is expected of it".to_owned());
        }
        if self.cut_short() {
            reasons.push(format!(
                "cut short after {} of {} runs",
                count(self.seeds),
                count(self.seeds_planned)
            ));
        }
        reasons
    }
}

/// The command that shows this run again; a test of the command line runs it.
pub fn replay_command(file: &str, service: Option<&str>, seed: u64, overrides: &[String]) -> String {
    let mut command = format!("firedrill replay {} --seed {seed}", quoted(file));
    if let Some(service) = service {
        command += &format!(" --service {}", quoted(service));
    }
    for change in overrides {
        command += &format!(" --set {}", quoted(change));
    }
    command
}

/// Fingerprint of a campaign: depends on every run's digest and on their order. 16 hexadecimal digits.
pub fn fold_digests(digests: impl IntoIterator<Item = u64>) -> String {
    let folded = digests.into_iter().fold(0x6669_7265_6472_696c, |so_far: u64, digest| mix(so_far ^ digest));
    format!("{folded:016x}")
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood, 2014), a bijection that spreads every bit over all others.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A word of a command in quotes for a POSIX shell, where it needs them.
pub fn quoted(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./=+:,@%".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

/// Each run once: had shards overlapped, the same run twice would be no more evidence.
/// Copied only if need be: there can be millions.
fn in_seed_order(runs: &[Run]) -> Cow<'_, [Run]> {
    if runs.is_sorted_by(|a, b| a.seed < b.seed) {
        return Cow::Borrowed(runs);
    }
    let mut runs = runs.to_vec();
    runs.sort_by_key(|run| run.seed);
    runs.dedup();
    Cow::Owned(runs)
}

/// An RTO that is met by the script's heal is not shown to be met by the logic.
fn proves_nothing(campaign: &Campaign<'_>, judged: Judged) -> Judged {
    match campaign.scripted {
        Some(scripted)
            if judged.promise == Some(Promise::RecoveryTime) && judged.verdict == Verdict::Pass =>
        {
            let explanation =
                format!("{}; say so: exempt: [RecoveryTime(because: \"...\")]", scripted.told());
            Judged { verdict: Verdict::Inconclusive, why: Some(Why::Scripted), explanation, ..judged }
        }
        _ => judged,
    }
}

/// A criterion with the command for its worst run.
fn judged(campaign: &Campaign<'_>, criterion: &Criterion, runs: &[Run]) -> Judged {
    let judged = evaluate(criterion, runs);
    let replay = judged.worst_seed.map(|seed| campaign.replay_command(seed));
    Judged { replay, ..judged }
}

fn share_of_observed(runs: &[Run], part: fn(&Run) -> Span) -> Option<f64> {
    let total = |of: fn(&Run) -> Span| runs.iter().map(|run| u128::from(of(run).as_nanos())).sum::<u128>();
    let observed = total(|run| run.span(rows::OBSERVED));
    (observed > 0).then(|| share_of(total(part), observed))
}

/// A share as a report writes it.
pub(crate) fn share_of(part: u128, whole: u128) -> f64 {
    part as f64 / whole as f64
}

fn violations(runs: &[Run], allows: &[String]) -> Vec<ViolationReport> {
    let mut by_name: BTreeMap<&str, ViolationReport> = BTreeMap::new();
    for run in runs {
        let mut seen: Vec<&str> = Vec::new();
        for violation in &run.violations {
            let name = violation.invariant.as_str();
            let report = by_name.entry(name).or_insert_with(|| ViolationReport {
                invariant: name.to_owned(),
                allowed: allows.iter().any(|allowed| allowed == name),
                runs: 0,
                times: 0,
                seed: run.seed,
                at_s: Seconds::exactly(violation.at),
                what: violation.what.clone(),
            });
            report.times += 1;
            report.runs += u64::from(!seen.contains(&name));
            seen.push(name);
        }
    }
    by_name.into_values().collect()
}

fn broken_runs(runs: &[Run], campaign: &Campaign<'_>) -> Vec<BrokenRun> {
    let broken = |run: &Run| {
        let what = run.broken()?;
        Some(BrokenRun { seed: run.seed, what, replay: campaign.replay_command(run.seed) })
    };
    runs.iter().filter_map(broken).collect()
}

fn unfinished(seed: u64, campaign: &Campaign<'_>) -> BrokenRun {
    let what = "was not finished in the time that a run has".to_owned();
    BrokenRun { seed, what, replay: campaign.replay_command(seed) }
}

/// Recovery times of the runs that recovered, to the microsecond.
fn recovery_buckets(runs: &[Run]) -> Vec<Bucket> {
    let recovered = runs.iter().filter(|run| run.recovered());
    buckets(recovered.map(|run| run.recovery().at_least()), Span::from_micros(1))
}

/// Durations in buckets 1 % wide at most, or one `grain` where that is wider.
pub(crate) fn buckets(durations: impl Iterator<Item = Span>, grain: Span) -> Vec<Bucket> {
    let mut histogram: Histogram<u64> =
        Histogram::new(2).expect("2 significant digits are within the 0 to 5 allowed");
    for duration in durations {
        let grains = duration.as_nanos() / grain.as_nanos();
        histogram.record(grains).expect("a histogram without bounds grows to whatever it is given");
    }
    let bucket = |grains: u64, runs| Bucket { up_to_s: Seconds::exactly(grain.saturating_mul(grains)), runs };
    histogram.iter_recorded().map(|step| bucket(step.value_iterated_to(), step.count_at_value())).collect()
}
