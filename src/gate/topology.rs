//! Clusters of many sizes and in many conditions, for plans to be made of.

use failover::{
    Configuration, DatabaseReport, Durability, FailoverPlan, LogPosition, Member, NoTarget, NodeId, NodeView,
    Policy, Role, View, dry_run,
};
use sim::{Key, Stream, Streams};
use units::Span;

/// A cluster, and what its coordinator knows when the primary falls silent.
#[derive(Clone, Debug)]
pub struct Topology {
    /// Members and policy.
    pub config: Configuration,
    /// What is known of them.
    pub view: View,
}

/// Sites hold so many members.
const PER_SITE: usize = 4;
/// So many members vote, or all of a smaller cluster.
const VOTERS: usize = 9;
/// Regions hold so many sites.
const PER_REGION: usize = 4;

impl Topology {
    /// One with so many nodes; `number` tells those of one size apart.
    pub fn generate(nodes: usize, number: u64) -> Topology {
        let mut dice = Streams::new(number).stream(Key::new("topology", "plans").occurrence(nodes as u64));
        let members = (0..nodes).map(|node| member(node, &mut dice)).collect();
        let policy = policy(&mut dice);
        let durability = if dice.chance(0.5) { Durability::Async } else { Durability::Quorum(1) };
        let config =
            Configuration { members, durability, first_primary: NodeId(0), actives: Vec::new(), policy };
        let at = 1_000 + dice.below(1_000_000);
        let views = (0..nodes).map(|node| view_of(node, at, &mut dice)).collect();
        let view = View {
            epoch: 1 + dice.below(1_000),
            nodes: views,
            at_least: LogPosition::default(),
            forked: false,
            // The old primary's report is its last word.
            written_at_most: Some(0),
            reopened_at_most: None,
            impatient: true,
            wanted: None,
            avoid: None,
        };
        Topology { config, view }
    }

    /// What the real planner makes of it.
    ///
    /// # Errors
    /// Nobody may take over.
    pub fn plan(&self) -> Result<FailoverPlan, NoTarget> {
        dry_run(&self.config, &self.view, NodeId(0)).map(|run| run.plan)
    }
}

fn member(node: usize, dice: &mut Stream) -> Member {
    let site = node / PER_SITE;
    Member {
        name: format!("n{node}"),
        region: format!("r{}", site / PER_REGION),
        site: format!("s{site}"),
        capacity: 1 + dice.below(1_000),
        witness: false,
        votes: node < VOTERS,
    }
}

/// Time-outs of its own, so that no two plans are the same.
fn policy(dice: &mut Stream) -> Policy {
    let mut policy = Policy::default();
    let steps = &mut policy.steps;
    for timeout in
        [&mut steps.fence, &mut steps.promote, &mut steps.verify, &mut steps.redirect, &mut steps.repoint]
    {
        *timeout = dice.between(Span::from_millis(1), Span::from_secs(600));
    }
    policy
}

/// Node 0 was the primary and is silent; most others stand within the lag limit.
fn view_of(node: usize, at: u64, dice: &mut Stream) -> NodeView {
    let behind = dice.below(20);
    let offset = if node == 0 { at } else { at - behind };
    let position = LogPosition { epoch: 1, offset, committed: Span::from_secs(offset).as_nanos() };
    let role = if node == 0 { Role::Primary } else { Role::Replica };
    let database = DatabaseReport { role, position, source: None, sealed: 0 };
    NodeView { heard: node != 0, database, sealed: node != 0, disappointed: dice.chance(0.05) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topologies_differ_and_have_plans() {
        let plans: Vec<FailoverPlan> =
            (0..200).filter_map(|number| Topology::generate(9, number).plan().ok()).collect();
        assert_eq!(plans.len(), 200);
        let digests: std::collections::BTreeSet<String> =
            plans.iter().map(FailoverPlan::digest_hex).collect();
        assert_eq!(digests.len(), 200);
    }

    #[test]
    fn the_same_number_gives_the_same_topology() {
        let told = |number| format!("{:?}", Topology::generate(5, number));
        assert_eq!(told(1), told(1));
        assert_ne!(told(1), told(2));
    }
}
