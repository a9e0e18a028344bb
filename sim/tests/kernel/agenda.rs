use std::collections::BTreeMap;

use firedrill_sim::{Agenda, Digest, Due, Event, SimTime};
use proptest::prelude::*;
use units::Span;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Tag(u64);

impl Event for Tag {
    fn fold(&self, digest: &mut Digest) {
        digest.word(self.0);
    }
}

/// Where the sequence numbers begin of what comes last.
const LAST: u64 = 1 << 39;

fn at(nanos: u64) -> SimTime {
    SimTime::from_nanos(nanos)
}

/// What a test does to an agenda. Delays are few, so that ties are common.
#[derive(Clone, Debug)]
enum Step {
    Schedule {
        delay: u64,
    },
    /// After all else of its moment, with a rank of its own.
    ScheduleLast {
        delay: u64,
        rank: u32,
    },
    Pop,
    PopBy {
        horizon: u64,
    },
    Peek,
    /// The earliest of the even tags.
    Earliest,
    /// Sets the even tags aside.
    SetAside,
    /// Moves the even tags.
    Reschedule,
    /// Brings back what was set aside, by so much more than the time that has passed since.
    BringBack {
        by: u64,
    },
    Clear,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        // More than are taken off, so that both the next few and those far off are exercised.
        24 => (0..20u64).prop_map(|delay| Step::Schedule { delay }),
        6 => (0..20u64, 0..1_000u32).prop_map(|(delay, rank)| Step::ScheduleLast { delay, rank }),
        12 => Just(Step::Pop),
        3 => (0..10u64).prop_map(|horizon| Step::PopBy { horizon }),
        2 => Just(Step::Peek),
        2 => Just(Step::Earliest),
        2 => Just(Step::SetAside),
        2 => Just(Step::Reschedule),
        2 => (0..10u64).prop_map(|by| Step::BringBack { by }),
    ];
    let few = prop::collection::vec(step.clone(), 0..400);
    // After a run the agenda is used for the next.
    (few, prop::collection::vec(step, 0..400))
        .prop_map(|(first, second)| first.into_iter().chain([Step::Clear]).chain(second).collect())
}

fn even(tag: &Tag) -> bool {
    tag.0.is_multiple_of(2)
}

/// The obvious agenda: an ordered map.
#[derive(Default)]
struct Model {
    pending: BTreeMap<(SimTime, u64), Tag>,
    aside: BTreeMap<(SimTime, u64), Tag>,
    /// Since when the first of them is aside.
    aside_since: SimTime,
    scheduled: u64,
    now: SimTime,
}

impl Model {
    fn schedule(&mut self, at: SimTime, event: Tag) {
        self.pending.insert((at, self.scheduled), event);
        self.scheduled += 1;
    }

    fn schedule_last(&mut self, at: SimTime, rank: u32, event: Tag) {
        self.pending.insert((at, LAST | u64::from(rank)), event);
    }

    fn pop_by(&mut self, horizon: SimTime) -> Option<Due<Tag>> {
        let (&(at, sequence), &event) =
            self.pending.first_key_value().filter(|((at, _), _)| *at <= horizon)?;
        self.pending.pop_first();
        self.now = at;
        Some(Due { at, sequence, event })
    }

    fn set_aside(&mut self) {
        if self.aside.is_empty() {
            self.aside_since = self.now;
        }
        self.aside.extend(self.pending.extract_if(.., |_, tag| even(tag)));
    }

    /// Every even tag comes half as late as it was to come.
    fn reschedule(&mut self) {
        let now = self.now;
        let moved: Vec<_> = self.pending.extract_if(.., |_, tag| even(tag)).collect();
        let moved = moved.into_iter().map(|((at, sequence), tag)| ((sooner(now, at), sequence), tag));
        self.pending.extend(moved);
    }

    /// What is aside comes back `by` later than it was.
    fn bring_back(&mut self, by: Span) {
        let back = std::mem::take(&mut self.aside).into_iter();
        self.pending.extend(back.map(|((at, sequence), tag)| ((at + by, sequence), tag)));
    }
}

fn sooner(now: SimTime, at: SimTime) -> SimTime {
    now + Span::from_nanos(at.since(now).as_nanos() / 2)
}

fn apply(step: &Step, tag: u64, agenda: &mut Agenda<Tag>, model: &mut Model) {
    match *step {
        Step::Schedule { delay } => {
            let at = agenda.now() + Span::from_nanos(delay);
            agenda.schedule(at, Tag(tag));
            model.schedule(at, Tag(tag));
        }
        Step::ScheduleLast { delay, rank } => {
            let at = agenda.now() + Span::from_nanos(delay);
            // Ranks differ from one to the next.
            let rank = rank << 12 | tag as u32;
            agenda.schedule_last(at, rank, Tag(tag));
            model.schedule_last(at, rank, Tag(tag));
        }
        Step::Pop => assert_eq!(agenda.pop(), model.pop_by(SimTime::MAX)),
        Step::PopBy { horizon } => {
            let horizon = agenda.now() + Span::from_nanos(horizon);
            assert_eq!(agenda.pop_by(horizon), model.pop_by(horizon));
        }
        Step::Peek => assert_eq!(agenda.peek(), model.pending.keys().next().map(|key| key.0)),
        Step::Earliest => {
            let told = |at: SimTime| !at.as_nanos().is_multiple_of(3);
            let earliest = model.pending.iter().find(|((at, _), tag)| even(tag) && told(*at));
            let picked = agenda.earliest(|tag, at| even(tag) && told(at));
            assert_eq!(picked, earliest.map(|((at, _), _)| *at));
        }
        Step::SetAside => {
            agenda.set_aside(even);
            model.set_aside();
        }
        Step::Reschedule => {
            let now = agenda.now();
            agenda.reschedule(|tag, at| even(tag).then(|| sooner(now, at)));
            model.reschedule();
        }
        Step::BringBack { by } => {
            let by = agenda.now().since(model.aside_since) + Span::from_nanos(by);
            agenda.bring_back(by);
            model.bring_back(by);
        }
        Step::Clear => {
            agenda.clear();
            *model = Model::default();
        }
    }
    let pending = model.pending.len() + model.aside.len();
    assert_eq!((agenda.len(), agenda.now()), (pending, model.now));
    assert_eq!(agenda.is_empty(), pending == 0);
}

proptest! {
    #[test]
    fn every_history_of_calls_gives_what_an_ordered_map_gives(steps in steps()) {
        let (mut agenda, mut model) = (Agenda::new(), Model::default());
        for (tag, step) in (0..).zip(&steps) {
            apply(step, tag, &mut agenda, &mut model);
        }
        while let Some(due) = agenda.pop() {
            prop_assert_eq!(Some(due), model.pop_by(SimTime::MAX));
        }
        prop_assert!(model.pending.is_empty());
    }

    #[test]
    fn thousands_of_pending_events_come_out_sorted(times in prop::collection::vec(0..5_000u64, 1..6_000)) {
        let mut agenda = Agenda::new();
        for &time in &times {
            agenda.schedule(at(time), Tag(time));
        }
        let mut popped = Vec::new();
        while let Some(due) = agenda.pop() {
            popped.push((due.event.0, due.sequence));
        }
        let mut sorted: Vec<_> = times.iter().copied().zip(0..).collect();
        sorted.sort();
        prop_assert_eq!(popped, sorted);
    }
}

#[test]
fn events_of_one_moment_happen_in_the_order_they_were_scheduled() {
    let mut agenda = Agenda::new();
    for tag in 0..100 {
        agenda.schedule(at(7), Tag(tag));
    }
    let order: Vec<u64> = std::iter::from_fn(|| agenda.pop()).map(|due| due.event.0).collect();
    assert_eq!(order, (0..100).collect::<Vec<_>>());
}

#[test]
fn an_event_may_schedule_another_for_its_own_moment_which_comes_last() {
    let mut agenda = Agenda::new();
    agenda.schedule(at(5), Tag(1));
    agenda.schedule(at(5), Tag(2));
    assert_eq!(agenda.pop().map(|due| due.event), Some(Tag(1)));
    agenda.schedule(agenda.now(), Tag(3));
    assert_eq!(agenda.pop().map(|due| due.event), Some(Tag(2)));
    assert_eq!(agenda.pop().map(|due| due.event), Some(Tag(3)));
}

#[test]
fn what_comes_last_happens_in_the_order_of_its_rank_whatever_was_scheduled_first() {
    let mut agenda = Agenda::new();
    agenda.schedule_last(at(5), 7, Tag(3));
    agenda.schedule_last(at(5), 4, Tag(2));
    agenda.schedule(at(5), Tag(1));
    agenda.schedule_last(at(4), 9, Tag(0));
    let order: Vec<u64> = std::iter::from_fn(|| agenda.pop()).map(|due| due.event.0).collect();
    assert_eq!(order, [0, 1, 2, 3]);
}

#[test]
fn what_never_happens_may_wait_at_the_end_of_time() {
    let mut agenda = Agenda::new();
    agenda.schedule(SimTime::MAX, Tag(1));
    agenda.schedule(at(u64::MAX - 1), Tag(2));
    assert_eq!(agenda.pop_by(at(u64::MAX - 2)), None);
    assert_eq!(agenda.pop().map(|due| due.event), Some(Tag(2)));
    assert_eq!(agenda.peek(), Some(SimTime::MAX));
}

#[test]
#[should_panic(expected = "the past is over")]
fn nothing_is_scheduled_in_the_past() {
    let mut agenda = Agenda::new();
    agenda.schedule(at(5), Tag(1));
    agenda.pop();
    agenda.schedule(at(4), Tag(2));
}
