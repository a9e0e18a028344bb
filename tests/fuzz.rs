//! Inputs that nobody would write: whatever firedrill reads is changed by its grammar and against it, and every input must
//! be answered by an exit code from 0 to 3, in 20 s and 1 GB, without a panic, each refusal with its place.
//!
//! `FIREDRILL_FUZZ_SEED` and `FIREDRILL_FUZZ_INPUTS` choose the campaign; both are printed, and the same seed gives the same
//! inputs. `.ci/nightly` makes 20,000 with a seed of its own. What is found is kept in `target/tmp/fuzz.found`.
#![cfg(target_os = "linux")]

#[path = "fuzz/dice.rs"]
mod dice;
#[path = "fuzz/grammar.rs"]
mod grammar;
#[path = "fuzz/inputs.rs"]
mod inputs;
#[path = "fuzz/watch.rs"]
mod watch;

use std::path::Path;

use inputs::Bench;

/// Scenarios that are linted by one process.
const SUITE: u64 = 50;

fn asked(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a whole number"))
}

#[test]
fn every_input_is_answered() {
    let few = if std::env::var_os("CI").is_some() { 1_000 } else { 200 };
    let (seed, inputs) = (asked("FIREDRILL_FUZZ_SEED", 11), asked("FIREDRILL_FUZZ_INPUTS", few));
    println!("FIREDRILL_FUZZ_SEED={seed} FIREDRILL_FUZZ_INPUTS={inputs}");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{seed}"));
    let _ = std::fs::remove_dir_all(&folder);
    let bench = Bench::in_folder(folder);
    let mut found = Vec::new();
    // Three in four are files of a suite, which cost little; the rest has a process each.
    let mut input = 0;
    while input < inputs {
        let suite = (input..(input + SUITE * 3 / 4)).end.min(inputs);
        found.extend(bench.suite(seed, input..suite));
        let singles = (input + SUITE).min(inputs);
        found.extend((suite..singles).flat_map(|input| bench.single(seed, input)));
        input = singles;
    }
    for one in &found {
        println!("{}\n  {}\n", one.input, one.what);
    }
    assert!(
        found.is_empty(),
        "{} of {inputs} inputs were not answered; FIREDRILL_FUZZ_SEED={seed}",
        found.len()
    );
}
