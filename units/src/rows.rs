//! The rows that every run of a database has: what people call them, what they count, which way is worse.

use crate::sheet::{Row, RowId, Unit, Worse};

/// The rows in the order of the table, and a name for the place of each.
macro_rules! rows {
    ($($(#[doc = $says:literal])+ $id:ident = $name:literal, $unit:ident, $worse:ident;)+) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "they count the rows, no more")]
        enum Place { $($id),+ }
        $($(#[doc = $says])+ pub const $id: RowId = RowId::at(Place::$id as u16);)+
        /// All of them.
        pub const ROWS: &[Row] = &[$(Row {
            name: $name,
            unit: Unit::$unit,
            worse: Worse::$worse,
            says: concat!($($says),+),
        }),+];
    };
}

rows! {
    /// The longest outage: from the first client that could be served and was not, until the last was served again,
    /// lastingly; none is a time of zero.
    RECOVERY_TIME = "recovery time", Time, More;
    /// Age of the oldest acknowledged write that was lost. Where service did not come back, more may yet be lost.
    RECOVERY_POINT = "recovery point", Time, More;
    /// Acknowledged writes that the final primary does not hold.
    LOST_WRITES = "lost writes", Count, More;
    /// Part of the recovery time: until a majority finds that the primary is out of service.
    DETECT = "detect", Time, More;
    /// Part of the recovery time: until a coordinator is elected that finds so, too.
    ELECT = "elect", Time, More;
    /// Part of the recovery time: until a majority has agreed what to do.
    DECIDE = "decide", Time, More;
    /// Part of the recovery time: until the old primary can no longer accept writes.
    FENCE = "fence", Time, More;
    /// Part of the recovery time: until a primary accepts writes.
    PROMOTE = "promote", Time, More;
    /// Part of the recovery time: until it has the copies without which no write is acknowledged.
    ACKNOWLEDGE = "acknowledge", Time, More;
    /// Part of the recovery time: until clients have found it.
    REDIRECT = "redirect", Time, More;
    /// Part of the recovery time: until they are served as before.
    WARM_UP = "warm up", Time, More;
    /// Outages: times in which some client that could be served was not. Interruptions that service does not outlast by
    /// `steady` are one.
    OUTAGES = "outages", Count, More;
    /// All outages together.
    OUTAGE_TIME = "outage time", Time, More;
    /// Time that all clients lost, each for itself, those included that nobody could have served; up to the horizon.
    CLIENT_TIME_LOST = "client time lost", Time, More;
    /// Of that, while nobody who may serve was within their reach.
    CLIENT_TIME_CUT_OFF = "client time cut off", Time, More;
    /// How many clients there are.
    CLIENTS = "clients", Count, Neither;
    /// How long each of them is counted: up to the horizon.
    WATCHED = "watched", Time, Neither;
    /// How long the run went on: what shares of time until its end are shares of.
    OBSERVED = "observed", Time, Neither;
    /// How much of the time observed clients could not write.
    UNAVAILABLE = "writes unavailable", Time, More;
    /// How much of the time observed clients could not read; where anybody reads.
    READS_UNAVAILABLE = "reads unavailable", Time, More;
    /// How long some could read and nobody could write.
    READ_ONLY = "reads only", Time, More;
    /// How long a primary was offered more writes than it carries, or worked off what had queued up.
    OVERLOAD = "overload", Time, More;
    /// How much of the time observed a majority of the voters was alive and connected.
    QUORUM_AVAILABLE = "quorum available", Time, Less;
    /// How long two databases accepted writes at once.
    SPLIT_BRAIN = "split brain", Time, More;
    /// Promotions on another node.
    FAILOVERS = "failovers", Count, More;
    /// Of these, those whose old primary was in service.
    FALSE_FAILOVERS = "false failovers", Count, More;
    /// Whether one primary was left at the end, followed by every living node; where everything heals.
    CONVERGED = "converged", Flag, Less;
    /// Acknowledged writes that were dropped from copies that came back and had diverged.
    DIVERGED_WRITES = "diverged writes", Count, More;
    /// Keys that two actives wrote without knowing of each other.
    CONFLICTS = "conflicts", Count, More;
    /// Copies that had to be made anew.
    FULL_COPIES = "full copies", Count, More;
    /// Copies that were stuck until a person made them anew, or still are.
    STUCK_COPIES = "stuck copies", Count, More;
    /// Planned changes of the primary.
    SWITCHOVERS = "switchovers", Count, Neither;
    /// The longest time from the choice of a target until its plan was complete; where there was a plan.
    EXECUTION_TIME = "execution time", Time, More;
    /// Databases told to open under an epoch that was new to them, whether they did or not.
    PROMOTIONS = "promotions", Count, More;
    /// Epochs begun after the first.
    EPOCHS = "epochs", Count, More;
    /// Plans called complete.
    COMPLETED_PLANS = "plans completed", Count, Neither;
    /// Of these, those whose new primary had not been checked before.
    UNVERIFIED_PLANS = "plans unverified", Count, More;
    /// The longest stretch in which a majority had no coordinator; where anybody can tell.
    LEADERLESS = "time without coordinator", Time, More;
    /// Decisions and actions without a record in an audit trail, and records without an action; where anybody keeps one.
    UNRECORDED = "unrecorded actions", Count, More;
    /// Audit trails that were tampered with.
    TAMPERED_TRAILS = "trails tampered with", Count, Neither;
    /// Of these, those that no agent noticed.
    UNNOTICED_TRAILS = "tampering unnoticed", Count, More;
    /// Alerts given out.
    ALERTS = "alerts", Count, Neither;
    /// Of these, those that nobody saw.
    MISSED_ALERTS = "alerts missed", Count, More;
    /// From the first trouble until somebody saw a critical alert; where there was trouble, and alerts are modelled.
    TIME_TO_NOTIFY = "time to notify", Time, More;
    /// Requests that agents took, by whomever.
    REQUESTS_TAKEN = "requests taken", Count, Neither;
    /// Of these, those of which the audit trail knows nothing.
    REQUESTS_UNAUDITED = "requests unaudited", Count, More;
    /// Requests granted although nobody of the plan's people made them.
    REQUESTS_ADMITTED = "attacks admitted", Count, More;
    /// Requests of the plan's people that were refused, each time.
    REQUESTS_REFUSED = "requests refused", Count, Neither;
    /// Operations that were asked for and carried out.
    REQUESTS_OBEYED = "requests obeyed", Count, Neither;
    /// Switchovers that began before their window, or were not complete at its end.
    OUTSIDE_WINDOW = "switchovers outside their window", Count, More;
}

/// The parts of the recovery time, in the order in which they happen.
pub const PHASES: [RowId; 8] = [DETECT, ELECT, DECIDE, FENCE, PROMOTE, ACKNOWLEDGE, REDIRECT, WARM_UP];

/// Each row with its place.
pub fn all() -> impl Iterator<Item = (RowId, &'static Row)> {
    (0..).map(RowId::at).zip(ROWS)
}

/// The row at this place.
///
/// # Panics
/// There is none.
pub const fn at(place: RowId) -> &'static Row {
    &ROWS[place.place()]
}

/// The place of the row with this name.
pub fn named(name: &str) -> Option<RowId> {
    all().find(|(_, row)| row.name == name).map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_row_has_a_name_of_its_own_by_which_it_is_found() {
        let names: BTreeSet<&str> = ROWS.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), ROWS.len());
        assert_eq!(named("lost writes"), Some(LOST_WRITES));
        assert_eq!(named("outside window"), None);
        assert_eq!(all().count(), ROWS.len());
        for (place, row) in all() {
            assert_eq!((named(row.name), at(place)), (Some(place), row));
            assert_eq!(row.name.to_lowercase(), row.name);
            assert!(row.says.trim_start().len() > 10, "{}", row.name);
        }
    }
}
