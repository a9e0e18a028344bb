//! What is measured moves as theory says when a threshold of the plan is moved, on the same seeds. The figures are
//! computed here from the plan's own rules, not by the code under test.

#[path = "theory/detection.rs"]
mod detection;
#[path = "theory/loss.rs"]
mod loss;
#[path = "theory/redirect.rs"]
mod redirect;

use std::path::Path;

use firedrill::Campaign;
use firedrill::reports::{Phase, Run};
use firedrill::units::Measured;

/// The runs of a scenario of the catalogue with these settings, as `--set` would make them.
fn runs(scenario: &str, settings: &[&str], seeds: u64) -> Vec<Run> {
    let path = Path::new("scenarios/qnwis").join(scenario);
    let settings: Vec<_> = settings.iter().map(|text| text.parse().expect("path=value")).collect();
    let campaign = Campaign::load(&path, &settings).unwrap_or_else(|error| panic!("{error}"));
    let runs = campaign.run(0..seeds, 1, |_| ()).expect("a thread can be had");
    let broken = runs.iter().find(|run| run.broken().is_some());
    assert!(broken.is_none(), "{}", campaign.replay_command(broken.unwrap().seed));
    runs
}

fn phase(run: &Run, phase: Phase) -> f64 {
    run.phase(phase).as_secs_f64()
}

fn recovery(run: &Run) -> f64 {
    match run.recovery() {
        Measured::Exactly(time) => time.as_secs_f64(),
        Measured::LongerThan(_) => {
            panic!("seed {} did not recover: theory speaks of those that do", run.seed)
        }
    }
}

/// Mean and its standard error.
fn mean(samples: impl Iterator<Item = f64>) -> (f64, f64) {
    let samples: Vec<f64> = samples.collect();
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let variance =
        samples.iter().map(|sample| (sample - mean) * (sample - mean)).sum::<f64>() / (count - 1.0);
    (mean, (variance / count).sqrt())
}

/// The mean agrees with theory: to `slack`, which is what theory leaves out, and to four standard errors, which
/// chance leaves open once in 15,000 times.
fn assert_mean(what: &str, samples: impl Iterator<Item = f64>, expected: f64, slack: f64) {
    let (mean, error) = mean(samples);
    let off = (mean - expected).abs();
    assert!(
        off <= slack + 4.0 * error,
        "{what}: {mean:.4} +- {error:.4} s measured, {expected:.4} s by theory"
    );
}
