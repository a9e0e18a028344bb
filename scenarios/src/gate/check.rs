//! What can be told of a gate by itself: whether it asks anything, and whether what it asks could be answered.

use units::Span;

use super::{Checked, GateCheck, GateCriterion, GateFile, Statistic};
use crate::check::numbers::is_open_share;
use crate::diagnostic::Finding;
use crate::source::Source;
use crate::suggest::counted;

/// Nobody waits for more of anything that a gate counts.
const COUNT_MAX: u64 = 1_000_000;

/// All that is wrong, in the order of the file.
pub(super) fn check(file: &GateFile, source: &Source) -> Vec<Finding> {
    let mut checker = Checker { source, findings: Vec::new() };
    checker.gate(file);
    for (index, check) in file.checks.iter().enumerate() {
        checker.check(&format!("checks[{index}]"), check, &file.checks[..index]);
    }
    checker.findings
}

struct Checker<'a> {
    source: &'a Source,
    findings: Vec<Finding>,
}

impl Checker<'_> {
    fn error(&mut self, path: &str, problem: impl Into<String>, remedy: &str) {
        self.findings.push(self.source.error(self.source.find_nearest(path), problem, remedy));
    }

    fn gate(&mut self, file: &GateFile) {
        if file.scenarios.is_empty() {
            self.error(
                "scenarios",
                "the gate has no scenarios",
                "name files or folders, such as \"../qnwis\"",
            );
        }
        if file.checks.is_empty() {
            self.error("checks", "the gate asks nothing, so it would pass anything", "add checks");
        }
        if file.runs_at_most == 0 {
            self.error("runs_at_most", "no run could be made", "give a number of runs, such as 3000");
        }
    }

    fn check(&mut self, path: &str, check: &GateCheck, before: &[GateCheck]) {
        if before.iter().any(|other| other.id == check.id) {
            let problem = format!("there are two checks '{}'", check.id);
            self.error(&format!("{path}.id"), problem, "give each an id of its own");
        }
        if check.id.trim().is_empty() {
            self.error(&format!("{path}.id"), "the check has no id", "such as \"RG-8.3\"");
        }
        let inside = format!("{path}.check");
        match &check.check {
            Checked::Presence => {}
            Checked::PlanIntegrity { actions, generated, .. } => {
                self.count(&format!("{inside}.actions"), *actions, "a plan without actions does nothing");
                self.count(&format!("{inside}.generated"), *generated, "no plan would be generated");
            }
            Checked::Runs(criteria) => self.runs(&inside, criteria),
            Checked::AuditIntegrity { runs } => {
                self.count(&format!("{inside}.runs"), *runs, "nothing would be audited");
            }
            Checked::ComputingTime { .. } => self.computing(&inside, &check.check),
        }
    }

    fn runs(&mut self, path: &str, criteria: &[GateCriterion]) {
        if criteria.is_empty() {
            self.error(path, "the check has no criteria, so it would pass anything", "add some");
        }
        for (index, criterion) in criteria.iter().enumerate() {
            self.criterion(&format!("{path}[0][{index}]"), criterion);
        }
    }

    fn criterion(&mut self, path: &str, criterion: &GateCriterion) {
        self.confidence(path, criterion.confidence);
        self.statistic(&format!("{path}.statistic"), criterion.statistic);
        let is_time = criterion.metric.is_time();
        let name = format!("{:?}", criterion.metric);
        match (is_time, criterion.limit) {
            (true, None) => self.error(
                &format!("{path}.metric"),
                format!("{name} is a time and has no limit"),
                "add limit: \"10m\"",
            ),
            (false, Some(_)) => self.error(
                &format!("{path}.limit"),
                format!("{name} is no time, so a limit means nothing"),
                "take the limit away",
            ),
            (true, Some(_)) | (false, None) => {}
        }
        match (is_time, criterion.statistic) {
            (false, Statistic::Quantile(_)) => self.error(
                &format!("{path}.statistic"),
                format!("{name} is no time and has no quantiles"),
                "ask for Share(0.99) or Never(0.01)",
            ),
            (_, Statistic::Quantile(_) | Statistic::Share(_) | Statistic::Never(_)) => {}
        }
        for (index, exception) in criterion.except.iter().enumerate() {
            if exception.because.trim().is_empty() {
                let problem = format!("{} left out without a reason", exception.scenarios.join(", "));
                self.error(&format!("{path}.except[{index}].because"), problem, "say why, for the report");
            }
        }
    }

    fn statistic(&mut self, path: &str, statistic: Statistic) {
        let (share, example) = match statistic {
            Statistic::Quantile(good) => (good, "a quantile strictly between 0 and 1, such as 0.99"),
            Statistic::Share(good) => {
                (good, "a share strictly between 0 and 1, such as 0.99; for all runs ask for Never")
            }
            Statistic::Never(bad) => {
                (bad, "the share to be ruled out, strictly between 0 and 1, such as 0.01")
            }
        };
        if !(is_open_share(share) && is_open_share(statistic.tolerated())) {
            self.error(
                path,
                format!("{share} asks nothing that runs could show"),
                &format!("write {example}"),
            );
        }
    }

    fn confidence(&mut self, path: &str, confidence: f64) {
        if !is_open_share(confidence) {
            let problem = format!("a confidence of {confidence} cannot be had");
            self.error(
                &format!("{path}.confidence"),
                problem,
                "write a number between 0 and 1, such as 0.95",
            );
        } else if confidence < 0.5 {
            let problem = format!("at a confidence of {confidence} a coin would do");
            self.error(&format!("{path}.confidence"), problem, "write 0.5 or more; 0.95 is usual");
        }
    }

    fn computing(&mut self, path: &str, check: &Checked) {
        let Checked::ComputingTime {
            planning,
            verification,
            together,
            quantile,
            confidence,
            nodes,
            iterations,
            warm_up,
        } = check
        else {
            return;
        };
        for (field, limit) in [("planning", planning), ("verification", verification), ("together", together)]
        {
            if *limit == Span::ZERO {
                self.error(
                    &format!("{path}.{field}"),
                    "nothing is computed in no time",
                    "write a limit, such as \"50ms\"",
                );
            }
        }
        self.confidence(path, *confidence);
        if !(is_open_share(*quantile) && is_open_share(Statistic::Quantile(*quantile).tolerated())) {
            self.error(&format!("{path}.quantile"), format!("{quantile} is no quantile"), "such as 0.95");
        }
        if nodes.is_empty() {
            self.error(&format!("{path}.nodes"), "no topology is planned for", "such as [5, 128]");
        }
        if let Some(index) = nodes.iter().position(|nodes| *nodes < 2) {
            let problem = format!("nobody can take over among {}", counted(nodes[index], "node"));
            self.error(&format!("{path}.nodes[{index}]"), problem, "give 2 or more");
        }
        self.count(&format!("{path}.iterations"), *iterations, "nothing would be measured");
        self.no_more_than_anybody_waits_for(&format!("{path}.warm_up"), *warm_up);
    }

    fn count(&mut self, path: &str, number: u64, problem_with_none: &str) {
        if number == 0 {
            self.error(path, problem_with_none, "give a number above zero");
        }
        self.no_more_than_anybody_waits_for(path, number);
    }

    fn no_more_than_anybody_waits_for(&mut self, path: &str, number: u64) {
        if number > COUNT_MAX {
            let problem = format!("{number} are more than anybody waits for");
            self.error(path, problem, &format!("give {COUNT_MAX} or fewer"));
        }
    }
}
