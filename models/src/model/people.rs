//! Who asks for what, with keys that the world makes from names: nobody outside a simulation may trust them.

use failover::NodeId;
use failover::access::{Ask, SigningKey, WallTime, Window};
use scenarios::{AskFor, Asking, Forger, Scenario, When};
use sha2::{Digest, Sha256};
use sim::{Key, Sampler, SimTime};
use units::Span;

use super::build::{Names, compile};
use super::{ModelError, StrikeModel};
use crate::logic::Policy;

/// What wall clocks show when a run begins: 2026-01-01 00:00 UTC.
const EPOCH: WallTime = WallTime::from_nanos(1_767_225_600_000_000_000);

/// The people of a plan, and what they ask in this scenario.
#[derive(Clone, Debug)]
pub struct PeopleModel {
    /// Everybody.
    pub people: Vec<PersonModel>,
    /// What is asked.
    pub requests: Vec<RequestModel>,
    /// Approvals by others that it takes.
    pub approvals: u32,
}

/// A person.
#[derive(Clone, Debug)]
pub struct PersonModel {
    /// As they are called.
    pub name: String,
    /// Index of the region where they sit.
    pub region: usize,
    /// From the call until they have signed.
    pub reaction: Sampler,
    /// What they sign with.
    pub signs_with: SigningKey,
    /// They may ask for the role to be moved, and approve that.
    pub decides: bool,
    /// Their stream.
    pub key: Key,
}

/// Something is asked for.
#[derive(Clone, Debug)]
pub struct RequestModel {
    /// When; `None`: once the logic says that it waits for an operator.
    pub at: Option<When>,
    /// Index of the person.
    pub from: usize,
    /// What.
    pub wish: WishModel,
    /// Indexes of those who are called to approve it.
    pub approve: Vec<usize>,
    /// Stream of its moment.
    pub key: Key,
}

/// What is asked for, with times counted from the beginning of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WishModel {
    /// How things stand.
    Status,
    /// A failover.
    Failover(Option<NodeId>),
    /// A switchover.
    Switchover(NodeId, Option<(Span, Span)>),
}

/// Who makes a request that must be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForgerModel {
    /// Somebody unknown.
    Stranger,
    /// Somebody in the name of this person, without their key.
    Impostor(String),
    /// This person, with the right key.
    Insider(String),
}

/// The key of the person of this name, in every simulation.
pub fn signing_key(name: &str) -> SigningKey {
    let mut secret = Sha256::new();
    secret.update(b"the simulated person ");
    secret.update(name.as_bytes());
    SigningKey::from_secret(&secret.finalize().into())
}

/// What a right wall clock shows.
pub(crate) fn wall_at(at: SimTime) -> WallTime {
    EPOCH + at.since(SimTime::ZERO)
}

impl WishModel {
    /// As a request says it.
    pub fn ask(self) -> Ask {
        match self {
            WishModel::Status => Ask::Status,
            WishModel::Failover(to) => Ask::Failover { to },
            WishModel::Switchover(to, window) => {
                let window = window.map(|(from, until)| Window { from: EPOCH + from, until: EPOCH + until });
                Ask::Switchover { to, window }
            }
        }
    }
}

impl PeopleModel {
    pub(super) fn of<L>(scenario: &Scenario<L>, names: &Names) -> Result<Option<PeopleModel>, ModelError>
    where
        L: scenarios::Logic<Policy: Policy>,
    {
        let plan = &scenario.plan;
        if plan.people.is_empty() {
            return Ok(None);
        }
        let person = |person: &scenarios::Person| {
            let region = names.regions.iter().position(|name| *name == person.region);
            Ok(PersonModel {
                name: person.name.clone(),
                region: region
                    .ok_or_else(|| ModelError(format!("no region is called '{}'", person.region)))?,
                reaction: compile(&person.reaction)?,
                signs_with: signing_key(&person.name),
                decides: plan.policy.may_decide(&person.name),
                key: Key::new(&person.name, "person"),
            })
        };
        let people = plan.people.iter().map(person).collect::<Result<Vec<_>, ModelError>>()?;
        let index = |name: &str| {
            let place = people.iter().position(|person| person.name == name);
            place.ok_or_else(|| ModelError(format!("nobody is called '{name}'")))
        };
        let request = |(number, asking): (usize, &Asking)| {
            Ok(RequestModel {
                at: asking.at,
                from: index(&asking.from)?,
                wish: wish(names, &asking.ask)?,
                approve: asking.approve.iter().map(|name| index(name)).collect::<Result<_, _>>()?,
                key: Key::new(&format!("request {number}"), "time"),
            })
        };
        let requests =
            scenario.requests.iter().enumerate().map(request).collect::<Result<_, ModelError>>()?;
        let approvals = plan.policy.approvals().unwrap_or(0);
        Ok(Some(PeopleModel { people, requests, approvals }))
    }
}

pub(super) fn wish(names: &Names, ask: &AskFor) -> Result<WishModel, ModelError> {
    let node = |name: &String| names.node_index(name).map(NodeId::at);
    Ok(match ask {
        AskFor::Status => WishModel::Status,
        AskFor::Failover { to } => WishModel::Failover(to.as_ref().map(node).transpose()?),
        AskFor::Switchover { to, window } => WishModel::Switchover(node(to)?, *window),
    })
}

/// The name of the fault, and what it does.
pub(super) fn forger(by: &Forger, wish: WishModel) -> (String, StrikeModel) {
    let (name, by) = match by {
        Forger::Stranger => ("request of a stranger".to_owned(), ForgerModel::Stranger),
        Forger::Impostor(name) => (format!("forged request of {name}"), ForgerModel::Impostor(name.clone())),
        Forger::Insider(name) => (format!("unwanted request of {name}"), ForgerModel::Insider(name.clone())),
    };
    (name, StrikeModel::ForgedRequest(by, wish))
}
