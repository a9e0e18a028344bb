//! What a primary makes of standbys that are silent or gone.

use scenarios::Database;
use units::Span;

/// What a primary makes of standbys that are silent or gone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StandbysModel {
    /// A silent standby is missed after this; `None`: never.
    pub missed_after: Option<Span>,
    /// A primary goes on without standbys after this; `None`: never.
    pub degrades_after: Option<Span>,
    /// What clients were told is safe survives the primary, always.
    pub promised: bool,
}

impl StandbysModel {
    pub(super) fn of(database: &Database) -> StandbysModel {
        StandbysModel {
            missed_after: Some(database.wal_sender_timeout).filter(|span| !span.is_zero()),
            degrades_after: database.degrades_after,
            promised: database.promises_durability(),
        }
    }
}
