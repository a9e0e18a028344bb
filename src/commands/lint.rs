use std::path::PathBuf;

use clap::Args;
use reports::human;
use scenarios::{Setting, Severity};

use crate::campaign::caught;
use crate::exit::{Exit, Failure};
use crate::findings::Findings;
use crate::suite;
use crate::terminal::Terminal;
use reports::human::{Style, paint};

const EXAMPLES: &str = "\
Examples:
  firedrill lint scenarios/
  firedrill lint scenarios/qnwis --set policy.heartbeat=2s

Ends with 3 if anything is an error, else with 0.";

/// Say everything that is wrong with scenarios, or cannot be met, without running them
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Scenario files, or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Change a value of the plan, or horizon, steady, takes_effect_in
    #[arg(long = "set", value_name = "PATH=VALUE")]
    settings: Vec<Setting>,
}

pub(super) fn execute(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let (mut findings, mut sound) = (Findings::default(), 0);
    suite::each(&arguments.paths, &arguments.settings, &mut findings, |campaign, findings| {
        sound += 1;
        let scenario = campaign.scenario();
        match caught(|| scenarios::lint(scenario)) {
            Ok(found) => found.into_iter().for_each(|finding| findings.add(finding)),
            Err(message) => findings.add_panic(&scenario.file, &message),
        }
    });
    let text = findings.render(terminal.color);
    let gap = if text.is_empty() { "" } else { "\n" };
    terminal.print(&format!("{text}{gap}{}", summary(&findings, sound, terminal.color)))?;
    match findings.count(Severity::Error) {
        0 => Ok(Exit::Pass),
        _ => Ok(findings.exit()),
    }
}

/// `2 scenarios can run: 1 error, 3 warnings, 0 notes`.
fn summary(findings: &Findings, scenarios: usize, color: bool) -> String {
    let count = |severity: Severity, style| {
        let number = findings.count(severity);
        let style = if number == 0 { Style::Plain } else { style };
        paint(&human::counted(number as u64, &severity.to_string()), style, color)
    };
    let counts = [
        count(Severity::Error, Style::Bad),
        count(Severity::Warning, Style::Unsure),
        count(Severity::Note, Style::Plain),
    ];
    format!("{} can run: {}\n", human::counted(scenarios as u64, "scenario"), counts.join(", "))
}
