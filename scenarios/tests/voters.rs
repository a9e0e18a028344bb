//! Who votes: what the linter says of too few, of an even number, and of too many in one place.

mod common;

use common::{PLAN, SCENARIO, load_texts};
use firedrill_scenarios::{Finding, LoadError, Severity};

const NODES: [&str; 5] = ["doha-1", "doha-2", "dukhan-1", "dukhan-2", "ruwais-1"];

/// The plan in which these nodes vote and no others.
fn plan(voters: &[&str]) -> String {
    let silenced = NODES.iter().filter(|node| !voters.contains(node));
    silenced.fold(PLAN.to_owned(), |plan, node| {
        let written = format!("(name: \"{node}\", capacity");
        assert_eq!(plan.matches(&written).count(), 1, "{node}");
        plan.replace(&written, &format!("(name: \"{node}\", votes: false, capacity"))
    })
}

/// What is said of the voters alone, with the line it is said of.
fn about_voters(plan: &str) -> Vec<(Severity, String, usize)> {
    let findings = match load_texts(SCENARIO.as_bytes(), plan.as_bytes(), &[]) {
        Ok(scenario) => scenario.findings,
        Err(LoadError::Invalid(findings)) => findings,
        Err(other) => panic!("{other}"),
    };
    let of_voters = |finding: &Finding| finding.problem.contains("vote");
    let told = findings.into_iter().filter(of_voters);
    told.map(|finding| (finding.severity, finding.problem, finding.line)).collect()
}

fn line(of: &str) -> usize {
    PLAN.lines().position(|line| line.contains(of)).expect("the plan says so") + 1
}

fn warns(voters: &[&str], problem: &str, at: &str) {
    assert_eq!(about_voters(&plan(voters)), [(Severity::Warning, problem.to_owned(), line(at))]);
}

#[test]
fn five_voters_wherever_they_are_and_three_far_apart_are_well() {
    assert_eq!(about_voters(PLAN), [], "where all vote, votes lie where the data is");
    let apart = plan(&["doha-1", "dukhan-1", "ruwais-1"]).replace("provider: \"two\"", "provider: \"one\"");
    assert_eq!(about_voters(&apart), [], "the only provider of all is no domain that could be avoided");
}

#[test]
fn without_a_voter_nothing_is_decided() {
    let found = about_voters(&plan(&[]));
    assert_eq!(found, [(Severity::Error, "nobody votes".to_owned(), line("regions: ["))]);
}

#[test]
fn one_or_two_voters_bear_no_loss() {
    warns(&["doha-1"], "with 1 voter no majority is left once one is lost", "regions: [");
    let two = ["doha-1", "ruwais-1"];
    warns(&two, "with 2 voters no majority is left once one is lost", "regions: [");
}

#[test]
fn an_even_number_bears_no_more_than_one_less() {
    let four = ["doha-1", "doha-2", "dukhan-1", "ruwais-1"];
    let found = about_voters(&plan(&four));
    let problem = "4 voters bear the loss of no more than 3 would".to_owned();
    assert_eq!(found[0], (Severity::Warning, problem, line("regions: [")));
}

#[test]
fn a_region_or_a_provider_that_holds_most_votes_can_take_the_majority_with_it() {
    let problem = |domain: &str| format!("the loss of {domain} leaves no majority: 2 of 3 voters are there");
    warns(&["doha-1", "doha-2", "ruwais-1"], &problem("region 'doha'"), "name: \"doha\"");
    warns(&["doha-1", "dukhan-1", "ruwais-1"], &problem("provider 'one'"), "name: \"doha\"");
}

#[test]
fn a_witness_without_a_vote_is_refused_at_its_line() {
    let idle = "(name: \"doha-2\", witness: true, votes: false)";
    let found = about_voters(&PLAN.replace("(name: \"doha-2\", capacity: 4000)", idle));
    let problem = "'doha-2' is a witness without a vote: it would do nothing".to_owned();
    assert!(found.contains(&(Severity::Error, problem, line("name: \"doha-2\""))), "{found:?}");
}
