//! What requirement ids mean, for the matrix: from the lists in the usual place, if there are any.

use std::path::Path;

use reports::dossier::Requirement;

use crate::coverage;

/// Where `firedrill coverage` looks, too.
const USUAL: &str = "requirements";

/// Nothing where there are no lists, or where they are wrong: that is for `firedrill coverage` to say. The matrix then
/// shows ids alone.
pub(crate) fn known() -> Vec<Requirement> {
    let known = coverage::requirements_at(Path::new(USUAL)).unwrap_or_default();
    known.into_iter().map(|requirement| Requirement { id: requirement.id, what: requirement.what }).collect()
}
