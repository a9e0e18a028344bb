//! Clients come back one by one, which is a line each. A reader wants to know when it began, how bad it was, when
//! half were back and when all were.

use models::{Note, Place, What};
use sim::SimTime;

/// Stretches no longer than this are kept as they are.
const SHORT: usize = 4;

/// The notes without most of those in which a few more clients lose service or get it back. A stretch goes from the
/// first client of a region that is not served until all are; of a long one the first note stays, the worst,
/// the first at which half of the worst are back, and the last.
pub(super) fn thinned(notes: &[(SimTime, Note)]) -> Vec<(SimTime, Note)> {
    let mut dropped = vec![false; notes.len()];
    let regions = notes.iter().filter_map(|(_, note)| region(note)).max().map_or(0, |last| last + 1);
    for wanted in 0..regions {
        let of_region: Vec<usize> =
            (0..notes.len()).filter(|index| region(&notes[*index].1) == Some(wanted)).collect();
        for stretch in of_region.split_inclusive(|index| unserved(&notes[*index].1) == 0) {
            for index in unneeded(stretch, |index| unserved(&notes[index].1)) {
                dropped[index] = true;
            }
        }
    }
    let kept = notes.iter().zip(dropped).filter(|(_, dropped)| !dropped);
    kept.map(|(note, _)| note.clone()).collect()
}

fn unneeded(stretch: &[usize], unserved: impl Fn(usize) -> usize) -> Vec<usize> {
    if stretch.len() <= SHORT {
        return Vec::new();
    }
    let counts: Vec<usize> = stretch.iter().map(|index| unserved(*index)).collect();
    let most = counts.iter().copied().max().unwrap_or(0);
    let worst = counts.iter().position(|count| *count == most).unwrap_or(0);
    let half = (worst..counts.len()).find(|place| counts[*place] * 2 <= most).unwrap_or(worst);
    let needed = [0, worst, half, counts.len() - 1];
    (0..stretch.len()).filter(|place| !needed.contains(place)).map(|place| stretch[place]).collect()
}

fn region(note: &Note) -> Option<usize> {
    match (note.place, &note.what) {
        (Place::Clients(region), What::Unserved { .. } | What::AllServed) => Some(region),
        _ => None,
    }
}

fn unserved(note: &Note) -> usize {
    match note.what {
        What::Unserved { clients, .. } => clients,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(unserved: &[usize]) -> Vec<(SimTime, Note)> {
        let note = |(index, clients): (usize, &usize)| {
            let what = match *clients {
                0 => What::AllServed,
                clients => What::Unserved { clients, of: 20 },
            };
            (SimTime::from_nanos(index as u64), Note { place: Place::Clients(1), what })
        };
        unserved.iter().enumerate().map(note).collect()
    }

    fn kept(unserved_before: &[usize]) -> Vec<usize> {
        thinned(&story(unserved_before)).iter().map(|(_, note)| unserved(note)).collect()
    }

    #[test]
    fn of_a_long_stretch_first_worst_half_and_last_remain() {
        assert_eq!(kept(&[3, 9, 20, 19, 15, 11, 9, 4, 2, 0]), [3, 20, 9, 0]);
        assert_eq!(kept(&[20, 16, 12, 8, 4, 1]), [20, 8, 1]);
    }

    #[test]
    fn short_stretches_are_told_in_full_and_do_not_run_together() {
        assert_eq!(kept(&[20, 10, 0, 5, 2, 0]), [20, 10, 0, 5, 2, 0]);
    }
}
