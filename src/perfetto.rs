//! One run as a trace in the Chrome format, for <https://ui.perfetto.dev>: a track per node and per region's
//! clients, faults and open databases as spans, decisions as instants, and counters.
//!
//! The format: "Trace Event Format" of the Chromium project, JSON object form. Times are in microseconds.

use std::collections::BTreeMap;

use models::{Logic, Model, Place, Replay, What};
use serde_json::{Value, json};
use sim::SimTime;

use crate::campaign::Campaign;
use crate::timeline::{self, Stretch, Track, stretches};

/// Tracks are shown in the order of their numbers: what is of no fault, region or node, a fault each (faults overlap, and spans of one track
/// must not), clients by region, nodes.
const JUDGE: usize = 1;
const FAULTS: usize = 2;

/// The trace as JSON text.
pub fn trace<L: Logic>(campaign: &Campaign<L>, replay: &Replay) -> String {
    let model = campaign.model();
    let mut events = tracks(&campaign.name(), replay.record.seed, model);
    events.extend(spans(model, replay));
    events.extend(counters(model, replay));
    events.extend(instants(model, replay));
    let digest = format!("{:016x}", replay.record.digest);
    let told_until = timeline::cut_off(replay).map(|at| at.to_string());
    let mut other = json!({ "scenario": campaign.name(), "seed": replay.record.seed, "digest": digest });
    if let Some(told_until) = told_until {
        other["told_until"] = told_until.into();
    }
    json!({ "displayTimeUnit": "ms", "otherData": other, "traceEvents": events }).to_string() + "\n"
}

fn micros(at: SimTime) -> f64 {
    at.as_nanos() as f64 / 1_000.0
}

fn number<P>(model: &Model<P>, track: Track) -> usize {
    match track {
        Track::Judge => JUDGE,
        Track::Fault(fault) => FAULTS + fault,
        Track::Clients(region) => FAULTS + model.faults.len() + region,
        Track::Node(node) => FAULTS + model.faults.len() + model.regions.len() + node,
    }
}

fn track<P>(model: &Model<P>, place: Place) -> usize {
    number(model, Track::of(place))
}

/// The names of tracks, and their order.
fn tracks<P>(scenario: &str, seed: u64, model: &Model<P>) -> Vec<Value> {
    let faults = model.faults.iter().enumerate();
    let faults = faults.map(|(index, fault)| (FAULTS + index, format!("fault: {}", fault.name)));
    let regions = model.regions.iter().enumerate();
    let clients = regions
        .map(|(region, place)| (track(model, Place::Clients(region)), format!("clients of {}", place.name)));
    let nodes = model.nodes.iter().enumerate();
    let nodes = nodes.map(|(node, machine)| (track(model, Place::Node(node)), machine.name.clone()));
    let judge = [(JUDGE, format!("invariants, people, {}", timeline::guide(model)))];
    let meta = |name: &str, track: usize, args: Value| json!({ "ph": "M", "pid": 1, "tid": track, "name": name, "args": args });
    let mut events = vec![meta("process_name", 0, json!({ "name": format!("{scenario}, seed {seed}") }))];
    for (track, name) in judge.into_iter().chain(faults).chain(clients).chain(nodes) {
        events.push(meta("thread_name", track, json!({ "name": name })));
        events.push(meta("thread_sort_index", track, json!({ "sort_index": track })));
    }
    events
}

/// Faults from strike to heal, databases while they accept writes, clients while some are not served.
fn spans<P>(model: &Model<P>, replay: &Replay) -> Vec<Value> {
    let end = replay.record.ended;
    let span = |stretch: Stretch| {
        let track = number(model, stretch.track);
        span(track, &stretch.name, stretch.from, stretch.to.unwrap_or(end))
    };
    stretches(model, replay).into_iter().map(span).collect()
}

fn span(track: usize, name: &str, from: SimTime, to: SimTime) -> Value {
    let length = to.since(from).as_nanos() as f64 / 1_000.0;
    json!({ "ph": "X", "pid": 1, "tid": track, "name": name, "ts": micros(from), "dur": length })
}

/// Clients that are not served, by region, and whether there is a split brain.
fn counters<P>(model: &Model<P>, replay: &Replay) -> Vec<Value> {
    let mut unserved: BTreeMap<&str, usize> =
        model.regions.iter().map(|region| (region.name.as_str(), 0)).collect();
    let mut events = vec![
        counter(SimTime::ZERO, "clients not served", json!(unserved)),
        counter(SimTime::ZERO, "split brain", json!({ "now": 0 })),
    ];
    for (at, note) in &replay.notes {
        let clients = match note.what {
            What::SplitBrainBegins => {
                events.push(counter(*at, "split brain", json!({ "now": 1 })));
                continue;
            }
            What::SplitBrainEnds => {
                events.push(counter(*at, "split brain", json!({ "now": 0 })));
                continue;
            }
            What::Unserved { clients, .. } => clients,
            What::AllServed => 0,
            _ => continue,
        };
        if let Place::Clients(region) = note.place {
            unserved.insert(&model.regions[region].name, clients);
            events.push(counter(*at, "clients not served", json!(unserved)));
        }
    }
    events
}

fn counter(at: SimTime, name: &str, args: Value) -> Value {
    json!({ "ph": "C", "pid": 1, "name": name, "ts": micros(at), "args": args })
}

/// Everything else, in the words of the timeline.
fn instants<P>(model: &Model<P>, replay: &Replay) -> Vec<Value> {
    timeline::sentences(model, replay)
        .into_iter()
        .map(|(at, place, what)| {
            let track = track(model, place);
            json!({ "ph": "i", "s": "t", "pid": 1, "tid": track, "name": what, "ts": micros(at) })
        })
        .collect()
}
