mod database;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::Distribution;
use struct_patch::Patch;
use units::Span;

use crate::guards::{Alerts, Kms, Slo};
use crate::named_none;
use crate::people::Person;
use crate::redirect::{Hosts, HostsPatch, Proxy, ProxyPatch, Redirect, VirtualAddress, VirtualAddressPatch};
use crate::services::Service;
use crate::traffic::{Traffic, TrafficPatch};

pub use database::*;

/// A system described once; many scenarios strike it. `P` is the policy section of the logic under test, `PP` its
/// patch, in which services differ. The plan of one service, which is what is run, lists none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[serde(bound(
    serialize = "P: Serialize, PP: Default + Serialize + serde::de::DeserializeOwned",
    deserialize = "P: Deserialize<'de>, PP: Default + Serialize + serde::de::DeserializeOwned"
))]
#[schemars(bound = "P: JsonSchema, PP: Default + Serialize + JsonSchema")]
pub struct Plan<P, PP = ()> {
    /// The system's name, as reports print it.
    pub name: String,
    /// Failure domains: region, site, node. Regions of one provider fail together when it does.
    pub regions: Vec<Region>,
    /// How long messages travel and how often they are lost.
    #[serde(default)]
    pub links: Links,
    /// The replicated database.
    pub database: Database,
    /// How clients behave when the database does not answer.
    #[serde(default)]
    pub clients: Clients,
    /// How clients find the primary: by name unless said otherwise.
    #[serde(default)]
    pub redirect: Redirect,
    /// The name of the primary, and of copies to read from.
    #[serde(default)]
    pub dns: Dns,
    /// Addresses that clients try, with `redirect: Hosts`.
    #[serde(default)]
    pub hosts: Hosts,
    /// An address that moves, with `redirect: VirtualAddress`.
    #[serde(default)]
    pub virtual_address: VirtualAddress,
    /// Proxies, with `redirect: Proxy`.
    #[serde(default)]
    pub proxy: Proxy,
    /// How load changes over hours and days; constant if not given.
    #[serde(default)]
    pub traffic: Traffic,
    /// How alerts reach people; not modelled if not given.
    #[serde(default)]
    pub alerts: Option<Alerts>,
    /// What users were promised; monitoring tells the agents what is left of it. Not modelled if not given.
    #[serde(default)]
    pub slo: Option<Slo>,
    /// Agents' disks are encrypted, and this service unwraps their keys; they are not if not given.
    #[serde(default)]
    pub kms: Option<Kms>,
    /// Who can ask the logic for something.
    #[serde(default)]
    pub people: Vec<Person>,
    /// The policy of the logic under test.
    pub policy: P,
    /// What the plan promises; verdicts and the linter hold it to that.
    pub objectives: Objectives,
    /// Figures that the plan claims to have achieved; the linter and the reports set them beside what is
    /// possible and what was measured.
    #[serde(default)]
    pub claims: Vec<Claim>,
    /// Applications on these machines, each with a database and clients of its own; what they do not say is as
    /// above. If none is listed, the plan describes the only one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service<PP>>,
}

/// A region: everything in it can be lost at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Unique among regions, sites and nodes.
    pub name: String,
    /// Whose region it is.
    #[serde(default = "default_provider")]
    pub provider: String,
    /// Sites (zones, data centres) inside the region.
    pub sites: Vec<Site>,
    /// Client processes in this region, each with connections of its own.
    #[serde(default)]
    pub clients: u32,
    /// Writes per second of all clients of this region together.
    #[serde(default)]
    pub writes_per_second: u64,
    /// Reads per second of all clients of this region together. Where nobody reads, reads are not measured.
    #[serde(default)]
    pub reads_per_second: u64,
    /// How this region's load changes, instead of what the plan says for all.
    #[serde(default)]
    pub traffic: Option<Traffic>,
}

/// A site inside a region.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Unique among regions, sites and nodes.
    pub name: String,
    /// Machines at this site.
    pub nodes: Vec<Node>,
}

/// A machine that runs the failover agent and, unless it is a witness, a copy of the database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Unique among regions, sites and nodes.
    pub name: String,
    /// Writes per second it can carry as primary; what comes beyond that queues up. Among equals the larger is
    /// promoted.
    #[serde(default = "default_capacity")]
    pub capacity: u64,
    /// A witness votes but holds no data and is never promoted.
    #[serde(default)]
    pub witness: bool,
    /// Its vote counts. A replica without a vote learns what the voters agree on and may be promoted, but no majority
    /// waits for it: a large cluster has a few voters and many replicas.
    #[serde(default = "yes")]
    pub votes: bool,
}

/// Network behaviour by distance; the nearest description wins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Patch)]
#[patch(attribute(doc = "What differs in [`Links`]; a field that is not named stays as it is."))]
#[patch(attribute(allow(missing_docs, reason = "the fields are those of the type it patches")))]
#[patch(attribute(derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[serde(deny_unknown_fields, default)]
pub struct Links {
    /// Between nodes of one site.
    pub within_site: Link,
    /// Between sites of one region.
    pub within_region: Link,
    /// Between regions.
    pub between_regions: Link,
    /// Pairs of regions that differ from `between_regions`.
    pub routes: Vec<Route>,
}

/// One direction of a network path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// One-way delay of a message.
    pub latency: Distribution,
    /// Share of messages lost although nothing is wrong, 0 to 1.
    #[serde(default)]
    pub loss: f64,
}

/// A pair of regions with a link of its own, the same in both directions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The two regions.
    pub between: (String, String),
    /// How messages travel there.
    pub link: Link,
}

/// How clients behave when the database does not answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Patch)]
#[patch(attribute(doc = "What differs in [`Clients`]; a field that is not named stays as it is."))]
#[patch(attribute(allow(missing_docs, reason = "the fields are those of the type it patches")))]
#[patch(attribute(derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[serde(deny_unknown_fields, default)]
pub struct Clients {
    /// How long a connection attempt to a silent host lasts.
    pub connect_timeout: Span,
    /// How long a client waits for a write to be acknowledged before it counts as failed: JDBC's `socketTimeout`, or
    /// whatever gives up beside the server, whose own `statement_timeout` ends nothing on a silent host. The
    /// connection is given up with it.
    pub statement_timeout: Span,
    /// How long what was sent may stay unacknowledged by the other host's kernel before the connection is given up:
    /// libpq's `tcp_user_timeout`; by default what Linux makes of `tcp_retries2 = 15`. It counts where it is below
    /// `statement_timeout`, and for a silent host only: a kernel whose database hangs acknowledges.
    pub tcp_timeout: Span,
    /// How long a connection may lie idle towards a silent host: libpq's `keepalives_idle` and `keepalives_count` times
    /// `keepalives_interval`; by default Linux's 2 h and 9 times 75 s.
    pub tcp_keepalive: Span,
    /// Pause before the first new attempt; doubles up to `retry_max`.
    pub retry_first: Span,
    /// Longest pause between attempts.
    pub retry_max: Span,
    /// How often a write that was not answered in time is sent again. Sending again keeps an overloaded primary
    /// overloaded.
    pub retries: u32,
    /// Connection pools; `None`: every client process has one connection, which it keeps for as long as it works: a pool
    /// of one whose connection never grows too old.
    #[patch(attribute(serde(
        serialize_with = "named_none::serialize",
        deserialize_with = "named_none::deserialize",
        skip_serializing_if = "Option::is_none"
    )))]
    pub pool: Option<Pool>,
}

/// The connection pool of a client process. Its statements take connections at random. What a pool has connected
/// to a primary that is gone has to be found out connection by connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// Connections of each client process.
    pub size: u32,
    /// A connection is replaced at this age, by one to where the name leads by then.
    #[serde(default = "default_max_lifetime")]
    pub max_lifetime: Span,
    /// Idle connections are tested this often; never if absent. A silent host fails the test after
    /// `connect_timeout`.
    #[serde(default)]
    pub keepalive: Option<Span>,
    /// Whether the pool drops a connection whose server answers that it accepts no writes. Otherwise it stays
    /// until its `max_lifetime`.
    #[serde(default = "default_drops_read_only")]
    pub drops_read_only: bool,
}

/// How clients find the primary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Patch)]
#[patch(attribute(doc = "What differs in [`Dns`]; a field that is not named stays as it is."))]
#[patch(attribute(allow(missing_docs, reason = "the fields are those of the type it patches")))]
#[patch(attribute(derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[serde(deny_unknown_fields, default)]
pub struct Dns {
    /// How long resolvers keep an answer.
    pub ttl: Span,
    /// Resolvers that ignore a shorter TTL keep answers at least this long.
    pub ttl_least: Span,
    /// How long they keep the answer that there is no such name, or none with an address: the lesser of the zone's SOA
    /// record's TTL and minimum (RFC 2308); by default that of Amazon Route 53.
    pub negative_ttl: Span,
    /// Caching resolvers in each region; its clients share them evenly.
    pub resolvers_per_region: u32,
    /// From the request to change the record until the name servers answer with the new one.
    pub update: Distribution,
    /// Whether resolvers go on with answers that have run out while the name servers do not answer (RFC 8767).
    pub serve_stale: bool,
    /// Where reads go.
    pub routing: Routing,
    /// How often routing finds out which copies are healthy.
    pub health_check: Span,
}

/// Where reads go; writes always go to the primary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Routing {
    /// To where writes go.
    #[default]
    Primary,
    /// To the nearest copy that was healthy at the last health check.
    Nearest,
}

/// What the plan promises. "RTO" and "RPO" are these, never what was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Patch)]
#[patch(attribute(doc = "What differs in [`Objectives`]; a field that is not named stays as it is."))]
#[patch(attribute(allow(missing_docs, reason = "the fields are those of the type it patches")))]
#[patch(attribute(derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[serde(deny_unknown_fields)]
pub struct Objectives {
    /// RTO.
    pub recovery_time: Span,
    /// RPO.
    pub recovery_point: Span,
    /// Each is kept if it is in at least this share of the runs: 0.99 asks for the p99, at 95 % confidence.
    #[serde(default = "default_kept_in")]
    pub kept_in: f64,
}

fn default_kept_in() -> f64 {
    0.99
}

/// A figure that the plan claims.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// Requirement id or place in the plan that makes the claim.
    pub from: String,
    /// What is claimed.
    pub says: Claimed,
}

/// What is claimed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub enum Claimed {
    /// Service is back within this time.
    RecoveryTime(Span),
    /// At most this much is lost.
    RecoveryPoint(Span),
    /// No acknowledged write is ever lost.
    NoLoss,
    /// A figure is so many times better than its target; the linter does the division.
    TimesBetter {
        /// How many times.
        times: f64,
        /// The figure.
        figure: Span,
        /// The target.
        target: Span,
    },
    /// A percentile that somebody read off so many runs of their own; the linter says whether they can show it.
    Percentile {
        /// Share of runs that take no longer, between 0 and 1.
        p: f64,
        /// How long those take.
        within: Span,
        /// Runs it was read off.
        runs: u32,
    },
}

/// A plan's changes for one scenario or one `--set`: whatever is named replaces the plan's value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, bound = "PP: Default + Serialize + serde::de::DeserializeOwned")]
#[schemars(bound = "PP: Default + Serialize + JsonSchema")]
pub struct PlanPatch<PP> {
    /// All regions anew.
    pub regions: Option<Vec<Region>>,
    /// Network.
    pub links: Option<LinksPatch>,
    /// Database.
    pub database: Option<DatabasePatch>,
    /// Clients.
    pub clients: Option<ClientsPatch>,
    /// How clients find the primary.
    pub redirect: Option<Redirect>,
    /// DNS.
    pub dns: Option<DnsPatch>,
    /// Addresses that clients try.
    pub hosts: Option<HostsPatch>,
    /// An address that moves.
    pub virtual_address: Option<VirtualAddressPatch>,
    /// Proxies.
    pub proxy: Option<ProxyPatch>,
    /// Traffic.
    pub traffic: Option<TrafficPatch>,
    /// Alerts anew.
    pub alerts: Option<Alerts>,
    /// The service level objective anew.
    pub slo: Option<Slo>,
    /// The KMS anew.
    pub kms: Option<Kms>,
    /// All people anew.
    pub people: Option<Vec<Person>>,
    /// Policy of the logic under test.
    pub policy: Option<PP>,
    /// Objectives.
    pub objectives: Option<ObjectivesPatch>,
}

/// Of regions that do not say whose they are.
pub(crate) const DEFAULT_PROVIDER: &str = "one";

fn default_provider() -> String {
    DEFAULT_PROVIDER.to_owned()
}

fn default_capacity() -> u64 {
    10_000
}

fn yes() -> bool {
    true
}

/// HikariCP's `maxLifetime`.
fn default_max_lifetime() -> Span {
    Span::from_secs(30 * 60)
}

/// Assumed: libpq with `target_session_attrs=read-write` does, and so do most drivers that know of failovers.
fn default_drops_read_only() -> bool {
    true
}

impl Default for Links {
    fn default() -> Links {
        let lan = |median: u64, p99: u64| Link {
            latency: Distribution::Lognormal {
                median: Span::from_micros(median),
                p99: Span::from_micros(p99),
            },
            loss: 0.0,
        };
        Links {
            within_site: lan(200, 1_000),
            within_region: lan(800, 3_000),
            between_regions: lan(40_000, 80_000),
            routes: Vec::new(),
        }
    }
}

impl Default for Clients {
    fn default() -> Clients {
        Clients {
            connect_timeout: Span::from_secs(5),
            statement_timeout: Span::from_secs(10),
            // "The default value of 15 yields a hypothetical timeout of 924.6 seconds" (Linux, ip-sysctl).
            tcp_timeout: Span::from_millis(924_600),
            // tcp_keepalive_time 7200 s, tcp_keepalive_probes 9, tcp_keepalive_intvl 75 s.
            tcp_keepalive: Span::from_secs(7_200 + 9 * 75),
            retry_first: Span::from_millis(100),
            retry_max: Span::from_secs(5),
            retries: 0,
            pool: None,
        }
    }
}

impl Default for Dns {
    fn default() -> Dns {
        Dns {
            ttl: Span::from_secs(30),
            ttl_least: Span::ZERO,
            // Its SOA records have a TTL of 900 s and a minimum of 86400 s.
            negative_ttl: Span::from_secs(900),
            resolvers_per_region: 4,
            update: Distribution::Lognormal { median: Span::from_secs(2), p99: Span::from_secs(10) },
            // BIND and Unbound leave it off unless told otherwise.
            serve_stale: false,
            routing: Routing::Primary,
            // Amazon Route 53 checks every 30 s, or every 10 s where one pays for it.
            health_check: Span::from_secs(30),
        }
    }
}
