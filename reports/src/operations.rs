use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::{Measured, Span};

use crate::run::Run;
use crate::seconds::Seconds;
use crate::spread::Spread;

/// What one run showed of the work around an outage: how copies came back, how plans were carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operations {
    /// Acknowledged writes that were dropped from copies that came back and had diverged.
    pub diverged_writes: u64,
    /// Keys that two actives wrote without knowing of each other.
    pub conflicts: u64,
    /// Copies that had to be made anew.
    pub full_copies: u32,
    /// Copies that were stuck until a person made them anew, or still are.
    #[serde(default)]
    pub stuck_copies: u32,
    /// Planned changes of the primary.
    pub switchovers: u32,
    /// The longest time from the choice of a target until its plan was complete; `None` without any plan.
    pub execution: Option<Measured>,
    /// Databases told to open under an epoch that was new to them, whether they did or not.
    #[serde(default)]
    pub promotions: u32,
    /// Epochs begun after the first.
    #[serde(default)]
    pub epochs: u32,
    /// Plans called complete.
    pub completed: u32,
    /// Of these, those whose new primary had not been checked before.
    pub unverified: u32,
    /// The longest stretch in which a majority had no coordinator; `None` if nobody could tell.
    pub leaderless: Option<Span>,
}

/// Something that a scenario is about, and that may or may not be seen in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// An acknowledged write was dropped from a copy that came back.
    DivergedWrites,
    /// A copy was made anew.
    FullCopy,
    /// A copy was stuck until a person made it anew.
    StuckCopy,
    /// The primary was changed as planned, with nobody failing.
    Switchover,
    /// Two actives wrote the same key without knowing of each other.
    Conflicts,
    /// What somebody asked for was carried out.
    Obeyed,
    /// What somebody asked for was refused.
    Refusal,
}

impl Sight {
    /// Whether this run shows it.
    pub fn is_in(self, run: &Run) -> bool {
        let shown = &run.operations;
        match self {
            Sight::DivergedWrites => shown.diverged_writes > 0,
            Sight::FullCopy => shown.full_copies > 0,
            Sight::StuckCopy => shown.stuck_copies > 0,
            Sight::Conflicts => shown.conflicts > 0,
            Sight::Switchover => shown.switchovers > 0,
            Sight::Obeyed => run.requests.obeyed > 0,
            Sight::Refusal => run.requests.refused > 0,
        }
    }

    /// As people say it.
    pub const fn name(self) -> &'static str {
        match self {
            Sight::DivergedWrites => "diverged writes",
            Sight::FullCopy => "a full copy",
            Sight::StuckCopy => "a copy stuck until a person came",
            Sight::Conflicts => "conflicts",
            Sight::Switchover => "a switchover",
            Sight::Obeyed => "a request carried out",
            Sight::Refusal => "a request refused",
        }
    }
}

/// What all runs of a scenario showed of the work around outages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OperationsReport {
    /// Acknowledged writes dropped from copies that came back; `null` without runs.
    pub diverged_writes: Option<Spread<u64>>,
    /// Keys that two actives wrote without knowing of each other; `null` without runs.
    pub conflicts: Option<Spread<u64>>,
    /// Copies made anew, over all runs.
    pub full_copies: u64,
    /// Copies that were stuck until a person made them anew, over all runs.
    pub stuck_copies: u64,
    /// Planned changes of the primary, over all runs.
    pub switchovers: u64,
    /// From the choice of a target until its plan was complete, the longest of each run that had a plan; `null`
    /// without any.
    pub execution_time_s: Option<Spread<Seconds>>,
    /// Databases told to open under an epoch that was new to them, whether they did or not: of each run. Many for one
    /// failover are a storm.
    pub promotions: Option<Spread<u64>>,
    /// Epochs begun after the first: of each run.
    pub epochs: Option<Spread<u64>>,
    /// Plans called complete, over all runs.
    pub completed_plans: u64,
    /// Of these, those whose new primary had not been checked before.
    pub unverified_plans: u64,
    /// The longest stretch in which a majority had no coordinator, of each run; `null` if nobody could tell.
    pub leaderless_s: Option<Spread<Seconds>>,
}

impl OperationsReport {
    pub(crate) fn of(runs: &[Run]) -> OperationsReport {
        let shown = || runs.iter().map(|run| run.operations);
        let sum = |of: fn(Operations) -> u32| shown().map(of).map(u64::from).fold(0, u64::saturating_add);
        OperationsReport {
            diverged_writes: Spread::of_counts(shown().map(|shown| shown.diverged_writes)),
            conflicts: Spread::of_counts(shown().map(|shown| shown.conflicts)),
            full_copies: sum(|shown| shown.full_copies),
            stuck_copies: sum(|shown| shown.stuck_copies),
            switchovers: sum(|shown| shown.switchovers),
            execution_time_s: Spread::of_times(shown().filter_map(|shown| shown.execution).map(Seconds)),
            promotions: Spread::of_counts(shown().map(|shown| shown.promotions.into())),
            epochs: Spread::of_counts(shown().map(|shown| shown.epochs.into())),
            completed_plans: sum(|shown| shown.completed),
            unverified_plans: sum(|shown| shown.unverified),
            leaderless_s: Spread::of_times(shown().filter_map(|s| s.leaderless).map(Seconds::exactly)),
        }
    }
}
