//! What foreign logic writes to disk: in order, never half, and what was confirmed is there after a crash.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use failover::{Configuration, Decision, Effect, Input, Instant, NodeId};
use firedrill_models::{Agent, Effects, Logic, Model, Place, Policy, Save, Saved, Terms, What, World};
use serde::{Deserialize, Serialize};
use units::Span;

/// Writes the next number every millisecond, however slow the disk is, and says what it knows.
#[derive(Clone)]
struct Diarist;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Nothing {}

impl Policy for Nothing {
    fn terms(&self) -> Terms {
        Terms::new(Span::from_secs(1), Span::from_secs(3))
    }
}

impl scenarios::Logic for Diarist {
    type Policy = Nothing;
    type PolicyPatch = Nothing;

    fn apply(_policy: &mut Nothing, _patch: Nothing) {}
}

struct Writing {
    found: u64,
    asked: u64,
    next: Instant,
}

impl Logic for Diarist {
    type Agent = Writing;

    fn start(
        &self,
        _id: NodeId,
        _config: &Arc<Configuration<Nothing>>,
        disk: &Saved<u64>,
        _seed: u64,
        now: Instant,
    ) -> Writing {
        Writing { found: disk.0, asked: disk.0, next: now }
    }
}

impl Agent for Writing {
    type Message = ();
    type Disk = Saved<u64>;

    fn handle(&mut self, now: Instant, input: Input<()>, out: &mut Effects<Writing>) {
        match input {
            Input::Start { .. } => out.push(Effect::Decided(Decision::HoldsLease { epoch: self.found })),
            Input::Wake { .. } => {
                self.asked += 1;
                out.push(Effect::Persist(Save { number: self.asked, value: self.asked }));
                out.push(Effect::Decided(Decision::Begins { epoch: self.asked }));
            }
            Input::Persisted { number } => {
                out.push(Effect::Decided(Decision::Completes { epoch: number }));
            }
            _ => {}
        }
        self.next = now + Span::from_millis(1);
    }

    fn due(&self) -> Instant {
        self.next
    }
}

/// What the diarist on the node that crashes said, in order.
fn said(seed: u64) -> Vec<Decision> {
    let site = |name: &str| format!(r#"(name: "{name}s", nodes: [(name: "{name}1")])"#);
    let region = |name: &str| {
        format!(r#"(name: "{name}", clients: 1, writes_per_second: 10, sites: [{}])"#, site(name))
    };
    let regions = ["a", "b", "c"].map(region).join(", ");
    let plan = format!(
        r#"(name: "p", regions: [{regions}], database: (engine: PostgreSql15, durability: Async, primary: "a1"),
            policy: (), objectives: (recovery_time: "10m", recovery_point: "10m"))"#
    );
    let faults = r#"[(at: Between("2s", "3s"), strike: CrashAgent("b1"), heal_after: "1s")]"#;
    let scenario = format!(
        r#"(story: "s", plan: "plan.ron", faults: {faults}, horizon: "8s", steady: "2s", expect: [NoSplitBrain])"#
    );
    let files: BTreeMap<PathBuf, Vec<u8>> =
        [("plan.ron".into(), plan.into_bytes()), ("s.ron".into(), scenario.into_bytes())].into();
    let loaded = scenarios::load_from::<Diarist>(&files, Path::new("s.ron"), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    let model = Model::new(&loaded).expect("the loader accepted it");
    let notes = World::with_logic(Arc::new(model), Diarist).replay(seed).notes;
    let here = notes.into_iter().filter(|(_, note)| note.place == Place::Node(1));
    let said = here.filter_map(|(_, note)| match note.what {
        What::Decides(decision) => Some(decision),
        _ => None,
    });
    said.collect()
}

#[test]
fn writes_arrive_in_order_and_a_crash_loses_only_what_was_not_confirmed() {
    let mut lost = 0;
    for seed in 0..20 {
        let (mut asked, mut confirmed, mut starts) = (0, 0, 0);
        for decision in said(seed) {
            match decision {
                Decision::Begins { epoch } => asked = epoch,
                Decision::Completes { epoch } => {
                    assert_eq!(epoch, confirmed + 1, "seed {seed}: every write is confirmed, in order");
                    confirmed = epoch;
                }
                Decision::HoldsLease { epoch: found } => {
                    assert_eq!(found, confirmed, "seed {seed}: what was confirmed is on disk, and no more");
                    (starts, lost, asked) = (starts + 1, lost + asked - found, found);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(starts, 2, "seed {seed}");
        assert!(asked > 1_000, "seed {seed}: it went on after the crash");
    }
    assert!(lost > 0, "no crash ever came between a write and its confirmation");
}
