//! Other processes and other builds come to the same digests.

use std::path::{Path, PathBuf};
use std::process::Command;

use firedrill::Campaign;
use rayon::prelude::*;

use super::ci::is_ci;
use super::{all_campaigns, campaigns, catalogue};

const SEEDS: std::ops::Range<u64> = 0..5;

fn stdout(command: &mut Command) -> String {
    let output = command.output().expect("the command can be started");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}: {err}");
    out.into_owned()
}

/// The digests of this process: a line for each scenario, service by service.
fn here(catalogue: &[PathBuf]) -> Vec<String> {
    let of_scenario = |path: &PathBuf| campaigns(path).iter().flat_map(digests).collect::<Vec<_>>().join(" ");
    catalogue.par_iter().map(of_scenario).collect()
}

fn digests(campaign: &Campaign) -> impl Iterator<Item = String> {
    SEEDS.map(|seed| format!("{:016x}", campaign.run_one(seed).digest))
}

/// Cargo, building into the folder that this test was built into. It holds no lock while tests run.
fn cargo() -> Command {
    let target =
        Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is a folder in the target folder");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--locked", "--target-dir"]).arg(target);
    cargo
}

/// The digests that the models print when they are built without the crates that surround them here, and so
/// with no more features of their dependencies than they ask for themselves.
fn alone(catalogue: &[PathBuf], profile: &[&str]) -> Vec<String> {
    let mut cargo = cargo();
    cargo.args(["--package", "firedrill-models", "--example", "digest"]).args(profile).arg("--");
    let count = (SEEDS.end - SEEDS.start).to_string();
    let printed = stdout(cargo.args([SEEDS.start.to_string(), count]).args(catalogue));
    printed.lines().map(str::to_owned).collect()
}

/// Both come to the same, scenario by scenario.
fn agree(profile: &[&str]) {
    let catalogue = catalogue();
    let (here, there) = (here(&catalogue), alone(&catalogue, profile));
    assert_eq!(there.len(), catalogue.len(), "a line for each scenario");
    for (path, (here, there)) in catalogue.iter().zip(here.iter().zip(&there)) {
        assert_eq!(here, there, "{}", path.display());
    }
}

#[test]
fn another_process_comes_to_the_same_digest() {
    all_campaigns().collect::<Vec<_>>().par_iter().for_each(|campaign| {
        let scenario = campaign.scenario();
        let replayed = |seed: u64| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_firedrill"));
            command.arg("replay").arg(&scenario.file).args(["--seed", &seed.to_string()]);
            let service = scenario.service.iter().flat_map(|service| ["--service", service]);
            let printed = stdout(command.args(service));
            let last = printed.lines().last().and_then(|line| line.strip_prefix("digest "));
            last.expect("a replay ends with its digest").to_owned()
        };
        let here: Vec<String> = digests(campaign).take(2).collect();
        assert_eq!(here, [replayed(0), replayed(1)], "{}", campaign.name());
    });
}

#[test]
fn the_models_built_alone_come_to_the_same_digests() {
    agree(&[]);
}

#[test]
fn a_release_build_comes_to_the_same_digests() {
    if !is_ci() {
        eprintln!("skipped: set CI=true to build in release, which takes minutes");
        return;
    }
    agree(&["--release"]);
}
