//! What foreign logic writes to disk: in order, never half, and what was confirmed is there after a crash.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use failover::{Configuration, Decision, Effect, Input, Instant, NodeId};
use firedrill_models::{Agent, Disk, Effects, Logic, Model, Place, Policy, Save, Saved, Terms, What, World};
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

/// What each agent said, in order: three nodes in three regions, of which the second's agent crashes and restarts.
fn said<L>(logic: L, seed: u64) -> Vec<(usize, Decision)>
where
    L: Logic + scenarios::Logic<Policy: Policy>,
{
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
    let loaded = scenarios::load_from::<L>(&files, Path::new("s.ron"), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    let model = Model::new(&loaded).expect("the loader accepted it");
    let notes = World::with_logic(Arc::new(model), logic).replay(seed).notes;
    let said = notes.into_iter().filter_map(|(_, note)| match (note.place, note.what) {
        (Place::Node(node), What::Decides(decision)) => Some((node, decision)),
        _ => None,
    });
    said.collect()
}

#[test]
fn writes_arrive_in_order_and_a_crash_loses_only_what_was_not_confirmed() {
    let mut lost = 0;
    for seed in 0..20 {
        let (mut asked, mut confirmed, mut starts) = (0, 0, 0);
        for (_, decision) in said(Diarist, seed).into_iter().filter(|(node, _)| *node == 1) {
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

/// Says who leads, as its disk has it and as it is told.
#[derive(Clone)]
struct Elector;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Agreed {}

impl Policy for Agreed {
    fn terms(&self) -> Terms {
        Terms { founded: true, ..Terms::new(Span::from_secs(1), Span::from_secs(3)) }
    }
}

impl scenarios::Logic for Elector {
    type Policy = Agreed;
    type PolicyPatch = Agreed;

    fn apply(_policy: &mut Agreed, _patch: Agreed) {}
}

#[derive(Clone, Default)]
struct Ballot(Option<NodeId>);

impl Disk for Ballot {
    type Write = Infallible;

    fn founded(coordinator: NodeId, votes: bool) -> Ballot {
        Ballot(votes.then_some(coordinator))
    }

    fn number(write: &Infallible) -> u64 {
        match *write {}
    }

    fn apply(&mut self, write: Infallible) {
        match write {}
    }
}

impl Logic for Elector {
    type Agent = Voter;

    fn start(
        &self,
        _id: NodeId,
        _config: &Arc<Configuration<Agreed>>,
        disk: &Ballot,
        _seed: u64,
        _now: Instant,
    ) -> Voter {
        Voter(disk.clone())
    }
}

struct Voter(Ballot);

impl Agent for Voter {
    type Message = ();
    type Disk = Ballot;

    fn handle(&mut self, _now: Instant, input: Input<()>, out: &mut Effects<Voter>) {
        let Input::Start { first_boot, coordinator, .. } = input else { return };
        assert_eq!(coordinator, self.0.0.filter(|_| first_boot), "it is told once, and what is on its disk");
        out.extend(self.0.0.map(|from| Effect::Decided(Decision::Refuses { from })));
    }

    fn due(&self) -> Instant {
        Instant::NEVER
    }
}

#[test]
fn a_founded_cluster_has_its_coordinator_on_every_disk_and_keeps_it() {
    let mut drawn = BTreeSet::new();
    for seed in 0..20 {
        let said = said(Elector, seed);
        let nodes: Vec<usize> = said.iter().map(|(node, _)| *node).collect();
        assert_eq!(nodes, [0, 1, 2, 1], "seed {seed}: each starts, and one again");
        assert!(said.iter().all(|(_, decision)| *decision == said[0].1), "seed {seed}: {said:?}");
        drawn.insert(format!("{:?}", said[0].1));
    }
    assert_eq!(drawn.len(), 3, "any of them may coordinate");
}
