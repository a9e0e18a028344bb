use std::fmt;

use serde::{Deserialize, Serialize};

/// A member of the cluster, by its place in the membership list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u16);

impl NodeId {
    /// The member at this place of the membership list.
    ///
    /// # Panics
    /// No list is that long: [`MEMBERS_MAX`](crate::MEMBERS_MAX) was checked before anybody had a place.
    pub fn at(place: usize) -> NodeId {
        NodeId(u16::try_from(place).expect("a configuration's members were counted"))
    }

    /// As an index into per-node tables.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

/// Words of a set that are stored in place.
const NEAR: usize = 2;
/// Words that are stored elsewhere, if any of them is needed.
const FAR: usize = NodeSet::CAPACITY / 64 - NEAR;

/// A set of members; at most [`NodeSet::CAPACITY`].
///
/// The first 128 have their bits in place, so that sets of small clusters, which travel in every heartbeat, cost
/// no more than two words. The others' bits are allocated once one of them belongs to the set.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Vec<NodeId>", try_from = "Vec<NodeId>")]
pub struct NodeSet {
    near: [u64; NEAR],
    /// Never all zero: equal sets look alike.
    far: Option<Box<[u64; FAR]>>,
}

impl NodeSet {
    /// One more than the highest number of a node that a set can hold.
    pub const CAPACITY: usize = 1024;
    /// Nobody.
    pub const EMPTY: NodeSet = NodeSet { near: [0; NEAR], far: None };

    /// Whether `node` belongs to it.
    pub fn contains(&self, node: NodeId) -> bool {
        let (word, bit) = place(node);
        match word < NEAR {
            true => self.near[word] & bit != 0,
            false => self.far.as_ref().is_some_and(|far| far[word - NEAR] & bit != 0),
        }
    }

    /// Adds `node`; says whether it was missing.
    ///
    /// # Panics
    /// Beyond the capacity.
    pub fn insert(&mut self, node: NodeId) -> bool {
        let (word, bit) = place(node);
        let word = match word < NEAR {
            true => &mut self.near[word],
            false => &mut self.far.get_or_insert_with(|| Box::new([0; FAR]))[word - NEAR],
        };
        let before = *word;
        *word |= bit;
        *word != before
    }

    /// Removes `node`; says whether it was there.
    pub fn remove(&mut self, node: NodeId) -> bool {
        let there = self.contains(node);
        if !there {
            return false;
        }
        let (word, bit) = place(node);
        match (word < NEAR, &mut self.far) {
            (true, _) => self.near[word] &= !bit,
            (false, Some(far)) => far[word - NEAR] &= !bit,
            (false, None) => {}
        }
        self.far.take_if(|far| far.iter().all(|word| *word == 0));
        there
    }

    /// How many belong to it.
    pub fn len(&self) -> usize {
        self.words().map(|word| word.count_ones() as usize).sum()
    }

    /// How many belong to both.
    pub fn shared_with(&self, other: &NodeSet) -> usize {
        self.words().zip(other.words()).map(|(a, b)| (a & b).count_ones() as usize).sum()
    }

    /// Whether nobody belongs to it.
    pub fn is_empty(&self) -> bool {
        self.near == [0; NEAR] && self.far.is_none()
    }

    /// Members in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = NodeId> {
        let (mut at, mut rest) = (0, self.near[0]);
        std::iter::from_fn(move || {
            while rest == 0 {
                at += 1;
                rest = self.word(at)?;
            }
            let next = NodeId(at as u16 * 64 + rest.trailing_zeros() as u16);
            rest &= rest - 1;
            Some(next)
        })
    }

    /// All its bits, folded into 64.
    pub fn folded(&self) -> u64 {
        self.words().fold(0, |folded, word| folded ^ word)
    }

    /// Those in place, then the others as far as there are any.
    fn words(&self) -> impl Iterator<Item = u64> {
        (0..).map_while(|at| self.word(at))
    }

    fn word(&self, at: usize) -> Option<u64> {
        match at < NEAR {
            true => Some(self.near[at]),
            false => self.far.as_ref()?.get(at - NEAR).copied(),
        }
    }
}

/// Word and bit of a node.
fn place(node: NodeId) -> (usize, u64) {
    (node.index() / 64, 1 << (node.0 % 64))
}

impl FromIterator<NodeId> for NodeSet {
    fn from_iter<I: IntoIterator<Item = NodeId>>(nodes: I) -> NodeSet {
        let mut set = NodeSet::EMPTY;
        for node in nodes {
            set.insert(node);
        }
        set
    }
}

impl From<NodeSet> for Vec<NodeId> {
    fn from(set: NodeSet) -> Vec<NodeId> {
        set.iter().collect()
    }
}

impl TryFrom<Vec<NodeId>> for NodeSet {
    type Error = String;

    fn try_from(nodes: Vec<NodeId>) -> Result<NodeSet, String> {
        match nodes.iter().find(|node| node.index() >= NodeSet::CAPACITY) {
            Some(node) => {
                Err(format!("no cluster has a member {node}: numbers end below {}", NodeSet::CAPACITY))
            }
            None => Ok(nodes.into_iter().collect()),
        }
    }
}

impl fmt::Debug for NodeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// Some of the members that accept writes at the same time, by their places in the list of
/// [`actives`](crate::Configuration::actives).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActiveSet(u128);

impl ActiveSet {
    /// More cannot accept writes at the same time.
    pub const CAPACITY: usize = 128;

    /// Those of `actives` that `belong`.
    pub fn of(actives: &[NodeId], belongs: impl Fn(NodeId) -> bool) -> ActiveSet {
        let places = actives.iter().take(ActiveSet::CAPACITY).enumerate();
        let chosen = places.filter(|(_, node)| belongs(**node));
        ActiveSet(chosen.fold(0, |set, (place, _)| set | 1 << place))
    }

    /// Whether the active at this place of the list belongs to it.
    pub fn contains(self, place: usize) -> bool {
        place < ActiveSet::CAPACITY && self.0 & (1 << place) != 0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn node() -> impl Strategy<Value = NodeId> {
        prop_oneof![0u16..8, 120u16..140, 0u16..NodeSet::CAPACITY as u16].prop_map(NodeId)
    }

    proptest! {
        /// Like the standard library's set, and equal to whatever holds the same, however it came about.
        #[test]
        fn a_set_is_a_set(changes in prop::collection::vec((any::<bool>(), node()), 0..60)) {
            let (mut set, mut model) = (NodeSet::EMPTY, BTreeSet::new());
            for (add, node) in changes {
                let changed = if add { set.insert(node) } else { set.remove(node) };
                prop_assert_eq!(changed, if add { model.insert(node) } else { model.remove(&node) });
                prop_assert_eq!(set.contains(node), add);
            }
            prop_assert!(set.iter().eq(model.iter().copied()), "{set:?} is not {model:?}");
            prop_assert_eq!((set.len(), set.is_empty()), (model.len(), model.is_empty()));
            prop_assert_eq!(&set, &model.into_iter().rev().collect::<NodeSet>());
        }

        #[test]
        fn what_two_sets_share_is_counted(a in prop::collection::vec(node(), 0..30), b in prop::collection::vec(node(), 0..30)) {
            let (one, other): (NodeSet, NodeSet) = (a.iter().copied().collect(), b.into_iter().collect());
            prop_assert_eq!(one.shared_with(&other), one.iter().filter(|node| other.contains(*node)).count());
        }

        #[test]
        fn a_set_survives_writing(nodes in prop::collection::vec(node(), 0..30)) {
            let set: NodeSet = nodes.into_iter().collect();
            let text = serde_json::to_string(&set).unwrap();
            prop_assert_eq!(serde_json::from_str::<NodeSet>(&text).unwrap(), set);
        }
    }

    #[test]
    fn a_number_that_no_member_has_is_refused() {
        let refused = serde_json::from_str::<NodeSet>("[3, 1024]").unwrap_err();
        assert!(refused.to_string().contains("no cluster has a member n1024"), "{refused}");
    }
}
