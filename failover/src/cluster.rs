use serde::{Deserialize, Serialize};

use crate::access::{Ask, Dropped, Ledger, Order, RequestId};
use crate::id::{NodeId, NodeSet};
use crate::plan::{FailoverPlan, Step};
use crate::reason::Reason;
use crate::report::LogPosition;

/// What the majority has agreed on: the same on every node that has applied the same commands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// The highest epoch begun. It only grows.
    pub epoch: u64,
    /// The node that owns the primary role, or owned it last.
    pub primary: NodeId,
    /// Where the cluster stands in a failover.
    pub stage: Stage,
    /// Targets whose promotion failed since the last one that succeeded: chosen last.
    pub disappointed: NodeSet,
    /// What the last target held when it was chosen. Where the database promises that acknowledged writes survive,
    /// these were among it, so nobody who holds less may take over, whoever is primary in between.
    pub at_least: LogPosition,
    /// The present primary has its role by a switchover.
    pub handed: bool,
    /// Switchovers that were broken off, or whose new primary was lost again: each doubles the wait before the next
    /// failback.
    pub setbacks: u32,
    /// Of several members that accept writes, those that clients are not sent to.
    pub withdrawn: NodeSet,
    /// What people asked for.
    pub ledger: Ledger,
    /// The failover under way was asked for: the primary does not have its role back, whatever its state.
    pub ordered: bool,
    /// Who shall have the role by that request, if possible.
    pub wanted: Option<NodeId>,
    /// Plans in a row that came to nothing: each lets the next epoch begin later.
    pub attempts: u32,
    /// How many cool-downs have begun.
    pub cooldowns: u32,
    /// The last of them is not known to be over.
    pub cooling: bool,
}

/// Where the cluster stands in a failover.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    /// The primary owns its role.
    Steady,
    /// Nobody owns it: replicas are sealed and their positions gathered.
    Sealing {
        /// The role was taken from a primary in steady service, which may have it back; a target whose plan
        /// was cut short may not.
        revocable: bool,
        /// Why it was taken.
        reason: Reason,
    },
    /// Nobody owns it: the primary closes in good order, and the target receives what is left.
    HandingOver {
        /// Who shall have it.
        to: NodeId,
        /// Why.
        reason: Reason,
    },
    /// The target owns it and carries out the plan.
    Promoting(FailoverPlan),
    /// The target's plan failed; nobody owns the role until another failover begins.
    Broken,
}

/// What the cluster can agree on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Take the role from the primary and prepare `epoch`.
    Begin {
        /// One more than the cluster's.
        epoch: u64,
        /// Why.
        reason: Reason,
    },
    /// Take the role from the primary while all is well, to give it to `to` under `epoch`.
    HandOver {
        /// One more than the cluster's.
        epoch: u64,
        /// Who shall have it.
        to: NodeId,
        /// Why.
        reason: Reason,
    },
    /// The primary was back before a target was chosen, or the target of a switchover could not prove that it
    /// holds everything: the primary keeps the role, under the new epoch.
    Abandon {
        /// The epoch that had begun.
        epoch: u64,
    },
    /// Give the role to the plan's target.
    Promote(FailoverPlan),
    /// Of several members that accept writes, clients are no longer sent to this one.
    Withdraw {
        /// Which.
        node: NodeId,
    },
    /// Clients are sent to it again.
    Restore {
        /// Which.
        node: NodeId,
    },
    /// The target has carried out its plan.
    Complete {
        /// The plan's epoch.
        epoch: u64,
    },
    /// The target could not carry out its plan and has rolled it back.
    Fail {
        /// The plan's epoch.
        epoch: u64,
        /// The step that failed.
        step: Step,
    },
    /// The cool-down of this number is over. Clocks are read by agents that live; whoever starts later reads it here.
    Cooled {
        /// Its number.
        cooldown: u32,
    },
    /// A person's request: every node decides on it alike.
    Order(Order),
    /// What a person asked for is not carried out.
    Drop {
        /// The request.
        operation: RequestId,
        /// Why.
        why: Dropped,
    },
}

/// What a command's bytes begin with, so that foreign ones are not taken for one: the form has no names in it, and
/// nearly any bytes would do. Another number for another form.
const FORMAT: [u8; 4] = *b"fdc1";

impl Cluster {
    /// The state every new cluster starts from.
    pub fn new(first_primary: NodeId) -> Cluster {
        Cluster {
            epoch: 1,
            primary: first_primary,
            stage: Stage::Steady,
            disappointed: NodeSet::EMPTY,
            at_least: LogPosition::default(),
            handed: false,
            setbacks: 0,
            withdrawn: NodeSet::EMPTY,
            ledger: Ledger::default(),
            ordered: false,
            wanted: None,
            attempts: 0,
            cooldowns: 0,
            cooling: false,
        }
    }

    /// Who may hold the lease, under which epoch; nobody while a failover is being decided.
    pub fn owner(&self) -> Option<(NodeId, u64)> {
        match self.stage {
            Stage::Steady | Stage::Promoting(_) => Some((self.primary, self.epoch)),
            Stage::Sealing { .. } | Stage::HandingOver { .. } | Stage::Broken => None,
        }
    }

    /// Whether replicas are being sealed.
    pub fn is_sealing(&self) -> bool {
        matches!(self.stage, Stage::Sealing { .. })
    }

    /// Whether the primary may yet have its role back without a plan.
    fn is_revocable(&self) -> bool {
        matches!(self.stage, Stage::Sealing { revocable: true, .. } | Stage::HandingOver { .. })
    }

    fn may_promote(&self, target: NodeId) -> bool {
        match self.stage {
            Stage::HandingOver { to, .. } => to == target,
            _ => self.is_sealing(),
        }
    }

    /// The present primary loses its role, which it had by a switchover, or was to have.
    fn note_setback(&mut self) {
        self.setbacks = self.setbacks.saturating_add(u32::from(std::mem::take(&mut self.handed)));
    }

    /// The present target's plan came to nothing.
    fn note_failed_plan(&mut self) {
        self.disappointed.insert(self.primary);
        self.attempts = self.attempts.saturating_add(1);
    }

    fn begin_cooldown(&mut self) {
        self.cooldowns = self.cooldowns.wrapping_add(1);
        self.cooling = true;
    }

    /// Whether `command` would change anything now. A command that was overtaken by another is ignored
    /// everywhere alike, so proposing one twice does no harm.
    pub fn accepts(&self, command: &Command) -> bool {
        match command {
            Command::Begin { epoch, reason } => {
                *epoch == self.epoch + 1 && !self.is_sealing() && self.may_begin(*reason)
            }
            Command::HandOver { epoch, to, reason } => {
                let next = *epoch == self.epoch + 1 && self.stage == Stage::Steady;
                next && *to != self.primary && self.may_hand_over(*to, *reason)
            }
            Command::Abandon { epoch } => *epoch == self.epoch && self.is_revocable(),
            Command::Promote(plan) => plan.epoch == self.epoch && self.may_promote(plan.to),
            Command::Withdraw { node } => !self.withdrawn.contains(*node),
            Command::Restore { node } => self.withdrawn.contains(*node),
            Command::Complete { epoch } | Command::Fail { epoch, .. } => {
                *epoch == self.epoch && matches!(self.stage, Stage::Promoting(_))
            }
            Command::Cooled { cooldown } => self.cooling && *cooldown == self.cooldowns,
            Command::Order(_) => true,
            Command::Drop { operation, .. } => {
                self.ledger.operation.as_ref().is_some_and(|waits| waits.id == *operation)
            }
        }
    }

    /// What is said to be asked for must have been asked for, and approved; what is said to fail must be under way.
    fn may_begin(&self, reason: Reason) -> bool {
        let asked = |ask: &Ask| matches!(ask, Ask::Failover { .. });
        let steady = self.stage == Stage::Steady;
        match reason {
            Reason::Manual => steady && self.ledger.approved().is_some_and(|operation| asked(&operation.ask)),
            // What it should replace was called complete meanwhile, and so there is a cool-down, or given up.
            Reason::TargetLost | Reason::PlanFailed => !steady,
            _ => true,
        }
    }

    fn may_hand_over(&self, target: NodeId, reason: Reason) -> bool {
        let asked = |ask: &Ask| matches!(ask, Ask::Switchover { to, .. } if *to == target);
        !matches!(reason, Reason::Manual | Reason::Scheduled)
            || self.ledger.approved().is_some_and(|operation| asked(&operation.ask))
    }

    /// What waited is carried out by what begins now, or overtaken by it.
    fn take_operation(&mut self, reason: Reason) {
        let operation = self.ledger.operation.take();
        if reason == Reason::Manual
            && let Some(Ask::Failover { to }) = operation.map(|operation| operation.ask)
        {
            (self.ordered, self.wanted) = (true, to);
        }
    }

    /// Applies an agreed command; says whether it changed anything.
    pub fn apply(&mut self, command: Command) -> bool {
        if !self.accepts(&command) {
            return false;
        }
        match command {
            Command::HandOver { epoch, to, reason } => {
                self.ledger.operation = None;
                (self.epoch, self.handed, self.cooling) = (epoch, true, false);
                self.stage = Stage::HandingOver { to, reason };
            }
            Command::Begin { epoch, reason } => {
                self.note_setback();
                self.take_operation(reason);
                if matches!(self.stage, Stage::Promoting(_)) {
                    self.note_failed_plan();
                }
                (self.epoch, self.cooling) = (epoch, false);
                let revocable = self.stage == Stage::Steady || self.is_revocable();
                self.stage = Stage::Sealing { revocable: revocable && reason != Reason::Manual, reason };
            }
            Command::Abandon { .. } => {
                self.note_setback();
                self.stage = Stage::Steady;
            }
            Command::Promote(plan) => {
                self.primary = plan.to;
                self.at_least = plan.at_least;
                self.stage = Stage::Promoting(plan);
            }
            Command::Withdraw { node } => {
                self.withdrawn.insert(node);
                self.begin_cooldown();
            }
            Command::Restore { node } => {
                self.withdrawn.remove(node);
            }
            Command::Complete { .. } => {
                self.disappointed = NodeSet::EMPTY;
                (self.ordered, self.wanted, self.attempts) = (false, None, 0);
                self.stage = Stage::Steady;
                self.begin_cooldown();
            }
            Command::Fail { .. } => {
                self.note_setback();
                self.note_failed_plan();
                self.stage = Stage::Broken;
            }
            Command::Cooled { .. } => self.cooling = false,
            Command::Order(order) => return self.ledger.order(&order).is_ok(),
            Command::Drop { .. } => self.ledger.operation = None,
        }
        true
    }
}

impl Command {
    /// The bytes the consensus log carries: a mark of the form, then the command in Postcard's form.
    pub fn encode(&self) -> Vec<u8> {
        // Room for most of them.
        let mut bytes = Vec::with_capacity(64);
        bytes.extend(FORMAT);
        postcard::to_extend(self, bytes).expect("commands are plain data, and memory grows")
    }

    /// # Errors
    /// The bytes are no command, or not one alone: the log was written by something else.
    pub fn decode(bytes: &[u8]) -> Result<Command, postcard::Error> {
        let foreign = postcard::Error::DeserializeUnexpectedEnd;
        match postcard::take_from_bytes(bytes.strip_prefix(&FORMAT).ok_or(foreign)?)? {
            (command, []) => Ok(command),
            _ => Err(postcard::Error::DeserializeBadEncoding),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn begin(epoch: u64) -> Command {
        Command::Begin { epoch, reason: Reason::PrimarySilent }
    }

    fn hand_over(epoch: u64, to: u16) -> Command {
        Command::HandOver { epoch, to: NodeId(to), reason: Reason::Failback }
    }

    fn promote(epoch: u64, to: u16) -> Command {
        Command::Promote(FailoverPlan::sample(epoch, NodeId(0), NodeId(to)))
    }

    #[test]
    fn a_failover_takes_the_role_away_before_it_gives_it_to_another() {
        let mut cluster = Cluster::new(NodeId(0));
        assert!(cluster.apply(begin(2)));
        assert_eq!(cluster.owner(), None);
        assert!(cluster.apply(promote(2, 1)));
        assert_eq!(cluster.owner(), Some((NodeId(1), 2)));
        assert!(cluster.apply(Command::Complete { epoch: 2 }));
        assert_eq!(cluster.stage, Stage::Steady);
    }

    #[test]
    fn a_target_cut_short_cannot_have_the_role_back_without_a_plan() {
        let mut cluster = Cluster::new(NodeId(0));
        [begin(2), promote(2, 1), begin(3)].into_iter().for_each(|command| assert!(cluster.apply(command)));
        assert!(!cluster.apply(Command::Abandon { epoch: 3 }));
        assert!(cluster.disappointed.contains(NodeId(1)));
    }

    #[test]
    fn a_switchover_gives_the_role_to_its_target_or_back_and_to_nobody_else() {
        let mut cluster = Cluster::new(NodeId(0));
        assert!(cluster.apply(hand_over(2, 1)));
        assert_eq!(cluster.owner(), None);
        assert!(!cluster.apply(promote(2, 2)), "another target was never asked to prove anything");
        let mut back = cluster.clone();
        assert!(back.apply(Command::Abandon { epoch: 2 }));
        assert_eq!((back.owner(), back.setbacks), (Some((NodeId(0), 2)), 1));
        assert!(!back.apply(promote(2, 1)), "too late: the primary is open again");
        assert!(cluster.apply(promote(2, 1)) && cluster.apply(Command::Complete { epoch: 2 }));
        assert_eq!((cluster.owner(), cluster.setbacks), (Some((NodeId(1), 2)), 0));
        assert!(cluster.apply(begin(3)));
        assert_eq!(cluster.setbacks, 1, "the return did not last");
    }

    proptest! {
        /// Whatever is agreed in whatever order, an epoch never returns and has at most one owner.
        #[test]
        fn an_epoch_has_one_owner(commands in prop::collection::vec((0u8..6, 1u64..9, 0u16..3), 0..200)) {
            let mut cluster = Cluster::new(NodeId(0));
            let mut owners: std::collections::BTreeMap<u64, NodeId> = [(1, NodeId(0))].into();
            for (kind, epoch, node) in commands {
                let before = cluster.epoch;
                cluster.apply(match kind {
                    0 => begin(epoch),
                    1 => Command::Abandon { epoch },
                    2 => promote(epoch, node),
                    3 => Command::Complete { epoch },
                    4 => hand_over(epoch, node),
                    _ => Command::Fail { epoch, step: Step::Promote },
                });
                prop_assert!(cluster.epoch >= before);
                if let Some((owner, epoch)) = cluster.owner() {
                    prop_assert_eq!(*owners.entry(epoch).or_insert(owner), owner);
                }
            }
        }

        #[test]
        fn commands_survive_the_log(epoch in any::<u64>(), to in 0u16..1000) {
            for command in [begin(epoch), promote(epoch, to), Command::Fail { epoch, step: Step::Verify }] {
                prop_assert_eq!(Command::decode(&command.encode()).expect("just encoded"), command);
            }
        }

        #[test]
        fn foreign_bytes_are_refused_not_believed(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            prop_assert!(Command::decode(&bytes).is_err());
            // What begins like a command is refused or is one, and never anything worse.
            let _ = Command::decode(&[&FORMAT, bytes.as_slice()].concat());
        }

        #[test]
        fn a_command_that_is_cut_short_or_goes_on_is_refused(epoch in any::<u64>(), to in 0u16..1000, more in any::<u8>()) {
            let bytes = promote(epoch, to).encode();
            prop_assert!((0..bytes.len()).all(|end| Command::decode(&bytes[..end]).is_err()));
            prop_assert!(Command::decode(&[bytes.as_slice(), &[more]].concat()).is_err());
        }
    }
}
