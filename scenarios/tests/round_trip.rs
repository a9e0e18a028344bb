//! What is written is read back as the same.

mod common;

use common::{Heartbeats, PLAN, PolicyPatch, SCENARIO, load_texts};
use firedrill_scenarios::{
    Again, AskFor, Asking, DatabasePatch, Durability, Exempt, Expectation, Fault, Invariant, Limits, Person,
    PlanPatch, ScenarioFile, Strike, Trigger, When, apply_overrides, write_scenario,
};
use proptest::prelude::*;
use sim::Distribution;
use units::Span;

fn span() -> impl Strategy<Value = Span> + Clone {
    (1_u64..100_000_000).prop_map(Span::from_micros)
}

fn strike() -> impl Strategy<Value = Strike> {
    let node = || prop::sample::select(vec!["doha-1", "dukhan-2", "$primary"]).prop_map(str::to_owned);
    let group = |name: &str| Just(vec![name.to_owned()]);
    prop_oneof![
        node().prop_map(Strike::Crash),
        node().prop_map(Strike::HangAgent),
        prop::sample::select(vec!["doha", "$primary"])
            .prop_map(|region| Strike::RegionLoss(region.to_owned())),
        (group("doha"), group("dukhan-a")).prop_map(|(a, b)| Strike::Partition(a, b)),
        (group("doha-1"), group("ruwais")).prop_map(|(from, to)| Strike::OneWayPartition { from, to }),
        (node(), 1_i64..1000).prop_map(|(node, ppm)| Strike::ClockDrift { node, ppm }),
        (node(), 2_u32..1000).prop_map(|(node, times)| Strike::Slow { node, times }),
        (node(), 1_u32..9).prop_map(|(node, times)| Strike::FailedPromotion { node, times }),
        (group("doha-1"), group("ruwais"), distribution(), distribution())
            .prop_map(|(a, b, down, up)| Strike::Flapping { between: (a, b), down, up }),
        (prop::option::of(distribution()), 0.01..0.99, any::<bool>(), prop::option::of(1_u64..1000))
            .prop_map(|(slower, loss, one_way, writes_per_second)| Strike::Degraded {
                from: vec!["doha".to_owned()],
                to: vec!["ruwais".to_owned()],
                one_way,
                slower,
                loss,
                writes_per_second,
            }),
        (node(), span()).prop_map(|(node, by)| Strike::ClockStall { node, by }),
    ]
}

fn fault() -> impl Strategy<Value = Fault> {
    let moment = || {
        prop_oneof![
            span().prop_map(When::At),
            (span(), span()).prop_map(|(a, b)| When::Between(a.min(b), a.max(b))),
        ]
    };
    let node = prop::sample::select(vec!["doha-1", "$primary", "$any"]);
    let trigger = prop::sample::select(vec![Trigger::Promotes, Trigger::Persists, Trigger::LeaseNearlyOver]);
    let step = (trigger, node, prop::option::of(1_u32..9), prop::option::of(moment()))
        .prop_map(|(of, node, nth, after)| (None, Some(of(node.to_owned())), nth, after));
    let when = prop_oneof![moment().prop_map(|at| (Some(at), None, None, None)), step];
    let again = (distribution(), 1_u32..9).prop_map(|(every, times)| Again { every, times: Some(times) });
    // One or the other says how long it lasts.
    let length = prop_oneof![
        prop::option::of(span()).prop_map(|heal_after| (heal_after, None)),
        distribution().prop_map(|lasts| (None, Some(lasts))),
    ];
    (when, strike(), length, prop::option::of(again)).prop_map(
        |((at, when, nth, after), strike, (heal_after, lasts), again)| Fault {
            at,
            when,
            nth,
            after,
            strike,
            heal_after,
            lasts,
            again,
        },
    )
}

fn distribution() -> impl Strategy<Value = Distribution> {
    prop_oneof![
        span().prop_map(Distribution::Constant),
        (span(), span()).prop_map(|(a, b)| Distribution::Uniform(a.min(b), a.max(b))),
        span().prop_map(|mean| Distribution::Exponential { mean }),
    ]
}

fn expectation() -> impl Strategy<Value = Expectation> {
    let limits = (prop::option::of(span()), span(), 0.01..0.99).prop_map(|(p50, p99, confidence)| Limits {
        p50,
        p95: None,
        p99: Some(p99),
        p999: None,
        confidence,
    });
    prop_oneof![
        limits.clone().prop_map(Expectation::RecoveryTime),
        limits.prop_map(Expectation::RecoveryPoint),
        (0.01..1.0).prop_map(|share| Expectation::Recovers { share, confidence: 0.9 }),
        (0.01..0.99).prop_map(|p| Expectation::MeetsObjectives { p, confidence: 0.9 }),
        Just(Expectation::NoSplitBrain),
        (0.01..9.0).prop_map(|per_year| Expectation::FalseFailovers { per_year, confidence: 0.9 }),
        Just(Expectation::NeverPromotes("doha-2".to_owned())),
        Just(Expectation::StaysDown),
        (0_u32..9).prop_map(Expectation::FailoversAtMost),
    ]
}

fn overrides() -> impl Strategy<Value = PlanPatch<PolicyPatch>> {
    let watchdog = prop::option::of(prop::option::of(span()));
    let durability = prop::option::of((1_u32..4).prop_map(Durability::Quorum));
    (prop::option::of((1_u64..9).prop_map(Span::from_secs)), watchdog, durability).prop_map(
        |(heartbeat, watchdog, durability)| PlanPatch {
            policy: Some(PolicyPatch { heartbeat, missed: None }),
            people: Some(vec![olga()]),
            database: Some(DatabasePatch { watchdog, durability, ..DatabasePatch::default() }),
            ..PlanPatch::default()
        },
    )
}

fn olga() -> Person {
    let reaction = Distribution::Constant(Span::from_secs(60));
    Person { name: "olga".to_owned(), region: "doha".to_owned(), reaction }
}

fn asking() -> impl Strategy<Value = Asking> {
    let window = prop::option::of((1u64..9, 10u64..20));
    let ask = prop_oneof![
        Just(AskFor::Status),
        Just(AskFor::Failover { to: None }),
        window.prop_map(|window| AskFor::Switchover {
            to: "doha-2".to_owned(),
            window: window.map(|(from, until)| (Span::from_secs(from * 60), Span::from_secs(until * 60))),
        }),
    ];
    (prop::option::of(1u64..50), ask).prop_map(|(at, ask)| Asking {
        at: at.map(|at| When::At(Span::from_secs(at))),
        from: "olga".to_owned(),
        ask,
        approve: Vec::new(),
    })
}

fn scenario() -> impl Strategy<Value = ScenarioFile<PolicyPatch>> {
    let requests = prop::collection::vec(asking(), 0..3);
    let lists = (prop::collection::vec(fault(), 1..4), prop::collection::vec(expectation(), 1..4), requests);
    ("[ -~ü\"\\\\]{1,20}", overrides(), lists, 0.01..1.0).prop_map(
        |(story, with, (faults, expect, requests), share)| {
            // Whoever asks for all objectives exempts none.
            let asks = expect.iter().any(|one| matches!(one, Expectation::MeetsObjectives { .. }));
            let exempt = Exempt::RecoveryTime { because: "it is not due back".to_owned() };
            ScenarioFile {
                story: format!("It {story}"),
                covers: vec!["Q-06".to_owned()],
                mechanism: Some("lease".to_owned()),
                plan: "plan.ron".to_owned(),
                with,
                services: None,
                faults,
                requests,
                horizon: Span::from_secs(3600),
                steady: Span::from_secs(30),
                takes_effect_in: share,
                allows: vec![Invariant::StaleEpoch],
                exempt: if asks { Vec::new() } else { vec![exempt] },
                expect,
            }
        },
    )
}

proptest! {
    #[test]
    fn a_scenario_is_loaded_as_it_was_written(file in scenario()) {
        let text = write_scenario(&file).unwrap();
        let loaded = load_texts(text.as_bytes(), PLAN.as_bytes(), &[]);
        let loaded = loaded.map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
        let mut plan = load_texts(SCENARIO.as_bytes(), PLAN.as_bytes(), &[]).unwrap().plan;
        apply_overrides::<Heartbeats>(&mut plan, file.with);
        prop_assert_eq!(loaded.plan, plan, "{}", text);
        prop_assert_eq!(loaded.requests, file.requests);
        prop_assert_eq!((loaded.story, loaded.faults, loaded.expect), (file.story, file.faults, file.expect));
        prop_assert_eq!((loaded.takes_effect_in, loaded.allows), (file.takes_effect_in, file.allows));
    }
}

#[test]
fn what_is_not_given_is_not_written() {
    let patch = DatabasePatch { watchdog: Some(None), ..DatabasePatch::default() };
    let with = PlanPatch { database: Some(patch), ..PlanPatch::<PolicyPatch>::default() };
    let fault = Fault {
        at: Some(When::At(Span::from_secs(1))),
        when: None,
        nth: None,
        after: None,
        strike: Strike::Crash("$primary".to_owned()),
        heal_after: None,
        lasts: None,
        again: None,
    };
    let file = ScenarioFile {
        story: "A crash.".to_owned(),
        covers: Vec::new(),
        mechanism: None,
        plan: "plan.ron".to_owned(),
        with,
        services: None,
        faults: vec![fault],
        requests: Vec::new(),
        horizon: Span::from_secs(900),
        steady: Span::from_secs(30),
        takes_effect_in: 0.5,
        allows: Vec::new(),
        exempt: Vec::new(),
        expect: vec![Expectation::NoSplitBrain],
    };
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(write_scenario(&file).unwrap()) });
}
