//! Somebody waits for long, and says so: for a window, a copy, a standby, the KMS, a boot. Nobody has to watch that.

use std::path::Path;

use super::{Files, first_difference};

/// A scenario of the catalogue with its plan.
fn of_the_catalogue(scenario: &str, plan: &str) -> Files {
    let file = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/qnwis").join(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    [("s.ron", file(scenario)), (plan, file(plan))].map(|(name, text)| (name.into(), text)).into()
}

/// Of a hundred events so many are spared; before leaps were made there, hardly any were.
#[test]
fn whoever_only_waits_is_leapt_over() {
    for (scenario, plan, least) in [
        ("scheduled-failover.ron", "operators.plan.ron", 50),
        ("lagging-best-replica.ron", "plan.ron", 60),
        ("kms-failure.ron", "plan.ron", 50),
        ("rejoin-by-full-copy.ron", "plan.ron", 60),
        ("database-hang.ron", "plan.ron", 50),
    ] {
        let files = of_the_catalogue(scenario, plan);
        for seed in 0..4 {
            let found = first_difference(&files, seed).expect("it is part of the catalogue");
            assert_eq!(found.measure, None, "{scenario}, seed {seed}");
            assert!(found.spared >= least, "{scenario}, seed {seed}: {} of a hundred", found.spared);
        }
    }
}
