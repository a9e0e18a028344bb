//! What a system lacks shows before anybody changes it: what is left out, fencing together with the lease, turns a scenario
//! red, on the disasters that the whole logic passes.

use std::path::Path;

use firedrill::Campaign;
use firedrill::reports::{Run, Verdict};
use firedrill::units::rows;

const SEEDS: u64 = 300;

fn load(file: &str, settings: &[&str]) -> Campaign {
    let settings: Vec<_> = settings.iter().map(|setting| setting.parse().expect(setting)).collect();
    let file = Path::new("scenarios").join(file);
    Campaign::load(&file, &settings).unwrap_or_else(|error| panic!("{error}"))
}

fn verdict_and_reasons(file: &str, settings: &[&str]) -> (Verdict, String) {
    let campaign = load(file, settings);
    let runs: Vec<Run> = campaign.run(0..SEEDS, 2, |_| ()).expect("there are threads");
    let report = campaign.report(&runs, SEEDS);
    (report.verdict, report.reasons.join("\n"))
}

/// Left out, in which scenario, and what shows.
const MISSED: [(&[&str], &str, &str); 5] = [
    (&["policy.safeguards.lease=false"], "qnwis/minority-partition.ron", "SplitBrain"),
    (&["policy.safeguards.lease=false"], "qnwis/majority-lost.ron", "MinorityService"),
    // Copies listen to a primary that has lost its role, and acknowledge what it writes.
    (
        &["policy.safeguards.lease=false", "policy.safeguards.fencing=false"],
        "qnwis/region-loss-quorum.ron",
        "BrokenDurability",
    ),
    // The old primary opens again when it is back, and does not heed what it hears.
    (&["policy.safeguards=(lease: false, fencing: false)"], "qnwis/primary-region-loss.ron", "SplitBrain"),
    (&["policy.safeguards.failsafe=false"], "store-apart/store-lost-failsafe.ron", "without service"),
];

#[test]
fn whatever_is_left_out_turns_a_scenario_red() {
    for (settings, file, shows) in MISSED {
        let (verdict, reasons) = verdict_and_reasons(file, settings);
        assert_eq!(verdict, Verdict::Fail, "{file} without {settings:?}");
        assert!(reasons.contains(shows), "{file} without {settings:?}: {reasons}");
        let (sound, reasons) = verdict_and_reasons(file, &[]);
        assert_eq!(sound, Verdict::Pass, "{file}: {reasons}");
    }
}

/// Nothing but the lease keeps the old primary from going on, and it is told of its successor when the partition heals.
#[test]
fn without_a_lease_a_primary_closes_when_it_hears_of_another_and_without_fencing_never() {
    let split = |settings: &[&str]| {
        let campaign = load("qnwis/minority-partition.ron", settings);
        let runs: Vec<Run> = campaign.run(0..20, 2, |_| ()).expect("there are threads");
        runs.iter().map(|run| run.span(rows::SPLIT_BRAIN)).max().expect("there are runs")
    };
    let (told, never) = (
        split(&["policy.safeguards.lease=false"]),
        split(&["policy.safeguards.lease=false", "policy.safeguards.fencing=false"]),
    );
    let partition = units::Span::from_secs(300);
    assert!(told > units::Span::from_secs(60) && told < partition + units::Span::from_secs(30), "{told}");
    assert!(
        never > told + units::Span::from_secs(60),
        "{never} where nobody closes it, {told} where it is told"
    );
}
