//! How clients find the primary where they do not look up a name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::Distribution;
use struct_patch::Patch;
use units::Span;

/// How clients find the primary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Redirect {
    /// They look up a name: section `dns`.
    #[default]
    Dns,
    /// They know all addresses and try them until one accepts writes (libpq's `target_session_attrs=read-write`, JDBC's
    /// `targetServerType=primary`): section `hosts`. Nobody has to redirect them.
    Hosts,
    /// They know one address, which moves to the primary: section `virtual_address`.
    VirtualAddress,
    /// They connect to proxies that know the primary by their health checks: section `proxy`.
    Proxy,
}

/// The addresses that clients try.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Patch)]
#[patch(attribute(doc = "What differs in [`Hosts`]; a field that is not named stays as it is."))]
#[patch(attribute(allow(missing_docs, reason = "the fields are those of the type it patches")))]
#[patch(attribute(derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[serde(deny_unknown_fields, default)]
pub struct Hosts {
    /// Nodes, in the order in which every attempt tries them: one that is silent costs it `clients.connect_timeout`, one
    /// that refuses, or says that it only reads, nothing. If none is listed: all that hold data, in the plan's order.
    pub list: Vec<String>,
}

/// An address that moves to the primary by gratuitous ARP.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Patch)]
#[patch(attribute(doc = "What differs in [`VirtualAddress`]; a field that is not named stays as it is."))]
#[patch(attribute(allow(missing_docs, reason = "the fields are those of the type it patches")))]
#[patch(attribute(derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[serde(deny_unknown_fields, default)]
pub struct VirtualAddress {
    /// How far its network reaches, from `database.primary`: no node beyond can take it over.
    pub within: Network,
    /// From the request to move it until its network sends to the new holder.
    pub takeover: Distribution,
}

/// How far a network reaches in which an address can move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Network {
    /// One site.
    Site,
    /// All sites of a region.
    #[default]
    Region,
}

/// Proxies between clients and database, which pass every connection on to a server that their checks call up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Patch)]
#[patch(attribute(doc = "What differs in [`Proxy`]; a field that is not named stays as it is."))]
#[patch(attribute(allow(missing_docs, reason = "the fields are those of the type it patches")))]
#[patch(attribute(derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[serde(deny_unknown_fields, default)]
pub struct Proxy {
    /// Where they are. A client knows them all and tries those of its own region first, each client beginning with
    /// another one of these.
    pub at: Vec<ProxyAt>,
    /// Pause between two checks of a server: HAProxy's `inter`. A check succeeds if the server accepts writes.
    pub check: Span,
    /// How long a check waits for an answer.
    pub check_timeout: Span,
    /// So many failed checks in a row mark a server down.
    pub fall: u32,
    /// So many successful ones mark it up.
    pub rise: u32,
    /// Whether sessions with a server that is marked down are closed: HAProxy's `on-marked-down shutdown-sessions`.
    /// Otherwise they last until client or server give them up.
    pub closes_sessions: bool,
}

/// A proxy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProxyAt {
    /// Unique among regions, sites, nodes and proxies.
    pub name: String,
    /// The site it is at, and is lost with.
    pub site: String,
}

impl Default for VirtualAddress {
    fn default() -> VirtualAddress {
        VirtualAddress {
            within: Network::Region,
            // vip-manager asks every second who is primary (`interval: 1000` ms); the rest is a broadcast.
            takeover: Distribution::Uniform(Span::ZERO, Span::from_secs(1)),
        }
    }
}

impl Default for Proxy {
    fn default() -> Proxy {
        Proxy {
            at: Vec::new(),
            // HAProxy's defaults: `inter 2s`, which also bounds a check, `fall 3`, `rise 2`.
            check: Span::from_secs(2),
            check_timeout: Span::from_secs(2),
            fall: 3,
            rise: 2,
            // Off in HAProxy unless asked for, and what every guide to PostgreSQL behind HAProxy asks for.
            closes_sessions: true,
        }
    }
}
