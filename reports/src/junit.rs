//! `junit.xml`, as CI systems read it: a scenario is a suite, a criterion a case. What fails is a failure; what is
//! inconclusive is an error, because no CI system knows a third answer and it must not look like a pass.

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::dossier::{Check, checks};
use crate::gate::{CheckReport, GateReport};
use crate::human;
use crate::report::Report;
use crate::scenario::ScenarioReport;
use crate::verdict::Verdict;

/// The report in the form of JUnit. No times: those of this machine say nothing, and those simulated are not it.
pub fn render(report: &Report) -> String {
    let mut junit = quick_junit::Report::new("firedrill");
    if let Some(gate) = &report.gate {
        junit.add_test_suite(of_gate(gate));
    }
    junit.add_test_suites(report.scenarios.iter().map(of_scenario));
    if junit.test_suites.is_empty() {
        junit.add_test_suite(of_nothing());
    }
    // quick-junit drops most of what XML cannot carry, but not all.
    human::printable(&junit.to_string().expect("what is written into memory is written"))
}

/// A report without scenarios is inconclusive: an empty file would be green.
fn of_nothing() -> TestSuite {
    let mut suite = TestSuite::new("firedrill");
    suite.add_test_case(case("anything was run", Verdict::Inconclusive, "no scenario was run", ""));
    suite
}

fn of_scenario(scenario: &ScenarioReport) -> TestSuite {
    let mut suite = TestSuite::new(scenario.name.as_str());
    for (name, value) in [("file", &scenario.file), ("digest", &scenario.digest), ("story", &scenario.story)]
    {
        suite.add_property((name, value.as_str()));
    }
    for exempt in &scenario.exempt {
        suite.add_property((
            format!("not held to the {}", exempt.objective.word()).as_str(),
            exempt.because.as_str(),
        ));
    }
    suite.add_property(("runs", human::count(scenario.seeds).as_str()));
    for check in checks(scenario) {
        let mut case = of_check(&check);
        case.set_classname(scenario.name.as_str());
        suite.add_test_case(case);
    }
    suite
}

fn of_check(check: &Check) -> TestCase {
    let replay = check.replay.as_deref().unwrap_or_default();
    case(&check.name, check.verdict, &check.explanation, replay)
}

fn of_gate(gate: &GateReport) -> TestSuite {
    let mut suite = TestSuite::new(format!("gate {}", gate.name));
    suite.add_test_cases(gate.checks.iter().map(of_gate_check));
    let said = Verdict::all(gate.checks.iter().map(|check| check.verdict));
    if said.and(gate.verdict) != said {
        let why = gate.reasons_of_the_whole().cloned().collect::<Vec<_>>().join("; ");
        suite.add_test_case(case("the gate as a whole", gate.verdict, &why, ""));
    }
    suite
}

fn of_gate_check(check: &CheckReport) -> TestCase {
    let open = check.criteria.iter().filter(|criterion| criterion.verdict != Verdict::Pass);
    let commands: Vec<&str> = open.filter_map(|criterion| criterion.replay.as_deref()).collect();
    let name = format!("{} {}", check.id, check.title);
    case(&name, check.verdict, &check.findings.join("; "), &commands.join("\n"))
}

fn case(name: &str, verdict: Verdict, why: &str, replay: &str) -> TestCase {
    let status = match verdict {
        Verdict::Pass => return TestCase::new(name, TestCaseStatus::success()),
        Verdict::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Inconclusive => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    let mut status = status;
    let text = if replay.is_empty() { why.to_owned() } else { format!("{why}\n{replay}") };
    status.set_type(verdict.word().to_lowercase()).set_message(why).set_description(text);
    TestCase::new(name, status)
}
