//! The replicated database of a plan: its engine, whom its writes wait for, and how it stops, starts and is copied.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::Distribution;
use struct_patch::Patch;
use units::Span;

use crate::named_none;

/// The replicated database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, Patch)]
#[patch(attribute(doc = "What differs in [`Database`]; a field that is not named stays as it is."))]
#[patch(attribute(allow(missing_docs, reason = "the fields are those of the type it patches")))]
#[patch(attribute(derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// Which engine's times and abilities apply.
    pub engine: Engine,
    /// When a write counts as acknowledged.
    pub durability: Durability,
    /// A primary whose writes have waited for missing standbys this long goes on without, until enough of them have
    /// caught up; `None`: its writes wait. MySQL's `rpl_semi_sync_source_timeout` is 10 s; Patroni without
    /// `synchronous_mode_strict` does so within `loop_wait` (10 s) of PostgreSQL's missing the standby.
    #[serde(default)]
    #[patch(attribute(serde(
        serialize_with = "named_none::serialize",
        deserialize_with = "named_none::deserialize",
        skip_serializing_if = "Option::is_none"
    )))]
    pub degrades_after: Option<Span>,
    /// A primary counts a standby that fell silent for this long among those that writes wait for; "0s": for ever.
    /// PostgreSQL's `wal_sender_timeout`.
    #[serde(default = "default_wal_timeout")]
    pub wal_sender_timeout: Span,
    /// The node that is primary at the start; of several actives one of them.
    pub primary: String,
    /// Whether one node accepts writes, or several do at the same time.
    #[serde(default)]
    pub topology: Topology,
    /// Writes per second a replication stream can carry; above the clients' rate, or lag grows for ever.
    #[serde(default = "default_replication_rate")]
    pub replication_writes_per_second: u64,
    /// Writes that wait at the primary at most, in its connections and the poolers before it; more are refused at
    /// once.
    #[serde(default = "default_queue_max")]
    pub queue_max: u64,
    /// Resets a machine whose agent has not reported for this long; `None`: no watchdog.
    #[serde(default)]
    #[patch(attribute(serde(
        serialize_with = "named_none::serialize",
        deserialize_with = "named_none::deserialize",
        skip_serializing_if = "Option::is_none"
    )))]
    pub watchdog: Option<Span>,
    /// Whether the engine itself refuses writes once its lease has run out; the engine's own ability if not
    /// given. PostgreSQL cannot: it relies on its agent or a watchdog.
    #[serde(default)]
    #[patch(attribute(serde(
        serialize_with = "named_none::serialize",
        deserialize_with = "named_none::deserialize",
        skip_serializing_if = "Option::is_none"
    )))]
    pub refuses_without_lease: Option<bool>,
    /// Log kept for replicas that are away, counted in time of writing; `None`: all of it. A replica that lacks
    /// more, or whose history forked before that, needs a full copy.
    #[serde(default)]
    #[patch(attribute(serde(
        serialize_with = "named_none::serialize",
        deserialize_with = "named_none::deserialize",
        skip_serializing_if = "Option::is_none"
    )))]
    pub keeps_log_for: Option<Span>,
    /// How an agent stops a database that must not accept writes any more.
    #[serde(default)]
    pub stop: Stop,
    /// From the order to stop until no session is left that could commit, by force; measured or assumed by the engine
    /// if not given (`docs/calibration.md`).
    #[serde(default)]
    #[patch(attribute(serde(
        serialize_with = "named_none::serialize",
        deserialize_with = "named_none::deserialize",
        skip_serializing_if = "Option::is_none"
    )))]
    pub session_end: Option<Distribution>,
    /// The checkpoint at which a database that stops in good order writes everything to its disk, once its sessions have
    /// ended; none if not given.
    #[serde(default)]
    #[patch(attribute(serde(
        serialize_with = "named_none::serialize",
        deserialize_with = "named_none::deserialize",
        skip_serializing_if = "Option::is_none"
    )))]
    pub checkpoint: Option<Distribution>,
    /// A stopped database starts, all of it but the recovery after a crash; as the engine was measured if not given.
    #[serde(default)]
    #[patch(attribute(serde(
        serialize_with = "named_none::serialize",
        deserialize_with = "named_none::deserialize",
        skip_serializing_if = "Option::is_none"
    )))]
    pub start: Option<Distribution>,
    /// What a start takes longer after a crash or an immediate stop: the log since the last checkpoint is replayed.
    /// None beyond the measured start if not given. PostgreSQL replays 50 to 65 MB of log per second.
    #[serde(default)]
    #[patch(attribute(serde(
        serialize_with = "named_none::serialize",
        deserialize_with = "named_none::deserialize",
        skip_serializing_if = "Option::is_none"
    )))]
    pub crash_recovery: Option<Distribution>,
    /// A running replica becomes a primary that accepts writes; as the engine was measured if not given.
    #[serde(default)]
    #[patch(attribute(serde(
        serialize_with = "named_none::serialize",
        deserialize_with = "named_none::deserialize",
        skip_serializing_if = "Option::is_none"
    )))]
    pub promotion: Option<Distribution>,
    /// A copy that has to be made anew waits for a person, who begins it after this time; its agent does at once if
    /// not given.
    #[serde(default)]
    #[patch(attribute(serde(
        serialize_with = "named_none::serialize",
        deserialize_with = "named_none::deserialize",
        skip_serializing_if = "Option::is_none"
    )))]
    pub full_copy_by_hand: Option<Distribution>,
    /// Share of rewinds that fail, 0 to 1: then a full copy is needed.
    #[serde(default)]
    pub rewind_fails: f64,
    /// How large the data is, in gigabytes of 10^9 bytes: what a full copy carries.
    #[serde(default = "default_size_gb")]
    pub size_gb: f64,
    /// Megabytes of 10^6 bytes that a full copy carries per second, at least and at most; drawn evenly for each
    /// copy.
    #[serde(default = "default_copy_mb_per_second")]
    pub copy_mb_per_second: (f64, f64),
}

/// Who accepts writes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Topology {
    /// One primary; the others follow it.
    #[default]
    ActivePassive,
    /// Several nodes at the same time, each sending the others what it wrote, asynchronously.
    ActiveActive(Actives),
}

/// Nodes that accept writes at the same time, and the keys they write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Actives {
    /// Their names. Clients are sent to the nearest.
    pub nodes: Vec<String>,
    /// Keys (rows, documents) that are written.
    #[serde(default = "default_keys")]
    pub keys: u64,
    /// So many of them are written more often than the rest.
    #[serde(default)]
    pub hot_keys: u64,
    /// Share of all writes that go to those, 0 to 1.
    #[serde(default)]
    pub hot_share: f64,
    /// Which of two writes to a key stays, if neither knew of the other.
    #[serde(default)]
    pub resolution: Resolution,
}

/// Which of two writes to a key stays, if neither knew of the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Resolution {
    /// The later one.
    #[default]
    LastWriterWins,
    /// The earlier one.
    FirstWriterWins,
}

/// A database engine whose times and abilities are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Engine {
    /// PostgreSQL 15 with streaming replication.
    PostgreSql15,
}

/// How a database is stopped: PostgreSQL's three shutdown modes. Whoever is asked a second time to stop a database that
/// still does so goes on to `Immediate`, and so does whoever stops one that hangs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Stop {
    /// Everything ends at once; the next start replays the log since the last checkpoint.
    #[default]
    Immediate,
    /// Sessions are ended, then it writes a checkpoint and sends standbys what they lack.
    Fast,
    /// It waits until the last session has ended by itself, which takes so long and in which they go on committing;
    /// then as `Fast`.
    Smart(Distribution),
}

/// When a write counts as acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Durability {
    /// As soon as the primary has it: what has not been replicated dies with the primary.
    Async,
    /// When the first connected node of this list has it too.
    Sync(Vec<String>),
    /// When this many replicas, whichever, have it too.
    Quorum(u32),
    /// When the first so many connected nodes of this list all have it too: PostgreSQL's `FIRST 2 (a, b, c)`.
    First(u32, Vec<String>),
    /// When so many nodes of this list, whichever, have it too: PostgreSQL's `ANY 2 (a, b, c)`.
    Any(u32, Vec<String>),
}

impl Database {
    /// Whether what clients were told is safe survives the primary, always.
    pub fn promises_durability(&self) -> bool {
        self.durability != Durability::Async && self.degrades_after.is_none()
    }
}

fn default_keys() -> u64 {
    100_000
}

/// A small database: a full copy takes a minute or two.
fn default_size_gb() -> f64 {
    10.0
}

/// What one stream of a base backup carries over a network of a gigabit per second, at worst and at best.
fn default_copy_mb_per_second() -> (f64, f64) {
    (60.0, 110.0)
}

/// PostgreSQL 15.
fn default_wal_timeout() -> Span {
    Span::from_secs(60)
}

fn default_replication_rate() -> u64 {
    20_000
}

/// Assumed. PostgreSQL starts with `max_connections = 100` and PgBouncer with `max_client_conn = 100`; whoever
/// runs poolers raises theirs to thousands.
fn default_queue_max() -> u64 {
    5_000
}
