//! Two ways to make runs that must be distributed alike, and are not the same run by run.

use models::journal::Journal;
use models::{Logic, RunRecord, World};
use sim::{Agenda, Stop};

use super::Complaint;

/// Runs of each way. Of the 2,704,156 orders of twelve and twelve, two have all of one kind before all of the other.
const RUNS: u64 = 12;
/// Events of a run at most: a hundred times those of one that may be made again.
const EVENTS_MAX: u64 = 1_000_000;

type Measure = fn(&RunRecord) -> u64;

/// What is compared.
const MEASURES: [(&str, Measure); 5] = [
    ("recovery time", |record| record.recovery_time.at_least().as_nanos()),
    ("recovery point", |record| record.recovery_point.as_nanos()),
    ("failovers", |record| record.failovers.into()),
    ("lost writes", |record| record.lost_writes),
    ("first promoted", |record| record.promoted.first().map_or(0, |node| *node as u64 + 1)),
];

/// The runs of one way, from `seed` on; `None` if one of them is too long.
pub(super) fn runs<L: Logic, J: Journal>(mut world: World<L, J>, seed: u64) -> Option<Vec<RunRecord>> {
    let mut agenda = Agenda::new();
    let run = |more| world.run_within(seed.wrapping_add(more), &mut agenda, EVENTS_MAX);
    let ended = |record: RunRecord| (record.stop != Stop::EventLimit).then_some(record);
    (0..RUNS).map(run).map(ended).collect()
}

/// Complains of the first measure in which every run of one way comes out above every run of the other.
pub(super) fn compare(
    class: &str,
    other_way: &str,
    (here, there): (&[RunRecord], &[RunRecord]),
) -> Option<Complaint> {
    MEASURES.into_iter().find_map(|(name, measure)| {
        let [here, there] = [here, there].map(|runs| runs.iter().map(measure).collect::<Vec<u64>>());
        (all_before(&here, &there) || all_before(&there, &here)).then(|| {
            let says = format!("{name}: {here:?}, and {other_way} {there:?}");
            Complaint::new(format!("{class}: {name}"), says)
        })
    })
}

fn all_before(these: &[u64], those: &[u64]) -> bool {
    these.iter().max() < those.iter().min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_where_none_is_like_any_other_are_they_apart() {
        assert!(all_before(&[1, 2], &[3, 4]));
        assert!(!all_before(&[1, 3], &[3, 4]));
        assert!(!all_before(&[3, 4], &[1, 2]));
    }
}
