//! Logic that is wrong about what was agreed, and what the world makes of it: storms of epochs are seen, a sealed copy
//! refuses an earlier primary, and an open database cannot be promoted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use failover::consensus::Durable;
use failover::{
    Command, Configuration, Content, Controller, Decision, Effect, Input, Instant, Message, NodeId, Outcome,
    Policy, PolicyPatch, Reason, Stamp, Step, Task,
};
use firedrill_models::{Agent, Failover, Logic, Model, Place, Replay, What, World};
use units::Span;

/// What the wrapped logic gets wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Nothing,
    /// Every target's promotion is overrun by the next epoch.
    OverrunsItsTargets,
    /// A copy that is sealed is told to follow the first primary again.
    Unseals,
    /// A database that was promoted is promoted once more.
    PromotesTwice,
}

#[derive(Clone)]
struct Mistaken(Wrong);

struct MistakenAgent {
    sound: Controller,
    wrong: Wrong,
    /// How many messages it heard. What a mistaken agent says beside what the sound logic does is stamped by whoever hears it.
    heard: u64,
    generation: u32,
}

impl scenarios::Logic for Mistaken {
    type Policy = Policy;
    type PolicyPatch = PolicyPatch;

    fn apply(policy: &mut Policy, patch: PolicyPatch) {
        <Failover as scenarios::Logic>::apply(policy, patch);
    }
}

impl Logic for Mistaken {
    type Agent = MistakenAgent;

    fn start(
        &self,
        id: NodeId,
        config: &Arc<Configuration>,
        durable: &Durable,
        seed: u64,
        now: Instant,
    ) -> MistakenAgent {
        MistakenAgent {
            sound: Failover.start(id, config, durable, seed, now),
            wrong: self.0,
            heard: 0,
            generation: 0,
        }
    }
}

impl Agent for MistakenAgent {
    type Message = Message;
    type Disk = Durable;

    fn handle(&mut self, now: Instant, mut input: Input, out: &mut Vec<Effect>) {
        if let Input::Start { generation, .. } = &input {
            self.generation = *generation;
        }
        if let Input::Received { message, .. } = &mut input {
            self.heard += 1;
            message.stamp = Stamp::new(1, self.generation, self.heard);
        }
        let done = match &input {
            Input::Done { task, outcome: Outcome::Succeeded, .. } => Some(*task),
            _ => None,
        };
        let first = out.len();
        self.sound.handle(now, input, out);
        match (self.wrong, done) {
            (Wrong::OverrunsItsTargets, _) => overrun(out, first),
            (Wrong::Unseals, Some(Task::Seal { .. })) => {
                out.push(Effect::Do(Task::Follow { primary: NodeId(0), epoch: 1 }));
            }
            (Wrong::PromotesTwice, Some(promote @ Task::Promote { .. })) => {
                out.retain(|effect| !matches!(effect, Effect::Do(_)));
                out.push(Effect::Do(promote));
            }
            _ => {}
        }
    }

    fn due(&self) -> Instant {
        self.sound.due()
    }
}

/// Everybody is asked to begin the next epoch.
fn overrun(out: &mut Vec<Effect>, first: usize) {
    let begun = out[first..].iter().find_map(|effect| match effect {
        Effect::Decided(Decision::StepBegins { epoch, step: Step::Promote }) => Some(*epoch),
        _ => None,
    });
    let Some(epoch) = begun else { return };
    let command = Command::Begin { epoch: epoch + 1, reason: Reason::TargetLost };
    let asked = (0..5)
        .map(NodeId)
        .map(|to| Effect::Send { to, message: Content::Request(Box::new(command.clone())).into() });
    out.extend(asked);
}

/// The first primary loses touch with all but one copy, under a lease of a minute.
fn replay(wrong: Wrong, seed: u64) -> Replay {
    let node = |name: &str| format!(r#"(name: "{name}s", nodes: [(name: "{name}")])"#);
    let sites = ["a", "b", "c", "d", "e"].map(node).join(", ");
    let plan = format!(
        r#"(name: "p", regions: [(name: "r", clients: 4, writes_per_second: 20, sites: [{sites}])],
            database: (engine: PostgreSql15, durability: Quorum(1), primary: "a", watchdog: "55s"),
            policy: (heartbeat: "1s", detector: Missed(2), lease: "60s", promote_lag_max: "2m", steps: (fence: "90s")),
            objectives: (recovery_time: "10m", recovery_point: "10m"))"#
    );
    let faults = r#"[(at: "30s", strike: Partition(["a"], ["c", "d", "e"]), heal_after: "5m"),
        (at: "30s", strike: Partition(["a"], ["b"]), heal_after: "5s"),
        (at: "25s", strike: HangDatabase("e"), heal_after: "20s")]"#;
    let scenario = format!(
        r#"(story: "s", plan: "plan.ron", faults: {faults}, horizon: "10m", expect: [NoSplitBrain])"#
    );
    let files: BTreeMap<PathBuf, Vec<u8>> =
        [("plan.ron".into(), plan.into_bytes()), ("s.ron".into(), scenario.into_bytes())].into();
    let loaded = scenarios::load_from::<Mistaken>(&files, Path::new("s.ron"), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    let model = Model::new(&loaded).expect("the loader accepted it");
    World::with_logic(Arc::new(model), Mistaken(wrong)).replay(seed)
}

fn violates(replay: &Replay, invariant: scenarios::Invariant) -> bool {
    replay.record.violations.iter().any(|violation| violation.invariant == invariant)
}

#[test]
fn a_storm_of_epochs_is_seen_and_the_sound_logic_makes_none() {
    let sound = replay(Wrong::Nothing, 1);
    assert!(!violates(&sound, scenarios::Invariant::EpochStorm));
    assert_eq!((sound.record.operations.promotions, sound.record.operations.epochs), (1, 1));
    // Whoever has failed proves itself only after patience with the others: epochs follow each other more slowly, of most seeds.
    let hasty = replay(Wrong::OverrunsItsTargets, 0);
    assert!(violates(&hasty, scenarios::Invariant::EpochStorm), "{:?}", hasty.record.operations);
    assert!(hasty.record.operations.promotions > 3, "{:?}", hasty.record.operations);
}

#[test]
fn a_sealed_copy_refuses_a_primary_of_a_lower_epoch_whoever_tells_it_to_follow() {
    for seed in 0..10 {
        let replay = replay(Wrong::Unseals, seed);
        assert!(!violates(&replay, scenarios::Invariant::BrokenDurability), "seed {seed}");
        let mut sealed = [false; 5];
        for (at, note) in &replay.notes {
            match (&note.place, &note.what) {
                (Place::Node(node), What::Seals { .. }) => sealed[*node] = true,
                (Place::Node(node), What::Streams(primary)) => {
                    assert!(!(sealed[*node] && *primary == 0), "seed {seed}: node {node} at {at:?}");
                }
                _ => {}
            }
        }
        assert!(sealed.contains(&true), "seed {seed}");
    }
}

#[test]
fn promoting_an_open_database_fails_and_leaves_it_open() {
    let replay = replay(Wrong::PromotesTwice, 1);
    let fails = replay.notes.iter().position(|(_, note)| matches!(note.what, What::PromotionFails));
    let fails = fails.expect("the second promotion fails");
    let at = replay.notes[fails].0;
    let opened = replay.notes[..fails].iter().rev().find_map(|(_, note)| match (&note.place, &note.what) {
        (Place::Node(node), What::Opens { .. }) => Some(*node),
        _ => None,
    });
    let opened = opened.expect("it was promoted before");
    let closes = |(when, note): &&(sim::SimTime, firedrill_models::Note)| {
        // Later its agent gives up a database whose verification nobody carried out, as it should.
        let soon = *when < at + Span::from_secs(2);
        soon && note.place == Place::Node(opened) && matches!(note.what, What::Closes)
    };
    assert_eq!(replay.notes[fails..].iter().find(closes), None, "nothing is wrong with it");
}
