//! Two sides, paired by seed: two policies, two plans, two builds. Both meet the same disasters at the same moments,
//! so what differs within a pair is due to what differs between the sides.
//!
//! ```text
//! A: Run, Run, ...  --+  by seed   +--> measures: Differences, Wilcoxon --+   Holm
//!                     +--> pairs --+                                      +--------> worse, better, neither, open
//! B: Run, Run, ...  --+            +--> criteria: McNemar ----------------+
//! ```

mod criteria;
mod decide;
mod lean;
mod measures;
mod paired;
mod scenario;
mod table;
mod wilcoxon;

use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};
use units::Span;

use crate::recorded::Recorded;
use crate::spread::Interval;

pub use paired::{Differences, Value};
pub use scenario::Pair;
pub use table::render;

/// All tests of a comparison together find a difference where there is none with at most this probability.
pub const LEVEL: f64 = 0.05;

/// What a comparison says of B, beside A.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Significantly worse in something.
    Worse,
    /// Some pairs say that it is worse, too few to tell; or by one figure it is worse and by another it is not; or there
    /// are no pairs at all.
    CannotTell,
    /// Significantly better in something, and worse in nothing.
    Better,
    /// The pairs show no difference that counts.
    NoDifference,
}

/// B beside A: `comparison.json`.
///
/// Differences are B - A, and what is larger is worse. Times are in seconds, under names that end in `_s`, or
/// numbers of writes. Intervals are two-sided at 95 % confidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// 1.
    pub schema_version: u32,
    /// Which program wrote it.
    pub tool: String,
    /// Its version.
    pub tool_version: String,
    /// Over all scenarios.
    pub answer: Answer,
    /// Statistical tests made; their p-values are adjusted for that (Holm).
    pub tests: u64,
    /// The first side, as it was asked for.
    pub a: String,
    /// The second.
    pub b: String,
    /// Differences of times below this, in mean and median, do not count.
    pub ignored_below_s: f64,
    /// What both sides have.
    pub scenarios: Vec<ScenarioComparison>,
    /// Scenarios that only A has.
    pub only_a: Vec<String>,
    /// Scenarios that only B has.
    pub only_b: Vec<String>,
}

/// One scenario on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioComparison {
    /// Its name; both, where they differ.
    pub name: String,
    /// The answer for this scenario.
    pub answer: Answer,
    /// Why, a line each.
    pub reasons: Vec<String>,
    /// Seeds that both sides ran.
    pub pairs: u64,
    /// Pairs in which both runs are the same to the last event.
    pub identical: u64,
    /// Seeds that only one side ran.
    pub unpaired: u64,
    /// What to bear in mind.
    pub notes: Vec<String>,
    /// Times and losses.
    pub measures: Vec<MeasureComparison>,
    /// What was asked of both sides.
    pub criteria: Vec<CriterionComparison>,
    /// Where B is worse by most, the worst first.
    pub worsened: Vec<Change>,
    /// Where B is better by most, the best first.
    pub improved: Vec<Change>,
}

/// What a measure is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Acknowledged writes.
    Writes,
}

/// A measure on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MeasureComparison {
    /// What is measured.
    pub name: String,
    /// In what.
    pub unit: Unit,
    /// Whether it is part of the measure above it: shown to explain, not tested.
    pub part: bool,
    /// Median of A over the pairs; `null` if half the runs did not come back.
    pub a_p50: Option<f64>,
    /// Median of B.
    pub b_p50: Option<f64>,
    /// Pairs that enter the mean: seen on both sides.
    pub seen: u64,
    /// Pairs in which B alone did not come back.
    pub b_never: u64,
    /// Pairs in which A alone did not come back.
    pub a_never: u64,
    /// Pairs in which neither came back; nobody knows which is worse.
    pub neither: u64,
    /// Pairs in which B is worse.
    pub worse: u64,
    /// Pairs in which B is better.
    pub better: u64,
    /// Mean of B - A over the pairs seen on both sides.
    pub mean: Option<f64>,
    /// Where the true mean lies: Student's t.
    pub mean_interval: Interval<f64>,
    /// Median of B - A over all pairs; `null` if it lies among those not seen.
    pub median: Option<f64>,
    /// Where the true median lies: binomial ranks. An end is `null` where it lies among what was not seen.
    pub median_interval: Interval<f64>,
    /// Sum of the ranks, by size of the difference, of pairs in which B is worse (W+); `null` for parts.
    #[serde(default)]
    pub ranks_worse: Option<f64>,
    /// The same of pairs in which B is better (W-). The larger of both says in which direction `p` is significant.
    #[serde(default)]
    pub ranks_better: Option<f64>,
    /// Two-sided Wilcoxon signed-rank test, adjusted for the number of tests; `null` for parts.
    pub p: Option<f64>,
    /// What follows; `null` for parts.
    pub answer: Option<Answer>,
    /// Where ranks, median and mean do not point in one direction: which says what. B is not called better then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disagreement: Option<String>,
}

/// A criterion on both sides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CriterionComparison {
    /// The criterion.
    pub name: String,
    /// Whether one bad run decides.
    pub never: bool,
    /// Bad runs of A.
    pub a_bad: u64,
    /// Bad runs of B.
    pub b_bad: u64,
    /// Seeds that are good on A and bad on B.
    pub turned_bad: Vec<u64>,
    /// Seeds that are bad on A and good on B.
    pub turned_good: Vec<u64>,
    /// At 95 % confidence at most this share of all runs turns bad (one-sided Clopper-Pearson).
    pub turns_bad_at_most: f64,
    /// Of what the scenario is there to show: whether enough pairs show it, which is all that is compared. `null` of
    /// all else, where every pair counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    /// Exact two-sided McNemar test, adjusted for the number of tests.
    pub p: f64,
    /// What follows.
    pub answer: Answer,
}

/// Which side shows what the scenario is about, in as many runs as were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shown {
    /// Whether A does.
    pub on_a: bool,
    /// Whether B does.
    pub on_b: bool,
}

/// A pair to look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Its seed.
    pub seed: u64,
    /// What changed, in words.
    pub what: String,
    /// Shows A's run again.
    pub replay_a: String,
    /// Shows B's.
    pub replay_b: String,
}

/// One side.
#[derive(Clone, Debug)]
pub struct Side {
    /// As the user asked for it.
    pub what: String,
    /// Its scenarios.
    pub scenarios: Vec<Recorded>,
}

impl Comparison {
    /// B beside A, scenario by scenario. Differences of times below `ignore` do not count.
    pub fn of(tool_version: &str, a: &Side, b: &Side, ignore: Span) -> Comparison {
        let matched = scenario::matched(&a.scenarios, &b.scenarios);
        let mut scenarios: Vec<ScenarioComparison> = matched.pairs.iter().map(Pair::compare).collect();
        let tests = decide::decide(&mut scenarios, ignore);
        Comparison {
            schema_version: 1,
            tool: "firedrill".to_owned(),
            tool_version: tool_version.to_owned(),
            answer: decide::overall(scenarios.iter().map(|scenario| scenario.answer)),
            tests,
            a: a.what.clone(),
            b: b.what.clone(),
            ignored_below_s: ignore.as_secs_f64(),
            scenarios,
            only_a: matched.only_a,
            only_b: matched.only_b,
        }
    }

    /// As `comparison.json`: indented, keys in a fixed order, the same bytes for the same runs.
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string_pretty(self);
        json.expect("a comparison has text keys and finite numbers only, so it is always JSON") + "\n"
    }

    /// JSON Schema of `comparison.json`, indented.
    pub fn schema() -> String {
        let schema = serde_json::to_string_pretty(&schema_for!(Comparison));
        schema.expect("a schema is made of JSON values") + "\n"
    }
}
