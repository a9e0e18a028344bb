//! Small worlds from texts, and the moments of their stories.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use firedrill_models::{Failover, Model, World};
use sim::SimTime;
use units::Span;

/// The world that these faults strike; `files` (name and text) hold its `plan.ron` and what that names.
pub fn world(files: &[(&str, &str)], faults: &str, horizon: &str) -> World {
    let scenario = format!(
        r#"(story: "s", plan: "plan.ron", faults: [{faults}], horizon: "{horizon}", expect: [NoSplitBrain])"#
    );
    let all = files.iter().copied().chain([("s.ron", scenario.as_str())]);
    let files: BTreeMap<PathBuf, Vec<u8>> =
        all.map(|(name, text)| (name.into(), text.as_bytes().to_vec())).collect();
    let loaded = scenarios::load_from::<Failover>(&files, Path::new("s.ron"), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    World::new(Arc::new(Model::new(&loaded).expect("it was loaded")))
}

/// So many seconds after the start.
#[allow(dead_code, reason = "not every story has moments")]
pub fn at(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(seconds)
}
