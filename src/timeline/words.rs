//! What happened, in words.

use std::collections::BTreeMap;

use failover::{Concern, Decision, NoTarget, NodeId, NodeSet, Reason, Step};
use models::{Model, Place, What};
use reports::human;
use units::Span;

use super::{redirecting, requests};

/// Tells notes in order; some can only be understood from those before.
pub(super) struct Teller<'a, P> {
    model: &'a Model<P>,
    /// Of each epoch, the primary it takes the role from.
    from: BTreeMap<u64, NodeId>,
    /// Epochs of which it has been told that they began.
    begun: Vec<u64>,
    completed: Vec<u64>,
}

impl<'a, P> Teller<'a, P> {
    pub fn new(model: &'a Model<P>) -> Teller<'a, P> {
        Teller { model, from: BTreeMap::new(), begun: Vec::new(), completed: Vec::new() }
    }

    /// The sentence whose subject is the place.
    pub fn tell(&mut self, place: Place, what: &What) -> String {
        match what {
            What::Strikes(fault) => format!("{} strikes", self.model.faults[*fault].name),
            What::Reaches { fault, node, after } => self.reaches(*fault, *node, *after),
            What::Heals(fault) => format!("{} is over", self.model.faults[*fault].name),
            What::LinkFails(fault) => format!("{}: it fails", self.model.faults[*fault].name),
            What::LinkWorks(fault) => format!("{}: it works", self.model.faults[*fault].name),
            What::TooSlow => "answers its clients too late: their statements time out".to_owned(),
            What::FastEnough => "answers its clients in time again".to_owned(),
            What::NoRoom => "stops: there is no room on its disk for its log".to_owned(),
            What::PromotionFails => "fails to promote its database".to_owned(),
            What::Decides(decision) => self.decision(place, decision),
            What::Alerts(alert) => format!("alerts: {}", self.concern(alert.what)),
            What::Seen { alert, channel } => {
                let channels = self.model.alerts.iter().flat_map(|alerts| &alerts.channels);
                let name = channels.map(|channel| channel.name.as_str()).nth((*channel).into());
                let name = name.unwrap_or("a channel");
                format!("somebody sees on {name}: {}", self.concern(alert.what))
            }
            What::WaitsForKey => "cannot start its failover agent: the KMS does not answer".to_owned(),
            What::StaysOut(why) => format!("stays out: {why}"),
            What::Opens { epoch } => format!("accepts writes under epoch {epoch}"),
            What::Closes => "no longer accepts writes".to_owned(),
            What::Seals { epoch } => format!("stops receiving: its position is final for epoch {epoch}"),
            What::Streams(from) => format!("follows {}", self.model.nodes[*from].name),
            What::CaughtUp => "has caught up and counts as a standby".to_owned(),
            What::MissesStandby(node) => {
                format!("no longer waits for {}, which is silent", self.model.nodes[*node].name)
            }
            What::GoesOnAlone => {
                "has too few standbys and goes on without: what it writes now dies with it".to_owned()
            }
            What::WaitsForStandbys => "has standbys again: writes wait for them".to_owned(),
            What::Rewinds { writes: 0 } => {
                "goes back to where its history forked; no write is lost".to_owned()
            }
            What::Rewinds { writes } => {
                let writes = human::counted(*writes, "acknowledged write");
                format!("goes back to where its history forked and drops {writes}")
            }
            What::RoutesTo(nodes) => {
                let names: Vec<&str> =
                    nodes.iter().map(|node| self.model.nodes[*node].name.as_str()).collect();
                format!("send clients to the nearest of {}", names.join(", "))
            }
            What::StreamsMeet { other, keys, overwritten } => self.meeting(*other, *keys, *overwritten),
            What::Drained => "has sent the rest to all who follow it, and stops".to_owned(),
            What::CopyStuck => {
                "cannot be brought up to date and is stuck until a person copies it anew".to_owned()
            }
            What::CopyBegins { from, takes, writes } => self.copy_begins(*from, *takes, *writes),
            What::CopyEnds => "has its new copy".to_owned(),
            What::CopyBreaksOff => {
                "loses its primary in the middle of the copy: what it has is of no use".to_owned()
            }
            What::WatchdogResets => "is reset by its watchdog".to_owned(),
            What::AgentStarts => "starts its failover agent".to_owned(),
            What::DnsAnswers(node) => format!("answer with {}", self.model.nodes[*node].name),
            What::DnsKeepsOn(node) => {
                format!("take the change to {} and answer with something else", self.model.nodes[*node].name)
            }
            What::AddressMoves(node) => format!("moves to {}", self.model.nodes[*node].name),
            What::AddressStays(node) => {
                format!("cannot leave its network for {}", self.model.nodes[*node].name)
            }
            What::Marks { node, up, .. } => {
                format!("calls {} {}", self.model.nodes[*node].name, if *up { "up" } else { "down" })
            }
            What::Unserved { clients, of } if clients == of => format!("none of {of} served"),
            What::Unserved { clients, of } => format!("{clients} of {of} not served"),
            What::AllServed => "all served".to_owned(),
            What::DnsRefuses(node) => {
                format!("do not answer: the record cannot be changed to {}", self.model.nodes[*node].name)
            }
            What::Writes { per_second } => format!("write {} a second", human::count(*per_second)),
            What::Reads { unserved: 0, .. } => "all can read".to_owned(),
            What::Reads { unserved, of } if unserved == of => format!("none of {of} can read"),
            What::Reads { unserved, of } => format!("{unserved} of {of} cannot read"),
            What::Queues { .. } | What::Refuses { .. } | What::TimesOut { .. } | What::KeepsUp => {
                self.load(place, what)
            }
            What::Asks { name, ask } => requests::asks(name, ask, |node| self.node(node)),
            What::Hears { name, answer } => requests::hears(name, answer),
            What::Violates(what) => format!("must never happen: {what}"),
            What::SplitBrainBegins => "split brain: two databases accept writes".to_owned(),
            What::SplitBrainEnds => "the split brain is over".to_owned(),
        }
    }

    /// Why a fault strikes that waited for a step.
    fn reaches(&self, fault: usize, node: usize, after: Span) -> String {
        let (model, node) = (&self.model.faults[fault], &self.model.nodes[node].name);
        let Some(step) = model.timing.step() else { return String::new() };
        let when = match after.is_zero() {
            true => "now".to_owned(),
            false => format!("{} later", human::span(after)),
        };
        format!("{node} {}: {} strikes {when}", step.told(), model.name)
    }

    fn meeting(&self, other: usize, keys: u64, overwritten: u64) -> String {
        let other = &self.model.nodes[other].name;
        let (keys, writes) = (human::counted(keys, "key"), human::counted(overwritten, "acknowledged write"));
        format!("has exchanged everything with {other} again: {keys} in conflict, {writes} gave way")
    }

    fn copy_begins(&self, from: usize, takes: Span, writes: u64) -> String {
        let from = &self.model.nodes[from].name;
        let takes = human::span(takes);
        let dropped = match writes {
            0 => String::new(),
            _ => format!("; {} go with the old one", human::counted(writes, "acknowledged write")),
        };
        format!("cannot be brought up to date and is copied anew from {from}, which takes {takes}{dropped}")
    }

    /// How a database stands to its load.
    fn load(&self, place: Place, what: &What) -> String {
        let carries = match place {
            Place::Node(node) => self.model.nodes[node].capacity,
            Place::World | Place::Clients(_) => 0,
        };
        let offered = |offered: u64| {
            format!("offered {} writes a second, carries {}", human::count(offered), human::count(carries))
        };
        match what {
            What::Queues { offered: load } if *load <= carries => {
                format!("works off what waits ({})", offered(*load))
            }
            What::Queues { offered: load } => format!("overloaded: writes wait ({})", offered(*load)),
            What::TimesOut { offered: load } => {
                format!("answers so late that clients have given up ({})", offered(*load))
            }
            What::Refuses { offered: load, accepted } => {
                let refused = human::share(1.0 - f64::from(*accepted) / 1e6);
                format!("its queue is full: refuses {refused} of all writes ({})", offered(*load))
            }
            _ => "carries its load again: nothing waits".to_owned(),
        }
    }

    fn node(&self, node: NodeId) -> &str {
        self.model.nodes.get(node.index()).map_or("an unknown node", |node| node.name.as_str())
    }

    fn decision(&mut self, place: Place, decision: &Decision) -> String {
        match decision {
            Decision::Suspects(node) => format!("suspects {}", self.node(*node)),
            Decision::Trusts(node) => format!("hears {} again", self.node(*node)),
            Decision::Coordinates { .. } => "is elected coordinator".to_owned(),
            Decision::YieldsCoordination => "is coordinator no longer".to_owned(),
            Decision::Finds { epoch, from, reason } => {
                self.from.insert(*epoch, *from);
                let whose = if *reason == Reason::PrimarySilent { "a majority finds" } else { "finds" };
                format!("{whose} that {}", self.finding(*from, *reason))
            }
            Decision::HandsOver { from, to, reason, .. } => {
                let (from, to) = (self.node(*from), self.node(*to));
                let back = if *reason == Reason::Failback { "back " } else { "" };
                format!("begins a switchover {back}to {to}: {from} is to close in good order")
            }
            Decision::Withdraws(node) => format!("no longer wants clients sent to {}", self.node(*node)),
            Decision::Restores(node) => format!("wants clients sent to {} again", self.node(*node)),
            Decision::Begins { epoch } => self.begins(*epoch),
            Decision::Abandons { epoch } => {
                format!("epoch {epoch} goes on with the old primary, which is back in time")
            }
            // A write that no living member has heard of may be lost all the same.
            Decision::Chooses { to, lag, .. } if lag.is_zero() => {
                format!("chooses {} (of the writes known here, none is missing there)", self.node(*to))
            }
            Decision::Chooses { to, lag, .. } => {
                let lag = human::span(*lag);
                format!("chooses {} ({lag} behind the newest write known here)", self.node(*to))
            }
            Decision::FindsNoTarget(why) => no_target(*why),
            Decision::StepBegins { step, .. } => self.step(place, *step),
            Decision::StepFails { step, timed_out, .. } => {
                let how = if *timed_out { "took too long" } else { "failed" };
                format!("gives up its promotion: {} {how}", name(*step))
            }
            Decision::AwaitsAcknowledgement { missing, .. } => self.awaits_acknowledgement(missing),
            Decision::Completes { epoch } => self.completes(*epoch),
            Decision::HoldsLease { epoch } => {
                format!("holds the lease for epoch {epoch}: a majority promised")
            }
            Decision::LosesLease { epoch } => {
                format!("cannot renew its lease for epoch {epoch}: its database must stop")
            }
            Decision::GivesUpDatabase => "gives up on its database, which does not come back".to_owned(),
            Decision::DistrustsConfiguration { of } => {
                format!("gives {} no vote: its configuration is not the cluster's", self.node(*of))
            }
            Decision::RefusesPlan { epoch } => {
                format!("refuses the plan of epoch {epoch}: it was made under another configuration")
            }
            Decision::HoldsFailback { budget_left } => {
                let left = human::share(f64::from(*budget_left) / 1e6);
                format!("does not give the role back: {left} of the error budget is left")
            }
            Decision::DistrustsTrail { of, damage } => {
                format!("finds that the audit trail of {} is {damage}", self.node(*of))
            }
            Decision::Denies { request, claims, why } => requests::denies(*request, claims, *why),
            Decision::Sheds { requests } => {
                format!("drops {} unread: too many", human::counted(u64::from(*requests), "request"))
            }
            Decision::Admits { request } => format!("finds request {request} in order"),
            Decision::Forwards { request, to } => {
                format!("passes request {request} on to {}", self.node(*to))
            }
            Decision::Notes { progress, .. } => format!("notes that {}", requests::notes(*progress)),
            Decision::Obeys { request, reason, .. } => requests::obeys(*request, *reason),
            Decision::Drops { request, why } => requests::drops(*request, *why),
            Decision::AwaitsOperator { from, reason } => {
                format!("calls an operator: {}", self.finding(*from, *reason))
            }
            Decision::Rejoins { epoch } => {
                format!("knows again what was agreed, up to epoch {epoch}, and takes part")
            }
            Decision::Replayed { from } => {
                format!("takes no notice of what {} said before and is played back", self.node(*from))
            }
            Decision::Refuses { from } => format!("refuses a senseless message from {}", self.node(*from)),
        }
    }

    fn concern(&self, what: Concern) -> String {
        match what {
            Concern::HeartbeatLate { from, after } => {
                format!("the last heartbeat of {} took {}", self.node(from), human::span(after))
            }
            Concern::QuorumLost => "no majority is heard".to_owned(),
            Concern::QuorumRegained => "a majority is heard again".to_owned(),
            Concern::FailoverBegins { epoch } => format!("the failover of epoch {epoch} begins"),
            Concern::FailoverCompletes { epoch } => format!("the failover of epoch {epoch} is complete"),
            Concern::FailoverFails { epoch, step } => {
                format!("the failover of epoch {epoch} failed: {}", name(step))
            }
            Concern::NoTarget(why) => no_target(why),
            Concern::OperatorNeeded { .. } => "an operator is needed".to_owned(),
        }
    }

    fn finding(&self, from: NodeId, reason: Reason) -> String {
        let from = self.node(from);
        match reason {
            Reason::PrimarySilent => format!("{from} is silent"),
            Reason::PrimaryAlone => format!("{from} has closed its database, for it hears no majority"),
            Reason::PrimaryAltered => {
                format!("{from} has closed its database, for its configuration is not the cluster's")
            }
            Reason::DatabaseFailed => format!("{from} has lost its database"),
            Reason::TargetLost => format!("{from}, which was to take over, is lost or too slow"),
            Reason::Failback => format!("{from} is to give the role back"),
            Reason::PlanFailed => format!("{from} could not take over"),
            Reason::Manual => format!("{from} is to give its role away on request"),
            Reason::Scheduled => format!("{from} is to give its role away for maintenance"),
        }
    }

    fn begins(&mut self, epoch: u64) -> String {
        if self.begun.contains(&epoch) {
            return format!("learns that epoch {epoch} has begun");
        }
        self.begun.push(epoch);
        match self.from.get(&epoch) {
            Some(from) => format!("epoch {epoch} begins: replicas stop following {}", self.node(*from)),
            None => format!("epoch {epoch} begins: replicas stop following the old primary"),
        }
    }

    fn completes(&mut self, epoch: u64) -> String {
        if self.completed.contains(&epoch) {
            return format!("learns that the failover of epoch {epoch} is complete");
        }
        self.completed.push(epoch);
        format!("the failover of epoch {epoch} is complete")
    }

    fn awaits_acknowledgement(&self, missing: &NodeSet) -> String {
        let names: Vec<&str> = missing.iter().map(|node| self.node(node)).collect();
        match names.is_empty() {
            true => "gets no acknowledgement for a write, although every replica follows it".to_owned(),
            false => format!("gets no acknowledgement for a write: it misses {}", names.join(", ")),
        }
    }

    fn step(&self, place: Place, step: Step) -> String {
        match step {
            Step::Fence => "waits for the old lease to run out".to_owned(),
            Step::Promote => "promotes its database".to_owned(),
            Step::Verify => "checks that its database is complete and accepts writes".to_owned(),
            Step::Redirect => redirecting::asks(self.model, place),
            Step::Repoint => "tells the other replicas to follow it".to_owned(),
            Step::Acknowledge => "writes, to see that it is acknowledged".to_owned(),
        }
    }
}

fn name(step: Step) -> &'static str {
    match step {
        Step::Fence => "waiting for the old lease",
        Step::Promote => "promoting its database",
        Step::Verify => "checking its database",
        Step::Redirect => "redirecting clients",
        Step::Repoint => "repointing the replicas",
        Step::Acknowledge => "a write that is acknowledged",
    }
}

fn no_target(why: NoTarget) -> String {
    match why {
        NoTarget::Waiting => "waits for the replicas' final positions".to_owned(),
        NoTarget::Unproven { have, need } => {
            let have = human::counted(have as u64, "replica");
            format!("cannot promote safely: {have} reported a final position, {need} must")
        }
        NoTarget::NoReplica => "finds no replica that could take over".to_owned(),
        NoTarget::BeyondLagLimit { least } => format!(
            "finds every replica beyond the lag limit: the best may be {} behind what the old primary wrote",
            human::span(least)
        ),
        NoTarget::LagUnknown => {
            "cannot tell how far the old primary wrote: too few voters remember when they let it".to_owned()
        }
    }
}
