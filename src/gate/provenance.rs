//! What an answer rests on.

use models::Logic;
use reports::gate::{LeftOut, Provenance, ScenarioProvenance};
use scenarios::Metric;
use sim::{Key, Streams};

use super::asked::{asked, criteria};
use super::stopwatch::Stopwatch;
use super::{Gate, Options, Ran};
use crate::campaign::Campaign;
use crate::dossier::this_machine;
use crate::origin::sha256;

/// Seeds stay below this, so that they can be typed.
const SEEDS_BELOW: u64 = 1 << 40;

/// The first seed of a gate: a stable hash of its name and of the base. Whoever tunes a system on seeds that he knows
/// meets others in the gate.
pub(super) fn first_seed(gate: &str, base: &str) -> u64 {
    Streams::new(0).stream(Key::new(gate, base)).below(SEEDS_BELOW)
}

pub(super) fn of<L: Logic>(
    gate: &Gate<L>,
    options: &Options<'_>,
    first_seed: u64,
    ran: &[Ran],
    watch: Stopwatch,
) -> Provenance {
    Provenance {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        logic: std::any::type_name::<L>().rsplit("::").next().unwrap_or_default().to_owned(),
        command: options.command.clone(),
        seed_base: options.seed_base.clone(),
        first_seed,
        gate_digest: sha256([gate.file.text()]),
        program: evidence::PROGRAM.to_owned(),
        scenarios: (0..gate.campaigns.len()).map(|at| scenario(gate, at, ran)).collect(),
        left_out: left_out(gate, ran),
        started_unix_s: watch.unix_s(),
        took_ms: watch.elapsed().as_nanos() / 1_000_000,
        machine: this_machine(),
    }
}

/// Of one that no criterion asks anything of, too: other checks may.
fn scenario<L: Logic>(gate: &Gate<L>, at: usize, all: &[Ran]) -> ScenarioProvenance {
    let campaign = &gate.campaigns[at];
    let ran = all.iter().find(|ran| ran.campaign == at);
    ScenarioProvenance {
        name: campaign.name(),
        file: campaign.scenario().file.display().to_string(),
        digest: scenario_digest(campaign),
        expects: campaign.criteria().iter().map(|criterion| criterion.name.clone()).collect(),
        runs: ran.map_or(0, |ran| ran.runs.len() as u64),
        runs_digest: ran.map_or(String::new(), |ran| ran.report.digest.clone()),
    }
}

/// SHA-256 of what a scenario's files say, recorded loads among them: 64 hexadecimal digits.
pub(crate) fn scenario_digest<L: Logic>(campaign: &Campaign<L>) -> String {
    let inputs = campaign.scenario().inputs();
    sha256(inputs.iter().map(|(_, text)| text.as_str()))
}

/// Every scenario that a criterion is not asked of, and why: by exception, by the scenario's own word, or by its scope.
fn left_out<L: Logic>(gate: &Gate<L>, ran: &[Ran]) -> Vec<LeftOut> {
    let mut all = Vec::new();
    for (check, criterion, _) in criteria(&gate.file) {
        let id = &gate.file.checks[check].id;
        let left = gate.campaigns.iter().filter_map(|campaign| {
            let scenario = campaign.scenario();
            let left = || criterion.leaves_out(scenario).map(str::to_owned);
            let ended = || match criterion.metric {
                Metric::RecoveryTime => scripted(ran, gate, campaign),
                _ => None,
            };
            let why = criterion.out_of_scope(scenario).or_else(left).or_else(ended)?;
            let (check, criterion) = (id.clone(), asked(criterion, campaign).criterion.name);
            Some(LeftOut { check, criterion, scenario: campaign.name(), why })
        });
        // Those with one reason together, each told once.
        let mut left: Vec<LeftOut> = left.collect();
        left.sort_by(|one, next| one.why.cmp(&next.why));
        all.extend(left);
    }
    all
}

/// What is told of a scenario whose script ends its outages.
fn scripted<L: Logic>(ran: &[Ran], gate: &Gate<L>, campaign: &Campaign<L>) -> Option<String> {
    let of_it = ran.iter().find(|ran| std::ptr::eq(&gate.campaigns[ran.campaign], campaign))?;
    of_it.scripted.as_ref().map(reports::Scripted::told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_derive_from_the_gate_and_the_base_and_stay_what_they_are() {
        assert_eq!(first_seed("rg8", "0.1.0"), first_seed("rg8", "0.1.0"));
        assert_ne!(first_seed("rg8", "0.1.0"), first_seed("rg8", "0.1.1"));
        assert_ne!(first_seed("rg8", "0.1.0"), first_seed("rg9", "0.1.0"));
        assert!(first_seed("rg8", "0.1.0") < SEEDS_BELOW);
    }

    #[test]
    fn a_recording_belongs_to_what_a_scenario_says() {
        let benches = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
        let read = |name: &str| std::fs::read_to_string(benches.join(name)).expect("it is checked in");
        let folder = tempfile::tempdir().expect("there is room");
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("there is room");
        };
        let traffic = "traffic: (recorded: \"day.csv\"), database:";
        write("primary-loss.plan.ron", &read("primary-loss.plan.ron").replacen("database:", traffic, 1));
        write("s.ron", &read("primary-loss.ron"));
        let digest = |recording: &str| {
            write("day.csv", recording);
            let loaded = Campaign::load(&folder.path().join("s.ron"), &[]);
            scenario_digest(&loaded.unwrap_or_else(|error| panic!("{error}")))
        };
        assert_eq!(digest("0,100\n60,200\n"), digest("# the same\n0,100\n1m,200\n"));
        assert_ne!(digest("0,100\n60,200\n"), digest("0,100\n60,201\n"));
    }
}
