use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::{RowId, rows};

use crate::run::Run;
use crate::seconds::Seconds;
use crate::spread::Spread;

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
        run.count(self.row()) > 0
    }

    /// What is counted for it.
    const fn row(self) -> RowId {
        match self {
            Sight::DivergedWrites => rows::DIVERGED_WRITES,
            Sight::FullCopy => rows::FULL_COPIES,
            Sight::StuckCopy => rows::STUCK_COPIES,
            Sight::Conflicts => rows::CONFLICTS,
            Sight::Switchover => rows::SWITCHOVERS,
            Sight::Obeyed => rows::REQUESTS_OBEYED,
            Sight::Refusal => rows::REQUESTS_REFUSED,
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
        let sum = |row| runs.iter().map(|run| run.count(row)).fold(0, u64::saturating_add);
        let counts = |row| Spread::of_counts(runs.iter().map(|run| run.count(row)));
        let times = |row| Spread::of_times(runs.iter().filter_map(|run| run.sheet.time(row)).map(Seconds));
        OperationsReport {
            diverged_writes: counts(rows::DIVERGED_WRITES),
            conflicts: counts(rows::CONFLICTS),
            full_copies: sum(rows::FULL_COPIES),
            stuck_copies: sum(rows::STUCK_COPIES),
            switchovers: sum(rows::SWITCHOVERS),
            execution_time_s: times(rows::EXECUTION_TIME),
            promotions: counts(rows::PROMOTIONS),
            epochs: counts(rows::EPOCHS),
            completed_plans: sum(rows::COMPLETED_PLANS),
            unverified_plans: sum(rows::UNVERIFIED_PLANS),
            leaderless_s: times(rows::LEADERLESS),
        }
    }
}
