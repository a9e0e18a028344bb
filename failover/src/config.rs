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
    pub fn read_quorum(&self, primary: NodeId) -> (NodeSet, usize) {
        let replicas: NodeSet = self.data_nodes().filter(|node| *node != primary).collect();
        match &self.durability {
            Durability::Async => (replicas, 0),
            Durability::Sync(list) => {
                let standbys: NodeSet = list.iter().copied().filter(|node| *node != primary).collect();
                let all = standbys.len();
                (standbys, all)
            }
            Durability::Quorum(needed) => {
                let least = (replicas.len() + 1).saturating_sub(*needed as usize);
                (replicas, least)
            }
        }
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
        let refuse = |why: String| Err(ConfigurationError(why));
        let replicas = self.data_nodes().count() - 1;
        let standbys = match &self.durability {
            Durability::Async => return Ok(()),
            Durability::Quorum(needed) if (1..=replicas).contains(&(*needed as usize)) => return Ok(()),
            Durability::Quorum(needed) => {
                return refuse(format!(
                    "writes wait for {needed} replicas; from 1 to {replicas} are possible"
                ));
            }
            Durability::Sync(standbys) if standbys.is_empty() => {
                return refuse("writes wait for a standby, but no standby is named".to_owned());
            }
            Durability::Sync(standbys) => standbys,
        };
        for standby in standbys {
            match self.members.get(standby.index()) {
                None => return refuse(format!("the standby {standby} is no member")),
                Some(member) if member.witness => {
                    return refuse(format!("the standby {} is a witness and holds no data", member.name));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

impl Configuration {
    /// # Errors
    /// As [`validate_cluster`](Configuration::validate_cluster), or a fatal policy objection.
    pub fn validate(&self) -> Result<(), ConfigurationError> {
        self.validate_cluster()?;
        match self.policy.objections().into_iter().find(|objection| objection.fatal) {
            Some(objection) => Err(ConfigurationError(format!(
                "policy.{}: {}; {}",
                objection.field, objection.problem, objection.remedy
            ))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
