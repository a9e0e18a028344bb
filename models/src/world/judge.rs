//! The world as judge: who reaches whom, who accepts writes, whether a promotion was right, how a run ended.

use scenarios::Invariant;
use sim::{Agenda, Outcome, SimTime};
use units::Span;

use super::{World, waits_for_standbys};
use crate::assurance::Assurance;
use crate::event::Event;
use crate::invariants::{self, Promotion};
use crate::journal::Journal;
use crate::logic::{Agent, Logic};
use crate::model::ActivesModel;
use crate::note::{Place, What};
use crate::operations::Operations;
use crate::record::RunRecord;

/// A run that is not settled is looked at again after this long.
const LOOK_AGAIN: Span = Span::from_secs(5);

impl<L: Logic, J: Journal> World<L, J> {
    /// Who stands with a majority, and which regions' clients reach nobody who does.
    pub(super) fn redraw_map(&mut self, now: SimTime) {
        self.weigh_service(now);
        let count = self.machines.len();
        for node in 0..count {
            let main = self.stands_with_majority(node);
            self.measures.main[node] = main;
            self.note_contact(now, node);
            self.measures.alone_since[node] = (!main).then(|| self.had_majority_until(now, node));
        }
        for region in 0..self.model.regions.len() {
            let endpoint = self.model.clients_endpoint(region);
            let someone = self.measures.main.contains(&true);
            let near = (0..count).any(|node| self.may_serve(node) && self.network.connected(endpoint, node));
            self.clients.dark[region] = self.clients.lost[region] > 0 || (someone && !near);
        }
        let present = self.model.voters.iter().any(|voter| self.measures.main[*voter]);
        self.measures.on_quorum(now, present);
        self.observe_coordinator(now);
    }

    fn note_contact(&mut self, now: SimTime, node: usize) {
        let (able, voters) = (self.able(node), self.model.voters.len());
        for place in 0..voters {
            let voter = self.model.voters[place];
            let reached = voter == node || self.network.connected(node, voter);
            let machine = &self.machines[voter];
            let (last, mailed) = (
                &mut self.measures.contact[node * voters + place],
                &mut self.measures.mailed[node * voters + place],
            );
            *mailed = match () {
                // What waited for it is gone with it.
                () if machine.agent.is_none() => (*mailed).min(*last),
                () if able && reached && machine.alive() => SimTime::MAX,
                () => (*mailed).min(now),
            };
            *last = match machine.able() {
                true if able && reached => SimTime::MAX,
                // A voter that goes on answers what it was asked meanwhile, and promises from then on.
                true => (*last).max(*mailed).min(now),
                false => (*last).min(now),
            };
        }
    }

    /// A lease is good for so long after a majority's promises, and who makes them need not be reached all at once: what
    /// counts is when the last of those was reached of whom a majority has been reached since.
    fn had_majority_until(&self, now: SimTime, node: usize) -> SimTime {
        let (voters, majority) = (self.model.voters.len(), self.model.majority);
        let mut last: Vec<SimTime> = self.measures.contact[node * voters..][..voters].to_vec();
        let (_, weakest, _) = last.select_nth_unstable_by(majority - 1, |a, b| b.cmp(a));
        (*weakest).min(now)
    }

    /// What a majority is, for every invariant and every measure: the agent of `node` is able, and it is connected, both
    /// ways, with more than half of the voters whose agents are able, itself included if it votes. An agent is able
    /// that runs and gets the processor. A database whose own agent is dead stands with nobody: it hears of no lease,
    /// and nobody can take its role away.
    pub(super) fn stands_with_majority(&self, node: usize) -> bool {
        self.able(node) && self.group(node) >= self.model.majority
    }

    /// A primary could be there: a majority is, or, of several actives, it is one.
    fn may_serve(&self, node: usize) -> bool {
        let active = |actives: &ActivesModel| actives.nodes.contains(&node) && self.machines[node].alive();
        self.measures.main[node] || self.model.actives.as_ref().is_some_and(active)
    }

    /// Whether `node` does everything a primary should: its agent runs, its database accepts writes, and a
    /// majority is within reach.
    pub(super) fn in_service(&self, node: usize) -> bool {
        let machine = &self.machines[node];
        machine.database.accepts() && !machine.slowness.too_slow && self.measures.main[node]
    }

    /// How many databases accept writes, and whether anyone waits too long for an acknowledgement.
    pub(super) fn count_open(&mut self, now: SimTime) {
        self.weigh_service(now);
        let serves = self.in_service(self.measures.primary);
        self.measures.milestones.on_primary(now, serves);
        let (mut accepting, mut works_off) = (0, false);
        for node in 0..self.machines.len() {
            let accepts = self.machines[node].alive() && self.machines[node].database.accepts();
            accepting += usize::from(accepts);
            if accepts && waits_for_standbys(&self.model.durability) {
                let wait = self.journal.acknowledgement_wait(now, node);
                let patience = self.model.clients.statement_timeout;
                let slow = wait.is_none_or(|wait| wait > patience);
                let before = std::mem::replace(&mut self.measures.slow_acknowledgement[node], slow);
                if before && !slow && node == self.measures.primary {
                    self.measures.milestones.on_answers(now);
                }
                works_off |= slow && wait.is_some();
            }
        }
        self.works_off = works_off;
        let begins = accepting > self.actives_max();
        if !self.measures.on_accepting(now, begins) {
            return;
        }
        self.note(now, Place::World, || if begins { What::SplitBrainBegins } else { What::SplitBrainEnds });
        if begins {
            self.violates(now, Invariant::SplitBrain, format!("{accepting} databases accept writes"));
        }
    }

    /// Looks at a promotion before it changes anything.
    pub(super) fn judge_promotion(&mut self, now: SimTime, node: usize, epoch: u64) {
        self.sample_lags(now);
        let from = self.measures.primary;
        let terms = self.model.terms;
        let promotion = Promotion {
            again: node == from,
            epoch,
            epoch_before: self.measures.epoch,
            alone_for: self.measures.alone_since[node].map(|since| now.since(since)),
            lease: terms.serves_alone(),
            lag: self.journal.lag(now, node, from),
            // Where acknowledged writes survive, what a target lacks was promised to nobody.
            lag_limit: terms.lag_max.filter(|_| !self.model.standbys.promised),
            since_completed: self.since_completed(now),
            cooldown: terms.cooldown,
        };
        for (invariant, what) in invariants::judge(&promotion) {
            let name = &self.model.nodes[node].name;
            let what = format!("{name}: {what}");
            self.violates(now, invariant, what);
        }
        self.judge_durability(now, node);
        self.judge_configuration(now, node);
        self.judge_authority(now, node);
        self.measures.epoch = self.measures.epoch.max(epoch);
    }

    /// A promotion gives up every other timeline: what was acknowledged there and is not here is lost from now on, even
    /// should whoever holds it be promoted later, when others are given up in turn.
    fn judge_durability(&mut self, now: SimTime, node: usize) {
        if !self.model.standbys.promised {
            return;
        }
        let loss = self.journal.losses(now, node);
        if loss.writes > 0 {
            let (name, writes) = (&self.model.nodes[node].name, loss.writes);
            let what = format!("{name} takes over without {writes} acknowledged writes");
            self.violates(now, Invariant::BrokenDurability, what);
        }
    }

    /// A run is settled when the script is over, everybody is served, the living agree, and either everyone is at
    /// rest or nothing has happened for so long that whatever a fault set going would have shown.
    #[inline(never)]
    pub(super) fn settle(&mut self, now: SimTime, agenda: &mut Agenda<Event>) {
        let since = self.measures.last_activity.max(self.measures.last_edge);
        if now < since + self.patience() {
            return agenda.schedule(since + self.patience(), Event::Settle);
        }
        if let Some(edge) = self.load_may_rise() {
            return agenda.schedule(edge + LOOK_AGAIN, Event::Settle);
        }
        if self.alerts.pending()
            || self.traffic.unsettled()
            || !self.reads.settled()
            || !self.ways_are_settled()
            || !self.streams_are_in_step(now)
            || self.someone_catches_up()
        {
            return agenda.schedule(now + LOOK_AGAIN, Event::Settle);
        }
        if self.at_rest(now) && !self.renews_too_slowly() {
            self.measures.at_rest = true;
            self.finished = true;
            self.measures.settled = true;
        } else if now >= since + self.model.quiet && self.nothing_slow() && self.converged() {
            self.finished = true;
            self.measures.settled = true;
        } else {
            agenda.schedule(now + LOOK_AGAIN, Event::Settle);
        }
    }

    /// How long nothing may have happened before a run can be called settled. On a calm network rest is for good,
    /// and only whoever fell silent at the last moment has to be missed by the others; elsewhere service has to
    /// prove that it lasts.
    pub(super) fn patience(&self) -> Span {
        let missed = self.model.terms.heartbeat * 2 + LOOK_AGAIN;
        if self.model.calm { missed } else { self.model.steady.max(missed) }
    }

    /// Nothing is under way that takes longer than quiet lasts: a boot, a bent clock, a queue that grows.
    fn nothing_slow(&self) -> bool {
        let growing = |node: usize| {
            waits_for_standbys(&self.model.durability) && self.machines[node].database.throttled.is_some()
        };
        let nodes = 0..self.machines.len();
        let planning =
            self.machines.iter().filter_map(|machine| machine.agent.as_deref()).any(Agent::has_plans);
        self.unrest == 0
            && !self.measures.is_down()
            && !planning
            && self.people_rest()
            && nodes.into_iter().all(|node| self.machines[node].undisturbed() && !growing(node))
    }

    /// One primary, followed by every living copy that can reach it, and every client served.
    pub(super) fn converged(&self) -> bool {
        self.replicas_in_place() && self.everyone_served()
    }

    /// One primary, followed by every living copy that can reach it; of several actives all that can be.
    pub(super) fn replicas_in_place(&self) -> bool {
        if let Some(actives) = &self.model.actives {
            return self.actives_in_place(&actives.nodes);
        }
        let accepting =
            |node: &usize| self.machines[*node].alive() && self.machines[*node].database.accepts();
        let mut primaries = (0..self.machines.len()).filter(accepting);
        let (Some(primary), None) = (primaries.next(), primaries.next()) else { return false };
        let follows = |node: usize| {
            let database = &self.machines[node].database;
            node == primary || (database.streaming && database.source == Some(primary))
        };
        // Whoever no fault keeps down has to be back; whoever is back and within reach has to follow.
        let in_place = |node: usize| {
            let machine = &self.machines[node];
            let back = machine.powered && machine.agent.is_some();
            let within_reach = self.measures.main[node] && !machine.database.is_stuck();
            machine.kept_down()
                || (back && (self.model.nodes[node].witness || !within_reach || follows(node)))
        };
        (0..self.machines.len()).all(in_place)
    }

    /// Whose copy is what is left: the last primary's, or where its machine is gone the newest of those that are
    /// not. If all are gone, nothing can be told from what is left, and the primary's disk speaks.
    fn survivor(&mut self, now: SimTime) -> usize {
        let primary = self.measures.primary;
        if self.machines[primary].powered {
            return primary;
        }
        let copies = (0..self.machines.len()).filter(|node| !self.model.nodes[*node].witness);
        let left: Vec<usize> = copies.filter(|node| self.machines[*node].powered).collect();
        left.into_iter().max_by_key(|node| self.journal.position(now, *node)).unwrap_or(primary)
    }

    /// What each fault of the scenario did to the world, all its strikes together.
    fn effects(&self) -> Vec<u64> {
        let mut effects = vec![0; self.model.fault_names.len()];
        for (state, strike) in self.faults.iter().zip(&self.model.faults) {
            effects[strike.of] += state.effects;
        }
        effects
    }

    /// Whether each fault of the scenario struck; nothing where none waits for a step, so that records of all other runs stay as
    /// small as they are.
    fn struck(&self) -> Vec<bool> {
        if !self.model.waits_for_steps() {
            return Vec::new();
        }
        let mut struck = vec![false; self.model.fault_names.len()];
        for (state, strike) in self.faults.iter().zip(&self.model.faults) {
            struck[strike.of] |= state.strikes > 0;
        }
        struck
    }

    /// What the run showed.
    pub(super) fn conclude(&mut self, seed: u64, outcome: Outcome) -> RunRecord {
        let now = outcome.at;
        self.sample_lags(now);
        self.weigh_service(now);
        let survivor = self.survivor(now);
        let active = self.active_losses(now);
        let loss = active.map_or_else(|| self.journal.losses(now, survivor), |(loss, _)| loss);
        let serves = self.machines[survivor].alive() && self.machines[survivor].database.accepts();
        if loss.writes > 0 && serves && self.model.standbys.promised {
            let what = format!("{} acknowledged writes lost", loss.writes);
            self.violates(now, Invariant::BrokenDurability, what);
        }
        let assurance = Assurance { auditing: self.audit(now), alerting: self.alerting(now) };
        let measures = &self.measures;
        let steady = self.model.steady;
        let mut record = RunRecord {
            seed,
            stop: outcome.stop,
            ended: now,
            digest: 0,
            events: outcome.events,
            recovery_time: measures.recovery_time(now, steady),
            recovery_point: loss.span,
            lost_writes: loss.writes,
            acknowledged_writes: self.journal.acknowledged(now),
            phases: measures.phases(now, steady),
            outages: measures.outages(now, steady),
            client_loss: measures.client_loss(now, self.model.horizon, steady),
            client_time: measures.client_time(now),
            overload: measures.overloaded(now),
            read_time: measures.read_time(now),
            read_only: measures.read_only(now),
            split_brain: measures.split_brain(now),
            failovers: measures.failovers,
            false_failovers: measures.false_failovers,
            quorum_present: measures.quorum_present(now),
            observed: now.since(SimTime::ZERO),
            violations: measures.violations.clone(),
            converged: self.converged(),
            fault_effects: self.effects(),
            struck: self.struck(),
            script_over: measures.edges.iter().copied().max().unwrap_or(SimTime::ZERO),
            promoted: measures.promoted.clone(),
            operations: Operations {
                conflicts: active.map_or(0, |(_, conflicts)| conflicts),
                ..self.operations(now)
            },
            assurance,
            requests: self.operators.authority.conclude(now),
        };
        record.digest = record.fingerprint(
            outcome.digest,
            self.model.has_operations(),
            self.model.has_requests(),
            self.model.waits_for_steps(),
        );
        record
    }
}
