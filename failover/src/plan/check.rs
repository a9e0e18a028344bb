//! Whether a plan may be carried out as things stand: looked at anew, whoever made it and whenever.

use std::fmt;

use units::Span;

use super::{FailoverPlan, Step};
use crate::config::Configuration;
use crate::id::NodeId;
use crate::selection::View;

/// Why a plan must not be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The configuration has no such member.
    Stranger(NodeId),
    /// Nobody takes over from himself.
    SameNode(NodeId),
    /// The target votes and holds no data.
    Witness(NodeId),
    /// The steps are not all there, once each and in order.
    Steps,
    /// A step has no time at all.
    NoTime(Step),
    /// The plan's epoch is not above the cluster's: it was made for a situation that is over.
    Overtaken {
        /// The plan's.
        epoch: u64,
        /// The cluster's.
        cluster: u64,
    },
    /// Nobody hears the target.
    TargetSilent(NodeId),
    /// The target no longer holds what it held when it was chosen.
    TargetLost(NodeId),
    /// A majority of the voters is not heard.
    NoMajority {
        /// Voters heard.
        heard: usize,
        /// Voters needed.
        needed: usize,
    },
}

impl FailoverPlan {
    /// Everything that speaks against carrying it out; nothing, if it may be.
    pub fn flaws(&self, config: &Configuration, view: &View) -> Vec<Flaw> {
        let mut flaws = self.flaws_in_itself();
        let known = |node: NodeId| node.index() < config.members.len();
        flaws.extend([self.from, self.to].into_iter().filter(|node| !known(*node)).map(Flaw::Stranger));
        if known(self.to) {
            self.flaws_of_target(config, view, &mut flaws);
        }
        if self.epoch <= view.epoch {
            flaws.push(Flaw::Overtaken { epoch: self.epoch, cluster: view.epoch });
        }
        let is_heard = |voter: &NodeId| view.nodes.get(voter.index()).is_some_and(|node| node.heard);
        let (heard, needed) = (config.voters().filter(is_heard).count(), config.majority());
        if heard < needed {
            flaws.push(Flaw::NoMajority { heard, needed });
        }
        flaws
    }

    fn flaws_in_itself(&self) -> Vec<Flaw> {
        let steps = self.actions.iter().map(|action| action.step);
        let complete = steps.clone().eq(Step::ALL) || steps.eq(Step::ALONE.iter().copied());
        let hasty = self.actions.iter().filter(|action| action.timeout == Span::ZERO);
        let same = (self.from == self.to).then_some(Flaw::SameNode(self.to));
        let gaps = (!complete).then_some(Flaw::Steps);
        same.into_iter().chain(gaps).chain(hasty.map(|action| Flaw::NoTime(action.step))).collect()
    }

    fn flaws_of_target(&self, config: &Configuration, view: &View, flaws: &mut Vec<Flaw>) {
        if config.members[self.to.index()].witness {
            flaws.push(Flaw::Witness(self.to));
        }
        let Some(target) = view.nodes.get(self.to.index()) else { return };
        if !target.heard {
            flaws.push(Flaw::TargetSilent(self.to));
        }
        if target.database.position < self.at_least {
            flaws.push(Flaw::TargetLost(self.to));
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::Stranger(node) => write!(f, "{node} is no member"),
            Flaw::SameNode(node) => write!(f, "{node} would take over from itself"),
            Flaw::Witness(node) => write!(f, "{node} holds no data"),
            Flaw::Steps => f.write_str("the steps are not all there, once each and in order"),
            Flaw::NoTime(step) => write!(f, "{step:?} has no time"),
            Flaw::Overtaken { epoch, cluster } => {
                write!(f, "it is for epoch {epoch}, and the cluster is in epoch {cluster}")
            }
            Flaw::TargetSilent(node) => write!(f, "{node} is not heard"),
            Flaw::TargetLost(node) => write!(f, "{node} no longer holds what it held when it was chosen"),
            Flaw::NoMajority { heard, needed } => {
                write!(f, "{heard} voters are heard, a majority takes {needed}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Durability;
    use crate::plan::dry_run;
    use crate::selection::tests::{after_the_disaster, config};

    fn judged(change: impl FnOnce(&mut FailoverPlan, &mut View)) -> Vec<Flaw> {
        let (config, mut view) = (config(Durability::Async), after_the_disaster());
        let mut plan = dry_run(&config, &view, NodeId(0)).expect("b can take over").plan;
        change(&mut plan, &mut view);
        plan.flaws(&config, &view)
    }

    #[test]
    fn the_planners_own_plan_has_no_flaw() {
        assert_eq!(judged(|_, _| ()), []);
    }

    /// Of five members three vote, and two of those are silent in the end.
    #[test]
    fn members_without_a_vote_are_no_majority() {
        let (mut config, mut view) = (config(Durability::Async), after_the_disaster());
        let plan = dry_run(&config, &view, NodeId(0)).expect("b can take over").plan;
        for node in [1, 3] {
            config.members[node].votes = false;
        }
        assert_eq!(plan.flaws(&config, &view), []);
        view.nodes[2].heard = false;
        assert_eq!(plan.flaws(&config, &view), [Flaw::NoMajority { heard: 1, needed: 2 }]);
    }

    #[test]
    fn each_flaw_is_found_alone() {
        let witness = NodeId(4);
        assert_eq!(judged(|plan, _| plan.from = NodeId(9)), [Flaw::Stranger(NodeId(9))]);
        assert_eq!(judged(|plan, _| plan.from = plan.to), [Flaw::SameNode(NodeId(1))]);
        assert!(judged(|plan, _| plan.to = witness).contains(&Flaw::Witness(witness)));
        assert_eq!(judged(|plan, _| plan.actions.swap(0, 1)), [Flaw::Steps]);
        assert_eq!(judged(|plan, _| plan.actions[2].timeout = Span::ZERO), [Flaw::NoTime(Step::Verify)]);
        assert_eq!(judged(|plan, _| plan.epoch = 2), [Flaw::Overtaken { epoch: 2, cluster: 2 }]);
        assert_eq!(judged(|plan, _| plan.at_least.offset += 1), [Flaw::TargetLost(NodeId(1))]);
        assert_eq!(judged(|_, view| view.nodes[1].heard = false), [Flaw::TargetSilent(NodeId(1))]);
        let deaf = |view: &mut View| [2, 3].into_iter().for_each(|node| view.nodes[node].heard = false);
        assert_eq!(judged(|_, view| deaf(view)), [Flaw::NoMajority { heard: 2, needed: 3 }]);
    }
}
