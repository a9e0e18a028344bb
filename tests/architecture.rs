//! Boundaries are enforced, not preached: which crate may know which, what the logic may be made of, how long a file
//! may be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// A longer file holds more than one thing.
const LINES_MAX: usize = 600;

/// Our crates, and which of ours each may know. Arrows point one way only, for tests and examples too.
const ARROWS: [(&str, &[&str]); 8] = [
    ("units", &[]),
    ("evidence", &[]),
    ("sim", &["units"]),
    ("failover", &["evidence", "units"]),
    ("scenarios", &["sim", "units"]),
    ("models", &["evidence", "failover", "scenarios", "sim", "units"]),
    ("reports", &["units"]),
    ("", &["evidence", "failover", "models", "reports", "scenarios", "sim", "units"]),
];

/// What may reach a run: crates from elsewhere on which histories depend, each looked at before it came in. None
/// reads a clock, draws from the operating system, or hashes in random order in the ways it is used here.
const THIRD_PARTIES: [(&str, &[&str]); 5] = [
    ("units", &["humantime", "schemars", "serde"]),
    ("sim", &["libm", "rand_chacha", "schemars", "serde", "turmoil"]),
    (
        "failover",
        &[
            "aes-gcm",
            "bytes",
            "ed25519-dalek",
            "libm",
            "postcard",
            "raft",
            "schemars",
            "serde",
            "serde-saphyr",
            "serde_json",
            "sha2",
            "slog",
            "struct-patch",
        ],
    ),
    ("scenarios", &["ariadne", "libm", "ron", "schemars", "serde", "struct-patch"]),
    ("models", &["libm", "schemars", "serde", "sha2", "struct-patch"]),
];

/// Ways to the outside: whatever the logic is made of, these are not in it.
const OUTSIDE: [&str; 9] =
    ["async-std", "futures", "hyper", "mio", "rustls", "smol", "socket2", "tokio", "turmoil"];

fn metadata() -> Metadata {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let options = ["--locked".to_owned()];
    let command = MetadataCommand::new().manifest_path(manifest).other_options(options).exec();
    command.expect("cargo describes the workspace that it has just built")
}

/// `firedrill-sim` as `sim`, the root package as an empty name; `None` for others'.
fn ours(package: &str) -> Option<&str> {
    match package.strip_prefix("firedrill")? {
        "" => Some(""),
        rest => rest.strip_prefix('-'),
    }
}

fn members(metadata: &Metadata) -> BTreeMap<&str, &Package> {
    metadata
        .workspace_packages()
        .into_iter()
        .map(|package| (ours(&package.name).expect("ours"), package))
        .collect()
}

#[test]
fn arrows_point_one_way() {
    let metadata = metadata();
    let arrows = BTreeMap::from(ARROWS);
    for (name, package) in members(&metadata) {
        let allowed = arrows.get(name).unwrap_or_else(|| panic!("decide what '{name}' may know"));
        for dependency in package.dependencies.iter().filter_map(|dependency| ours(&dependency.name)) {
            assert!(
                allowed.contains(&dependency),
                "'{name}' must not know '{dependency}', not even in tests"
            );
        }
    }
}

#[test]
fn what_reaches_a_run_was_looked_at() {
    let metadata = metadata();
    let members = members(&metadata);
    for (name, allowed) in THIRD_PARTIES {
        let foreign = members[name].dependencies.iter().filter(|dependency| ours(&dependency.name).is_none());
        for dependency in foreign.filter(|dependency| dependency.kind != DependencyKind::Development) {
            let known = allowed.contains(&dependency.name.as_str());
            assert!(
                known,
                "'{name}' uses '{}': make sure that runs stay the same, then list it",
                dependency.name
            );
        }
    }
}

/// Everything that `package` is made of when it is built as a library.
fn closure<'a>(metadata: &'a Metadata, package: &Package) -> BTreeSet<&'a str> {
    let resolve = metadata.resolve.as_ref().expect("cargo resolved what it built");
    let (mut found, mut open) = (BTreeSet::new(), vec![&package.id]);
    while let Some(id) = open.pop() {
        if found.insert(id) {
            let built_in = |kinds: &[cargo_metadata::DepKindInfo]| {
                kinds.iter().any(|kind| kind.kind == DependencyKind::Normal)
            };
            let node = resolve.nodes.iter().find(|node| node.id == *id).expect("every package is resolved");
            open.extend(node.deps.iter().filter(|dep| built_in(&dep.dep_kinds)).map(|dep| &dep.pkg));
        }
    }
    found.into_iter().map(|id| metadata[id].name.as_str()).collect()
}

#[test]
fn nothing_in_the_logic_knows_of_the_outside() {
    let metadata = metadata();
    let parts = closure(&metadata, members(&metadata)["failover"]);
    assert!(parts.contains("raft"), "the logic is made of {parts:?}");
    let outside: Vec<_> = OUTSIDE.iter().filter(|name| parts.contains(**name)).collect();
    assert!(outside.is_empty(), "the logic does no I/O, but it is made of {outside:?}");
}

/// Rust sources below `folder`, outside target folders.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("our own folders can be read") {
        let path = entry.expect("our own folders can be read").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_file_is_too_long_to_be_about_one_thing() {
    let metadata = metadata();
    let mut found = Vec::new();
    for (_, package) in members(&metadata) {
        let root = package.manifest_path.parent().expect("a manifest lies in a folder").as_std_path();
        let folders = ["benches", "examples", "src", "tests"].map(|folder| root.join(folder));
        folders.iter().filter(|folder| folder.is_dir()).for_each(|folder| sources(folder, &mut found));
    }
    assert!(found.len() > 150, "only {} sources found", found.len());
    for path in found {
        let lines = std::fs::read_to_string(&path).expect("sources are text").lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines: split it", path.display());
    }
}
