//! One run, told to somebody who never saw the code: when, where, what; then what was measured.

mod clients;
mod gathered;
mod measures;
mod redirecting;
mod repeated;
mod requests;
mod stretches;
mod words;

pub(crate) use redirecting::{guide, is_of_guide};
pub(crate) use stretches::{Stretch, Track, stretches};

use models::{Logic, Model, Note, Place, Replay, What};
use sim::SimTime;

use crate::campaign::Campaign;
use reports::human::{Style, paint};

/// A line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When.
    pub at: SimTime,
    /// A node's name, a region's clients, or what else it happened to.
    pub place: String,
    /// What, in words.
    pub what: String,
    pub(crate) style: Style,
}

/// The lines of a replay. What several nodes do within moments is one line, long stretches of clients coming back are cut
/// to their beginning, middle and end, and what is tried in vain many times is told twice and at last.
pub fn lines<P>(model: &Model<P>, replay: &Replay) -> Vec<Line> {
    let mut teller = words::Teller::new(model);
    let notes = repeated::thinned(gathered::gather(clients::thinned(&replay.notes)));
    let line = |told: gathered::Gathered| {
        let Note { place, what } = &told.note;
        let also = also(model, &told) + &told.times.map_or_else(String::new, times);
        let what_text = teller.tell(*place, what) + &also;
        Line { at: told.at, place: place_name(model, *place, what), what: what_text, style: style(what) }
    };
    notes.into_iter().map(line).collect()
}

/// What nodes decided and did, a sentence each, without the rest: for traces, which show faults and clients in
/// another way.
pub(crate) fn sentences<P>(model: &Model<P>, replay: &Replay) -> Vec<(SimTime, Place, String)> {
    let mut teller = words::Teller::new(model);
    let mut sentences = Vec::new();
    for (at, note) in &replay.notes {
        if is_told_in_sentences(&note.what) {
            sentences.push((*at, note.place, teller.tell(note.place, &note.what)));
        }
    }
    sentences
}

/// Not what is shown as something that lasts.
pub(crate) fn is_told_in_sentences(what: &What) -> bool {
    !matches!(what, What::Strikes(_) | What::Heals(_) | What::Unserved { .. } | What::AllServed)
}

/// The whole replay as text, at most `width` columns wide where words allow.
pub fn render<L: Logic>(campaign: &Campaign<L>, replay: &Replay, width: usize, color: bool) -> String {
    let (model, scenario) = (campaign.model(), campaign.scenario());
    let title = format!("{}, seed {}", campaign.name(), replay.record.seed);
    let mut out = paint(&title, Style::Strong, color) + "\n";
    out += &paint(wrapped("", &scenario.story, width).trim_end(), Style::Faint, color);
    out += "\n\n";
    out += &table(&lines(model, replay), width, color);
    if let Some(last) = cut_off(replay) {
        out += &format!(
            "... after {last} more happened than is told; the measures are those of the whole run\n"
        );
    }
    out += "\n";
    out + &measures::render(campaign, replay, width, color)
}

/// The last moment that is told, where a replay holds as much as it may.
pub(crate) fn cut_off(replay: &Replay) -> Option<SimTime> {
    let full = replay.notes.len() >= sim::Trace::<Note>::NOTES_MAX;
    replay.notes.last().filter(|_| full).map(|(at, _)| *at)
}

fn table(lines: &[Line], width: usize, color: bool) -> String {
    let time = |line: &Line| line.at.to_string();
    let widest = |column: fn(&Line) -> usize, head: &str| {
        lines.iter().map(column).max().unwrap_or(0).max(head.chars().count())
    };
    let times = widest(|line| line.at.to_string().chars().count(), "time");
    let places = widest(|line| line.place.chars().count(), "where");
    let head = format!("{:>times$}  {:<places$}  what", "time", "where");
    let mut out = paint(&head, Style::Faint, color) + "\n";
    for line in lines {
        let indent = " ".repeat(times + places + 4);
        let what = wrapped(&indent, &line.what, width);
        let place = paint(&format!("{:<places$}", line.place), Style::Place, color);
        let what = paint(what.trim(), line.style, color);
        out += &format!("{:>times$}  {place}  {what}\n", time(line));
    }
    out
}

fn place_name<P>(model: &Model<P>, place: Place, what: &What) -> String {
    match (place, what) {
        (Place::Node(node), _) => model.nodes[node].name.clone(),
        (Place::Clients(region), _) => format!("{} clients", model.regions[region].name),
        (Place::World, What::Marks { proxy, .. }) => model.proxies()[*proxy].name.clone(),
        (Place::World, what) if is_of_guide(what) => guide(model).to_owned(),
        (Place::World, what) if is_of_people(what) => "people".to_owned(),
        (Place::World, what) if fault_of(what).is_some() => "FAULT".to_owned(),
        (Place::World, _) => "INVARIANT".to_owned(),
    }
}

/// The fault that this is told of.
pub(crate) fn fault_of(what: &What) -> Option<usize> {
    match what {
        What::Strikes(fault) | What::Heals(fault) | What::LinkFails(fault) | What::LinkWorks(fault) => {
            Some(*fault)
        }
        What::Reaches { fault, .. } => Some(*fault),
        _ => None,
    }
}

/// Whether this is what people do or see.
pub(crate) fn is_of_people(what: &What) -> bool {
    matches!(what, What::Asks { .. } | What::Hears { .. } | What::Seen { .. })
}

/// `; dukhan-2 and ruwais-1 too, by 102.513s`.
fn also<P>(model: &Model<P>, told: &gathered::Gathered) -> String {
    const NAMED: usize = 4;
    let Some((_, by)) = told.others.last() else { return String::new() };
    let names: Vec<&str> =
        told.others.iter().take(NAMED).map(|(node, _)| model.nodes[*node].name.as_str()).collect();
    let more = told.others.len() - names.len();
    let names = match (names.split_last(), more) {
        (Some((last, [])), 0) => (*last).to_owned(),
        (Some((last, first)), 0) => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {more} more", names.join(", ")),
    };
    format!("; {names} too, by {by}")
}

/// `; 9 times since 85.898s`.
fn times(times: repeated::Times) -> String {
    format!("; {} times since {}", times.many, times.since)
}

pub(crate) fn style(what: &What) -> Style {
    match what {
        What::Strikes(_) | What::Violates(_) | What::SplitBrainBegins | What::WatchdogResets => Style::Bad,
        What::TimesOut { .. } | What::DnsRefuses(_) | What::DnsKeepsOn(_) | What::AddressStays(_) => {
            Style::Bad
        }
        What::Heals(_) | What::Opens { .. } | What::AllServed | What::KeepsUp => Style::Good,
        What::Closes | What::Queues { .. } | What::Refuses { .. } => Style::Unsure,
        _ => Style::Plain,
    }
}

/// Words in lines of at most `width` columns, every one after `indent`.
fn wrapped(indent: &str, text: &str, width: usize) -> String {
    let mut out = indent.to_owned();
    let mut used = indent.chars().count();
    for (index, word) in text.split(' ').enumerate() {
        let length = word.chars().count();
        if index > 0 && used + 1 + length > width {
            out += &format!("\n{indent}");
            used = indent.chars().count();
        } else if index > 0 {
            out.push(' ');
            used += 1;
        }
        out += word;
        used += length;
    }
    out + "\n"
}
