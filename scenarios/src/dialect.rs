//! The dialect of RON that scenario files are written in.

use ron::extensions::Extensions;

/// Scenario and plan files nest about ten deep; what nests this deep is a mistake or an attack.
pub(crate) const DEPTH_MAX: usize = 40;

/// The dialect of RON that scenario files are written in: optional fields without `Some`, and
/// `RecoveryTime(p99: "10m")` with one pair of parentheses.
pub(crate) fn dialect() -> ron::Options {
    ron::Options::default()
        .with_default_extension(Extensions::IMPLICIT_SOME | Extensions::UNWRAP_VARIANT_NEWTYPES)
        // Several calls per level of brackets; the brackets are limited first, with a better message.
        .with_recursion_limit(8 * DEPTH_MAX)
}
