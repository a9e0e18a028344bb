//! What an answer rests on.

use models::Logic;
use reports::gate::{LeftOut, Provenance, ScenarioProvenance};
use sha2::{Digest, Sha256};
use sim::{Key, Streams};
use units::Span;

use super::asked::{asked, criteria};
use super::stopwatch::Stopwatch;
use super::{Gate, Options, Ran};
use crate::campaign::Campaign;
use crate::dossier::this_machine;

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
        scenarios: ran.iter().map(|ran| scenario(&gate.campaigns[ran.campaign], ran)).collect(),
        left_out: left_out(gate),
        started_unix_s: watch.unix_s(),
        took_ms: watch.elapsed().as_nanos() / 1_000_000,
        machine: this_machine(),
    }
}

fn scenario<L: Logic>(campaign: &Campaign<L>, ran: &Ran) -> ScenarioProvenance {
    ScenarioProvenance {
        name: campaign.name(),
        file: campaign.scenario().file.display().to_string(),
        digest: scenario_digest(campaign),
        runs: ran.runs.len() as u64,
        runs_digest: ran.report.digest.clone(),
    }
}

/// SHA-256 of what a scenario's files say, recorded loads among them: 64 hexadecimal digits.
pub(super) fn scenario_digest<L: Logic>(campaign: &Campaign<L>) -> String {
    let scenario = campaign.scenario();
    let point = |(at, writes): &(Span, u64)| format!("{} {writes}\n", at.as_nanos());
    let recordings = scenario.recordings().map(|recorded| recorded.points.iter().map(point).collect());
    let recordings: Vec<String> = recordings.collect();
    sha256(scenario.texts().into_iter().chain(recordings.iter().map(String::as_str)))
}

/// Of all texts, each with its length before it, so that none can run over into the next.
fn sha256<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_le_bytes());
        digest.update(text.as_bytes());
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn left_out<L: Logic>(gate: &Gate<L>) -> Vec<LeftOut> {
    let mut all = Vec::new();
    for (check, criterion, _) in criteria(&gate.file) {
        let id = &gate.file.checks[check].id;
        for exception in &criterion.except {
            let campaign = gate.campaigns.iter().filter(|one| criterion.scope.takes(one.scenario()));
            let meant = campaign.filter(|one| exception.scenarios.contains(&one.scenario().name));
            all.extend(meant.map(|one| LeftOut {
                check: id.clone(),
                criterion: asked(criterion, one).criterion.name,
                scenario: one.name(),
                why: exception.because.clone(),
            }));
        }
    }
    all
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
    fn texts_do_not_run_over_into_each_other() {
        assert_ne!(sha256(["ab", "c"]), sha256(["a", "bc"]));
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
