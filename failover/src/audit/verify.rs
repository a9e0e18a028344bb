use std::fmt;

use super::anchor::Anchor;
use super::damage::{Broken, Damage};
use super::entry::Record;

/// Whether `records` are a whole trail of one node, and what the others remember of it lies on it.
///
/// # Errors
/// The first place where it is not.
pub fn verify(records: &[Record], anchors: &[Anchor]) -> Result<Anchor, Broken> {
    let mut last = Anchor::default();
    let node = records.first().map(|record| record.node);
    for (index, record) in records.iter().enumerate() {
        let number = last.number + 1;
        let broken = |damage| Err(Broken { number, damage });
        if record.fingerprint() != record.hash {
            return broken(Damage::Flipped);
        }
        if Some(record.node) != node {
            return broken(Damage::Foreign);
        }
        if record.number != number {
            return broken(misplaced(&records[index..], number));
        }
        if record.previous != last.hash {
            return broken(Damage::Forked);
        }
        last = record.anchor();
    }
    let lost = |anchor: &&Anchor| recall(records, anchor).is_some_and(|known| known != **anchor);
    let forked = anchors.iter().filter(lost).min().map(|anchor| (anchor.number, Damage::Forked));
    let beyond = anchors.iter().any(|anchor| anchor.number > last.number);
    let cut_off = beyond.then_some((last.number + 1, Damage::CutOff));
    match forked.or(cut_off) {
        Some((number, damage)) => Err(Broken { number, damage }),
        None => Ok(last),
    }
}

/// What the trail holds at the place that somebody remembers; `None` beyond its end.
fn recall(records: &[Record], anchor: &Anchor) -> Option<Anchor> {
    match anchor.number {
        0 => Some(Anchor::default()),
        number => records.get(usize::try_from(number - 1).ok()?).map(Record::anchor),
    }
}

/// Why another number than `number` comes first.
fn misplaced(rest: &[Record], number: u64) -> Damage {
    let comes_later = rest.iter().any(|record| record.number == number);
    match comes_later || rest[0].number < number {
        true => Damage::Swapped,
        false => Damage::Dropped,
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Damage::Flipped => "altered",
            Damage::Dropped => "missing",
            Damage::Swapped => "out of place",
            Damage::CutOff => "cut off, with all after it",
            Damage::Forked => "not the one that was written",
            Damage::Foreign => "of another node's trail",
        })
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {} is {}", self.number, self.damage)
    }
}

impl std::error::Error for Broken {}
