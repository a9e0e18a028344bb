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

/// Our packages as the lock file at `path` knows them, each with what it depends on.
fn locked(path: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(path).expect("a lock file");
    let quoted = |line: &str| line.split('"').nth(1).map(str::to_owned);
    let package = |block: &str| {
        let name = block.lines().find(|line| line.starts_with("name = ")).and_then(quoted)?;
        // A version follows the name only where two of the same name are about.
        let bare = |line: &str| quoted(line)?.split(' ').next().map(str::to_owned);
        let dependencies = block.lines().filter(|line| line.starts_with(" \"")).filter_map(bare).collect();
        ours(&name).is_some().then_some((name, dependencies))
    };
    text.split("[[package]]").filter_map(package).collect()
}

/// The example is a workspace of its own, as a user's is: cargo does not keep its lock file in step with ours.
#[test]
fn the_examples_lock_file_knows_what_we_depend_on() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = locked(&root.join("Cargo.lock"));
    let team = locked(&root.join("examples/team/Cargo.lock"));
    assert!(team.contains_key("firedrill-failover"), "the example depends on the logic");
    for (name, theirs) in &team {
        // Dependencies of tests are in the lock file of the workspace they belong to alone.
        let unknown: Vec<_> = theirs.difference(&workspace[name]).collect();
        assert!(
            unknown.is_empty(),
            "'{name}' no longer depends on {unknown:?}: cargo update --workspace in examples/team"
        );
    }
    let metadata = metadata();
    for package in metadata.workspace_packages() {
        let name = package.name.to_string();
        let Some(theirs) = team.get(&name) else { continue };
        let built = package
            .dependencies
            .iter()
            .filter(|needed| needed.kind != DependencyKind::Development && !needed.optional);
        for needed in built {
            assert!(
                theirs.contains(&needed.name),
                "examples/team/Cargo.lock does not know that '{name}' needs '{}': cargo update --workspace there",
                needed.name
            );
        }
    }
}
