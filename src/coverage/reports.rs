//! Scenarios as evidence: what their last report says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use reports::gate::GateReport;
use reports::{Report, ScenarioReport, Verdict};
use scenarios::Gate;

use super::age::Written;
use super::{Evidence, Kind, Named, Standing};
use crate::campaign::Campaign;
use crate::exit::Failure;
use crate::foreign;
use crate::gate::scenario_digest;
use crate::origin;

/// The newest report of every scenario, as its file says it: with `--set` it was another scenario. And of every gate.
pub(super) struct Last {
    scenarios: BTreeMap<String, (Written, ScenarioReport)>,
    gates: BTreeMap<String, (Written, GateReport)>,
}

/// Of all `report.json` in `folder` and the folders in it.
pub(super) fn last(folder: &Path, asked_for: bool) -> Result<Last, Failure> {
    let files = report_files(folder);
    if files.is_empty() && asked_for {
        let problem = format!("no report.json in '{}', nor in a folder in it", folder.display());
        return Err(Failure::invalid(problem, "give --reports a folder that 'firedrill run --out' wrote"));
    }
    let mut last = Last { scenarios: BTreeMap::new(), gates: BTreeMap::new() };
    for file in files {
        if let Some(written) = Written::at(&file) {
            last.take(written, read(&file)?);
        }
    }
    Ok(last)
}

fn report_files(folder: &Path) -> Vec<PathBuf> {
    let inner = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = inner.filter(|path| path.is_dir()).collect();
    folders.sort();
    let all = [folder.to_owned()].into_iter().chain(folders);
    all.map(|folder| folder.join("report.json")).filter(|file| file.exists()).collect()
}

fn read(file: &Path) -> Result<Report, Failure> {
    let help = "make it again with 'firedrill run --out', or take it away";
    let refuse = |problem: String| Failure::invalid(format!("{}{problem}", file.display()), help);
    let text = foreign::json(file).map_err(refuse)?;
    Report::from_json(&text).map_err(|error| refuse(foreign::placed(&error.to_string())))
}

impl Last {
    /// What a gate says of a scenario is not what the scenario's own file asks, so it is no evidence for that.
    fn take(&mut self, written: Written, report: Report) {
        if let Some(gate) = report.gate {
            keep_newest(&mut self.gates, gate.name.clone(), written, gate);
            return;
        }
        for scenario in report.scenarios.into_iter().filter(|scenario| scenario.overrides.is_empty()) {
            keep_newest(&mut self.scenarios, scenario.name.clone(), written, scenario);
        }
    }

    /// A piece of evidence for each of a gate's checks that covers anything.
    pub fn of_gate(&self, gate: &Gate) -> Vec<Named> {
        let ran = self.gates.get(&gate.name);
        let checks = gate.checks.iter().filter(|check| !check.covers.is_empty());
        let named = checks.map(|check| {
            let (standing, why) = of_check(gate, &check.id, ran);
            let evidence = Evidence {
                kind: Kind::Gate,
                name: format!("{} {}", gate.name, check.id),
                place: gate.file.display().to_string(),
                standing,
                why,
                age_s: ran.map(|(written, _)| written.age_s()),
                commit: None,
            };
            (check.covers.clone(), evidence)
        });
        named.collect()
    }

    /// A piece of evidence, if the scenario covers anything. Ids that it covered when it was last run, and ids that
    /// it covers since, stand differently.
    pub fn of(&self, campaign: &Campaign) -> Vec<Named> {
        let covers = &campaign.scenario().covers;
        let ran = self.scenarios.get(&campaign.name());
        let (was, is_new): (Vec<String>, Vec<String>) =
            covers.iter().cloned().partition(|id| ran.is_none_or(|(_, report)| report.covers.contains(id)));
        let newly = || (Standing::Stale, Some("it did not cover this when it was last run".to_owned()));
        let both = [(was, standing(campaign, ran)), (is_new, newly())];
        let named = both.into_iter().filter(|(ids, _)| !ids.is_empty());
        named.map(|(ids, (standing, why))| (ids, evidence(campaign, ran, standing, why))).collect()
    }
}

/// The newest of each name counts.
fn keep_newest<T>(known: &mut BTreeMap<String, (Written, T)>, name: String, written: Written, report: T) {
    if known.get(&name).is_none_or(|(before, _)| *before < written) {
        known.insert(name, (written, report));
    }
}

fn of_check(gate: &Gate, id: &str, ran: Option<&(Written, GateReport)>) -> (Standing, Option<String>) {
    let Some((_, report)) = ran else { return (Standing::NotRun, None) };
    if let Some(why) = gate_changed_since(report, gate) {
        return (Standing::Stale, Some(why));
    }
    match report.checks.iter().find(|check| check.id == id) {
        Some(check) => judged(check.verdict, check.findings.first().cloned()),
        None => (Standing::NotRun, Some("the gate did not have this check when it was last run".to_owned())),
    }
}

fn judged(verdict: Verdict, why: Option<String>) -> (Standing, Option<String>) {
    match verdict {
        Verdict::Pass => (Standing::Pass, None),
        Verdict::Fail => (Standing::Fail, why),
        Verdict::Inconclusive => (Standing::Inconclusive, why),
    }
}

/// The gate's file, a scenario that it runs or what belongs to one, or the program.
fn gate_changed_since(report: &GateReport, gate: &Gate) -> Option<String> {
    let provenance = &report.provenance;
    if provenance.gate_digest != origin::sha256([gate.text()]) {
        return Some(format!("{} has changed since", gate.file.display()));
    }
    if provenance.program != evidence::PROGRAM {
        return Some("the program has changed since".to_owned());
    }
    let Ok(files) = scenarios::discover(&gate.scenarios) else {
        return Some("its scenarios are no longer there".to_owned());
    };
    let known: BTreeMap<&str, &str> =
        provenance.scenarios.iter().map(|one| (one.name.as_str(), one.digest.as_str())).collect();
    let mut found = 0;
    for file in files {
        let Ok(campaigns) = Campaign::load_services(&file, &[]) else {
            return Some(format!("{} can no longer be loaded", file.display()));
        };
        for campaign in campaigns {
            found += usize::from(known.contains_key(campaign.name().as_str()));
            if known.get(campaign.name().as_str()) != Some(&scenario_digest(&campaign).as_str()) {
                return Some(format!("scenario {}, or what it reads, has changed since", campaign.name()));
            }
        }
    }
    (found < known.len()).then(|| "a scenario that it ran is no longer there".to_owned())
}

type Ran = (Written, ScenarioReport);

fn evidence(campaign: &Campaign, ran: Option<&Ran>, standing: Standing, why: Option<String>) -> Evidence {
    Evidence {
        kind: Kind::Scenario,
        name: campaign.name(),
        place: campaign.scenario().file.display().to_string(),
        standing,
        why,
        age_s: ran.map(|(written, _)| written.age_s()),
        commit: None,
    }
}

fn standing(campaign: &Campaign, ran: Option<&Ran>) -> (Standing, Option<String>) {
    if campaign.criteria().is_empty() {
        return (Standing::NotRun, Some("it expects nothing, so it cannot fail".to_owned()));
    }
    let Some((_, report)) = ran else { return (Standing::NotRun, None) };
    let now = origin::of(campaign.scenario());
    if let Some(changed) = origin::changed_since(report.origin.as_ref(), &now) {
        return (Standing::Stale, Some(changed));
    }
    judged(report.verdict, report.reasons.first().cloned())
}
