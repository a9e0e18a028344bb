//! The JSON Schemas beside the catalogue are those of this code, and the catalogue is written in them. Editors and
//! other tools that write scenarios read them.
//!
//! After a change that is meant: `UPDATE_SCHEMA=1 cargo test --test schemas`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use firedrill::models::Failover;
use firedrill::scenarios::{
    BOUNDS, Severity, bound_of, discover, gate_schema, load_services, plan_schema, scenario_schema,
};
use serde_json::Value;

fn up_to_date(file: &str, schema: &schemars::Schema) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(file);
    let current = serde_json::to_string_pretty(schema).expect("a schema is made of JSON values") + "\n";
    if std::env::var_os("UPDATE_SCHEMA").is_some_and(|value| value == "1") {
        std::fs::write(&path, &current).expect("the catalogue can be written to when asked for");
    }
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    let same = checked_in == current;
    assert!(same, "{file} is out of date; look at the change, then run this test with UPDATE_SCHEMA=1");
}

#[test]
fn the_schema_of_scenarios_is_the_one_of_this_code() {
    up_to_date("scenario.schema.json", &scenario_schema::<Failover>());
}

#[test]
fn the_schema_of_plans_is_the_one_of_this_code() {
    up_to_date("plan.schema.json", &plan_schema::<Failover>());
}

#[test]
fn the_schema_of_gates_is_the_one_of_this_code() {
    up_to_date("gate.schema.json", &gate_schema());
}

#[test]
fn the_command_line_prints_the_schemas_that_are_checked_in() {
    for (kind, file) in
        [("scenario", "scenario.schema.json"), ("plan", "plan.schema.json"), ("gate", "gate.schema.json")]
    {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_firedrill"));
        let printed =
            command.args(["schema", "--kind", kind]).output().expect("it was built with this test").stdout;
        let checked_in =
            std::fs::read_to_string(Path::new("scenarios").join(file)).expect("it is checked in");
        assert_eq!(String::from_utf8_lossy(&printed), checked_in.replace("\r\n", "\n"), "{file}");
    }
}

#[test]
fn the_whole_catalogue_can_be_loaded() {
    let found = discover(&[PathBuf::from("scenarios")]).expect("there is a catalogue");
    let of_loader = |path: &PathBuf| path.starts_with("scenarios/src") || path.starts_with("scenarios/tests");
    for path in found.into_iter().filter(|path| !of_loader(path)) {
        let services = load_services::<Failover>(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
        let findings = services.iter().flat_map(|scenario| &scenario.findings);
        let errors = findings.filter(|finding| finding.severity == Severity::Error);
        assert_eq!(errors.count(), 0, "{}", path.display());
        // A regression keeps a defect from coming back, and the store apart is nobody's plan: neither need be evidence of what
        // one promises.
        if path.starts_with("scenarios/regressions") || path.starts_with("scenarios/store-apart") {
            continue;
        }
        let covering = services.iter().all(|scenario| !scenario.covers.is_empty());
        assert!(covering, "{} is evidence for nothing", path.display());
    }
}

#[test]
fn the_page_on_scenarios_names_every_section_of_a_plan() {
    let page = std::fs::read_to_string("docs/scenarios.md").expect("it is checked in");
    let plan = serde_json::to_value(plan_schema::<Failover>()).expect("a schema is made of JSON values");
    let sections = plan["properties"].as_object().expect("a plan has fields").keys();
    let unnamed: Vec<&String> = sections.filter(|section| !page.contains(&format!("`{section}`"))).collect();
    assert!(unnamed.is_empty(), "sections {unnamed:?}");
    let required =
        plan["required"].as_array().expect("some have to be given").iter().filter_map(Value::as_str);
    let required: BTreeSet<&str> = required.collect();
    let told = ["database", "name", "objectives", "policy", "regions"];
    assert_eq!(required, BTreeSet::from(told), "the page says which");
}

#[test]
fn the_page_on_scenarios_has_a_row_for_every_field_of_a_scenario() {
    let page = std::fs::read_to_string("docs/scenarios.md").expect("it is checked in");
    let scenario = serde_json::to_value(scenario_schema::<Failover>()).expect("it is made of JSON values");
    let fields = scenario["properties"].as_object().expect("a scenario has fields").keys();
    let in_a_row = |field: &str| {
        page.lines().any(|line| line.starts_with("| `") && line.contains(&format!("`{field}`")))
    };
    let missing: Vec<&String> = fields.filter(|field| !in_a_row(field)).collect();
    assert!(missing.is_empty(), "fields {missing:?}");
    let required = scenario["required"].as_array().expect("some have to be given");
    let required: BTreeSet<&str> = required.iter().filter_map(Value::as_str).collect();
    assert_eq!(
        required,
        BTreeSet::from(["expect", "faults", "horizon", "plan", "story"]),
        "the page says which"
    );
}

/// Names of the variants of an enum in the schema of scenarios, each with the names of its fields.
fn variants(of: &str) -> Vec<(String, Vec<String>)> {
    let scenario = serde_json::to_value(scenario_schema::<Failover>()).expect("it is made of JSON values");
    let mut found = Vec::new();
    for kind in scenario["$defs"][of]["oneOf"].as_array().expect("there are kinds") {
        let plain = kind["const"].as_str().into_iter();
        let plain = plain.chain(kind["enum"].as_array().into_iter().flatten().filter_map(Value::as_str));
        found.extend(plain.map(|name| (name.to_owned(), Vec::new())));
        for (name, content) in kind["properties"].as_object().into_iter().flatten() {
            let fields = content["properties"].as_object().into_iter().flat_map(|fields| fields.keys());
            found.push((name.clone(), fields.cloned().collect()));
        }
    }
    found
}

/// The rows of the page's tables that tell of this variant: the one that begins with its name, and those below it whose
/// first cell is empty.
fn rows_of(page: &str, variant: &str) -> Option<String> {
    let named = |line: &&str| {
        let rest = line.strip_prefix("| `").and_then(|rest| rest.strip_prefix(variant));
        rest.is_some_and(|rest| rest.starts_with(['(', '`']))
    };
    let mut lines = page.lines().skip_while(|line| !named(line));
    let first = lines.next()?;
    Some(lines.take_while(|line| line.starts_with("| | ")).fold(first.to_owned(), |all, line| all + line))
}

#[test]
fn the_page_on_scenarios_has_a_row_for_every_disaster_and_expectation_with_all_its_arguments() {
    let page = std::fs::read_to_string("docs/scenarios.md").expect("it is checked in");
    for of in ["Strike", "Expectation"] {
        let all = variants(of);
        assert!(all.len() > 30, "{all:?}");
        for (name, fields) in all {
            let rows = rows_of(&page, &name).unwrap_or_else(|| panic!("{of} {name} has no row"));
            let unnamed = fields.iter().find(|field| !rows.contains(&format!("`{field}`")));
            assert_eq!(unnamed, None, "{of} {name}: {rows}");
        }
    }
    for (name, _) in variants("Trigger") {
        assert!(page.contains(&format!("| `{name}(node)` |")), "the step {name} has no row");
    }
    let named = ["Sight", "Tampering", "Forger", "AskFor"].into_iter().flat_map(variants);
    let unnamed: Vec<String> =
        named.map(|(name, _)| name).filter(|name| !page.contains(&format!("`{name}"))).collect();
    assert!(unnamed.is_empty(), "{unnamed:?}");
    let tables = page.split("## Strikes").nth(1).expect("they have a heading");
    let wide = tables.lines().find(|line| line.starts_with("| ") && line.chars().count() > 100);
    assert_eq!(wide, None, "a table that nobody can read in a terminal");
}

/// Names of properties that hold numbers, or lists of them.
fn numbers(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(fields) => {
            for (name, property) in fields.get("properties").and_then(Value::as_object).into_iter().flatten()
            {
                if holds_a_number(property) {
                    found.insert(name.clone());
                }
            }
            fields.values().for_each(|value| numbers(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| numbers(value, found)),
        _ => {}
    }
}

fn holds_a_number(schema: &Value) -> bool {
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        kind => vec![kind.clone()],
    };
    let is = |kind: &str| kinds.iter().any(|known| known == kind);
    let parts = ["prefixItems", "items", "anyOf", "oneOf"].into_iter().filter_map(|part| schema.get(part));
    let mut parts = parts.flat_map(|part| part.as_array().cloned().unwrap_or_else(|| vec![part.clone()]));
    // Variants have properties of their own, which are found as such.
    is("integer")
        || is("number")
        || parts.any(|part| part.get("properties").is_none() && holds_a_number(&part))
}

#[test]
fn every_number_that_can_be_written_has_a_bound() {
    let mut names = BTreeSet::new();
    for schema in [plan_schema::<Failover>(), scenario_schema::<Failover>(), gate_schema()] {
        numbers(schema.as_value(), &mut names);
    }
    let unknown: Vec<&String> = names.iter().filter(|name| bound_of(name).is_none()).collect();
    assert!(unknown.is_empty(), "add these to scenarios/src/bounds.rs: {unknown:?}");
    let unused: Vec<&str> =
        BOUNDS.iter().map(|bound| bound.field).filter(|field| !names.contains(*field)).collect();
    assert!(unused.is_empty(), "no schema has these: {unused:?}");
}
