use std::cell::RefCell;
use std::sync::{Arc, Weak};

use serde::{Deserialize, Serialize};

use crate::id::{ActiveSet, NodeId, NodeSet};
use crate::policy::Policy;

/// The largest cluster.
pub const MEMBERS_MAX: usize = 1_000;
/// The most voters: everyone beats to every voter, and every agreement takes most of them. Three to nine are
/// usual.
pub const VOTERS_MAX: usize = 127;
const _: () = assert!(MEMBERS_MAX <= NodeSet::CAPACITY, "every member can belong to a set");

/// Everything a node knows from its configuration: who the members are, what the database promises, the policy.
/// `P` is the policy; logic of another kind has another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Configuration<P = Policy> {
    /// All members; a [`NodeId`] is a place in this list.
    pub members: Vec<Member>,
    /// When the database acknowledges a write; decides which replicas may be promoted.
    pub durability: Durability,
    /// The primary of epoch 1.
    pub first_primary: NodeId,
    /// Members that accept writes at the same time, the first primary among them; empty: one primary, under a
    /// lease.
    pub actives: Vec<NodeId>,
    /// What planners tune.
    pub policy: P,
}

/// One member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// As people call it.
    pub name: String,
    /// Its region.
    pub region: String,
    /// Its site within the region.
    pub site: String,
    /// Writes per second it can carry as primary.
    pub capacity: u64,
    /// Votes, but holds no data.
    pub witness: bool,
    /// Its vote, its suspicion and its promises count. One that does not vote is a replica like any other, may be
    /// promoted, and learns what the voters agree on.
    pub votes: bool,
}

/// When a write counts as acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Durability {
    /// When the primary has it.
    Async,
    /// When the first connected node of this list has it too.
    Sync(Vec<NodeId>),
    /// When this many replicas have it too.
    Quorum(u32),
    /// When the first so many connected nodes of this list all have it too.
    First(u32, Vec<NodeId>),
    /// When so many nodes of this list, whichever, have it too.
    Any(u32, Vec<NodeId>),
    /// As this says while standbys are there; without them when the primary has it. So nothing proves what clients
    /// were told.
    Degrading(Box<Durability>),
}

impl Durability {
    /// What clients are told is safe survives the primary, always.
    pub fn promises(&self) -> bool {
        !matches!(self, Durability::Async | Durability::Degrading(_))
    }
}

/// Why a configuration cannot be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationError(pub String);

impl std::fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigurationError {}

impl<P> Configuration<P> {
    /// More than half of the voters: N/2 + 1 of those configured, whoever is alive.
    pub fn majority(&self) -> usize {
        self.voters().count() / 2 + 1
    }

    /// All members.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + use<P> {
        (0..self.members.len()).map(NodeId::at)
    }

    /// Members whose vote counts.
    pub fn voters(&self) -> impl Iterator<Item = NodeId> {
        self.nodes().filter(|node| self.members[node.index()].votes)
    }

    /// Members that hold a copy of the data.
    pub fn data_nodes(&self) -> impl Iterator<Item = NodeId> {
        self.nodes().filter(|node| !self.members[node.index()].witness)
    }

    /// The replicas whose acknowledgement could have made a write of `primary` durable, and how many of them
    /// must be heard before the newest acknowledged write is certainly among what they hold.
    ///
    /// Where k of m have to confirm a write, m + 1 - k meet every such k. That the first k of a list confirm it does not
    /// narrow them down: others may have been connected then than now. Where a primary goes on without standbys,
    /// no number proves anything.
    pub fn read_quorum(&self, primary: NodeId) -> (NodeSet, usize) {
        self.read_quorum_under(&self.durability, primary)
    }

    fn read_quorum_under(&self, durability: &Durability, primary: NodeId) -> (NodeSet, usize) {
        let (standbys, confirm): (NodeSet, u32) = match durability {
            Durability::Async => return (self.replicas(primary), 0),
            Durability::Degrading(inner) => return (self.read_quorum_under(inner, primary).0, 0),
            Durability::Sync(list) => (others(list, primary), 1),
            Durability::First(count, list) | Durability::Any(count, list) => (others(list, primary), *count),
            Durability::Quorum(count) => (self.replicas(primary), *count),
        };
        let least = (standbys.len() + 1).saturating_sub(confirm as usize).min(standbys.len());
        (standbys, least)
    }

    fn replicas(&self, primary: NodeId) -> NodeSet {
        self.data_nodes().filter(|node| *node != primary).collect()
    }

    /// Everything but the policy.
    ///
    /// # Errors
    /// No members or voters, too many, one that is good for nothing, an unknown or witness primary or standby, or a
    /// quorum that cannot be had.
    pub fn validate_cluster(&self) -> Result<(), ConfigurationError> {
        self.check_members()?;
        let refuse = |why: String| Err(ConfigurationError(why));
        match self.members.get(self.first_primary.index()) {
            None => return refuse(format!("the first primary {} is no member", self.first_primary)),
            Some(member) if member.witness => {
                return refuse(format!("{} is a witness and holds no data", member.name));
            }
            Some(_) => {}
        }
        self.check_actives()?;
        self.check_durability()
    }

    fn check_members(&self) -> Result<(), ConfigurationError> {
        let refuse = |why: String| Err(ConfigurationError(why));
        let members = self.members.len();
        if !(1..=MEMBERS_MAX).contains(&members) {
            return refuse(format!("{members} members; from 1 to {MEMBERS_MAX} are possible"));
        }
        let voters = self.voters().count();
        if !(1..=VOTERS_MAX).contains(&voters) {
            return refuse(format!("{voters} voters; from 1 to {VOTERS_MAX} are possible"));
        }
        match self.members.iter().find(|member| member.witness && !member.votes) {
            Some(member) => refuse(format!("{} neither votes nor holds data", member.name)),
            None => Ok(()),
        }
    }

    /// Several writers cannot wait for each other.
    fn check_actives(&self) -> Result<(), ConfigurationError> {
        let refuse = |why: &str| Err(ConfigurationError(why.to_owned()));
        let holds_data = |node: &NodeId| self.members.get(node.index()).is_some_and(|member| !member.witness);
        match self.actives.as_slice() {
            [] => Ok(()),
            [_] => refuse("one active alone is a primary: name two or more, or none"),
            actives if actives.len() > ActiveSet::CAPACITY => refuse("more than 128 actives"),
            actives if !actives.iter().all(holds_data) => refuse("an active is no member or holds no data"),
            actives if !actives.contains(&self.first_primary) => {
                refuse("the first primary is not among the actives")
            }
            _ if self.durability != Durability::Async => refuse("several actives replicate asynchronously"),
            _ => Ok(()),
        }
    }

    /// A promise that the members cannot keep would keep every failover from finding a target.
    fn check_durability(&self) -> Result<(), ConfigurationError> {
        let mut durability = &self.durability;
        while let Durability::Degrading(inner) = durability {
            durability = inner;
        }
        match durability {
            Durability::Async | Durability::Degrading(_) => Ok(()),
            Durability::Quorum(needed) => enough(*needed, self.data_nodes().count() - 1),
            Durability::Sync(standbys) => self.check_standbys(1, standbys),
            Durability::First(needed, standbys) | Durability::Any(needed, standbys) => {
                self.check_standbys(*needed, standbys)
            }
        }
    }

    fn check_standbys(&self, needed: u32, standbys: &[NodeId]) -> Result<(), ConfigurationError> {
        let refuse = |why: String| Err(ConfigurationError(why));
        if standbys.is_empty() {
            return refuse("writes wait for a standby, but no standby is named".to_owned());
        }
        for standby in standbys {
            match self.members.get(standby.index()) {
                None => return refuse(format!("the standby {standby} is no member")),
                Some(member) if member.witness => {
                    return refuse(format!("the standby {} is a witness and holds no data", member.name));
                }
                Some(_) => {}
            }
        }
        enough(needed, others(standbys, self.first_primary).len())
    }
}

fn others(list: &[NodeId], primary: NodeId) -> NodeSet {
    list.iter().copied().filter(|node| *node != primary).collect()
}

fn enough(needed: u32, replicas: usize) -> Result<(), ConfigurationError> {
    match (1..=replicas).contains(&(needed as usize)) {
        true => Ok(()),
        false => Err(ConfigurationError(format!(
            "writes wait for {needed} replicas; from 1 to {replicas} are possible"
        ))),
    }
}

impl Configuration {
    /// # Errors
    /// As [`validate_cluster`](Configuration::validate_cluster), or a fatal policy objection.
    pub fn validate(&self) -> Result<(), ConfigurationError> {
        self.validate_cluster()?;
        let votes = self.policy.safeguards.votes;
        if let Some(member) = self.members.iter().find(|member| member.votes && !votes.count(member)) {
            return Err(ConfigurationError(format!(
                "{} votes, and under policy.safeguards.votes: Witnesses only witnesses do",
                member.name
            )));
        }
        match self.policy.objections().into_iter().find(|objection| objection.fatal) {
            Some(objection) => Err(ConfigurationError(format!(
                "policy.{}: {}; {}",
                objection.field, objection.problem, objection.remedy
            ))),
            None => Ok(()),
        }
    }

    /// The same of a configuration that many members share: what a thread found sound last it does not look at again. Nobody
    /// can alter what is shared, and as long as somebody knows where it was, nothing else gets its place in memory.
    pub(crate) fn validate_once(self: &Arc<Configuration>) -> Result<(), ConfigurationError> {
        thread_local! {
            static SOUND: RefCell<Weak<Configuration>> = const { RefCell::new(Weak::new()) };
        }
        SOUND.with_borrow_mut(|sound| {
            if !std::ptr::eq(sound.as_ptr(), Arc::as_ptr(self)) {
                self.validate()?;
                *sound = Arc::downgrade(self);
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests;
