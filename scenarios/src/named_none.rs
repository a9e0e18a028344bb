//! For patches of optional fields: `watchdog: None` in a patch means "no watchdog", while a patch that does
//! not name the field leaves it alone. Without this, serde reads the `None` as "not named", and the override
//! silently does nothing.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Writes the inner option; the outer `None` is skipped by the field's attribute.
///
/// # Errors
/// The serializer's own.
pub fn serialize<T: Serialize, S: Serializer>(named: &Option<Option<T>>, to: S) -> Result<S::Ok, S::Error> {
    named.as_ref().and_then(Option::as_ref).serialize(to)
}

/// Reads an option that was named, be it `None`.
///
/// # Errors
/// The deserializer's own.
pub fn deserialize<'de, T, D>(from: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(from).map(Some)
}
