//! How long ago something was run, by the times of files: evidence ages, and whoever looks at it wants to know. No
//! run sees this.
#![expect(clippy::disallowed_types, reason = "the times of files, for people; no run sees it")]

use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// When a file was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Written(SystemTime);

impl Written {
    /// `None` if there is no such file, or its system keeps no times.
    pub fn at(file: &Path) -> Option<Written> {
        fs::metadata(file).and_then(|meta| meta.modified()).ok().map(Written)
    }

    /// Whole seconds; zero for the future, which clocks that disagree make.
    pub fn age_s(self) -> u64 {
        self.0.elapsed().unwrap_or_default().as_secs()
    }
}

/// `just now`, `5 min ago`, `3 h ago`, `12 d ago`.
pub(super) fn words(age_s: u64) -> String {
    match age_s {
        0..60 => "just now".to_owned(),
        60..3_600 => format!("{} min ago", age_s / 60),
        3_600..172_800 => format!("{} h ago", age_s / 3_600),
        _ => format!("{} d ago", age_s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_unit_that_fits() {
        let cases = [(5, "just now"), (125, "2 min ago"), (7_200, "2 h ago"), (200_000, "2 d ago")];
        for (age_s, told) in cases {
            assert_eq!(words(age_s), told);
        }
    }
}
