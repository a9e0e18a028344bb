use crate::diagnostic::Finding;
use crate::feasibility;
use crate::loader::Scenario;
use crate::logic::Logic;

/// Everything that can be said of a scenario without running it: what [`load`](crate::load) found, and
/// whether objectives, expectations and claims can be met at all. In the order of severity, the worst first,
/// then of place.
pub fn lint<L: Logic>(scenario: &Scenario<L>) -> Vec<Finding> {
    let mut findings = scenario.findings.clone();
    let infeasible = feasibility::findings(scenario).into_iter();
    findings.extend(infeasible.map(|finding| scenario.layers.name_service(finding)));
    findings.sort_by(|a, b| {
        let order = |finding: &Finding| {
            (std::cmp::Reverse(finding.severity), finding.file.clone(), finding.line, finding.column)
        };
        order(a).cmp(&order(b))
    });
    findings
}
