use std::cell::Cell;

use firedrill_sim::{
    Agenda, Difference, Digest, Due, Event, Limits, Side, SimTime, Stop, Trace, World, first_difference, run,
};
use units::Span;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Beat {
    Tick(u64),
    Echo(u64),
}

impl Event for Beat {
    fn fold(&self, digest: &mut Digest) {
        let (kind, count) = match *self {
            Beat::Tick(count) => (0, count),
            Beat::Echo(count) => (1, count),
        };
        digest.word(kind);
        digest.word(count);
    }
}

/// Ticks every second up to a last tick, with an echo after each; a flaw may make one echo late.
#[derive(Clone, Copy, Default)]
struct Clock {
    last: u64,
    enough: Option<u64>,
    late_echo_of: Option<u64>,
    ticks: u64,
}

impl World for Clock {
    type Event = Beat;

    fn handle(&mut self, now: SimTime, event: Beat, agenda: &mut Agenda<Beat>) {
        let Beat::Tick(count) = event else { return };
        self.ticks += 1;
        let delay = if self.late_echo_of == Some(count) { 101 } else { 100 };
        agenda.schedule(now + Span::from_millis(delay), Beat::Echo(count));
        if count < self.last {
            agenda.schedule(now + Span::from_secs(1), Beat::Tick(count + 1));
        }
    }

    fn finished(&self) -> bool {
        self.enough.is_some_and(|enough| self.ticks >= enough)
    }
}

fn agenda() -> Agenda<Beat> {
    let mut agenda = Agenda::new();
    agenda.schedule(SimTime::ZERO, Beat::Tick(0));
    agenda
}

fn seconds(seconds: u64) -> SimTime {
    SimTime::ZERO + Span::from_secs(seconds)
}

fn limits(horizon: u64, events_max: u64) -> Limits {
    Limits { horizon: seconds(horizon), events_max }
}

#[test]
fn a_run_ends_when_the_world_is_finished() {
    let mut clock = Clock { last: 100, enough: Some(4), ..Clock::default() };
    let outcome = run(&mut clock, &mut agenda(), limits(60, 1_000));
    assert_eq!((outcome.stop, outcome.at, outcome.events), (Stop::Finished, seconds(3), 7));
}

#[test]
fn a_run_ends_at_its_horizon_and_what_happens_at_the_horizon_still_counts() {
    let outcome = run(&mut Clock { last: 100, ..Clock::default() }, &mut agenda(), limits(5, 1_000));
    assert_eq!((outcome.stop, outcome.at, outcome.events), (Stop::Horizon, seconds(5), 11));
}

#[test]
fn a_run_ends_when_nothing_is_left_to_happen() {
    let outcome = run(&mut Clock { last: 2, ..Clock::default() }, &mut agenda(), limits(60, 1_000));
    let last_echo = seconds(2) + Span::from_millis(100);
    assert_eq!((outcome.stop, outcome.at, outcome.events), (Stop::Idle, last_echo, 6));
}

#[test]
fn a_world_that_makes_events_without_end_is_stopped() {
    struct Zeno;
    impl World for Zeno {
        type Event = Beat;
        fn handle(&mut self, now: SimTime, event: Beat, agenda: &mut Agenda<Beat>) {
            agenda.schedule(now, event);
        }
    }
    let outcome = run(&mut Zeno, &mut agenda(), limits(60, 1_000));
    assert_eq!((outcome.stop, outcome.at, outcome.events), (Stop::EventLimit, SimTime::ZERO, 1_000));
}

#[test]
fn a_run_stopped_at_its_horizon_can_go_on() {
    let (mut whole, mut parts) =
        (Clock { last: 9, ..Clock::default() }, Clock { last: 9, ..Clock::default() });
    let all = run(&mut whole, &mut agenda(), limits(60, 1_000)).events;
    let mut agenda = agenda();
    let first = run(&mut parts, &mut agenda, limits(4, 1_000));
    let rest = run(&mut parts, &mut agenda, limits(60, 1_000));
    assert_eq!((first.stop, rest.stop, first.events + rest.events), (Stop::Horizon, Stop::Idle, all));
    assert_eq!(parts.ticks, whole.ticks);
}

#[test]
fn equal_runs_have_equal_digests_and_a_late_echo_shows() {
    let digest = |late_echo_of| {
        run(&mut Clock { last: 50, late_echo_of, ..Clock::default() }, &mut agenda(), limits(60, 1_000))
            .digest
    };
    assert_eq!(digest(None), digest(None));
    assert_ne!(digest(None), digest(Some(50)));
}

#[test]
fn the_double_run_agrees_with_itself() {
    let (mut left, mut right) =
        (Clock { last: 9, ..Clock::default() }, Clock { last: 9, ..Clock::default() });
    let found = first_difference((&mut left, &mut agenda()), (&mut right, &mut agenda()), limits(60, 1_000));
    assert_eq!(found, None);
    assert_eq!(left.ticks, 10, "the double run must have run");
}

/// Two worlds that share what no run may share: a counter that survives from one run to the next.
struct Leaky<'a> {
    clock: Clock,
    handled_ever: &'a Cell<u64>,
}

impl World for Leaky<'_> {
    type Event = Beat;
    fn handle(&mut self, now: SimTime, event: Beat, agenda: &mut Agenda<Beat>) {
        self.handled_ever.set(self.handled_ever.get() + 1);
        let shift = Span::from_nanos(self.handled_ever.get() / 18);
        self.clock.handle(now + shift, event, agenda);
    }
}

#[test]
fn a_hidden_counter_is_found_at_the_first_event_that_it_changed() {
    let handled_ever = Cell::new(0);
    let leaky = || Leaky { clock: Clock { last: 100, ..Clock::default() }, handled_ever: &handled_ever };
    let (mut left, mut right) = (leaky(), leaky());
    let found = first_difference((&mut left, &mut agenda()), (&mut right, &mut agenda()), limits(60, 1_000));
    // The 18th event handled is the 9th of the right-hand world, Tick(4); its echo, the 10th, is a nanosecond late.
    let echo = |nanos: u64| {
        let at = SimTime::from_nanos(4_100_000_000 + nanos);
        Side::Event(Due { at, sequence: 9, event: Beat::Echo(4) })
    };
    assert_eq!(found, Some(Difference { index: 9, left: echo(0), right: echo(1) }));
    assert_eq!(
        found.expect("just compared").to_string(),
        "the runs agree on 9 events, then the first has #9 Echo(4) at 4100000000ns while the second has #9 Echo(4) \
         at 4100000001ns"
    );
}

#[test]
fn a_side_that_ends_early_is_a_difference_too() {
    let (mut left, mut right) =
        (Clock { last: 1, ..Clock::default() }, Clock { last: 2, ..Clock::default() });
    let found = first_difference((&mut left, &mut agenda()), (&mut right, &mut agenda()), limits(60, 1_000));
    let found = found.expect("one ticks once more");
    assert_eq!((found.index, found.left), (4, Side::Ended(Stop::Idle)));
    assert!(
        found.to_string().contains("the first has nothing left to do while the second has #4 Tick(2)"),
        "{found}"
    );
}

#[test]
fn a_trace_that_is_off_evaluates_nothing() {
    let mut off: Trace<String> = Trace::default();
    off.note(seconds(1), || unreachable!("nobody reads this"));
    assert!(off.records().is_empty() && !off.is_on());
}

#[test]
fn a_trace_that_is_on_keeps_notes_in_order() {
    let mut on = Trace::on();
    on.note(seconds(1), || "region lost");
    on.note(seconds(9), || "promoted");
    assert_eq!(on.records(), [(seconds(1), "region lost"), (seconds(9), "promoted")]);
}
