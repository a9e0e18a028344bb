//! Logic and world do not panic.

use super::Complaint;
use crate::campaign::caught;

/// How its complaints begin.
pub(super) const CLASS: &str = "panic";

/// What `work` returns, or the panic in it. Two panics at one place are one mistake.
pub(super) fn watched<T>(work: impl FnOnce() -> T) -> Result<T, Complaint> {
    caught(work).map_err(|message| {
        let place = message.rsplit_once(" (").map_or(message.as_str(), |(_, place)| place);
        Complaint::new(format!("{CLASS} ({place}"), message.clone())
    })
}
