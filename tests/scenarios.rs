//! Every scenario of the catalogue as a test of its own: `cargo test --test scenarios minority`, or with
//! `cargo nextest run`.
//!
//! A scenario is any `scenarios/<system>/**/*.ron` that is no plan (`plan.ron`, `*.plan.ron`) and not below
//! `gates/` or `studies/`. `scenarios/src` and `scenarios/tests` belong to the loader: drafts there prove nothing.

use std::fmt;
use std::path::Path;

/// 300 runs without a bad one are the least round number that shows a p99 with 95 % confidence (299 do).
const SEEDS: u64 = 300;

/// Why a scenario does not pass. The harness prints errors as code would be, where a table is one long line.
struct Reason(String);

fn passes(scenario: &Path) -> datatest_stable::Result<()> {
    match firedrill::campaign::check(scenario, SEEDS) {
        Ok(_) => Ok(()),
        Err(reason) => Err(Box::new(Reason(reason))),
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Reason {}

datatest_stable::harness! {
    {
        test = passes,
        root = "scenarios",
        pattern = r"^(?!src/|tests/|target/|.*\b(?:gates|studies)/)(?:[^/]+/)+(?!(?:[^/]*\.)?plan\.ron$)[^/.][^/]*\.ron$",
    },
}
