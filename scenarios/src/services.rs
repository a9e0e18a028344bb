//! Applications on the same machines, each with a policy and targets of its own over the plan's default.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::guards::{Alerts, Slo};
use crate::plan::{ClientsPatch, DatabasePatch, DnsPatch, ObjectivesPatch, PlanPatch, Region};
use crate::redirect::{HostsPatch, ProxyPatch, Redirect, VirtualAddressPatch};
use crate::traffic::TrafficPatch;

/// An application with a database and clients of its own. It shares machines, regions, links and disasters with the
/// plan's other services, and is run and judged by itself: services do not slow each other down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound = "PP: Default + Serialize + serde::de::DeserializeOwned")]
#[schemars(bound = "PP: Default + Serialize + JsonSchema")]
pub struct Service<PP> {
    /// Unique among the services: a letter, then letters, digits, `-` and `_`.
    pub name: String,
    /// What differs from the plan's default.
    #[serde(default)]
    pub with: ServicePatch<PP>,
}

/// What is a service's own: whatever is named replaces the plan's value. Regions, links, the KMS and
/// people are not, because all services have the same.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, bound = "PP: Default + Serialize + serde::de::DeserializeOwned")]
#[schemars(bound = "PP: Default + Serialize + JsonSchema")]
pub struct ServicePatch<PP> {
    /// Database.
    pub database: Option<DatabasePatch>,
    /// Clients.
    pub clients: Option<ClientsPatch>,
    /// How its clients find its primary.
    pub redirect: Option<Redirect>,
    /// DNS: its own record.
    pub dns: Option<DnsPatch>,
    /// Addresses that its clients try.
    pub hosts: Option<HostsPatch>,
    /// Its own address that moves.
    pub virtual_address: Option<VirtualAddressPatch>,
    /// Its own proxies.
    pub proxy: Option<ProxyPatch>,
    /// Traffic.
    pub traffic: Option<TrafficPatch>,
    /// Alerts: its own channels.
    pub alerts: Option<Alerts>,
    /// Service level objective.
    pub slo: Option<Slo>,
    /// Policy of the logic under test.
    pub policy: Option<PP>,
    /// Objectives.
    pub objectives: Option<ObjectivesPatch>,
    /// How many use it, and how much, region by region; as the plan's regions say where one is not named.
    pub load: Option<Vec<RegionLoad>>,
}

/// A service's clients in one region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegionLoad {
    /// Which region.
    pub region: String,
    /// Client processes.
    #[serde(default)]
    pub clients: Option<u32>,
    /// Writes per second of all of them together.
    #[serde(default)]
    pub writes_per_second: Option<u64>,
    /// Reads per second of all of them together.
    #[serde(default)]
    pub reads_per_second: Option<u64>,
}

impl<PP> ServicePatch<PP> {
    /// Load changes regions in place; the rest is a patch as scenarios have them.
    pub(crate) fn split(self) -> (Option<Vec<RegionLoad>>, PlanPatch<PP>) {
        let ServicePatch {
            database,
            clients,
            redirect,
            dns,
            hosts,
            virtual_address,
            proxy,
            traffic,
            alerts,
            slo,
            policy,
            objectives,
            load,
        } = self;
        let patch = PlanPatch {
            regions: None,
            links: None,
            database,
            clients,
            redirect,
            dns,
            hosts,
            virtual_address,
            proxy,
            traffic,
            alerts,
            slo,
            kms: None,
            people: None,
            policy,
            objectives,
        };
        (load, patch)
    }
}

impl RegionLoad {
    /// Replaces what it names in its region, if there is one.
    pub(crate) fn apply(&self, regions: &mut [Region]) {
        let RegionLoad { region, clients, writes_per_second, reads_per_second } = self;
        let Some(region) = regions.iter_mut().find(|known| known.name == *region) else { return };
        region.clients = clients.unwrap_or(region.clients);
        region.writes_per_second = writes_per_second.unwrap_or(region.writes_per_second);
        region.reads_per_second = reads_per_second.unwrap_or(region.reads_per_second);
    }
}

/// Names stand in paths and commands, so they are made of what needs no quotes there.
pub(crate) fn is_service_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}
