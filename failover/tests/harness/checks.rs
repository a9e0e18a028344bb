//! What must hold at every step, whatever happens.

use std::collections::{BTreeMap, BTreeSet};

use failover::access::Answer;
use failover::{Cluster, Decision, Durability, Stage, Step, Task};

use crate::database::{Database, Write};
use crate::group::{Node, SECOND};

/// Longest time a database may stay open without a lease under a living agent: the agent is woken, the stop
/// takes up to 400 ms. Well within the margin of 2 s.
const STOP_PATIENCE: u64 = SECOND;

/// No more epochs than this may begin within three heartbeats of 5 s.
const STORM_EPOCHS: usize = 6;
const STORM_WITHIN: u64 = 15 * SECOND;

/// No message is on its way for longer, so that by then everybody knows that a plan is complete.
const OLDEST_NEWS: u64 = 40 * SECOND;

/// The policy's, and how far clocks that run at different rates may disagree about it.
const COOLDOWN: u64 = 10 * SECOND;
const COOLDOWN_TOLERANCE: u64 = 500 * crate::group::MILLI;

#[derive(Debug, Default)]
pub struct Checks {
    owners: BTreeMap<u64, usize>,
    opened: BTreeMap<u64, usize>,
    pub acknowledged: BTreeSet<Write>,
    steps: BTreeMap<(usize, u64), Step>,
    epochs: BTreeMap<usize, u64>,
    unlicensed_since: BTreeMap<usize, u64>,
    rests: BTreeMap<usize, u32>,
    /// When each epoch began, and when its plan was known to be carried out.
    begun: BTreeMap<u64, u64>,
    completed: BTreeMap<u64, u64>,
    /// By epoch and target: from whom a switchover takes the role.
    pub handovers: BTreeMap<(u64, usize), usize>,
    /// Switchovers that reached their target.
    pub switched: u32,
    pub violations: Vec<String>,
    pub decisions: Vec<(u64, usize, Decision)>,
    /// What people heard, and from which node.
    pub answers: Vec<(usize, Answer)>,
}

impl Checks {
    pub fn violated(&mut self, now: u64, what: String) {
        self.violations.push(format!("at {:.3} s: {what}", now as f64 / SECOND as f64));
    }

    /// Two primaries of one epoch could not be told apart, and knowledge must not go backwards in one life.
    pub fn cluster(&mut self, now: u64, node: usize, cluster: &Cluster) {
        if let Some((owner, epoch)) = cluster.owner() {
            let first = *self.owners.entry(epoch).or_insert(owner.index());
            if first != owner.index() {
                self.violated(now, format!("epoch {epoch} belongs to n{first} and to {owner}"));
            }
        }
        if let Stage::HandingOver { to, .. } = cluster.stage {
            self.handovers.insert((cluster.epoch, to.index()), cluster.primary.index());
        }
        let before = self.epochs.insert(node, cluster.epoch).unwrap_or(0);
        if cluster.epoch < before {
            self.violated(now, format!("n{node} went back from epoch {before} to {}", cluster.epoch));
        }
    }

    /// An agent that forgot everything learns the epochs anew.
    pub fn reborn(&mut self, node: usize) {
        self.epochs.remove(&node);
        self.rests.remove(&node);
        self.steps.retain(|(at, _), _| *at != node);
    }

    /// Whoever accepts writes does so alone.
    pub fn accepting(&mut self, now: u64, nodes: &[usize]) {
        if nodes.len() > 1 && !self.violations.iter().any(|known| known.contains("split brain")) {
            self.violated(now, format!("split brain: {nodes:?} accept writes"));
        }
    }

    /// Who died over the stop of its database may take as long again when it is back.
    pub fn agent_ended(&mut self, node: usize) {
        self.unlicensed_since.remove(&node);
    }

    /// No longer open than the stop takes, once the lease is gone.
    pub fn licence(&mut self, now: u64, node: usize, licensed: bool) {
        if licensed {
            self.unlicensed_since.remove(&node);
            return;
        }
        let since = *self.unlicensed_since.entry(node).or_insert(now);
        if now > since + STOP_PATIENCE {
            self.unlicensed_since.insert(node, u64::MAX - STOP_PATIENCE - 1);
            self.violated(now, format!("n{node} has been open without a lease for longer than a stop takes"));
        }
    }

    pub fn opened(
        &mut self,
        now: u64,
        node: usize,
        epoch: u64,
        database: &Database,
        durability: &Durability,
    ) {
        let first = *self.opened.entry(epoch).or_insert(node);
        if first != node {
            self.violated(now, format!("n{node} opens under epoch {epoch} of n{first}"));
        }
        if !durability.promises() {
            return;
        }
        let held: BTreeSet<Write> = database.log.iter().copied().collect();
        let missing = self.acknowledged.difference(&held).count();
        if missing > 0 {
            self.violated(
                now,
                format!("n{node} opens under epoch {epoch} without {missing} acknowledged writes"),
            );
        }
    }

    /// A switchover loses nothing that its old primary ever wrote, acknowledged or not, under any durability.
    pub fn handed(&mut self, now: u64, node: usize, epoch: u64, nodes: &[Node]) {
        let Some(from) = self.handovers.get(&(epoch, node)) else { return };
        self.switched += 1;
        let missing = !nodes[*from].database.is_part_of(&nodes[node].database);
        if missing {
            self.violated(now, format!("n{node} takes over from n{from} as planned and lacks what it wrote"));
        }
    }

    /// Whoever was sealed for an epoch never again asks a primary of a lower one for its log, however often it restarts.
    /// And what is open already is not promoted.
    pub fn ordered(&mut self, now: u64, node: usize, task: Task, database: &Database) {
        let least = database.refuses_below;
        match task {
            Task::Follow { primary, epoch } if epoch < least => {
                let what =
                    format!("n{node} belongs to epoch {least} and is to follow {primary} of epoch {epoch}");
                self.violated(now, what);
            }
            Task::Promote { epoch } if database.running && database.open && database.epoch == epoch => {
                self.violated(now, format!("n{node} is open under epoch {epoch} and promoted once more"));
            }
            _ => {}
        }
    }

    /// The pause between plans that fail grows from a heartbeat to the cool-down, so that few epochs begin at once.
    pub fn begins(&mut self, now: u64, epoch: u64) {
        self.begun.entry(epoch).or_insert(now);
        let since = now.saturating_sub(STORM_WITHIN);
        let recent = self.begun.values().filter(|at| **at >= since).count();
        if recent > STORM_EPOCHS {
            self.violated(now, format!("{recent} epochs began within {} s", STORM_WITHIN / SECOND));
        }
    }

    pub fn completes(&mut self, now: u64, epoch: u64) {
        self.completed.entry(epoch).or_insert(now);
    }

    /// When the plan of `epoch` was complete.
    pub fn completed_at(&self, epoch: u64) -> Option<u64> {
        self.completed.get(&epoch).copied()
    }

    /// The cool-down is as long as the policy says: no shorter. How much longer, stories look at.
    pub fn finds(&mut self, now: u64, epoch: u64) {
        let Some(completed) = self.completed_at(epoch - 1) else { return };
        if now + COOLDOWN_TOLERANCE < completed + COOLDOWN {
            self.violated(
                now,
                format!("epoch {epoch} is found necessary within the cool-down of the one before"),
            );
        }
    }

    /// Steps come in their order; a plan that starts over starts at the fence, a redirection may be repeated, and once it
    /// was found complete nobody carries it out again.
    pub fn step(&mut self, now: u64, node: usize, epoch: u64, step: Step) {
        if self.completed_at(epoch).is_some_and(|at| now > at + OLDEST_NEWS) {
            self.violated(now, format!("n{node} carries out the plan of epoch {epoch}, which is complete"));
        }
        let before = self.steps.insert((node, epoch), step);
        let expected = before.and_then(|before| Step::ALL.into_iter().find(|next| *next > before));
        let repeated = before == Some(step) && matches!(step, Step::Redirect | Step::Verify);
        if step != Step::Fence && Some(step) != expected && !repeated {
            self.violated(now, format!("n{node} goes from {before:?} to {step:?} under epoch {epoch}"));
        }
    }

    /// An agent that asks for the past again and again never rests.
    pub fn rest(&mut self, now: u64, node: usize, rests: bool) {
        let restless = self.rests.entry(node).or_insert(0);
        *restless = if rests { 0 } else { *restless + 1 };
        if *restless == 20 {
            self.violated(now, format!("n{node} asks to be woken in the past for the 20th time"));
        }
    }
}
