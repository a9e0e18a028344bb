use crate::support::{A1, PLAN, runs, runs_of, sound, world};
use sim::Agenda;
use units::Span;

#[test]
fn a_lost_site_takes_its_nodes_and_leaves_the_regions_clients() {
    let runs = runs(r#"(at: "60s", strike: SiteLoss("as"), heal_after: "10m")"#);
    sound(&runs);
    assert!(runs.iter().all(|run| run.failovers == 1));
    let back = Span::from_secs(120) * 12;
    assert!(
        runs.iter().all(|run| run.client_time.unserved < back),
        "everybody is served again after the failover"
    );
}

#[test]
fn a_lost_provider_takes_all_its_regions_and_their_clients() {
    let runs = runs(r#"(at: "60s", strike: ProviderLoss("alpha"), heal_after: "5m")"#);
    sound(&runs);
    for run in &runs {
        // Four of five voters are gone: nobody takes over, and all twelve clients wait for the provider.
        assert!(run.client_time.unserved >= Span::from_secs(300) * 12);
        assert!(run.quorum_present < run.observed.saturating_sub(Span::from_secs(300)));
    }
}

#[test]
fn the_primarys_site_region_or_provider_is_found_when_the_fault_strikes() {
    for strike in ["SiteLoss", "RegionLoss", "ProviderLoss"] {
        let faults = format!(r#"(at: "60s", strike: {strike}("$primary"), heal_after: "5m")"#);
        assert!(
            runs(&faults)
                .iter()
                .all(|run| run.fault_effects[0] > 0 && !run.recovery_time.at_least().is_zero())
        );
    }
}

#[test]
fn what_two_domains_took_comes_back_when_both_are_over() {
    let overlapping = r#"(at: "60s", strike: ProviderLoss("alpha"), heal_after: "3m"), (at: "90s", strike: RegionLoss("a"), heal_after: "10m"), (at: "95s", strike: SiteLoss("bs"), heal_after: "4m")"#;
    let runs = runs(overlapping);
    for run in &runs {
        assert!(run.converged && run.violations.is_empty());
        assert_eq!(run.fault_effects[1..], [0, 0], "there was nothing left to take");
        // Region a's six clients are gone until 690 s, the others at least until the provider and site bs are back.
        assert!(run.client_time.unserved >= Span::from_secs(630) * 6 + Span::from_secs(180) * 6);
    }
}

#[test]
fn a_partition_may_name_a_provider() {
    let cut = r#"(at: "60s", strike: Partition(["alpha"], ["beta"]), heal_after: "5m")"#;
    let same = r#"(at: "60s", strike: Partition(["a", "b"], ["c"]), heal_after: "5m")"#;
    let digests = |faults: &str| runs(faults).into_iter().map(|run| run.digest).collect::<Vec<_>>();
    assert_eq!(digests(cut), digests(same));
}

#[test]
fn a_region_that_is_called_like_a_provider_is_meant_before_it() {
    let plan = PLAN.replace("\"alpha\"", "\"c\"");
    let run = world(&plan, r#"(at: "60s", strike: Partition(["c"], ["a"]), heal_after: "1m")"#, "30m")
        .run(1, &mut Agenda::new());
    assert!(run.converged && run.fault_effects[0] > 0);
}

#[test]
fn who_is_in_neither_group_of_a_partition_reaches_both() {
    let runs = runs(r#"(at: "60s", strike: Partition(["a"], ["b"]), heal_after: "5m")"#);
    sound(&runs);
    for run in &runs {
        assert_eq!((run.failovers, run.quorum_present), (0, run.observed), "a keeps its majority through c");
        // The four clients of b do not reach the primary for five minutes.
        assert!(run.client_time.unserved >= Span::from_secs(300) * 4);
        assert!(run.client_time.unserved < Span::from_secs(320) * 5);
    }
}

#[test]
fn a_partial_partition_of_a_primary_that_keeps_no_majority_costs_it_the_role() {
    let runs = runs_of(PLAN, r#"(at: "60s", strike: Partition(["a1"], ["a2", "b"]), heal_after: "5m")"#);
    assert!(runs.iter().all(|run| run.failovers == 1 && run.promoted != [A1] && run.split_brain.is_zero()));
}
