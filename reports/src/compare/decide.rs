//! From p-values to an answer.
//!
//! S. Holm, "A simple sequentially rejective multiple test procedure" (1979): all tests of a comparison together find
//! a difference where there is none with at most 5 % probability, whatever their number.

use units::Span;

use super::{Answer, CriterionComparison, LEVEL, MeasureComparison, ScenarioComparison, Unit, lean};
use crate::human;

/// Adjusts all p-values, draws the answers and gives the reasons. Returns the number of tests.
pub(super) fn decide(scenarios: &mut [ScenarioComparison], ignore: Span) -> u64 {
    let mut p_values: Vec<&mut f64> = Vec::new();
    for scenario in scenarios.iter_mut() {
        p_values.extend(scenario.measures.iter_mut().filter_map(|measure| measure.p.as_mut()));
        p_values.extend(scenario.criteria.iter_mut().map(|criterion| &mut criterion.p));
    }
    let tests = p_values.len() as u64;
    holm(p_values);
    for scenario in scenarios {
        answer(scenario, tests, ignore);
    }
    tests
}

/// The worst decides: worse before cannot tell before better. Of nothing at all nobody can tell.
pub(super) fn overall(answers: impl IntoIterator<Item = Answer>) -> Answer {
    let rank = |answer: &Answer| match answer {
        Answer::Worse => 3,
        Answer::CannotTell => 2,
        Answer::Better => 1,
        Answer::NoDifference => 0,
    };
    answers.into_iter().max_by_key(rank).unwrap_or(Answer::CannotTell)
}

/// Each p-value becomes the least level at which Holm's procedure rejects.
fn holm(mut p_values: Vec<&mut f64>) {
    p_values.sort_by(|left, right| left.total_cmp(right));
    let mut least = 0.0_f64;
    let mut left = p_values.len() as f64;
    for p in p_values {
        least = least.max(*p * left).min(1.0);
        *p = least;
        left -= 1.0;
    }
}

fn answer(scenario: &mut ScenarioComparison, tests: u64, ignore: Span) {
    for measure in scenario.measures.iter_mut().filter(|measure| !measure.part) {
        let (answer, disagreement) = of_measure(measure, tests, ignore);
        (measure.answer, measure.disagreement) = (Some(answer), disagreement);
    }
    for criterion in &mut scenario.criteria {
        criterion.answer = of_criterion(criterion, tests);
    }
    let measures = scenario.measures.iter().filter_map(|measure| measure.answer);
    let answers: Vec<Answer> =
        measures.chain(scenario.criteria.iter().map(|criterion| criterion.answer)).collect();
    let compared = if scenario.pairs == 0 { Vec::new() } else { answers };
    scenario.answer = overall(compared);
    scenario.reasons = reasons(scenario);
}

/// The answer, and which figures contradict each other. The direction is that of the ranks, whose p-value it is: the
/// median may lie on the other side, where few pairs are much worse and many are slightly better.
fn of_measure(measure: &MeasureComparison, tests: u64, ignore: Span) -> (Answer, Option<String>) {
    let least = if measure.unit == Unit::Seconds { ignore.as_secs_f64() } else { 0.0 };
    let small = |value: Option<f64>| value.is_some_and(|value| value.abs() < least);
    if small(measure.mean) && small(measure.median) && measure.b_never == 0 {
        return (Answer::NoDifference, None);
    }
    let p = measure.p.unwrap_or(1.0);
    let lean = lean::of(measure, least, p <= LEVEL);
    let answer = by_test(p, lean.to_worse, measure.worse, measure.better, tests);
    let answer = if lean.hides_worse && answer != Answer::Worse { Answer::CannotTell } else { answer };
    (answer, lean.disagreement)
}

fn of_criterion(criterion: &CriterionComparison, tests: u64) -> Answer {
    // What must never happen and never did on A: one run is enough.
    if criterion.never
        && criterion.shown.is_none()
        && criterion.a_bad == 0
        && !criterion.turned_bad.is_empty()
    {
        return Answer::Worse;
    }
    // Either side shows what the scenario is about, or neither does: more of it is not better.
    if criterion.shown.is_some_and(|shown| shown.on_a == shown.on_b) {
        return Answer::NoDifference;
    }
    let (worse, better) = (criterion.turned_bad.len() as u64, criterion.turned_good.len() as u64);
    by_test(criterion.p, worse > better, worse, better, tests)
}

fn by_test(p: f64, leans_to_worse: bool, worse: u64, better: u64, tests: u64) -> Answer {
    match (p <= LEVEL, leans_to_worse) {
        (true, true) => Answer::Worse,
        (true, false) => Answer::Better,
        (false, _) if worse > better && worse + better < least_discordant(tests) => Answer::CannotTell,
        (false, _) => Answer::NoDifference,
    }
}

/// Fewer pairs that differ cannot be significant among so many tests, even if all of them lean to one side.
pub(super) fn least_discordant(tests: u64) -> u64 {
    let lean = |pairs: u32| 2.0 * libm::ldexp(1.0, -(pairs as i32)) * tests as f64;
    (1..64).find(|pairs| lean(*pairs) <= LEVEL).map_or(64, u64::from)
}

fn reasons(scenario: &ScenarioComparison) -> Vec<String> {
    if scenario.pairs == 0 {
        return vec!["no seed was run on both sides".to_owned()];
    }
    let measures = scenario.measures.iter().filter_map(|measure| {
        let counts = format!("in {} of {} pairs", human::count(measure.worse), human::count(scenario.pairs));
        let but = measure.disagreement.as_ref().map_or(String::new(), |which| format!("; but {which}"));
        match measure.answer? {
            Answer::Worse => {
                Some(format!("worse: {}, higher {counts}{}{but}", measure.name, chance(measure.p?)))
            }
            Answer::Better => {
                let lower = human::count(measure.better);
                let of = human::count(scenario.pairs);
                let (name, chance) = (&measure.name, chance(measure.p?));
                Some(format!("better: {name}, lower in {lower} of {of} pairs{chance}{but}"))
            }
            Answer::CannotTell if measure.disagreement.is_some() => {
                let which = measure.disagreement.as_ref()?;
                Some(format!("cannot tell: {}: {which}", measure.name))
            }
            Answer::CannotTell => Some(format!("cannot tell: {}, higher {counts}: too few", measure.name)),
            Answer::NoDifference => None,
        }
    });
    let criteria = scenario.criteria.iter().filter_map(|one| reason(one, scenario.pairs));
    let mut all: Vec<String> = measures.chain(criteria).collect();
    // What is worse comes first, then what is open.
    all.sort_by_key(|line| ["worse", "cannot", "better"].iter().position(|word| line.starts_with(word)));
    all
}

fn reason(criterion: &CriterionComparison, pairs: u64) -> Option<String> {
    let (bad, good) = (criterion.turned_bad.len() as u64, criterion.turned_good.len() as u64);
    let flips = format!(
        "{}: {} of {} turn bad, {} good",
        criterion.name,
        human::count(bad),
        human::counted(pairs, "pair"),
        human::count(good)
    );
    Some(match criterion.answer {
        Answer::Worse if criterion.p > LEVEL => format!("worse: {flips}; one is enough"),
        Answer::Worse => format!("worse: {flips}{}", chance(criterion.p)),
        Answer::Better => format!("better: {flips}{}", chance(criterion.p)),
        Answer::CannotTell => format!("cannot tell: {flips}: too few"),
        Answer::NoDifference => return None,
    })
}

/// ` (adjusted p = 0.0012)`.
fn chance(p: f64) -> String {
    match p < 0.0001 {
        true => " (adjusted p < 0.0001)".to_owned(),
        false => format!(" (adjusted p = {p:.4})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holm_by_hand() {
        let mut p = [0.01, 0.04, 0.03, 0.005];
        holm(p.iter_mut().collect());
        // 4 * 0.005, 3 * 0.01, 2 * 0.03, and 0.04 is pulled up to the one before it.
        for (ours, by_hand) in p.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((ours - by_hand).abs() < 1e-12, "{p:?}");
        }
    }

    #[test]
    fn the_least_number_of_pairs_that_can_be_significant() {
        // 2 / 2^6 = 0.031 and 2 / 2^5 = 0.0625.
        assert_eq!((least_discordant(1), least_discordant(10)), (6, 9));
    }

    #[test]
    fn the_worst_answer_decides_and_of_nothing_nobody_can_tell() {
        use Answer::*;
        assert_eq!(overall([Better, NoDifference]), Better);
        assert_eq!(overall([Better, Worse, CannotTell]), Worse);
        assert_eq!(overall([NoDifference, CannotTell, Better]), CannotTell);
        assert_eq!(overall([]), CannotTell);
    }

    #[test]
    fn few_flips_are_no_answer_and_many_are() {
        assert_eq!(by_test(1.0, true, 3, 0, 1), Answer::CannotTell);
        assert_eq!(by_test(1.0, false, 0, 3, 1), Answer::NoDifference);
        assert_eq!(by_test(0.4, true, 9, 5, 1), Answer::NoDifference);
        assert_eq!(by_test(0.03, true, 6, 0, 1), Answer::Worse);
    }
}
