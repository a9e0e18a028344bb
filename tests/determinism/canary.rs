//! A logic that is not a function of its inputs must be caught, or the double run proves nothing.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use firedrill::failover::consensus::Durable;
use firedrill::failover::{
    Configuration, Controller, Effect, Input, Instant, Message, NodeId, Policy, PolicyPatch,
};
use firedrill::models::{Agent, Event, Failover, Logic, Model, World};
use firedrill::sim::{Agenda, Difference, Side, first_difference};
use firedrill::units::Span;

/// Something outside every run, as a cache, a clock or a global counter would be.
static INPUTS_EVER: AtomicU64 = AtomicU64::new(0);

/// The real logic, but each input that makes the count of all inputs ever a multiple of this is pondered for a
/// nanosecond; 0: none is.
#[derive(Clone)]
struct Absentminded(u64);

struct Dreamer {
    every: u64,
    real: Controller,
    dreams: bool,
}

impl Agent for Dreamer {
    type Message = Message;
    type Disk = Durable;

    fn handle(&mut self, now: Instant, input: Input, out: &mut Vec<Effect>) {
        self.real.handle(now, input, out);
        let count = INPUTS_EVER.fetch_add(1, Ordering::Relaxed) + 1;
        self.dreams = self.every > 0 && count.is_multiple_of(self.every);
    }

    fn due(&self) -> Instant {
        let due = self.real.due();
        if self.dreams && due < Instant::NEVER { due + Span::from_nanos(1) } else { due }
    }
}

impl firedrill::scenarios::Logic for Absentminded {
    type Policy = Policy;
    type PolicyPatch = PolicyPatch;

    fn apply(policy: &mut Policy, patch: PolicyPatch) {
        <Failover as firedrill::scenarios::Logic>::apply(policy, patch);
    }
}

impl Logic for Absentminded {
    type Agent = Dreamer;

    fn start(
        &self,
        id: NodeId,
        config: &Arc<Configuration>,
        disk: &Durable,
        seed: u64,
        now: Instant,
    ) -> Dreamer {
        Dreamer { every: self.0, real: Failover.start(id, config, disk, seed, now), dreams: false }
    }
}

fn double_run(every: u64) -> Option<Difference<Event>> {
    let path = Path::new("scenarios/qnwis/primary-region-loss.ron");
    let scenario = firedrill::scenarios::load::<Failover>(path, &[]).expect("it is in the catalogue");
    let model = Arc::new(Model::new(&scenario).expect("it was loaded"));
    let world = || World::with_logic(Arc::clone(&model), Absentminded(every));
    let (mut left, mut right) = (world(), world());
    let (mut left_agenda, mut right_agenda) = (Agenda::new(), Agenda::new());
    left.reset(7, &mut left_agenda);
    right.reset(7, &mut right_agenda);
    let limits = left.limits();
    first_difference((&mut left, &mut left_agenda), (&mut right, &mut right_agenda), limits)
}

#[test]
fn logic_that_consults_the_world_outside_is_caught_at_the_event_where_it_shows() {
    let found = double_run(997).expect("one of the two runs dreamt where the other did not");
    assert!(found.index > 0);
    let (Side::Event(left), Side::Event(right)) = (found.left, found.right) else { panic!("{found}") };
    assert_ne!(left, right);
    // With its number, its kind and its moment on both sides.
    for side in [left, right] {
        let named = format!("#{} {:?} at {:?}", side.sequence, side.event, side.at);
        assert!(found.to_string().contains(&named), "'{named}' is not in '{found}'");
    }
}

#[test]
fn the_same_logic_wide_awake_is_not_accused() {
    assert_eq!(double_run(0), None);
}
