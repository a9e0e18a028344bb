use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an answer rests on: enough to have it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// Version of the program and of the logic under test, which is part of it.
    pub version: String,
    /// The logic under test.
    pub logic: String,
    /// The command that was given.
    pub command: String,
    /// What the seeds derive from, together with the gate's name: by default the version under test.
    pub seed_base: String,
    /// The first seed; the others follow it.
    pub first_seed: u64,
    /// SHA-256 of the gate file: 64 hexadecimal digits.
    pub gate_digest: String,
    /// Digest of the sources of the program: 32 hexadecimal digits. A team's own logic is not among them.
    #[serde(default)]
    pub program: String,
    /// Its scenarios, with those that no criterion over runs asks anything of.
    pub scenarios: Vec<ScenarioProvenance>,
    /// Scenarios that the gate leaves out, and why.
    pub left_out: Vec<LeftOut>,
    /// When it began: seconds since 1970 in universal time.
    pub started_unix_s: u64,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// The machine that the computing times are of. Nothing else depends on it.
    pub machine: Machine,
}

/// A scenario of the gate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScenarioProvenance {
    /// Its name, `system/name`.
    pub name: String,
    /// Its file, as the user wrote it.
    pub file: String,
    /// SHA-256 of the scenario file and its plan: 64 hexadecimal digits.
    pub digest: String,
    /// What its own file and its plan ask of it, besides what the gate does: a later gate sees what is missing.
    #[serde(default)]
    pub expects: Vec<String>,
    /// Runs made of it.
    pub runs: u64,
    /// Fingerprint of these runs: 16 hexadecimal digits; empty if there are none.
    pub runs_digest: String,
}

/// A scenario that a gate leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// The check that leaves it out.
    pub check: String,
    /// Which of its criteria.
    #[serde(default)]
    pub criterion: String,
    /// The scenario, `system/name`.
    pub scenario: String,
    /// Why.
    pub why: String,
}

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    /// Its operating system.
    pub os: String,
    /// Its instruction set.
    pub architecture: String,
    /// Its processor, as it names itself; `unknown` if it does not.
    pub processor: String,
    /// Threads it runs at once.
    pub cores: u64,
    /// `release`, or `debug`, which is slower.
    pub build: String,
}
