//! Damage done on purpose, to see that it is found.

use super::anchor::Anchor;
use super::damage::Damage;
use super::entry::Record;
use super::hash::Hash;
use crate::time::Instant;

/// Something done to a trail. Places count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Injection {
    /// A bit of the record changes.
    Flip(usize),
    /// The record goes.
    Drop(usize),
    /// The record and the next change places.
    Swap(usize),
    /// The record and all after it go.
    CutOff(usize),
    /// The record is altered, and it and all after it get the hashes that go with that.
    Rewrite(usize),
}

/// Every one that alters a trail of so many records.
pub fn injections(records: usize) -> impl Iterator<Item = Injection> {
    use Injection as I;
    let each = [I::Flip, I::Drop, I::CutOff, I::Rewrite, I::Swap];
    let all = (0..records).flat_map(move |place| each.map(|injection| injection(place)));
    all.filter(move |injection| !matches!(injection, I::Swap(place) if place + 1 >= records))
}

/// The trail after the damage; unchanged where it has no such place.
pub fn tamper(records: &[Record], injection: Injection) -> Vec<Record> {
    let mut altered = records.to_vec();
    let place = injection.place();
    if place >= altered.len() {
        return altered;
    }
    match injection {
        Injection::Flip(_) => alter(&mut altered[place]),
        Injection::Drop(_) => drop(altered.remove(place)),
        Injection::Swap(_) if place + 1 < altered.len() => altered.swap(place, place + 1),
        Injection::Swap(_) => {}
        Injection::CutOff(_) => altered.truncate(place),
        Injection::Rewrite(_) => rewrite(&mut altered, place),
    }
    altered
}

impl Injection {
    /// Where.
    pub fn place(self) -> usize {
        match self {
            Injection::Flip(place)
            | Injection::Drop(place)
            | Injection::Swap(place)
            | Injection::CutOff(place)
            | Injection::Rewrite(place) => place,
        }
    }

    /// What a verification with the others' anchors should say. Whoever drops the last record has cut it off.
    pub fn damage(self, records: usize) -> Damage {
        match self {
            Injection::Flip(_) => Damage::Flipped,
            Injection::Drop(place) if place + 1 == records => Damage::CutOff,
            Injection::Drop(_) => Damage::Dropped,
            Injection::Swap(_) => Damage::Swapped,
            Injection::CutOff(_) => Damage::CutOff,
            Injection::Rewrite(_) => Damage::Forked,
        }
    }
}

fn alter(record: &mut Record) {
    record.at = Instant::from_nanos(record.at.as_nanos() ^ 1);
}

fn rewrite(records: &mut [Record], place: usize) {
    alter(&mut records[place]);
    let before = place.checked_sub(1).map_or(Anchor::default(), |before| records[before].anchor());
    let mut previous: Hash = before.hash;
    for record in &mut records[place..] {
        record.previous = previous;
        record.hash = record.fingerprint();
        previous = record.hash;
    }
}
