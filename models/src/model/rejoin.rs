//! How copies that were away come back.

use units::Span;

use scenarios::Database;

/// How copies that were away come back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RejoinModel {
    /// Log kept, in time of writing; `None`: all of it.
    pub keeps_log_for: Option<Span>,
    /// Share of rewinds that fail.
    pub rewind_fails: f64,
    /// A full copy takes at least this long.
    pub copy_least: Span,
    /// And at most this long.
    pub copy_most: Span,
}

impl RejoinModel {
    pub(super) fn of(database: &Database) -> RejoinModel {
        let (slowest, fastest) = database.copy_mb_per_second;
        let takes = |mb_per_second: f64| Span::from_secs_f64(database.size_gb * 1_000.0 / mb_per_second);
        RejoinModel {
            keeps_log_for: database.keeps_log_for,
            rewind_fails: database.rewind_fails,
            copy_least: takes(fastest),
            copy_most: takes(slowest),
        }
    }

    /// A copy may have to be made anew.
    pub fn may_copy(&self) -> bool {
        self.keeps_log_for.is_some() || self.rewind_fails > 0.0
    }
}
