//! What is tried again and again in vain is told twice, and once more where it ends.

use failover::access::Answer;
use failover::{Decision, Step};
use models::{Place, What};
use sim::SimTime;
use units::Span;

use super::gathered::Gathered;

/// Stretches no longer than this are kept as they are.
const SHORT: usize = 4;
/// What comes later than this after the one before is another stretch.
const APART: Span = Span::from_secs(60);

/// How often something was said in one stretch, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Times {
    pub many: usize,
    pub since: SimTime,
}

/// Without what lies between the second and the last time that somebody tried the same, or was told the same, while no fault
/// struck or was over.
pub(super) fn thinned(mut told: Vec<Gathered>) -> Vec<Gathered> {
    let mut dropped = vec![false; told.len()];
    for stretch in stretches(&told) {
        let (Some(first), Some(last)) = (stretch.first(), stretch.last()) else { continue };
        if stretch.len() > SHORT {
            stretch[2..stretch.len() - 1].iter().for_each(|index| dropped[*index] = true);
            told[*last].times = Some(Times { many: stretch.len(), since: told[*first].at });
        }
    }
    let kept = told.into_iter().zip(dropped).filter(|(_, dropped)| !dropped);
    kept.map(|(told, _)| told).collect()
}

/// The places in `told` of each stretch.
fn stretches(told: &[Gathered]) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = Vec::new();
    let mut open: Vec<(String, usize)> = Vec::new();
    for (index, line) in told.iter().enumerate() {
        if matches!(line.note.what, What::Strikes(_) | What::Heals(_)) {
            open.clear();
        }
        let Some(attempt) = attempt(line) else { continue };
        let known = open.iter().find(|(known, _)| *known == attempt).map(|(_, stretch)| *stretch);
        let goes_on = known.filter(|stretch| {
            all[*stretch].last().is_some_and(|last| line.at.since(told[*last].at) <= APART)
        });
        match goes_on {
            Some(stretch) => all[stretch].push(index),
            None => {
                open.retain(|(known, _)| *known != attempt);
                open.push((attempt, all.len()));
                all.push(vec![index]);
            }
        }
    }
    all
}

/// What is tried, or answered, by whom; the same for the same.
fn attempt(line: &Gathered) -> Option<String> {
    let place = match line.note.place {
        Place::Node(node) => node,
        Place::World | Place::Clients(_) => usize::MAX,
    };
    match &line.note.what {
        What::Decides(Decision::StepBegins { epoch, step: Step::Redirect }) => {
            Some(format!("{place} redirects {epoch}"))
        }
        What::Asks { name, ask } => Some(format!("{name} asks {ask:?}")),
        What::Hears { name, answer: Answer::Denied(why) } => Some(format!("{name} hears {why:?}")),
        // Whoever refuses it: people go from one node to the next.
        What::Decides(Decision::Denies { claims, why, .. }) => Some(format!("{claims} is refused {why:?}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use models::Note;

    use super::*;

    fn tries(at: &[u64]) -> Vec<Gathered> {
        let what = What::Decides(Decision::StepBegins { epoch: 2, step: Step::Redirect });
        let note = Note { place: Place::Node(1), what };
        at.iter().map(|at| line(*at, note.clone())).collect()
    }

    fn line(at: u64, note: Note) -> Gathered {
        Gathered { at: SimTime::ZERO + Span::from_secs(at), note, others: Vec::new(), times: None }
    }

    fn told(lines: Vec<Gathered>) -> Vec<(u64, Option<usize>)> {
        let seconds = |line: &Gathered| line.at.since(SimTime::ZERO).as_nanos() / 1_000_000_000;
        thinned(lines).iter().map(|line| (seconds(line), line.times.map(|times| times.many))).collect()
    }

    #[test]
    fn of_many_tries_the_first_two_and_the_last_are_told() {
        assert_eq!(told(tries(&[0, 10, 20, 30, 40, 50])), [(0, None), (10, None), (50, Some(6))]);
        assert_eq!(told(tries(&[0, 10, 20, 30])).len(), 4, "few are told as they are");
    }

    #[test]
    fn a_fault_or_a_long_pause_begins_another_stretch() {
        let mut lines = tries(&[0, 10, 20]);
        lines.push(line(25, Note { place: Place::World, what: What::Strikes(0) }));
        lines.extend(tries(&[30, 40, 50]));
        assert_eq!(told(lines).len(), 7);
        assert_eq!(told(tries(&[0, 10, 20, 100, 110, 120])).len(), 6);
    }
}
