//! Two sides, paired by seed.

mod support;

use firedrill_reports::compare::{Answer, Comparison, MeasureComparison, Side, render};
use firedrill_reports::{Bad, Criterion, Recorded, Run, Sight, Violation};
use support::{campaign, campaign_of, never_recovered, p99_within, recovered};
use units::{Span, rows};

fn side(name: &str, runs: &[Run], criteria: &[Criterion]) -> Recorded {
    Recorded::of(&campaign(name, runs, criteria))
}

fn compared(a: Vec<Recorded>, b: Vec<Recorded>) -> Comparison {
    let side = |what: &str, scenarios| Side { what: what.to_owned(), scenarios };
    Comparison::of("0.1.0", &side("before", a), &side("after", b), Span::from_millis(100))
}

fn two(a: &[Run], b: &[Run]) -> Comparison {
    let criteria = [p99_within(40), Criterion::never(Bad::SplitBrain)];
    compared(vec![side("shop/loss", a, &criteria)], vec![side("shop/loss", b, &criteria)])
}

/// The same runs, each so much slower.
fn slower(runs: &[Run], millis: u64) -> Vec<Run> {
    let after = |run: &Run| recovered(run.seed, run.recovery().at_least().as_nanos() / 1_000_000 + millis);
    runs.iter().map(|run| losing_as_much(run, after(run))).collect()
}

/// A run of other times that loses what this one does.
fn losing_as_much(as_: &Run, run: Run) -> Run {
    let run = run.with(rows::RECOVERY_POINT, as_.span(rows::RECOVERY_POINT));
    Run { digest: !as_.digest, ..run.with(rows::LOST_WRITES, as_.count(rows::LOST_WRITES)) }
}

fn measure<'a>(comparison: &'a Comparison, name: &str) -> &'a MeasureComparison {
    comparison.scenarios[0].measures.iter().find(|measure| measure.name == name).unwrap()
}

#[test]
fn a_side_compared_with_itself_shows_no_difference() {
    let runs = campaign_of(100);
    let same = two(&runs, &runs);
    assert_eq!((same.answer, same.scenarios[0].identical), (Answer::NoDifference, 100));
    assert!(same.scenarios[0].worsened.is_empty() && same.scenarios[0].improved.is_empty());
}

#[test]
fn half_a_second_more_in_every_pair_is_worse_and_half_a_second_less_is_better() {
    let (before, after) = (campaign_of(40), slower(&campaign_of(40), 500));
    let worse = two(&before, &after);
    assert_eq!(worse.answer, Answer::Worse);
    let time = measure(&worse, "recovery time");
    assert!((time.mean.unwrap() - 0.5).abs() < 1e-9 && (time.median.unwrap() - 0.5).abs() < 1e-9);
    assert_eq!((time.worse, time.better, measure(&worse, "lost writes").worse), (40, 0, 0));
    assert_eq!(two(&after, &before).answer, Answer::Better);
}

/// The same runs, each slower or quicker by what this says of its seed, in milliseconds.
fn moved(runs: &[Run], by: impl Fn(u64) -> i64) -> Vec<Run> {
    let moved = |run: &Run| {
        let millis = run.recovery().at_least().as_nanos() as i64 / 1_000_000 + by(run.seed);
        losing_as_much(run, recovered(run.seed, millis as u64))
    };
    runs.iter().map(moved).collect()
}

/// 106 of 200 pairs are 0.2 s quicker, 94 a minute slower: median -0.2 s, mean +28 s, and the ranks are clear.
#[test]
fn the_direction_is_that_of_the_ranks_and_not_of_the_median() {
    let before = campaign_of(200);
    let worse = two(&before, &moved(&before, |seed| if seed < 106 { -200 } else { 60_000 }));
    let time = measure(&worse, "recovery time");
    assert!(time.median.unwrap() < 0.0 && time.mean.unwrap() > 28.0 && time.p.unwrap() < 0.0001);
    assert!(time.ranks_worse > time.ranks_better);
    assert_eq!((worse.answer, time.answer), (Answer::Worse, Some(Answer::Worse)));
    let reason = &worse.scenarios[0].reasons[0];
    assert!(
        reason.starts_with("worse: recovery time") && reason.contains("by its median better (-0.200 s)"),
        "{reason}"
    );
}

/// 190 of 200 pairs are 0.2 s quicker, 10 a minute slower: by the ranks better, by the mean worse.
#[test]
fn what_is_worse_on_average_is_not_called_better() {
    let before = campaign_of(200);
    let open = two(&before, &moved(&before, |seed| if seed < 190 { -200 } else { 60_000 }));
    let time = measure(&open, "recovery time");
    assert!(time.p.unwrap() < 0.0001 && time.ranks_worse < time.ranks_better);
    assert_eq!(time.answer, Some(Answer::CannotTell));
    let reason = open.scenarios[0].reasons.iter().find(|reason| reason.starts_with("cannot tell")).unwrap();
    assert!(
        reason.contains("by its signed ranks B is better") && reason.contains("by its mean worse"),
        "{reason}"
    );
}

/// As many a little worse as a little better, and a few by a minute: no rank test sees that, the mean does.
#[test]
fn a_mean_that_is_surely_worse_is_not_lost_among_ranks_without_direction() {
    let before = campaign_of(200);
    let by = |seed| match seed {
        0..12 => 60_000,
        odd if odd % 2 == 1 => 300,
        _ => -300,
    };
    let open = two(&before, &moved(&before, by));
    let time = measure(&open, "recovery time");
    assert!(time.p.unwrap() > 0.05, "{:?}", time.p);
    assert_eq!(time.answer, Some(Answer::CannotTell));
}

#[test]
fn what_is_too_small_to_matter_does_not_count_however_sure_it_is() {
    let slightly = two(&campaign_of(40), &slower(&campaign_of(40), 50));
    assert_eq!((slightly.answer, measure(&slightly, "recovery time").worse), (Answer::NoDifference, 40));
}

/// The runs whose seed is in this range never come back.
fn some_never_back(runs: &[Run], seeds: std::ops::Range<u64>) -> Vec<Run> {
    let lost = |run: &Run| Run { digest: run.digest ^ 1, ..never_recovered(run.seed) };
    let never = |run: &Run| if seeds.contains(&run.seed) { lost(run) } else { run.clone() };
    runs.iter().map(never).collect()
}

#[test]
fn runs_that_never_come_back_are_counted_apart_and_make_it_worse() {
    let before = campaign_of(100);
    let worse = two(&some_never_back(&before, 0..2), &some_never_back(&before, 1..13));
    assert_eq!(worse.answer, Answer::Worse);
    let time = measure(&worse, "recovery time");
    assert_eq!((time.seen, time.b_never, time.a_never, time.neither), (87, 11, 1, 1));
    assert_eq!((time.mean, time.median), (Some(0.0), Some(0.0)));
    let scenario = &worse.scenarios[0];
    assert!(scenario.notes[0].starts_with("1 pair: neither side came back"), "{:?}", scenario.notes);
    let flipped = &scenario.criteria[0];
    assert_eq!((&flipped.turned_good, flipped.turned_bad.len()), (&vec![0], 11));
    assert!(flipped.p < 0.05 && scenario.worsened[0].what.contains(" to >9m"));
}

#[test]
fn a_few_pairs_that_flip_are_too_few_to_tell() {
    let before = campaign_of(100);
    let open = two(&before, &some_never_back(&before, 4..7));
    assert_eq!(open.answer, Answer::CannotTell);
    assert!(open.scenarios[0].reasons[0].ends_with("too few"), "{:?}", open.scenarios[0].reasons);
}

#[test]
fn one_run_is_enough_for_what_must_never_happen() {
    let before = campaign_of(100);
    let mut after = before.clone();
    after[7].sheet.put(rows::SPLIT_BRAIN, Span::from_secs(1));
    after[7].digest ^= 1;
    after[7].violations =
        vec![Violation { invariant: "SplitBrain".to_owned(), at: Span::from_secs(1), what: String::new() }];
    let worse = two(&before, &after);
    assert_eq!(worse.answer, Answer::Worse);
    let reasons = &worse.scenarios[0].reasons;
    assert!(reasons[0].contains("1 of 100 pairs turn bad, 0 good; one is enough"), "{reasons:?}");
    assert_eq!((worse.scenarios[0].worsened.len(), worse.scenarios[0].worsened[0].seed), (1, 7));
    assert_eq!(
        two(&after, &before).answer,
        Answer::NoDifference,
        "one run less is no proof that it is mended"
    );
}

/// The same runs, each with two primaries for a second, and quick because of it.
fn split(runs: &[Run]) -> Vec<Run> {
    let split = |run: Run| {
        let (at, what) = (Span::from_secs(1), "two of them".to_owned());
        let violations = vec![Violation { invariant: "SplitBrain".to_owned(), at, what }];
        Run { violations, ..run.with(rows::SPLIT_BRAIN, Span::from_secs(1)) }
    };
    moved(runs, |_| -15_000).into_iter().map(split).collect()
}

#[test]
fn a_side_without_split_brain_is_better_however_quickly_two_primaries_serve() {
    let (unsafe_and_quick, safe_and_slow) = (split(&campaign_of(40)), campaign_of(40));
    // All of the quick runs keep this limit, and none of the slow ones.
    let criteria = [p99_within(19)];
    for allows in [vec![], vec!["SplitBrain".to_owned()]] {
        let side = |runs: &[Run]| {
            let campaign = campaign("shop/hang", runs, &criteria);
            Recorded::of(&firedrill_reports::Campaign { allows: &allows, ..campaign })
        };
        let safer = compared(vec![side(&unsafe_and_quick)], vec![side(&safe_and_slow)]);
        let rows = &safer.scenarios[0].criteria;
        let row = rows.iter().find(|row| row.name == "no split brain").expect("a row of its own");
        assert_eq!((row.a_bad, row.b_bad, row.answer), (40, 0, Answer::Better));
        assert_eq!(safer.answer, Answer::Better, "{:?}", safer.scenarios[0].reasons);
        assert_eq!(measure(&safer, "split brain").better, 40);
        let time = measure(&safer, "recovery time");
        assert_eq!((time.worse, time.seen, time.a_p50 < time.b_p50), (0, 0, true));
        let note = "40 pairs: the sides violate different invariants, or one alone does; how quickly they serve is not compared";
        assert_eq!(safer.scenarios[0].notes, [note]);
        let back = compared(vec![side(&safe_and_slow)], vec![side(&unsafe_and_quick)]);
        assert_eq!(back.answer, Answer::Worse);
    }
}

/// A primary that goes on alone loses nothing, and one that is replaced too soon serves: neither is better for being quick.
#[test]
fn sides_that_violate_different_invariants_are_not_compared_by_how_quickly_they_serve() {
    let lossy = |run: Run| {
        let (at, what) = (Span::from_secs(1), "acknowledged and gone".to_owned());
        Run { violations: vec![Violation { invariant: "BrokenDurability".to_owned(), at, what }], ..run }
    };
    let slower: Vec<Run> = moved(&campaign_of(40), |_| 5_000).into_iter().map(lossy).collect();
    let lossy: Vec<Run> = campaign_of(40).into_iter().map(lossy).collect();
    let split = split(&campaign_of(40));
    for (a, b) in [(&split, &lossy), (&lossy, &split)] {
        let time = two(a, b);
        let time = measure(&time, "recovery time");
        assert_eq!((time.worse, time.better, time.seen), (0, 0, 0));
    }
    assert_eq!(measure(&two(&lossy, &slower), "recovery time").worse, 40);
}

/// Runs of which those of these seeds make a copy anew.
fn copying(seeds: std::ops::Range<u64>) -> Vec<Run> {
    let copies = |run: Run| {
        let copies = u64::from(seeds.contains(&run.seed));
        Run { digest: run.digest ^ copies, ..run.with(rows::FULL_COPIES, copies) }
    };
    campaign_of(100).into_iter().map(copies).collect()
}

#[test]
fn what_a_scenario_is_there_to_show_is_seen_on_a_side_or_not() {
    let criteria = [Criterion::share(0.5, Bad::Unseen(Sight::FullCopy), 0.95)];
    let two = |a: &[Run], b: &[Run]| {
        compared(vec![side("shop/copy", a, &criteria)], vec![side("shop/copy", b, &criteria)])
    };
    let (always, often, seldom) = (copying(0..100), copying(0..60), copying(0..20));
    assert_eq!(two(&always, &often).answer, Answer::NoDifference, "both show it");
    assert_eq!(two(&copying(0..30), &seldom).answer, Answer::NoDifference, "neither does");
    let lost = two(&often, &seldom);
    assert_eq!(lost.answer, Answer::Worse, "B no longer shows what it is there for");
    assert_eq!(two(&seldom, &often).answer, Answer::Better);
}

#[test]
fn without_a_common_seed_nobody_can_tell() {
    let runs = campaign_of(20);
    let apart = two(&runs[..10], &runs[10..]);
    assert_eq!((apart.answer, apart.scenarios[0].unpaired), (Answer::CannotTell, 20));
    assert_eq!(compared(Vec::new(), Vec::new()).answer, Answer::CannotTell);
}

#[test]
fn scenarios_find_their_partners_by_name_and_the_rest_is_listed() {
    let runs = campaign_of(10);
    let all = |names: &[&str]| names.iter().map(|name| side(name, &runs, &[])).collect::<Vec<_>>();
    let by_name =
        compared(all(&["old/hang", "old/loss", "old/gone"]), all(&["new/loss", "old/hang", "new/come"]));
    let names: Vec<&str> = by_name.scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    assert_eq!(names, ["old/hang", "old/loss and new/loss"]);
    assert_eq!((by_name.only_a, by_name.only_b), (vec!["old/gone".to_owned()], vec!["new/come".to_owned()]));
    let single = compared(all(&["one/this"]), all(&["two/that"]));
    assert_eq!(single.scenarios[0].name, "one/this and two/that");
}

#[test]
fn criteria_of_one_side_only_are_said_to_be_left_out() {
    let runs = campaign_of(10);
    let a = side("shop/loss", &runs, &[p99_within(30)]);
    let b = side("shop/loss", &runs, &[p99_within(40)]);
    let notes = &compared(vec![a], vec![b]).scenarios[0].notes;
    let expected = "asked of one side only, not compared: recovery time p99 <= 30s; recovery time p99 <= 40s";
    assert_eq!(notes, &[expected]);
}

#[test]
fn what_is_written_is_read_back_and_the_table_fits_a_page() {
    let before = campaign_of(100);
    let comparison = two(&before, &some_never_back(&slower(&before, 70_000), 1..30));
    let read: Comparison = serde_json::from_str(&comparison.to_json()).unwrap();
    assert_eq!(read, comparison);
    let text = render(&comparison, 100, false);
    insta::assert_snapshot!(text);
    let wide = text.lines().find(|line| line.chars().count() > 100 && !line.contains("firedrill replay"));
    assert_eq!(wide, None);
}
