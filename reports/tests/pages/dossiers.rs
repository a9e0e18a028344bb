//! Campaigns with their pages, from the smallest to the oddest.

use firedrill_reports::dossier::{
    Bar, Bounds, Dossier, Lane, LaneKind, Lanes, Line, Mark, Node, Page, Place, Provenance, Requirement,
    Site, Told, Tone, Topology,
};
use firedrill_reports::gate::Machine;
use firedrill_reports::{
    Bad, Campaign, Claim, Claimed, Criterion, MeasureReport, Report, Run, ScenarioReport,
};
use units::{Span, rows};

use crate::gates;
use crate::support::{campaign, campaign_of, never_recovered, p99_within, panicked, recovered, region_loss};

/// With everything that a page can show. `name` stands wherever text comes from a file.
pub fn dossier_of(name: &str, runs: &[Run], criteria: &[Criterion]) -> Dossier {
    let texts = [name.to_owned()];
    let claims = [Claim { from: name.to_owned(), says: Claimed::RecoveryTime(Span::from_secs(3)) }];
    let faults = [firedrill_reports::FaultSpec { name: name.to_owned(), ..region_loss() }];
    let campaign = Campaign {
        file: name,
        story: name,
        covers: &texts,
        lint: &texts,
        claims: &claims,
        faults: &faults,
        ..campaign(name, runs, criteria)
    };
    let mut page = Page::of(&campaign, &mut Bounds::default());
    page.told = Ok(lanes(name));
    page.system = Some(0);
    let measures = MeasureReport::all(campaign.runs);
    let scenario = ScenarioReport { measures, ..ScenarioReport::of(&campaign) };
    let report = Report::new("0.1.0", false, vec![scenario]);
    let requirements = vec![Requirement { id: name.to_owned(), what: name.to_owned() }];
    Dossier {
        report,
        pages: vec![page],
        systems: vec![topology(name)],
        requirements,
        provenance: provenance(name),
    }
}

pub fn criteria() -> Vec<Criterion> {
    let no_loss = Criterion::quantile(0.99, Bad::RecoveryPointAbove(Span::from_secs(900)), 0.95);
    vec![p99_within(60), no_loss, Criterion::never(Bad::SplitBrain)]
}

/// No scenario at all.
pub fn nothing() -> Dossier {
    let report = Report::new("0.1.0", false, Vec::new());
    let (pages, systems, requirements) = (Vec::new(), Vec::new(), Vec::new());
    Dossier { report, pages, systems, requirements, provenance: provenance("") }
}

/// Every kind of campaign that a chart may stumble over, by name.
pub fn all_kinds() -> Vec<(&'static str, Dossier)> {
    let of = |runs: Vec<Run>| dossier_of("shop/region-loss", &runs, &criteria());
    let zero_loss = |seed| {
        let run = recovered(seed, 20_000 + seed).with(rows::LOST_WRITES, 0_u64);
        run.with(rows::RECOVERY_POINT, Span::ZERO)
    };
    vec![
        ("nothing", nothing()),
        ("no runs", of(Vec::new())),
        ("no runs, nothing asked", dossier_of("shop/region-loss", &[], &[])),
        ("nothing asked", dossier_of("shop/region-loss", &campaign_of(300), &[])),
        ("one run", of(campaign_of(1))),
        ("many runs", of(campaign_of(1_000))),
        ("all broken", of((0..300).map(panicked).collect())),
        ("all censored", of((0..300).map(never_recovered).collect())),
        ("some censored", of(campaign_of(290).into_iter().chain((290..300).map(never_recovered)).collect())),
        ("no loss", of((0..300).map(zero_loss).collect())),
        ("no outage", of((0..300).map(|seed| recovered(seed, 0)).collect())),
        ("all the same", of((0..300).map(|seed| recovered(seed, 30_000)).collect())),
        ("too slow", of((0..300).map(|seed| recovered(seed, 90_000 + seed)).collect())),
        ("a gate that passes", gates::passed()),
        ("a gate that fails", gates::failed("shop/region-loss")),
        ("a gate that is open", gates::open()),
        ("a gate that was cut short", gates::cut_short()),
        ("a gate beside a baseline", gates::worse_than_before()),
        ("a gate beside nothing to pair", gates::unpaired()),
    ]
}

fn provenance(command: &str) -> Provenance {
    Provenance { command: command.to_owned(), first_seed: 0, machine: machine(command) }
}

pub fn machine(processor: &str) -> Machine {
    Machine {
        os: "linux".to_owned(),
        architecture: "x86_64".to_owned(),
        processor: processor.to_owned(),
        cores: 2,
        build: "release".to_owned(),
    }
}

fn lanes(name: &str) -> Lanes {
    let second = Span::from_secs;
    let bar = Bar { from: second(60), to: Some(second(90)), what: name.to_owned(), tone: Tone::Bad };
    let endless = Bar { to: None, tone: Tone::Good, ..bar.clone() };
    let mark = Mark { at: second(70), what: name.to_owned(), tone: Tone::Plain };
    let lane = |kind, bars| Lane { name: name.to_owned(), kind, bars, marks: vec![mark.clone()] };
    let told = Told { at: second(60), place: name.to_owned(), what: name.to_owned(), tone: Tone::Bad };
    let lanes = vec![lane(LaneKind::Fault, vec![bar]), lane(LaneKind::Node, vec![endless])];
    Lanes {
        seed: 3,
        digest: 7,
        from: second(55),
        to: second(95),
        lanes,
        quiet: 2,
        told: vec![told],
        untold: 1,
    }
}

fn topology(name: &str) -> Topology {
    let node = |role| Node { name: name.to_owned(), role, capacity: 4_000 };
    let site = |nodes| Site { name: name.to_owned(), nodes };
    let place = |nodes| Place {
        name: name.to_owned(),
        provider: name.to_owned(),
        clients: 24,
        writes_per_second: 120,
        sites: vec![site(nodes)],
    };
    let many = (0..20).map(|_| node("replica")).collect();
    let places = vec![place(vec![node("primary"), node("witness")]), place(many), place(Vec::new())];
    let line = Line { between: (0, 1), latency: "p50 8.0ms, p99 20ms".to_owned(), loss: "0.01 %".to_owned() };
    Topology { name: name.to_owned(), about: name.to_owned(), places, lines: vec![line] }
}
