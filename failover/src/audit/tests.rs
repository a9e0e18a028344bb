use evidence::of;
use proptest::prelude::*;
use units::Span;

use super::*;
use crate::decision::Decision;
use crate::id::{ActiveSet, NodeId};
use crate::message::{Content, Effect, Input, Message};
use crate::plan::Step;
use crate::report::Role;
use crate::task::{Outcome, Task};
use crate::time::Instant;
use crate::{DatabaseReport, LogPosition};

const NODE: NodeId = NodeId(1);

fn entry(kind: u8, epoch: u64) -> Entry {
    match kind {
        0 => Entry::Decides(Decision::Begins { epoch }),
        1 => Entry::Decides(Decision::Chooses {
            epoch,
            to: NODE,
            lag: Span::from_nanos(epoch).min(Span::LONGEST_READ),
        }),
        2 => Entry::Begins(Task::Promote { epoch }),
        3 => Entry::Ends { task: Task::Promote { epoch }, outcome: Outcome::Failed },
        4 => Entry::Begins(Task::Route { to: ActiveSet::of(&[NodeId(0), NodeId(127)], |_| true) }),
        5 => Entry::Decides(Decision::StepFails { epoch, step: Step::Verify, timed_out: true }),
        _ => Entry::Starts {
            database: DatabaseReport {
                role: Role::Replica,
                position: LogPosition { epoch, offset: 7, committed: epoch },
                source: Some(NodeId(0)),
                sealed: epoch,
            },
            damage: Some(Damage::Flipped),
        },
    }
}

fn trail(entries: &[(u8, u64)]) -> Trail {
    let mut trail = Trail::new(NODE);
    for (place, (kind, epoch)) in entries.iter().enumerate() {
        trail.append(Instant::from_nanos(place as u64 * 1_000), entry(*kind, *epoch));
    }
    trail
}

fn entries() -> impl Strategy<Value = Vec<(u8, u64)>> {
    prop::collection::vec((0u8..7, any::<u64>()), 1..12)
}

proptest! {
    // Each tries every byte or record of its trail.
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Every record of the trail is altered, dropped, moved, made anew and made the end, in turn.
    #[test]
    fn every_injection_is_found_and_called_by_its_name(entries in entries()) {
        let _evidence = of(&["Q-20"]);
        let trail = trail(&entries);
        let (records, head) = (trail.records(), trail.head());
        prop_assert_eq!(verify(records, &[head]), Ok(head));
        for injection in injections(records.len()) {
            let found = verify(&tamper(records, injection), &[head]).expect_err("it is found");
            prop_assert_eq!(found.damage, injection.damage(records.len()), "{:?}", injection);
        }
    }

    /// What the chain cannot show by itself, and the reason for anchors.
    #[test]
    fn without_anchors_a_cut_off_end_and_a_trail_made_anew_go_unnoticed(entries in entries()) {
        let trail = trail(&entries);
        for place in 0..entries.len() {
            for injection in [Injection::CutOff(place), Injection::Rewrite(place)] {
                prop_assert!(verify(&tamper(trail.records(), injection), &[]).is_ok());
            }
        }
    }

    /// Each byte of the file in turn becomes another one.
    #[test]
    fn no_byte_of_the_file_can_change_unnoticed(entries in prop::collection::vec((0u8..7, any::<u64>()), 1..4), other in any::<u8>()) {
        let trail = trail(&entries);
        let file = write(trail.records());
        prop_assert_eq!(read(&file), Ok(trail.records().to_vec()));
        for place in 0..file.len() {
            let mut altered = file.clone();
            altered[place] = if other == file[place] { other ^ 1 } else { other };
            let sound = read(&altered).is_ok_and(|records| verify(&records, &[trail.head()]).is_ok());
            prop_assert!(!sound, "byte {} of {}", place, file.len());
        }
    }

    /// Wherever the file is cut, the reader or the others' anchor says so.
    #[test]
    fn a_file_that_was_cut_is_never_taken_for_whole(entries in entries()) {
        let trail = trail(&entries);
        let file = write(trail.records());
        for length in 0..file.len() {
            let sound = read(&file[..length]).is_ok_and(|records| verify(&records, &[trail.head()]).is_ok());
            prop_assert!(!sound, "{} of {} bytes", length, file.len());
        }
    }
}

#[test]
fn foreign_and_broken_files_are_refused_with_their_line() {
    let sound = write(trail(&[(0, 2), (2, 2)]).records());
    let foreign = [sound.as_slice(), b"{\"level\":\"info\"}\n"].concat();
    let error = read(&foreign).expect_err("it is no record").to_string();
    assert!(
        error.starts_with("line 3: this is no record of an audit trail: unknown field `level`"),
        "{error}"
    );
    let cut = read(&sound[..sound.len() - 1]).expect_err("its last line has no end").to_string();
    assert_eq!(cut, "line 2: the file ends in the middle of a record");
    let spaced = String::from_utf8(sound).expect("JSON is text").replacen(':', ": ", 1);
    let spaced = read(spaced.as_bytes()).expect_err("nobody writes it like that").to_string();
    assert_eq!(spaced, "line 1: the record is not written as an audit trail writes it");
}

#[test]
fn a_record_of_another_node_is_foreign() {
    let mut records = trail(&[(0, 2)]).records().to_vec();
    records.push(Record::after(records[0].anchor(), Instant::ZERO, NodeId(2), entry(0, 3)));
    assert_eq!(verify(&records, &[]), Err(Broken { number: 2, damage: Damage::Foreign }));
}

/// A node and one that remembers: what the first writes is on disk at once, what it sends arrives.
struct Pair {
    owner: Keeper,
    other: Keeper,
    disk: Vec<Record>,
    lives: u64,
    distrusts: Vec<Damage>,
}

impl Pair {
    fn new() -> Pair {
        let keeper = |node| Keeper::new(node, 2);
        Pair {
            owner: keeper(NODE),
            other: keeper(NodeId(0)),
            disk: Vec::new(),
            lives: 0,
            distrusts: Vec::new(),
        }
    }

    /// The owner starts, with what is on its disk, and begins so many tasks.
    fn lives(&mut self, tasks: u64) {
        self.owner = Keeper::new(NODE, 2);
        let mut out = Vec::new();
        self.owner.hear(Instant::ZERO, &Input::Trail(Found::of(&self.disk)), &mut out);
        self.lives += 1;
        let born = Instant::from_nanos(self.lives);
        let start = Input::Start {
            database: DatabaseReport::ABSENT,
            first_boot: false,
            coordinator: None,
            generation: 1,
            lease: None,
        };
        self.owner.hear(born, &start, &mut out);
        self.carry_out(out);
        for epoch in 0..tasks {
            let mut out = vec![Effect::Do(Task::Promote { epoch })];
            self.owner.witness(born, &mut out, 0);
            self.carry_out(out);
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let mut next = Vec::new();
            match effect {
                Effect::Record(record) => {
                    let number = record.number;
                    self.disk.push(*record);
                    self.owner.hear(Instant::ZERO, &Input::Recorded { number }, &mut next);
                }
                Effect::Send { message, .. } => {
                    let mut out = Vec::new();
                    self.other.hear(Instant::ZERO, &Input::Received { from: NODE, message }, &mut out);
                    self.distrusts.extend(out.iter().filter_map(damage));
                }
                _ => {}
            }
            self.carry_out(next);
        }
    }
}

fn damage(effect: &Effect) -> Option<Damage> {
    match effect {
        Effect::Decided(Decision::DistrustsTrail { damage, .. }) => Some(*damage),
        _ => None,
    }
}

#[test]
fn an_honest_node_restarts_as_often_as_it_likes() {
    let mut pair = Pair::new();
    [5, 0, 40, 1].into_iter().for_each(|tasks| pair.lives(tasks));
    assert_eq!(pair.distrusts, []);
    assert_eq!(verify(&pair.disk, &[pair.other.anchor(NODE)]).map(|head| head.number), Ok(50));
}

#[test]
fn the_others_notice_when_a_trail_was_cut_off_or_made_anew_while_its_agent_was_away() {
    for (injection, expected) in [
        (Injection::CutOff(6), Damage::CutOff),
        (Injection::CutOff(0), Damage::CutOff),
        (Injection::Rewrite(3), Damage::Forked),
        // Of the last record alone: its number goes to another one at once, which is what shows.
        (Injection::Drop(10), Damage::Forked),
    ] {
        let mut pair = Pair::new();
        pair.lives(10);
        pair.disk = tamper(&pair.disk, injection);
        pair.lives(3);
        assert_eq!(pair.distrusts, [expected], "{injection:?}");
    }
}

#[test]
fn its_owner_notices_what_the_chain_shows_by_itself() {
    for injection in [Injection::Flip(4), Injection::Drop(4), Injection::Swap(4)] {
        let mut pair = Pair::new();
        pair.lives(10);
        pair.disk = tamper(&pair.disk, injection);
        let mut out = Vec::new();
        pair.owner.hear(Instant::ZERO, &Input::Trail(Found::of(&pair.disk)), &mut out);
        let start = Input::Start {
            database: DatabaseReport::ABSENT,
            first_boot: false,
            coordinator: None,
            generation: 1,
            lease: None,
        };
        pair.owner.hear(Instant::ZERO, &start, &mut out);
        assert_eq!(out.iter().find_map(damage), Some(injection.damage(pair.disk.len())), "{injection:?}");
    }
}

#[test]
fn news_that_overtake_each_other_are_no_contradiction() {
    let mut pair = Pair::new();
    pair.lives(2);
    let told = |life: &Record, records: &[Record]| {
        Message::from(Content::Anchors(Box::new(Told {
            born: life.anchor(),
            recent: records.iter().map(Record::anchor).collect(),
        })))
    };
    pair.lives(2);
    let (old, new) = (&pair.disk[..3], &pair.disk[3..]);
    let late = [told(&old[0], &old[2..]), told(&new[0], &pair.disk[..4]), told(&new[0], &new[1..2])];
    for message in late {
        let mut out = Vec::new();
        pair.other.hear(Instant::ZERO, &Input::Received { from: NODE, message }, &mut out);
        assert_eq!(out, []);
    }
    assert_eq!(pair.other.anchor(NODE).number, 6);
}

/// The order in which a shell gets it: a task comes after its record.
#[test]
fn a_record_comes_before_what_it_tells_of() {
    let mut keeper = Keeper::new(NODE, 3);
    let mut out = vec![Effect::Decided(Decision::Begins { epoch: 2 }), Effect::Do(Task::Seal { epoch: 2 })];
    keeper.witness(Instant::ZERO, &mut out, 0);
    let recorded =
        |place: usize| matches!(&out[place], Effect::Record(record) if record.number == place as u64 / 2 + 1);
    assert!(recorded(0) && recorded(2) && out[3] == Effect::Do(Task::Seal { epoch: 2 }), "{out:?}");
}
