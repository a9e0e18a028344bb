//! What stands around the failover: alerts, the service level objective, the keys of disks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::Distribution;
use units::Span;

/// How alerts reach people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alerts {
    /// In the order in which they are tried.
    pub channels: Vec<Channel>,
    /// A channel that has not taken an alert for this long is given up, and the next is tried.
    #[serde(default = "default_give_up")]
    pub give_up: Span,
    /// Pause before the first channel is tried again, after none took the alert.
    #[serde(default = "default_again")]
    pub again: Span,
}

/// A pager, a chat, mail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Unique among channels.
    pub name: String,
    /// From the moment it takes an alert until somebody sees it.
    pub delay: Distribution,
}

/// What users were promised, and how much of what it forgives is used up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slo {
    /// Share of the time in which clients are served, such as 0.999; below 1.
    pub objective: f64,
    /// The window it is promised for.
    #[serde(default = "default_window")]
    pub window: Span,
    /// Share of the error budget that is spent when the run begins, from 0.
    #[serde(default)]
    pub spent: f64,
}

/// The key management service that an agent needs when it starts, to read its own disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kms {
    /// How long it takes to answer.
    #[serde(default = "default_answers")]
    pub answers: Distribution,
}

/// Assumed: what HTTP clients of paging services are commonly set to.
fn default_give_up() -> Span {
    Span::from_secs(10)
}

fn default_again() -> Span {
    Span::from_secs(30)
}

/// As monthly reports count.
fn default_window() -> Span {
    Span::from_secs(30 * 86_400)
}

/// Assumed: a request to a cloud provider's KMS within a region.
fn default_answers() -> Distribution {
    Distribution::Lognormal { median: Span::from_millis(15), p99: Span::from_millis(150) }
}
