//! What many runs of a scenario say: distributions, verdicts, reports. Works on plain [`Run`]s and knows neither
//! the world that made them nor the logic they test.
//!
//! ```text
//! Run, Run, Run ... --Criterion--> Judged --+
//!                   --FaultSpec--> inert? --+--> ScenarioReport, ... --> Report --> report.json, table, histogram
//!                   --------------> Spread -+
//! ```
//!
//! Start with [`evaluate`]: a criterion is pass, fail or inconclusive, decided by counting bad runs
//! against the exact binomial distribution. No figure here is interpolated; every quantile is a real run.
//!
//! ```
//! use firedrill_reports::{Bad, Criterion, interval, refuse_if_undecidable};
//! use units::Span;
//!
//! // "p99 of the recovery time within ten minutes" is: at most 1 % of the runs are slower.
//! let rto = Criterion::quantile(0.99, Bad::RecoveryTimeAbove(Span::from_secs(600)), 0.95);
//! assert_eq!(rto.name, "recovery time p99 <= 10m");
//! assert!(refuse_if_undecidable(&rto, 20).is_err(), "20 clean runs would prove nothing");
//! assert_eq!(interval::least_runs(0.01, 0, 0.95), Some(299));
//! ```

pub mod badge;
mod binomial;
mod claim;
mod clients;
pub mod compare;
mod criterion;
pub mod dossier;
pub mod gate;
pub mod github;
mod grid;
pub mod histogram;
pub mod html;
pub mod human;
mod inert;
pub mod interval;
pub mod junit;
mod load;
mod measured;
mod operations;
mod paint;
pub mod quantile;
pub mod rate;
mod recorded;
mod report;
mod run;
mod scenario;
mod seconds;
pub mod sequential;
mod spread;
pub mod summary;
pub mod table;
mod verdict;

pub use claim::{Claim, ClaimReport, Claimed};
pub use clients::{AvailabilitySpread, ClientTime, ClientsReport, Outages, OutagesReport};
pub use criterion::{Bad, Beyond, Criterion, Promise, Undecidable, refuse_if_undecidable};
pub use inert::{FaultSpec, InertFault, WaitingFault, inert, waiting};
pub use load::LoadReport;
pub use measured::{Figures, MeasureReport};
pub use operations::{OperationsReport, Sight};
pub use paint::wrapped;
pub use recorded::{
    RUNS_VERSION, RecordError, Recorded, RecordedCriterion, RecordedMeasure, RecordedRun, RecordedScenario,
    Recorder, read as read_runs,
};
pub use report::{ReadError, Report, SCHEMA_VERSION};
pub use run::{Phase, Run, StopReason, Violation, worst};
pub use scenario::{
    BrokenRun, Bucket, Campaign, Exemption, Input, Objectives, Origin, ScenarioReport, Scripted,
    ViolationReport, fold_digests, quoted, replay_command,
};
pub use seconds::Seconds;
pub use sequential::{Asked, Sequential};
pub use spread::{Interval, PhaseSpreads, Spread};
pub use verdict::{Judged, Verdict, Why, evaluate};
