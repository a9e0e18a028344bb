//! What a node refuses, tells people, and puts off.

use super::*;
use crate::alert::{Alert, Concern};
use crate::plan::{FailoverPlan, Step};
use crate::policy::ErrorBudget;

fn with(policy: Policy) -> Bench {
    let config = Arc::new(Configuration { policy, ..config() });
    let node = Controller::new(NodeId(0), config, &Durable::default(), 1, seconds(0.0)).expect("it is sound");
    let mut bench = Bench::with(node);
    bench.at(0.0, founded());
    bench
}

impl Bench {
    fn alerts(&self, concern: Concern) -> bool {
        self.wants.contains(&Effect::Alert(Alert::from(concern)))
    }

    /// The majority gives this node the role, by a plan that was made under this configuration.
    fn is_to_take_over(&mut self, manifest: Option<crate::audit::Hash>) {
        self.wants.clear();
        self.agreed(Command::Begin { epoch: 2, reason: crate::Reason::PrimarySilent });
        let plan = FailoverPlan { manifest, ..FailoverPlan::sample(2, NodeId(1), NodeId(0)) };
        self.agreed(Command::Promote(plan));
    }
}

#[test]
fn a_target_refuses_a_plan_that_was_made_under_another_configuration() {
    let _evidence = evidence::of(&["Q-27"]);
    let checked = Policy { manifest: true, ..Policy::default() };
    let begins = Decision::StepBegins { epoch: 2, step: Step::Fence };
    let mut bench = with(checked.clone());
    bench.is_to_take_over(bench.node.manifest);
    assert!(bench.decides(begins.clone()));
    let altered = with(Policy { cooldown: Span::ZERO, ..checked.clone() }).node.manifest;
    // What another life of this agent has opened closes.
    for (role, step) in [(Role::Replica, Step::Fence), (Role::Primary, Step::Promote)] {
        for manifest in [altered, None] {
            let mut bench = with(checked.clone());
            bench.node.database.role = role;
            bench.is_to_take_over(manifest);
            assert!(bench.decides(Decision::RefusesPlan { epoch: 2 }) && !bench.decides(begins.clone()));
            assert_eq!(bench.node.wants, Some(Command::Fail { epoch: 2, step }));
            assert_eq!(bench.wants.contains(&Effect::Do(Task::Stop)), role == Role::Primary);
        }
    }
    let mut unchecked = with(Policy::default());
    unchecked.is_to_take_over(altered);
    assert!(unchecked.decides(begins));
}

#[test]
fn a_node_that_hears_no_majority_says_so_and_says_when_it_does_again() {
    let _evidence = evidence::of(&["Q-32"]);
    let mut bench = with(Policy::default());
    bench.awake_until(18, Role::Primary);
    assert!(bench.alerts(Concern::QuorumLost), "both others have been silent for 18 s");
    let heartbeat = crate::Heartbeat {
        sent: Instant::ZERO,
        out_of_turn: false,
        epoch: 1,
        suspects: NodeSet::EMPTY,
        database: database(Role::Replica),
        rejoins: false,
        asks: false,
        holds: false,
        cooling: None,
        reopens_after: None,
        cooling_left: Span::ZERO,
        reached: None,
        granted: Some(0.into()),
    };
    bench
        .at(19.0, Input::Received { from: NodeId(1), message: Content::Heartbeat(heartbeat.clone()).into() });
    assert!(bench.alerts(Concern::QuorumRegained));
    bench.awake_until(26, Role::Stopped);
    bench.at(27.0, Input::Received { from: NodeId(1), message: Content::Heartbeat(heartbeat).into() });
    let after = Span::from_secs(8);
    assert!(bench.alerts(Concern::HeartbeatLate { from: NodeId(1), after }), "{:?}", bench.wants);
}

#[test]
fn silence_counts_sooner_while_little_of_the_budget_is_left() {
    let _evidence = evidence::of(&["Q-31"]);
    let error_budget = ErrorBudget::Heeded { hold_below: 0.5, hasten_below: 0.1, beats: 1 };
    let suspects = |left: &[u32], second: u32| {
        let mut bench = with(Policy { error_budget, ..Policy::default() });
        for left in left {
            bench.at(1.0, Input::Budget { left: *left });
        }
        bench.awake_until(second, Role::Primary);
        (bench.decides(Decision::Suspects(NodeId(1))), bench.node.holds_optional_changes())
    };
    assert_eq!(suspects(&[], 8), (false, false), "nobody knows of any budget");
    assert_eq!(suspects(&[200_000], 8), (false, true));
    assert_eq!(suspects(&[99_999], 8), (true, true));
    assert_eq!(suspects(&[0, 600_000], 8), (false, false), "it has recovered");
    assert_eq!(suspects(&[600_000], 18), (true, false));
}
