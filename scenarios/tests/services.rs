//! Services: each with what it says itself over the plan's default, and what is wrong told with its place.

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::{Heartbeats, PLAN, SCENARIO};
use firedrill_scenarios::{LoadError, Scenario, lint, load_from, load_services_from};
use units::Span;

type Services = Result<Vec<Scenario<Heartbeats>>, LoadError>;

const THREE: &str = r#"
        (name: "portal"),
        (name: "billing", with: (
            policy: (heartbeat: "2s"),
            objectives: (recovery_time: "5m"),
            load: [(region: "ruwais", clients: 3, writes_per_second: 7)],
        )),
        (name: "search-index", with: (database: (durability: Quorum(2)), policy: (missed: 5))),
    "#;

/// The texts with these services in the plan, and one passage of the scenario changed.
fn files(services: &str, (from, to): (&str, &str)) -> BTreeMap<PathBuf, Vec<u8>> {
    assert_eq!(SCENARIO.matches(from).count(), 1, "'{from}'");
    let plan = PLAN.replace("claims: [", &format!("services: [{services}],\n    claims: ["));
    let file = |name: &str, text: String| (Path::new("qnwis").join(name), text.into_bytes());
    BTreeMap::from([file("loss.ron", SCENARIO.replace(from, to)), file("plan.ron", plan)])
}

fn loaded(services: &str, change: (&str, &str), settings: &[&str]) -> Services {
    let settings: Vec<_> = settings.iter().map(|text| text.parse().expect("a setting")).collect();
    load_services_from(&files(services, change), Path::new("qnwis/loss.ron"), &settings)
}

const AS_IT_IS: (&str, &str) = ("steady load", "steady load");
const PLAN_FIELD: &str = "plan: \"plan.ron\",";

fn of<'a>(services: &'a [Scenario<Heartbeats>], name: &str) -> &'a Scenario<Heartbeats> {
    let named = services.iter().find(|scenario| scenario.service.as_deref() == Some(name));
    named.unwrap_or_else(|| panic!("{name} does not take part"))
}

#[test]
fn each_service_has_its_own_over_the_default() {
    let services = loaded(THREE, AS_IT_IS, &[]).unwrap();
    let default = common::load_texts(SCENARIO.as_bytes(), PLAN.as_bytes(), &[]).unwrap();
    assert_eq!(of(&services, "portal").plan, default.plan, "what says nothing is the default");
    let billing = &of(&services, "billing").plan;
    assert_eq!((billing.policy.heartbeat, billing.policy.missed), (Span::from_secs(2), 3));
    let objectives = &billing.objectives;
    assert_eq!(objectives.recovery_time, Span::from_secs(300));
    assert_eq!(objectives.recovery_point, default.plan.objectives.recovery_point);
    let load: Vec<_> =
        billing.regions.iter().map(|region| (region.clients, region.writes_per_second)).collect();
    assert_eq!(load, [(40, 200), (20, 100), (3, 7)]);
    assert_eq!(of(&services, "search-index").plan.policy.missed, 5);
}

#[test]
fn the_stronger_layer_wins_service_by_service() {
    let heartbeats = |to: &str, settings: &[&str]| -> Vec<u64> {
        let services = loaded(THREE, (PLAN_FIELD, to), settings).unwrap();
        services.iter().map(|scenario| scenario.plan.policy.heartbeat.as_nanos() / 1_000_000_000).collect()
    };
    let with = "plan: \"plan.ron\", with: (policy: (heartbeat: \"4s\")),";
    assert_eq!(heartbeats(PLAN_FIELD, &[]), [5, 2, 5]);
    assert_eq!(heartbeats(with, &[]), [4, 4, 4], "a scenario's word holds for all that take part");
    assert_eq!(heartbeats(with, &["policy.heartbeat=3s"]), [3, 3, 3]);
    assert_eq!(heartbeats(with, &["services.search-index.policy.heartbeat=1s"]), [4, 4, 1]);
    let last = &["services.billing.policy.heartbeat=1s", "policy.heartbeat=6s"];
    assert_eq!(heartbeats(PLAN_FIELD, last), [6, 6, 6], "the last setting is the strongest");
}

#[test]
fn a_scenario_chooses_who_takes_part() {
    let services = loaded(THREE, (PLAN_FIELD, "plan: \"plan.ron\", services: [\"billing\"],"), &[]).unwrap();
    assert_eq!(services.len(), 1);
    assert_eq!(services[0].service.as_deref(), Some("billing"));
}

#[test]
fn a_list_without_services_is_as_none() {
    let none = loaded("", AS_IT_IS, &[]).unwrap();
    let default = common::load_texts(SCENARIO.as_bytes(), PLAN.as_bytes(), &[]).unwrap();
    assert_eq!((none.len(), &none[0].service, &none[0].plan), (1, &None, &default.plan));
}

#[test]
fn one_of_several_has_to_be_named() {
    let refused = load_from::<Heartbeats>(&files(THREE, AS_IT_IS), Path::new("qnwis/loss.ron"), &[]);
    let told = refused.expect_err("three take part").to_string();
    assert!(told.contains("one has to be named: 'portal', 'billing', 'search-index'"), "{told}");
}

/// One line per case: what stands in the list, in the scenario, in a setting; and what the loader says.
fn told(cases: &[(&str, &str, &str)]) -> String {
    let tell = |(services, choice, setting): &(&str, &str, &str)| {
        let plan = format!("{PLAN_FIELD} {choice}");
        let settings: Vec<&str> = Some(*setting).filter(|text| !text.is_empty()).into_iter().collect();
        let said = match loaded(services, (PLAN_FIELD, &plan), &settings) {
            Ok(loaded) => {
                loaded.iter().flat_map(|scenario| &scenario.findings).map(|f| format!("{f}\n")).collect()
            }
            Err(error) => format!("{error}\n"),
        };
        format!("{services}  |  {choice}  |  {setting}\n{said}")
    };
    cases.iter().map(tell).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_wrong_with_services_is_told_with_its_place() {
    let two = "(name: \"billing\"), (name: \"portal\")";
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(told(&[
        ("(name: \"\")", "", ""),
        ("(name: \"two words\")", "", ""),
        ("(name: \"billing\"), (name: \"billing\")", "", ""),
        ("(with: (policy: (heartbeat: \"2s\")))", "", ""),
        ("(name: \"billing\", whit: ())", "", ""),
        ("(name: \"billing\", with: (policy: (hartbeat: \"2s\")))", "", ""),
        ("(name: \"billing\", with: (regions: []))", "", ""),
        ("(name: \"billing\", with: (policy: (heartbeat: None)))", "", ""),
        ("(name: \"billing\", with: (load: [(region: \"doha\", clients: None)]))", "", ""),
        ("(name: \"billing\", with: (load: [(region: \"duhan\")]))", "", ""),
        ("(name: \"billing\", with: (load: [(region: \"doha\"), (region: \"doha\")]))", "", ""),
        ("(name: \"billing\", with: (load: [(region: \"doha\", writes_per_second: 99999)]))", "", ""),
        ("(name: \"billing\", with: (policy: (missed: 0)))", "", ""),
        ("(name: \"billing\", with: (database: (primary: \"doha-9\")))", "", ""),
        (two, "services: [\"biling\"],", ""),
        (two, "services: [\"billing\", \"billing\"],", ""),
        (two, "services: [],", ""),
        ("", "services: [\"billing\"],", ""),
        (two, "", "services.biling.policy.missed=2"),
        (two, "", "services.billing.policy.mised=2"),
        (two, "", "services.billing.policy.missed=0"),
        (two, "", "services.billing.regions=[]"),
        (two, "", "services.billing=3"),
        ("", "", "services.billing.policy.missed=2"),
    ])) });
}

#[test]
fn objectives_are_asked_of_a_share_of_runs_and_of_what_can_be_had() {
    let said = |to: &str, services: &str| match loaded(services, ("NoSplitBrain", to), &[]) {
        Ok(loaded) => {
            loaded.iter().flat_map(|scenario| &scenario.findings).map(ToString::to_string).collect()
        }
        Err(error) => error.to_string(),
    };
    let refused = said("MeetsObjectives(p: 1.5)", THREE);
    assert!(refused.contains("loss.ron:10:28") && refused.contains("1.5"), "{refused}");
    let nothing_lost = "(name: \"billing\", with: (objectives: (recovery_point: \"0s\")))";
    let doubted = said("MeetsObjectives(p: 0.99)", nothing_lost);
    assert!(doubted.contains("plan.ron:25:70: service 'billing': an RPO of zero"), "{doubted}");
    assert_eq!(said("MeetsObjectives(p: 0.99)", "(name: \"billing\")"), "");
}

/// The default's warnings are not repeated for every service; those of one service say whose they are.
#[test]
fn the_linter_says_whose_finding_it_is_unless_it_is_everybodys() {
    let services = "(name: \"calm\"), (name: \"hasty\", with: (objectives: (recovery_time: \"20s\")))";
    let services = loaded(services, AS_IT_IS, &[]).unwrap();
    let found =
        |name: &str| -> Vec<String> { lint(of(&services, name)).iter().map(ToString::to_string).collect() };
    let default = common::load_texts(SCENARIO.as_bytes(), PLAN.as_bytes(), &[]).unwrap();
    let known = lint(&default).len();
    let (calm, hasty) = (found("calm"), found("hasty"));
    assert!(known > 0 && calm.len() == known, "{calm:?}");
    assert!(calm.iter().all(|finding| !finding.contains("service '")), "{calm:?}");
    let own: Vec<&String> = hasty.iter().filter(|finding| !calm.contains(finding)).collect();
    let of_hasty = |finding: &&&String| {
        finding.contains("plan.ron:25:") && finding.contains("service 'hasty': an RTO of 20s")
    };
    assert_eq!(own.iter().filter(of_hasty).count(), 1, "{own:?}");
}
