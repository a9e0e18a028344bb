//! What a system looks like to whoever aims disasters at it.

use failover::access::PersonRole;
use failover::{Detector, ErrorBudget, Policy};
use scenarios::Plan;
use units::Span;

use super::dice::part;

/// Regions, nodes and tempo of a system.
#[derive(Clone, Debug)]
pub(super) struct Ground {
    pub regions: Vec<String>,
    pub nodes: Vec<Place>,
    /// The node that is primary at first.
    pub primary: String,
    /// Heartbeat of the logic.
    pub heartbeat: Span,
    /// Silence that is suspicious.
    pub patience: Span,
    /// For how long a primary may go on unheard.
    pub lease: Span,
    /// How much of that is left for clocks that go wrong.
    pub margin: Span,
    /// A database whose agent stands still stops accepting writes: there is a watchdog, or the engine checks the lease. Where
    /// that is not so, whoever draws the system draws no such fault; somebody's plan has to bear it.
    pub bounded: bool,
    /// People who can ask for something.
    pub people: Vec<String>,
    /// Those of them who may only look.
    pub viewers: Vec<String>,
    /// Agents keep an audit trail.
    pub audit: bool,
    /// What agents write is sealed under a key of a key management service.
    pub kms: bool,
    /// Agents compare their configurations.
    pub manifest: bool,
    /// By which people are alerted.
    pub channels: Vec<String>,
}

/// A node.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub name: String,
    pub region: usize,
    pub has_data: bool,
    pub votes: bool,
}

impl Ground {
    /// That of a plan.
    pub fn of<PP>(plan: &Plan<Policy, PP>) -> Ground {
        let places = plan.regions.iter().enumerate().flat_map(|(region, of)| {
            let nodes = of.sites.iter().flat_map(|site| &site.nodes);
            nodes.map(move |node| Place {
                name: node.name.clone(),
                region,
                has_data: !node.witness,
                votes: node.votes,
            })
        });
        let policy = &plan.policy;
        Ground {
            regions: plan.regions.iter().map(|region| region.name.clone()).collect(),
            nodes: places.collect(),
            primary: plan.database.primary.clone(),
            heartbeat: policy.heartbeat,
            patience: patience(policy),
            lease: policy.lease,
            margin: policy.lease_margin,
            bounded: true,
            people: plan.people.iter().map(|person| person.name.clone()).collect(),
            viewers: viewers(policy),
            audit: policy.audit,
            kms: plan.kms.is_some(),
            manifest: policy.manifest,
            channels: plan
                .alerts
                .iter()
                .flat_map(|alerts| &alerts.channels)
                .map(|one| one.name.clone())
                .collect(),
        }
    }

    /// All regions but that.
    pub fn others(&self, region: &str) -> Vec<String> {
        self.regions.iter().filter(|other| *other != region).cloned().collect()
    }
}

fn viewers(policy: &Policy) -> Vec<String> {
    let people = policy.access.people.iter().filter(|person| person.role == PersonRole::Viewer);
    people.map(|person| person.name.clone()).collect()
}

/// How long who may be missed before anybody acts, under a policy and with a watchdog. Of a system that was made smaller they are
/// others than it was drawn for.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// Heartbeat of the logic.
    pub heartbeat: Span,
    /// Silence that is suspicious.
    pub patience: Span,
    /// The same where little is left of an error budget that is heeded.
    pub patience_least: Span,
    /// For how long a primary may go on unheard.
    pub lease: Span,
    /// How much of that is left for clocks that go wrong.
    pub margin: Span,
    /// After how long without its agent a node is reset.
    pub watchdog: Option<Span>,
}

impl Limits {
    pub fn of(policy: &Policy, watchdog: Option<Span>) -> Limits {
        let patience = patience(policy);
        Limits {
            heartbeat: policy.heartbeat,
            patience,
            patience_least: match policy.error_budget {
                ErrorBudget::Heeded { beats, .. } => patience.min(policy.heartbeat * u64::from(beats)),
                ErrorBudget::Ignored => patience,
            },
            lease: policy.lease,
            margin: policy.lease_margin,
            watchdog,
        }
    }
}

/// Silence after which a member is suspected, roughly where that is learned.
fn patience(policy: &Policy) -> Span {
    match policy.detector {
        Detector::Missed(beats) => policy.heartbeat * u64::from(beats) + part(policy.heartbeat, 2),
        Detector::PhiAccrual { deviation_least, .. } => policy.heartbeat + deviation_least * 5,
    }
}
