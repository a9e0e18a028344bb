//! `--set` on top of the scenario's overrides on top of the plan.

mod common;

use common::{Loaded, PLAN, SCENARIO, load_texts};
use firedrill_scenarios::{Durability, Setting, lint};
use units::Span;

fn with(settings: &[&str]) -> Loaded {
    load_texts(SCENARIO.as_bytes(), PLAN.as_bytes(), settings)
}

fn refusal(setting: &str) -> String {
    with(&[setting]).expect_err(setting).to_string()
}

#[test]
fn the_stronger_layer_wins() {
    let overridden =
        SCENARIO.replace("plan: \"plan.ron\",", "plan: \"plan.ron\", with: (policy: (heartbeat: \"4s\")),");
    let heartbeat = |scenario: &str, settings: &[&str]| {
        load_texts(scenario.as_bytes(), PLAN.as_bytes(), settings).unwrap().plan.policy.heartbeat
    };
    assert_eq!(heartbeat(SCENARIO, &[]), Span::from_secs(5));
    assert_eq!(heartbeat(&overridden, &[]), Span::from_secs(4));
    assert_eq!(heartbeat(&overridden, &["policy.heartbeat=3s"]), Span::from_secs(3));
    assert_eq!(heartbeat(&overridden, &["policy.heartbeat=3s", "policy.heartbeat=2s"]), Span::from_secs(2));
}

#[test]
fn what_a_setting_does_not_name_stays() {
    let scenario =
        with(&["policy.missed=7", "horizon=30m", "takes_effect_in=0.25", "dns.ttl=\"1m\""]).unwrap();
    assert_eq!((scenario.plan.policy.heartbeat, scenario.plan.policy.missed), (Span::from_secs(5), 7));
    assert_eq!((scenario.horizon, scenario.steady), (Span::from_secs(1800), Span::from_secs(30)));
    assert_eq!(scenario.plan.dns.resolvers_per_region, 4);
}

#[test]
fn of_a_section_that_may_be_missing_other_fields_stay_as_they_are() {
    let plan = PLAN.trim_end().trim_end_matches(')').to_owned()
        + r#"    slo: (objective: 0.99, spent: 0.95), clients: (pool: (size: 80, keepalive: "5s")), )"#;
    let with = |settings: &[&str]| load_texts(SCENARIO.as_bytes(), plan.as_bytes(), settings);
    let loaded = with(&["slo.objective=0.999", "clients.pool.max_lifetime=30s", "clients.pool.size=81"]);
    let plan = loaded.expect("each is a field of its section").plan;
    let slo = plan.slo.expect("it is there");
    assert_eq!((slo.objective, slo.spent), (0.999, 0.95));
    let pool = plan.clients.pool.expect("it is there");
    assert_eq!((pool.size, pool.keepalive), (81, Some(Span::from_secs(5))));
    assert_eq!(pool.max_lifetime, Span::from_secs(30));
    let none = with(&["clients.pool.keepalive=None"]).expect("it may be missing").plan;
    assert_eq!(none.clients.pool.expect("it is there").keepalive, None);
    let refusal = with(&["clients.pool.sizze=3"]).expect_err("no such field").to_string();
    assert!(refusal.contains("unexpected field 'sizze' in Pool"), "{refusal}");
}

#[test]
fn text_variants_and_none_need_no_quotes() {
    let scenario =
        with(&["database.primary=doha-2", "database.durability=Quorum(2)", "database.watchdog=None"])
            .unwrap();
    assert_eq!(scenario.plan.database.primary, "doha-2");
    assert_eq!(scenario.plan.database.durability, Durability::Quorum(2));
    assert_eq!(scenario.plan.database.watchdog, None, "the plan has one of 45 s");
}

#[test]
fn a_scenario_may_switch_the_watchdog_off() {
    let scenario =
        SCENARIO.replace("plan: \"plan.ron\",", "plan: \"plan.ron\", with: (database: (watchdog: None)),");
    let scenario = load_texts(scenario.as_bytes(), PLAN.as_bytes(), &[]).unwrap();
    assert_eq!(scenario.plan.database.watchdog, None);
}

#[test]
fn a_wrong_setting_says_what_would_be_right() {
    let wrong = [
        "policy.hartbeat=2s",
        "policy.heartbeat=2",
        "policy.heartbeat=2x",
        "policy.heartbeat=None",
        "policy.heartbeat=2s), dns: (ttl: 1s",
        "policy.missed=many",
        "policy=2s",
        "polcy.missed=2",
        "database.engine=Postgres",
        "database.primary=doha-3",
        "database.durability=Quorum(9)",
        "database.durability=Sync",
        "database.durability=3",
        "dns.update=3s",
        "dns=fast",
        "horizon=1s",
        "takes_effect_in=7",
        "regions.doha.clients=7",
    ];
    let told: Vec<String> = wrong.iter().map(|setting| refusal(setting)).collect();
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(told.join("\n")) });
}

#[test]
fn all_wrong_settings_are_told_at_once() {
    let error = with(&["policy.missed=x", "policy.heartbeat=x"]).unwrap_err();
    assert_eq!(error.findings().len(), 2);
    assert!(error.render(false).contains("help: "), "{}", error.render(false));
}

#[test]
fn a_finding_about_a_set_value_names_the_setting() {
    let scenario = with(&["objectives.recovery_time=9s"]).unwrap();
    let findings = lint(&scenario);
    assert!(
        findings[0].to_string().starts_with("--set objectives.recovery_time=9s: an RTO of 9s cannot be met")
    );
}

#[test]
fn what_is_no_setting_is_refused() {
    for text in
        ["", "=", "policy.heartbeat", "policy.heartbeat=", "=2s", "a..b=1", "regions[0].name=x", "2=3"]
    {
        let error = text.parse::<Setting>().expect_err(text).to_string();
        assert!(error.contains("path=value"), "{error}");
    }
}
