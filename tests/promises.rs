//! Verdicts that mean something: what a plan promises is asked of every scenario, what a script decides proves nothing of
//! the logic, and what this machine did not finish changes no verdict.

use std::fs;
use std::path::{Path, PathBuf};

use firedrill::Campaign;
use firedrill::reports::{Promise, Run, StopReason, Verdict, junit, summary, table};

const QNWIS: &str = "scenarios/qnwis";

fn load(file: &Path, settings: &[&str]) -> Campaign {
    let settings: Vec<_> = settings.iter().map(|setting| setting.parse().expect(setting)).collect();
    Campaign::load(file, &settings).unwrap_or_else(|error| panic!("{error}"))
}

fn runs(campaign: &Campaign, seeds: u64) -> Vec<Run> {
    campaign.run(0..seeds, 2, |_| ()).expect("there are threads")
}

/// A scenario of the catalogue, changed, beside its plan.
fn changed(scenario: &str, change: impl Fn(String) -> String) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("there is room");
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).expect("there is room");
    let read = |name: &str| fs::read_to_string(Path::new(QNWIS).join(name)).expect(name);
    write("plan.ron", read("plan.ron"));
    write("s.ron", change(read(&format!("{scenario}.ron"))));
    let file = folder.path().join("s.ron");
    (folder, file)
}

fn without_exemption(text: String) -> String {
    let kept: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("exempt:")).collect();
    kept.join("\n")
}

#[test]
fn an_objective_that_is_missed_fails_whatever_the_file_expects() {
    let file = Path::new(QNWIS).join("database-crash.ron");
    let missed = load(&file, &["objectives.recovery_time=500ms"]);
    let report = missed.report(&runs(&missed, 300), 300);
    assert_eq!(report.verdict, Verdict::Fail, "{:?}", report.reasons);
    assert!(report.reasons[0].starts_with("RTO: recovery time p99 <= 500ms"), "{:?}", report.reasons);
    assert!(report.criteria.iter().all(|one| one.promise.is_some() || one.verdict == Verdict::Pass));
    let kept = load(&file, &[]);
    assert_eq!(kept.report(&runs(&kept, 300), 300).verdict, Verdict::Pass);
}

#[test]
fn nobody_out_of_service_keeps_the_rto() {
    let nobody = load(&Path::new(QNWIS).join("one-way-voter.ron"), &[]);
    let report = nobody.report(&runs(&nobody, 300), 300);
    let rto = report.criteria.iter().find(|one| one.promise == Some(Promise::RecoveryTime));
    assert_eq!(rto.map(|one| one.verdict), Some(Verdict::Pass));
}

#[test]
fn whoever_is_not_held_to_an_objective_says_so_everywhere() {
    let campaign = load(&Path::new(QNWIS).join("read-only.ron"), &[]);
    let report = campaign.report(&runs(&campaign, 300), 300);
    assert_eq!(report.verdict, Verdict::Pass, "{:?}", report.reasons);
    assert!(!report.criteria.iter().any(|one| one.promise == Some(Promise::RecoveryTime)));
    let why = "no majority is ever left";
    let whole = firedrill::reports::Report::new("0", false, vec![report]);
    for text in
        [table::render(&whole, 100, false), junit::render(&whole), summary::render(&whole), whole.to_json()]
    {
        assert!(text.contains(why), "{text}");
    }
}

#[test]
fn a_reason_has_to_be_given_once_and_objectives_are_not_asked_for_all_the_same() {
    let refused = |exempt: &str| {
        let change =
            |text: String| text.replacen("    expect:", &format!("    exempt: {exempt},\n    expect:"), 1);
        let (_folder, file) = changed("agent-crash", change);
        Campaign::load(&file, &[]).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(refused("[RecoveryTime(because: \"a test\")]"), "");
    assert!(refused("[RecoveryTime(because: \" \")]").contains("nobody says why"));
    assert!(refused("[RecoveryTime(because: \"a\"), RecoveryTime(because: \"b\")]").contains("exempt twice"));
    assert!(refused("[RecoveryTime()]").contains("field 'because' is missing"));
}

#[test]
fn a_recovery_that_the_script_ends_keeps_no_promise() {
    for scenario in
        ["dns-failure", "majority-lost", "partial-partition", "lagging-all-replicas", "gray-primary"]
    {
        let change = |text: String| without_exemption(text).replace("StaysDown,", "");
        let (_folder, file) = changed(scenario, change);
        let campaign = load(&file, &[]);
        let report = campaign.report(&runs(&campaign, 300), 300);
        let scripted = report.scripted.as_ref().unwrap_or_else(|| panic!("{scenario}: the logic ended it?"));
        assert!(2 * scripted.runs > scripted.of, "{scenario}: {scripted:?}");
        assert_eq!(report.verdict, Verdict::Inconclusive, "{scenario}: {:?}", report.reasons);
        assert!(
            report.reasons.iter().any(|why| why.contains("ended by the script's heal")),
            "{:?}",
            report.reasons
        );
    }
}

#[test]
fn a_recovery_that_the_logic_ends_is_its_own_even_if_the_fault_heals_soon_after() {
    for scenario in ["primary-region-loss", "agent-crash", "database-crash", "impatient-detector"] {
        let campaign = load(&Path::new(QNWIS).join(format!("{scenario}.ron")), &[]);
        let ended = campaign.ended_by_the_script(&runs(&campaign, 20));
        assert_eq!(ended, None, "{scenario}");
    }
}

#[test]
fn the_linter_sees_what_the_file_alone_says_of_its_script() {
    for (scenario, says) in
        [("dns-failure", "name servers say nothing"), ("majority-lost", "1 of 5 voters is left")]
    {
        let (_folder, file) = changed(scenario, without_exemption);
        let found = scenarios::lint(load(&file, &[]).scenario());
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|finding| finding.contains(says)), "{scenario}: {told:?}");
    }
    let found = scenarios::lint(load(&Path::new(QNWIS).join("primary-region-loss.ron"), &[]).scenario());
    assert!(!found.iter().any(|finding| finding.to_string().contains("nobody may serve")));
}

#[test]
fn a_run_that_was_not_finished_changes_no_verdict_and_is_no_pass() {
    let campaign = load(&Path::new(QNWIS).join("database-crash.ron"), &[]);
    let mut made = runs(&campaign, 301);
    made[7].stop = StopReason::HungUp;
    let report = campaign.report(&made, 301);
    assert_eq!((report.verdict, report.seeds), (Verdict::Inconclusive, 300), "{:?}", report.reasons);
    assert!(report.criteria.iter().all(|one| one.verdict == Verdict::Pass && one.bad == 0));
    assert_eq!(report.unfinished_runs[0].seed, 7);
    assert!(report.reasons[0].contains("seed 7 was not finished"), "{:?}", report.reasons);
    let missed = load(&Path::new(QNWIS).join("database-crash.ron"), &["objectives.recovery_time=500ms"]);
    assert_eq!(missed.report(&made, 301).verdict, Verdict::Fail, "what is there says so already");
}
