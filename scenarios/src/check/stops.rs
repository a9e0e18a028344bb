use super::{Checker, numbers};
use crate::logic::Logic;
use crate::plan::Stop;

/// How long the database takes to stop, to start and to be promoted can be drawn.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    let database = &checker.scenario.plan.database;
    let times = [
        ("session_end", &database.session_end),
        ("checkpoint", &database.checkpoint),
        ("start", &database.start),
        ("crash_recovery", &database.crash_recovery),
        ("promotion", &database.promotion),
        ("full_copy_by_hand", &database.full_copy_by_hand),
    ];
    for (field, distribution) in times {
        if let Some(distribution) = distribution {
            numbers::distribution(checker, &format!("database.{field}"), distribution);
        }
    }
    if let Stop::Smart(sessions) = &database.stop {
        numbers::distribution(checker, "database.stop[0]", sessions);
    }
}
