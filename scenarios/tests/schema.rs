//! The JSON Schema and the types agree.

mod common;

use common::{Heartbeats, PLAN, SCENARIO, load_texts};
use firedrill_scenarios::{When, plan_schema, scenario_schema};
use units::Span;

#[test]
fn the_schema_knows_the_logics_own_policy() {
    let plan = serde_json::to_value(plan_schema::<Heartbeats>()).unwrap();
    assert!(plan.pointer("/$defs/Policy/properties/heartbeat").is_some(), "{plan:#}");
    assert_eq!(plan.pointer("/$defs/Policy/additionalProperties"), Some(&false.into()));
    let scenario = serde_json::to_value(scenario_schema::<Heartbeats>()).unwrap();
    assert!(scenario.pointer("/$defs/PolicyPatch/properties/missed").is_some(), "{scenario:#}");
}

#[test]
fn a_moment_is_read_in_every_form_its_schema_offers() {
    let read = |json: &str| serde_json::from_str::<When>(json);
    assert_eq!(read("\"60s\"").unwrap(), When::At(Span::from_secs(60)));
    assert_eq!(read("{\"At\": \"60s\"}").unwrap(), When::At(Span::from_secs(60)));
    let between = When::Between(Span::from_secs(1), Span::from_secs(2));
    assert_eq!(read("{\"Between\": [\"1s\", \"2s\"]}").unwrap(), between);
    let schema = serde_json::to_value(schemars::schema_for!(When)).unwrap();
    assert_eq!(schema["anyOf"].as_array().map(Vec::len), Some(3), "{schema:#}");
    assert!(read("\"60\"").unwrap_err().to_string().contains("not a duration"));
}

#[test]
fn patches_describe_themselves() {
    let scenario = serde_json::to_value(scenario_schema::<Heartbeats>()).unwrap();
    let description = scenario.pointer("/$defs/DatabasePatch/description").and_then(|text| text.as_str());
    assert!(description.is_some_and(|text| text.contains("stays as it is")), "{scenario:#}");
}

#[test]
fn a_loaded_scenario_says_where_it_came_from() {
    let scenario = load_texts(SCENARIO.as_bytes(), PLAN.as_bytes(), &[]).unwrap();
    assert_eq!((scenario.name.as_str(), scenario.system.as_str()), ("loss", "qnwis"));
    assert!(scenario.findings.is_empty(), "{:#?}", scenario.findings);
}
