use failover::access::{Mode, PersonRole, PublicKey};
use units::Span;

/// The policy of a logic, as far as the world must know it.
pub trait Policy: Clone + Send + Sync + 'static {
    /// How fast the logic is and what it promises.
    fn terms(&self) -> Terms;

    /// The world has made keys for the people of the plan: the policy takes the public one of everybody whose key it
    /// lacks. Logic that takes no requests has nothing to do.
    fn take_keys(&mut self, _public: &dyn Fn(&str) -> PublicKey) {}

    /// How many others must approve what somebody asks for; `None`: the logic takes no requests, and nothing that it
    /// does is held against what people asked.
    fn approvals(&self) -> Option<u32> {
        None
    }

    /// Whether the person of this name may ask for the role to be moved, and approve that.
    fn may_decide(&self, _person: &str) -> bool {
        false
    }

    /// Refuses a policy that cannot be run. The loader has asked [`scenarios::Logic::check`] before; this is for
    /// plans that did not come from a file.
    ///
    /// # Errors
    /// What is wrong, in one line.
    fn validate(&self) -> Result<(), String> {
        Ok(())
    }
}

/// What a policy says of the logic's pace, and what it promises. The world holds the logic to the promises; what is
/// not promised is not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Every node hears every other so often while all is well.
    pub heartbeat: Span,
    /// The interval of other routine messages, such as those of a consensus.
    pub chatter: Option<Span>,
    /// What an agent heard of others longer ago than this makes no difference to what it does, while all is as usual.
    /// `None` where the last message of each kind says all that counts; a time where agents learn from many.
    pub memory: Option<Span>,
    /// When a run begins, the agents have agreed on what they need, such as a first leader
    /// ([`Disk::founded`](crate::Disk::founded)). And each beats at a place within the interval that differs from seed
    /// to seed, evenly, so that it makes no difference at which moment of it the first fault finds them.
    pub founded: bool,
    /// The longest silence after which nobody does anything yet. A run is not called settled before that much time,
    /// and a lease, have passed without an event.
    pub suspicion: Span,
    /// Who accepts writes does so under a lease. Without one, whether a minority acted is not judged, and a watchdog
    /// bites when the reading it was set to has come.
    pub lease: Option<Lease>,
    /// The lease lasts without a majority as long as all other nodes with a copy grant it; whether a minority acted or served
    /// is then not judged.
    pub failsafe: bool,
    /// With asynchronous replication, no replica is promoted that is further behind. Without a limit, lag is not judged.
    pub lag_max: Option<Span>,
    /// The role may change although nobody failed.
    pub switches: bool,
    /// The role moves only when people say so.
    pub manual: bool,
    /// After a completed failover no other follows for this long. Without one, that is not judged.
    pub cooldown: Option<Span>,
    /// How fast epochs may follow each other. Without one, that is not judged.
    pub pace: Option<Pace>,
    /// What its agents say of themselves. What they do not say is not judged by it, and may not be expected.
    pub tells: Tells,
}

/// What agents say of themselves, as far as something is judged by it that the world cannot see. The world itself sees
/// clients, databases, copies, connections and who opens for writes under which epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tells {
    /// That the primary is out of service, when they find so ([`Finds`](failover::Decision::Finds)): without it nobody
    /// knows which failovers were needless.
    pub findings: bool,
    /// When a plan begins and when it is complete ([`Chooses`](failover::Decision::Chooses),
    /// [`Completes`](failover::Decision::Completes)), and that its target was verified (the task
    /// [`Verify`](failover::Task::Verify)).
    pub plans: bool,
    /// Who was elected in which term ([`Coordinates`](failover::Decision::Coordinates)) and who coordinates
    /// ([`Agent::coordinates`](crate::Agent::coordinates)).
    pub elections: bool,
    /// Planned changes of the primary ([`HandsOver`](failover::Decision::HandsOver)).
    pub hand_overs: bool,
    /// What becomes of people's requests ([`Denies`](failover::Decision::Denies), [`Notes`](failover::Decision::Notes),
    /// [`Obeys`](failover::Decision::Obeys)).
    pub requests: bool,
    /// An audit trail ([`Effect::Record`](failover::Effect::Record), [`Agent::keep_trail`](crate::Agent::keep_trail)).
    pub trail: bool,
    /// Alerts ([`Effect::Alert`](failover::Effect::Alert)).
    pub alerts: bool,
}

impl Tells {
    /// Everything.
    pub const ALL: Tells = Tells {
        findings: true,
        plans: true,
        elections: true,
        hand_overs: true,
        requests: true,
        trail: true,
        alerts: true,
    };
    /// Nothing: clients, databases and connections speak for themselves.
    pub const NOTHING: Tells = Tells {
        findings: false,
        plans: false,
        elections: false,
        hand_overs: false,
        requests: false,
        trail: false,
        alerts: false,
    };
}

/// How many epochs may begin within how long, whatever happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// So many.
    pub epochs: u32,
    /// Within so long.
    pub within: Span,
}

/// For how long a primary may accept writes after a majority last heard it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// So long.
    pub length: Span,
    /// It gives up this much early.
    pub margin: Span,
}

impl Terms {
    /// Of logic that promises neither lease nor lag limit, and tells nothing of itself.
    pub const fn new(heartbeat: Span, suspicion: Span) -> Terms {
        let (chatter, lease, lag_max) = (None, None, None);
        Terms {
            heartbeat,
            chatter,
            memory: None,
            founded: false,
            suspicion,
            lease,
            failsafe: false,
            lag_max,
            cooldown: None,
            pace: None,
            switches: false,
            manual: false,
            tells: Tells::NOTHING,
        }
    }

    /// For how long a primary may serve without a majority; `None` where nothing bounds it: no lease, or a failsafe.
    pub fn serves_alone(&self) -> Option<Span> {
        self.lease.filter(|_| !self.failsafe).map(|lease| lease.length)
    }

    /// In one round everybody has heard everybody.
    pub fn round(&self) -> Span {
        self.heartbeat.max(self.chatter.unwrap_or(self.heartbeat))
    }

    /// Messages of routine follow each other no faster than this.
    pub fn beat(&self) -> Span {
        self.heartbeat.min(self.chatter.unwrap_or(self.heartbeat))
    }
}

impl Policy for failover::Policy {
    fn terms(&self) -> Terms {
        Terms {
            heartbeat: self.heartbeat,
            chatter: Some(self.consensus.beats_every()),
            memory: self.remembers(),
            founded: true,
            suspicion: self.suspicion(),
            // Safeguards that are left out change what the logic does, and not what it is held to.
            lease: Some(Lease { length: self.lease, margin: self.lease_margin }),
            failsafe: self.safeguards.failsafe,
            lag_max: Some(self.promote_lag_max),
            switches: self.failback != failover::Failback::None,
            manual: self.mode == Mode::Manual,
            cooldown: Some(self.cooldown),
            // After two plans that fail comes a pause of a heartbeat, then of two, then of four: four epochs. A primary that
            // comes back in time, or a switchover, may add one each.
            pace: Some(Pace { epochs: 6, within: self.heartbeat * 6 }),
            tells: Tells::ALL,
        }
    }

    fn take_keys(&mut self, public: &dyn Fn(&str) -> PublicKey) {
        for person in &mut self.access.people {
            person.key.get_or_insert_with(|| public(&person.name));
        }
    }

    fn approvals(&self) -> Option<u32> {
        (!self.access.people.is_empty()).then_some(self.access.approvals)
    }

    fn may_decide(&self, person: &str) -> bool {
        self.access.is_at_least(person, PersonRole::Operator)
    }

    fn validate(&self) -> Result<(), String> {
        match self.objections().into_iter().find(|objection| objection.fatal) {
            Some(objection) => {
                Err(format!("policy.{}: {}; {}", objection.field, objection.problem, objection.remedy))
            }
            None => Ok(()),
        }
    }
}
