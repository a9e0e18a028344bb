//! Gates that could not give an answer are refused before anything is run, with the place and the reason.

use crate::support::refused;

fn says(changes: &[(&str, &str)], expected: &[&str]) {
    let text = refused(changes, None);
    for part in expected {
        assert!(text.contains(part), "no '{part}' in\n{text}");
    }
}

#[test]
fn twenty_iterations_for_a_p95_are_refused_with_the_reason() {
    says(
        &[("iterations: 59", "iterations: 20")],
        &["20 iterations cannot show a 95 % quantile", "it takes 59", "gate.ron:"],
    );
    says(
        &[("runs_at_most: 500", "runs_at_most: 20")],
        &["cannot be decided by 20 runs", "even without a single bad one"],
    );
    let text = refused(&[], Some(20));
    assert!(text.contains("--max-runs 70 or more"), "{text}");
}

#[test]
fn what_is_misspelt_is_refused_with_its_place() {
    says(&[("metric: Recovery,", "metric: Recovry,")], &["unknown metric 'Recovry'", "Recovery"]);
    says(
        &[("metric: SplitBrain, ", "metric: SplitBrain, scope: Everywhere, ")],
        &["unknown scope 'Everywhere'"],
    );
    says(&[("Never(0.05)", "Never(0.05), limits: \"1s\"")], &["unexpected field 'limits'"]);
}

#[test]
fn what_matches_nothing_or_asks_nothing_is_refused() {
    says(
        &[("metric: SplitBrain, ", "metric: SplitBrain, scope: Only([\"agent-hangs\"]), ")],
        &["'agent-hangs'"],
    );
    says(&[("metric: SplitBrain, ", "metric: SplitBrain, scope: Covering([\"Q-99\"]), ")], &["'Q-99'"]);
    says(
        &[(
            "metric: SplitBrain, ",
            "metric: SplitBrain, except: [(scenarios: [\"agent-hang\", \"primary-node-crash\"], because: \"x\")], ",
        )],
        &["the scope matches no scenario"],
    );
    says(&[("Share(0.95)", "Share(1.0)")], &["asks nothing that runs could show"]);
    says(&[("Share(0.95)", "Share(0.0)")], &["asks nothing that runs could show"]);
    says(&[("Share(0.95)", "Share(0.0000000001)")], &["asks nothing that runs could show"]);
    says(&[("quantile: 0.95", "quantile: 0.0000000001")], &["is no quantile"]);
    says(&[("limit: \"10m\"", "limit: \"21m\"")], &["no run of qnwis/agent-hang could exceed 21m"]);
    says(&[("Share(0.95)", "Quantile(0.95)")], &["Recovery is no time and has no quantiles"]);
    says(&[(", limit: \"10m\"", "")], &["RecoveryTime is a time and has no limit"]);
}

#[test]
fn scenarios_of_one_name_are_refused() {
    let other = tempfile::tempdir().expect("there is room");
    let folder = other.path().join("qnwis");
    std::fs::create_dir(&folder).expect("there is room");
    for file in ["plan.ron", "agent-hang.ron"] {
        let from = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/qnwis").join(file);
        std::fs::copy(from, folder.join(file)).expect("it is in the catalogue");
    }
    let namesake = folder.join("agent-hang.ron").display().to_string();
    let list = "\"../../scenarios/qnwis/primary-node-crash.ron\"";
    says(&[(list, &format!("\"{namesake}\""))], &["two scenarios are called 'qnwis/agent-hang'", &namesake]);
}

#[test]
fn what_nobody_waits_for_is_refused() {
    let huge = "18446744073709551615";
    for (of, count) in [("iterations", "59"), ("warm_up", "2"), ("generated", "100"), ("runs", "3")] {
        let text = refused(&[(&format!("{of}: {count}"), &format!("{of}: {huge}"))], None);
        assert!(text.contains("more than anybody waits for"), "{of}: {text}");
    }
}

#[test]
fn a_gate_without_checks_or_criteria_or_scenarios_is_refused() {
    says(
        &[("(metric: RecoveryTime, statistic: Quantile(0.95), limit: \"10m\"),", "")],
        &["the check has no criteria"],
    );
    says(
        &[("\"../../scenarios/qnwis/agent-hang.ron\", \"../../scenarios/qnwis/primary-node-crash.ron\"", "")],
        &["has no scenarios"],
    );
    says(&[("qnwis/agent-hang.ron", "qnwis/agent-hung.ron")], &["agent-hung.ron", "cannot be read"]);
    says(&[("id: \"RTO\"", "id: \"RG-8.1\"")], &["two checks 'RG-8.1'"]);
}
