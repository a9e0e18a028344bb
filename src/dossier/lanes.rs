//! The worst run, made again, as lanes over time.

use std::collections::BTreeMap;

use models::{Logic, Model, Note, Place, Replay, What};
use reports::dossier::{Bar, Lane, LaneKind, Lanes, Mark, Told, Tone};
use reports::human::Style;
use reports::{Run, worst};
use sim::SimTime;
use units::Span;

use crate::campaign::Campaign;
use crate::timeline::{self, Stretch, Track, stretches};

/// Lanes that a reader can follow.
const LANES: usize = 40;
/// Bars and marks on one lane.
const ON_A_LANE: usize = 80;
/// Lines of the story.
const LINES: usize = 50;

/// Of the worst of these runs, or why not. A run that broke is not made again: one that hung would hang here.
pub(super) fn of_worst<L: Logic>(campaign: &Campaign<L>, runs: &[Run]) -> Result<Lanes, String> {
    let worst = worst(runs).ok_or("there are no runs")?;
    if let Some(broken) = worst.broken() {
        return Err(format!("the worst run, seed {}, {broken}", worst.seed));
    }
    let replay =
        campaign.replay(worst.seed).map_err(|panic| format!("made again, the run panicked: {panic}"))?;
    if replay.record.digest != worst.digest {
        return Err(format!("made again, the run of seed {} was another one", worst.seed));
    }
    Ok(lanes(campaign.model(), &replay))
}

fn lanes<P>(model: &Model<P>, replay: &Replay) -> Lanes {
    let stretches = stretches(model, replay);
    let (from, to) = window(&stretches, replay);
    let mut tracks: BTreeMap<Row, Lane> = rows(model);
    for stretch in &stretches {
        if stretch.from <= to && stretch.to.is_none_or(|end| end >= from) {
            let lane = tracks.get_mut(&Row::of(stretch.track));
            lane.expect("every track has a row").bars.push(bar(stretch));
        }
    }
    for ((at, note), (_, place, what)) in marked(replay).zip(timeline::sentences(model, replay)) {
        if is_marked(&note.what) && (from..=to).contains(at) {
            let row = Row::of_note(place, &note.what);
            let mark = Mark { at: since_start(*at), what, tone: tone(timeline::style(&note.what)) };
            tracks.get_mut(&row).expect("every place has a row").marks.push(mark);
        }
    }
    // In most plans nobody asks for anything: that is no lane left out.
    tracks.retain(|row, lane| *row != Row::People || !lane.marks.is_empty());
    let (shown, quiet) = shown(tracks);
    let (told, untold) = told(model, replay, from);
    let [start, end] = [from, to].map(since_start);
    let record = &replay.record;
    Lanes {
        seed: record.seed,
        digest: record.digest,
        from: start,
        to: end,
        lanes: shown,
        quiet,
        told,
        untold,
    }
}

/// From top to bottom.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Row {
    Fault(usize),
    Judge,
    People,
    Guide,
    Clients(usize),
    Node(usize),
}

impl Row {
    fn of_note(place: Place, what: &What) -> Row {
        match timeline::fault_of(what) {
            Some(fault) => Row::Fault(fault),
            None if timeline::is_of_guide(what) => Row::Guide,
            None if timeline::is_of_people(what) => Row::People,
            None => Row::of(Track::of(place)),
        }
    }

    fn of(track: Track) -> Row {
        match track {
            Track::Judge => Row::Judge,
            Track::Fault(fault) => Row::Fault(fault),
            Track::Clients(region) => Row::Clients(region),
            Track::Node(node) => Row::Node(node),
        }
    }
}

fn rows<P>(model: &Model<P>) -> BTreeMap<Row, Lane> {
    let lane = |name: String, kind| Lane { name, kind, bars: Vec::new(), marks: Vec::new() };
    let faults = model.faults.iter().enumerate();
    let faults = faults.map(|(index, fault)| (Row::Fault(index), lane(fault.name.clone(), LaneKind::Fault)));
    let regions = model.regions.iter().enumerate();
    let clients = regions.map(|(index, region)| {
        (Row::Clients(index), lane(format!("{} clients", region.name), LaneKind::Clients))
    });
    let nodes = model.nodes.iter().enumerate();
    let nodes = nodes.map(|(index, node)| (Row::Node(index), lane(node.name.clone(), LaneKind::Node)));
    let judge = (Row::Judge, lane("must never happen".to_owned(), LaneKind::Judge));
    let guide = (Row::Guide, lane(timeline::guide(model).to_owned(), LaneKind::Guide));
    let people = (Row::People, lane("people".to_owned(), LaneKind::People));
    faults.chain([judge, people, guide]).chain(clients).chain(nodes).collect()
}

/// Those on which something happens, as many as can be followed; and how many are left out.
fn shown(tracks: BTreeMap<Row, Lane>) -> (Vec<Lane>, usize) {
    let all = tracks.len();
    let busy = tracks.into_values().filter(|lane| !lane.bars.is_empty() || !lane.marks.is_empty());
    let mut shown: Vec<Lane> = busy.take(LANES).collect();
    for lane in &mut shown {
        lane.bars.truncate(ON_A_LANE);
        lane.marks.truncate(ON_A_LANE);
    }
    let left_out = all - shown.len();
    (shown, left_out)
}

/// Around the outage that was measured; where that cannot be told, around all outages if they lie close together, else
/// around the longest; without any around the faults. It begins with the fault before.
fn window(stretches: &[Stretch], replay: &Replay) -> (SimTime, SimTime) {
    let end = replay.record.ended;
    let struck = |before: SimTime| {
        let faults = stretches.iter().filter(|stretch| matches!(stretch.track, Track::Fault(_)));
        faults.map(|stretch| stretch.from).filter(|at| *at <= before).max().unwrap_or(before)
    };
    let measured = measured(stretches, replay.record.recovery_time.at_least(), end);
    let outage = measured.or_else(|| widest(&outages(stretches, end)));
    let Some((from, to)) = with_wrongs(outage, stretches, end) else {
        return (struck(end).saturating_sub(Span::from_secs(5)), end);
    };
    let length = to.since(from);
    let from = struck(from).max(from.saturating_sub(length.saturating_mul(2)));
    let room = Span::from_nanos(to.since(from).as_nanos() / 8).max(Span::from_secs(1));
    (from.saturating_sub(room), (to + room).min(end.max(from)))
}

/// The outage that took as long as the recovery: from where some clients lost service to where some had it again.
/// Clients that nobody could serve do not count there, and may be without service for longer.
fn measured(stretches: &[Stretch], took: Span, end: SimTime) -> Option<(SimTime, SimTime)> {
    let clients = || stretches.iter().filter(|stretch| matches!(stretch.track, Track::Clients(_)));
    let mut ends: Vec<SimTime> = clients().map(|stretch| stretch.to.unwrap_or(end)).collect();
    ends.sort_unstable();
    let fits = |from: SimTime| {
        let expected = from + took;
        let after = ends.partition_point(|at| *at < expected);
        let near = ends[after.saturating_sub(1)..].iter().take(2);
        let off = |at: SimTime| at.since(expected).max(expected.since(at));
        near.map(|at| (off(*at), from, *at)).min()
    };
    let best = clients().filter_map(|stretch| fits(stretch.from)).min()?;
    (!took.is_zero() && best.0 <= Span::from_secs(1)).then_some((best.1, best.2))
}

/// What must never happen and did is in the picture whatever its length.
fn with_wrongs(
    outage: Option<(SimTime, SimTime)>,
    stretches: &[Stretch],
    end: SimTime,
) -> Option<(SimTime, SimTime)> {
    let wrongs = stretches.iter().filter(|stretch| stretch.track == Track::Judge);
    let wrongs = wrongs.map(|stretch| (stretch.from, stretch.to.unwrap_or(end)));
    outage.into_iter().chain(wrongs).reduce(|(from, to), other| (from.min(other.0), to.max(other.1)))
}

/// All if they lie close together, else the longest.
fn widest(outages: &[(SimTime, SimTime)]) -> Option<(SimTime, SimTime)> {
    let length = |(from, to): &(SimTime, SimTime)| to.since(*from);
    let longest = outages.iter().copied().max_by_key(length)?;
    let all = (outages.first()?.0, outages.last()?.1);
    let down = outages.iter().map(length).fold(Span::ZERO, Span::saturating_add);
    Some(if length(&all) <= down.saturating_mul(4) { all } else { longest })
}

/// When some client somewhere was not served: stretches that overlap are one.
fn outages(stretches: &[Stretch], end: SimTime) -> Vec<(SimTime, SimTime)> {
    let clients = stretches.iter().filter(|stretch| matches!(stretch.track, Track::Clients(_)));
    let mut spans: Vec<(SimTime, SimTime)> =
        clients.map(|stretch| (stretch.from, stretch.to.unwrap_or(end))).collect();
    spans.sort_unstable();
    let mut merged: Vec<(SimTime, SimTime)> = Vec::new();
    for (from, to) in spans {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

/// The notes that [`timeline::sentences`] tells, in its order.
fn marked(replay: &Replay) -> impl Iterator<Item = &(SimTime, Note)> {
    replay.notes.iter().filter(|(_, note)| timeline::is_told_in_sentences(&note.what))
}

/// What is no bar already, and more than the usual business of replication.
fn is_marked(what: &What) -> bool {
    !matches!(
        what,
        What::Opens { .. }
            | What::Closes
            | What::Seals { .. }
            | What::Streams(_)
            | What::CaughtUp
            | What::Reads { .. }
            | What::Writes { .. }
    )
}

fn bar(stretch: &Stretch) -> Bar {
    let tone = match stretch.track {
        Track::Clients(_) => Tone::Unsure,
        Track::Judge | Track::Fault(_) => Tone::Bad,
        Track::Node(_) => tone(stretch.style),
    };
    let (from, to) = (since_start(stretch.from), stretch.to.map(since_start));
    Bar { from, to, what: stretch.name.clone(), tone }
}

/// The story from shortly before the picture begins.
fn told<P>(model: &Model<P>, replay: &Replay, from: SimTime) -> (Vec<Told>, usize) {
    let lines = timeline::lines(model, replay);
    let all = lines.len();
    let line = |line: timeline::Line| Told {
        at: since_start(line.at),
        place: line.place,
        what: line.what,
        tone: tone(line.style),
    };
    let told: Vec<Told> = lines.into_iter().filter(|line| line.at >= from).take(LINES).map(line).collect();
    let left_out = all - told.len();
    (told, left_out)
}

fn since_start(at: SimTime) -> Span {
    at.since(SimTime::ZERO)
}

fn tone(style: Style) -> Tone {
    match style {
        Style::Good => Tone::Good,
        Style::Bad => Tone::Bad,
        Style::Unsure => Tone::Unsure,
        Style::Plain | Style::Strong | Style::Faint | Style::Place => Tone::Plain,
    }
}
