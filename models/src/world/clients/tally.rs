//! How many clients are served where.

use sim::SimTime;

use super::Client;

/// How many clients are served where: kept up to date client by client, since at most moments a few of many change.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::world) struct Tally {
    pub(super) nodes: usize,
    /// Per region and node: clients connected there.
    pub(super) connected: Vec<u64>,
    /// Per node: clients of all regions with all connections of their pools.
    pub(super) fully: Vec<u64>,
    /// Per region.
    pub(super) regions: Vec<Served>,
}

/// How many clients of a region are served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::world) struct Served {
    pub(in crate::world) fully: u64,
    /// Their attempts fail.
    pub(super) failing: u64,
}

/// What a client is about, without how and when: that is copied and compared for each client that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Served,
    Failing,
    Connecting,
}

/// All of a client that is counted, and which of its attempts is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) struct Standing {
    pub(super) stage: Stage,
    pub(super) attempts: u32,
    /// When its pool is fresh.
    pub(super) fresh_at: SimTime,
    /// Where it is connected.
    pub(super) address: usize,
}

impl Standing {
    /// All its statements are answered, not only those that happen on a good connection of its pool.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.stage == Stage::Served && self.fresh_at == SimTime::ZERO
    }
}

impl Tally {
    pub(super) fn reset(&mut self, regions: usize, nodes: usize) {
        self.nodes = nodes;
        self.connected.clear();
        self.connected.resize(regions * nodes, 0);
        self.fully.clear();
        self.fully.resize(nodes, 0);
        self.regions.clear();
        self.regions.resize(regions, Served::default());
    }

    pub(super) fn add(&mut self, client: &Client) {
        self.count(client.region, &client.standing(), |count| *count += 1);
    }

    /// A client of the region stands otherwise than before.
    #[inline]
    pub(super) fn change(&mut self, region: usize, before: &Standing, after: &Standing) {
        self.count(region, before, |count| *count -= 1);
        self.count(region, after, |count| *count += 1);
    }

    #[inline]
    fn count(&mut self, region: usize, standing: &Standing, change: impl Fn(&mut u64)) {
        if standing.stage == Stage::Served {
            change(&mut self.connected[region * self.nodes + standing.address]);
        }
        let region = &mut self.regions[region];
        if standing.is_full() {
            change(&mut self.fully[standing.address]);
            change(&mut region.fully);
        }
        if standing.stage == Stage::Failing {
            change(&mut region.failing);
        }
    }

    /// Whether counting anew would give the same.
    pub(super) fn is_right(&self, all: &[Client]) -> bool {
        let mut anew = Tally::default();
        anew.reset(self.regions.len(), self.nodes);
        all.iter().for_each(|client| anew.add(client));
        *self == anew
    }

    /// Clients of a region that are connected to a node.
    #[inline]
    pub(in crate::world) fn connected(&self, region: usize, node: usize) -> u64 {
        self.connected[region * self.nodes + node]
    }

    /// Clients that a node serves fully.
    pub(in crate::world) fn fully_at(&self, node: usize) -> u64 {
        self.fully[node]
    }

    /// Per region: how many are served.
    pub(in crate::world) fn regions(&self) -> &[Served] {
        &self.regions
    }

    /// Clients that are fully served.
    #[inline]
    pub(in crate::world) fn fully(&self) -> u64 {
        self.fully.iter().sum()
    }
}
