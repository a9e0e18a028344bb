//! Alerts on their way to people: one channel after the other, until one takes them.
//!
//! Assumed: an agent that runs reaches the channels, which live elsewhere; an alert whose agent dies before a channel
//! took it is lost.

use failover::{Alert, Severity};
use sim::{Agenda, SimTime};
use units::Measured;

use super::World;
use crate::assurance::Alerting;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::StrikeModel;
use crate::note::{Place, What};

/// All alerts of a run.
#[derive(Debug, Default)]
pub(super) struct Alerts {
    given: Vec<Given>,
    /// In order.
    troubles: Vec<Trouble>,
    /// Draws so far, over all channels.
    draws: u64,
}

/// One alert.
#[derive(Debug)]
struct Given {
    alert: Alert,
    at: SimTime,
    by: usize,
    incarnation: u16,
    state: State,
}

/// Clients were not served, or a majority was missing. As with outages, what calm does not outlast is one.
#[derive(Debug)]
struct Trouble {
    since: SimTime,
    /// When it ended, if it has.
    until: Option<SimTime>,
    /// When somebody first saw a critical alert that was given out since it began, and before the next.
    notified: Option<SimTime>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No channel has taken it yet.
    Waits,
    /// One has.
    Taken,
    /// Somebody saw it.
    Seen,
    /// Its agent died.
    Lost,
}

impl Alerts {
    /// Some are still on their way.
    pub(super) fn pending(&self) -> bool {
        self.given.iter().any(|given| matches!(given.state, State::Waits | State::Taken))
    }
}

impl<L: Logic, J: Journal> World<L, J> {
    #[cold]
    pub(super) fn give_alert(&mut self, now: SimTime, node: usize, alert: Alert, agenda: &mut Agenda<Event>) {
        if self.model.alerts.is_none() {
            return;
        }
        let incarnation = self.machines[node].incarnation;
        self.note(now, Place::Node(node), || What::Alerts(alert));
        self.alerts.given.push(Given { alert, at: now, by: node, incarnation, state: State::Waits });
        let number = self.alerts.given.len() as u32 - 1;
        self.try_channel(now, number, 0, agenda);
    }

    /// Offers the alert to a channel: it takes it, or the agent tries the next one after a while.
    #[cold]
    pub(super) fn try_channel(&mut self, now: SimTime, number: u32, channel: u8, agenda: &mut Agenda<Event>) {
        let model = self.model.clone();
        let Some(alerts) = &model.alerts else { return };
        let given = &mut self.alerts.given[number as usize];
        if self.machines[given.by].incarnation != given.incarnation {
            given.state = State::Lost;
            return;
        }
        if self.blame_channel(channel) {
            let next = usize::from(channel) + 1;
            let (next, pause) =
                if next < alerts.channels.len() { (next as u8, alerts.give_up) } else { (0, alerts.again) };
            return agenda.schedule(now + pause, Event::TryChannel { alert: number, channel: next });
        }
        given_to(&mut self.alerts.given[number as usize]);
        let chosen = &alerts.channels[usize::from(channel)];
        let mut stream = self.stream(chosen.key, self.alerts.draws);
        self.alerts.draws += 1;
        let delay = chosen.delay.draw(&mut stream);
        agenda.schedule(now + delay, Event::Notified { alert: number, channel });
    }

    /// Whether a fault keeps the channel from taking anything; it is booked to that.
    fn blame_channel(&mut self, channel: u8) -> bool {
        let model = self.model.clone();
        let fails = |(index, fault): (usize, &crate::model::FaultModel)| {
            let this = matches!(fault.strike, StrikeModel::ChannelFailure(of) if of == usize::from(channel));
            this.then_some(index)
        };
        let failing: Vec<usize> = model.faults.iter().enumerate().filter_map(fails).collect();
        let mut blamed = false;
        for index in failing.into_iter().filter(|index| self.faults[*index].active).collect::<Vec<_>>() {
            self.faults[index].effects += 1;
            blamed = true;
        }
        blamed
    }

    /// Somebody sees the alert.
    #[cold]
    pub(super) fn notified(&mut self, now: SimTime, number: u32, channel: u8) {
        let given = &mut self.alerts.given[number as usize];
        given.state = State::Seen;
        let about = self.alerts.troubles.iter_mut().rev().find(|trouble| given.at >= trouble.since);
        if let (Severity::Critical, Some(trouble)) = (given.alert.severity, about) {
            trouble.notified.get_or_insert(now);
        }
        let alert = given.alert;
        self.note(now, Place::World, || What::Seen { alert, channel });
    }

    /// Notes when trouble begins and ends; to be asked whenever service or the majority may have changed.
    pub(super) fn watch_for_trouble(&mut self, now: SimTime) {
        if self.model.alerts.is_none() {
            return;
        }
        let troubled = self.measures.is_down() || self.measures.lacks_quorum();
        let steady = self.model.steady;
        match (self.alerts.troubles.last_mut(), troubled) {
            (Some(last), false) => _ = last.until.get_or_insert(now),
            (Some(last), true) if last.until.is_none_or(|until| now.since(until) < steady) => {
                last.until = None
            }
            (None, false) => {}
            (_, true) => self.alerts.troubles.push(Trouble { since: now, until: None, notified: None }),
        }
    }

    pub(super) fn alerting(&self, now: SimTime) -> Option<Alerting> {
        self.model.alerts.as_ref()?;
        let (alerts, given) = (&self.alerts, &self.alerts.given);
        let missed = given.iter().filter(|given| given.state != State::Seen).count();
        let notified = alerts.troubles.iter().map(|trouble| match trouble.notified {
            Some(at) => Measured::Exactly(at.since(trouble.since)),
            None => Measured::LongerThan(now.since(trouble.since)),
        });
        let notified = notified.max();
        Some(Alerting { emitted: given.len() as u32, missed: missed as u32, notified })
    }
}

fn given_to(given: &mut Given) {
    given.state = State::Taken;
}
