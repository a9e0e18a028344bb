//! Disasters: one to eight faults, overlapping or one after the other, at moments that matter.

use std::collections::BTreeSet;

use scenarios::{Again, AskFor, Asking, Fault, Strike, Tampering, When};
use serde::{Deserialize, Serialize};
use sim::Distribution;
use units::Span;

use super::aimed;
use super::dice::Dice;
use super::ground::Ground;
use super::strikes::{self, Draw, name_of};
use super::system::renamed_within_quotes;

/// Faults of a disaster at most.
const FAULTS_MAX: usize = 8;
/// What is over, is over for at least so long when the run ends.
pub(super) const CALM_LEAST: Span = Span::from_secs(1_200);
/// A flood of requests lasts no longer: no leap is made in it, and what it keeps agents from it does from its beginning.
const FLOOD_MOST: Span = Span::from_secs(120);
/// Nor has it more of them: to an agent that looks at each they are as many events, and a minute's work.
const FLOOD_REQUESTS: u64 = 8_000;
/// A connection that comes and goes does so no oftener.
const FLAPS_MOST: u64 = 40;
/// Of a hundred disasters, so many are no more than a deployment; up to so many, the plain loss of a primary; and up to so many,
/// where there are audit trails, one that is cut off.
const RESTARTS: u64 = 2;
const PLAIN: u64 = 10;
const CUT: u64 = 20;
/// Of a hundred disasters, so many have faults that wait for a step.
const AIMED: u64 = 25;

/// What strikes, and when the run ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Disaster {
    /// What strikes, in no particular order.
    pub faults: Vec<Fault>,
    /// What people ask for meanwhile.
    pub requests: Vec<Asking>,
    /// When a run ends at the latest.
    pub horizon: Span,
}

impl Disaster {
    /// As little as a scenario may have: a disk that is slow for a millisecond, now and then, so that nobody thinks that all is
    /// settled before the horizon.
    pub(super) fn none(node: &str, horizon: Span) -> Disaster {
        let strike = Strike::SlowDisk { node: node.to_owned(), times: 2 };
        let every = Distribution::Constant(Span::from_secs(600));
        let again = Some(Again { every, times: None });
        let fault = Fault { again, ..lasting(When::At(Span::from_secs(1)), strike, Span::from_millis(1)) };
        Disaster { faults: vec![fault], requests: Vec::new(), horizon }
    }

    /// Of a drawn few of all kinds: where everything happens, little is seen of what two kinds do to each other.
    pub(super) fn drawn(dice: &mut Dice, ground: &Ground) -> Disaster {
        let few: Vec<Draw> = (0..dice.one(&[1, 2, 3, 5, 8])).map(|_| strikes::kind(dice, ground)).collect();
        // What one fault may cost is known best.
        let count = dice.one(&[1, 1, 1, 2, 2, 2, 3, 3, 4, 5, FAULTS_MAX]);
        match dice.below(100) {
            0..RESTARTS if ground.bounded => return Disaster::deployment(dice, ground),
            RESTARTS..PLAIN => return Disaster::plain(dice, ground),
            PLAIN..CUT if ground.audit && ground.bounded => return Disaster::cut_trail(dice, ground),
            _ => {}
        }
        let mut faults: Vec<Fault> = Vec::new();
        let mut last = dice.span(Span::from_secs(1), Span::from_secs(1) + ground.heartbeat * 30);
        for _ in 0..count {
            let Some(strike) = dice.one(&few)(dice, ground) else { continue };
            faults.push(fault(dice, ground, strike, last));
            last = last.saturating_add(apart(dice, ground));
        }
        // After the others, so that they are what they would be without. Something has to lead to the steps.
        if !faults.is_empty() && dice.often(AIMED) {
            faults.truncate(FAULTS_MAX - 2);
            faults.extend((0..dice.one(&[1, 1, 2])).filter_map(|_| aimed::drawn(dice, ground)));
        }
        let wishes = if ground.people.is_empty() { 0 } else { dice.one(&[0, 1, 1, 2, 3]) };
        let requests = (0..wishes).filter_map(|_| request(dice, ground)).collect();
        Disaster { faults, requests, horizon: Span::ZERO }.calmed(ground)
    }

    /// The agents of all nodes, of eight at most, are restarted, one after the other.
    fn deployment(dice: &mut Dice, ground: &Ground) -> Disaster {
        let apart = ground.patience * 2 + Span::from_secs(10);
        let lasts = dice.span(Span::from_millis(1), ground.heartbeat);
        let nodes = ground.nodes.iter().take(FAULTS_MAX).enumerate();
        let restarts = nodes.map(|(index, node)| {
            let at = Span::from_secs(60) + apart * index as u64;
            lasting(When::At(at), Strike::CrashAgent(node.name.clone()), lasts)
        });
        Disaster { faults: restarts.collect(), requests: Vec::new(), horizon: Span::ZERO }.calmed(ground)
    }

    /// The primary or a region is lost for long, or a database or an agent for a moment.
    fn plain(dice: &mut Dice, ground: &Ground) -> Disaster {
        let primary = || "$primary".to_owned();
        let long = ground.patience * 40 + Span::from_secs(600);
        let (strike, lasts) = match dice.below(7) {
            0 => (Strike::CrashDatabase(primary()), dice.span(Span::from_millis(1), Span::from_secs(2))),
            1 => (Strike::Silence(primary()), long),
            2 => (Strike::Crash(primary()), long),
            3 => (Strike::RegionLoss(dice.one(&ground.regions)), long),
            4 if ground.bounded => (Strike::HangAgent(primary()), ground.heartbeat),
            _ => (Strike::RegionLoss(primary()), long),
        };
        let at = dice.span(Span::from_secs(30), Span::from_secs(90));
        let mut faults = vec![lasting(When::At(at), strike, lasts)];
        // Whoever takes over has to do with neither.
        if dice.often(50) {
            let besides = strikes::beside_a_loss(dice, ground);
            faults.extend(besides.map(|strike| lasting(When::At(Span::from_secs(20)), strike, long)));
        }
        Disaster { faults, requests: Vec::new(), horizon: Span::ZERO }.calmed(ground)
    }

    /// Somebody cuts off the end of a node's audit trail while its agent is down.
    fn cut_trail(dice: &mut Dice, ground: &Ground) -> Disaster {
        let node = dice.one(&ground.nodes).name;
        let (down, cut) =
            (Strike::CrashAgent(node.clone()), Strike::TamperedTrail { node, how: Tampering::CutOff });
        let minute = Span::from_secs(60);
        let faults = vec![
            lasting(When::At(minute * 4), down, minute),
            lasting(When::At(minute * 4 + Span::from_secs(30)), cut, Span::from_millis(1)),
        ];
        Disaster { faults, requests: Vec::new(), horizon: Span::ZERO }.calmed(ground)
    }

    /// The same with one fault more at such a moment, one moved there, or one less.
    pub(super) fn varied(&self, dice: &mut Dice, ground: &Ground, moments: &[Span]) -> Disaster {
        let mut disaster = self.clone();
        let near = |dice: &mut Dice| match moments.is_empty() {
            true => dice.span(Span::from_secs(1), ground.patience * 10),
            false => dice.one(moments).saturating_sub(Span::from_millis(dice.one(&[0, 0, 1, 50, 500]))),
        };
        let at = near(dice);
        match dice.below(4) {
            0 if !disaster.faults.is_empty() => {
                let moved = dice.below(disaster.faults.len() as u64) as usize;
                disaster.faults[moved] = aimed::at_a_time(&disaster.faults[moved], at);
            }
            1 if disaster.faults.len() > 1 => {
                let gone = dice.below(disaster.faults.len() as u64) as usize;
                disaster.faults.remove(gone);
            }
            2 if disaster.faults.len() < FAULTS_MAX && dice.often(AIMED) => {
                disaster.faults.extend(aimed::drawn(dice, ground));
            }
            _ if disaster.faults.len() < FAULTS_MAX => {
                if let Some(strike) = strikes::kind(dice, ground)(dice, ground) {
                    disaster.faults.push(fault(dice, ground, strike, at));
                }
            }
            _ => {}
        }
        disaster.calmed(ground)
    }

    /// With an end so long after everything that whatever is going to be well again has had the time for it. Steps are taken
    /// while others strike, or soon after.
    fn calmed(mut self, ground: &Ground) -> Disaster {
        let known = self.faults.iter().filter(|fault| fault.when.is_none()).map(over).max();
        let waits = self.faults.iter().filter(|fault| fault.when.is_some()).map(over);
        let asked = self.requests.iter().map(|request| {
            let window = match request.ask {
                AskFor::Switchover { window: Some((_, until)), .. } => until,
                _ => Span::ZERO,
            };
            request.at.map_or(Span::ZERO, When::latest).max(window)
        });
        let known = known.into_iter().chain(asked).max();
        let over = waits.fold(known.unwrap_or(Span::ZERO), Span::saturating_add);
        self.horizon = over + CALM_LEAST.max(ground.patience * 120);
        self
    }

    /// Everything that strikes is healed, and long before the end.
    pub(super) fn heals(&self) -> bool {
        let healed = |fault: &Fault| {
            fault.heals() && !fault.is_endless() && over(fault).saturating_add(CALM_LEAST) <= self.horizon
        };
        self.faults.iter().all(healed)
    }

    /// The same where all that is named after a region is named after another.
    pub(super) fn renamed(&self) -> Option<Disaster> {
        let renamed = |text: String| renamed_within_quotes(&text);
        let faults = ron::from_str(&renamed(ron::to_string(&self.faults).ok()?)).ok()?;
        let requests = ron::from_str(&renamed(ron::to_string(&self.requests).ok()?)).ok()?;
        Some(Disaster { faults, requests, horizon: self.horizon })
    }

    /// The names of the kinds that strike, each once.
    pub fn kinds(&self) -> String {
        let names: BTreeSet<String> = self.faults.iter().map(|fault| name_of(&fault.strike)).collect();
        names.into_iter().collect::<Vec<_>>().join(" + ")
    }

    /// The same, a little simpler each.
    pub(super) fn simpler(&self) -> Vec<Disaster> {
        let mut simpler = Vec::new();
        for index in 0..self.requests.len() {
            let mut less = self.clone();
            less.requests.remove(index);
            simpler.push(less);
        }
        for index in 0..self.faults.len() {
            let mut less = self.clone();
            less.faults.remove(index);
            simpler.push(less);
        }
        for (index, fault) in self.faults.iter().enumerate() {
            simpler.extend(aimed::simpler(fault).into_iter().map(|simpler| self.with(index, simpler)));
            let rounded = fault.earliest().into_iter().flat_map(|at| [60, 10, 1].map(|unit| round(at, unit)));
            for at in rounded.map(When::At).filter(|rounded| Some(*rounded) != fault.at) {
                simpler.push(self.with(index, Fault { at: Some(at), ..fault.clone() }));
            }
            let Some(lasts) = fault.heal_after else { continue };
            for lasts in [60, 10, 1].map(|unit| round(lasts, unit)).into_iter().filter(|one| *one != lasts) {
                simpler.push(self.with(index, Fault { heal_after: Some(lasts), ..fault.clone() }));
            }
        }
        simpler
    }

    fn with(&self, index: usize, fault: Fault) -> Disaster {
        let mut changed = self.clone();
        changed.faults[index] = fault;
        changed
    }
}

fn fault(dice: &mut Dice, ground: &Ground, strike: Strike, at: Span) -> Fault {
    let spread = dice.one(&[Span::ZERO, ground.heartbeat]);
    let at = if spread.is_zero() { When::At(at) } else { When::Between(at, at + spread) };
    let lasts = length(dice, ground, &strike);
    lasting(at, strike, lasts)
}

/// Somebody asks, and calls none, one or two to approve it; some wait to be called themselves.
fn request(dice: &mut Dice, ground: &Ground) -> Option<Asking> {
    let at = dice.span(Span::from_secs(1), ground.patience * 20 + Span::from_secs(120));
    let (from, ask) = (dice.one(&ground.people), strikes::ask(dice, ground)?);
    let approve = (0..dice.below(3)).map(|_| dice.one(&ground.people)).collect();
    Some(Asking { at: dice.often(80).then_some(When::At(at)), from, ask, approve })
}

fn lasting(at: When, strike: Strike, lasts: Span) -> Fault {
    let (at, heal_after) = (Some(at), Some(bounded(&strike, lasts)));
    Fault { at, when: None, nth: None, after: None, strike, heal_after, lasts: None, again: None }
}

/// So long it lasts, if that is drawn for it: floods, and connections that come and go, have a limit.
pub(super) fn bounded(strike: &Strike, lasts: Span) -> Span {
    match strike {
        Strike::RequestFlood { per_second, .. } => {
            let all = Span::from_millis(FLOOD_REQUESTS * 1_000 / u64::from(*per_second).max(1));
            lasts.min(FLOOD_MOST).min(all)
        }
        Strike::Flapping { down: Distribution::Constant(down), up: Distribution::Constant(up), .. } => {
            lasts.min((*down + *up).saturating_mul(FLAPS_MOST))
        }
        _ => lasts,
    }
}

/// How long a fault lasts.
pub(super) fn length(dice: &mut Dice, ground: &Ground, strike: &Strike) -> Span {
    match dice.below(6) {
        // While it lasts each message is sent: that takes as long as ten other runs, and shows no more after so many heartbeats.
        3 if is_restless(strike) => dice.span(ground.patience * 6, ground.patience * 12),
        // An agent that is gone for a moment only.
        0 => dice.span(Span::from_millis(1), ground.heartbeat),
        1 => ground.lease,
        2 => dice.span(ground.heartbeat, ground.patience * 2),
        // Whoever waits for the end of it is late.
        3 => dice.span(ground.patience * 12, ground.patience * 40 + Span::from_secs(600)),
        _ => dice.span(ground.patience, ground.patience * 12),
    }
}

/// Few leaps are made while it lasts, or none.
fn is_restless(strike: &Strike) -> bool {
    use Strike::{AlteredRequests, ClockDrift, Degraded, ReplayedRequests, Slow, SlowKms, TamperedPlan};
    matches!(
        strike,
        Slow { .. }
            | Degraded { .. }
            | ClockDrift { .. }
            | AlteredRequests
            | ReplayedRequests
            | SlowKms { .. }
            | TamperedPlan(_)
    )
}

/// From one fault to the next.
fn apart(dice: &mut Dice, ground: &Ground) -> Span {
    match dice.below(6) {
        0 => Span::ZERO,
        1 => dice.span(Span::ZERO, ground.heartbeat),
        2 => dice.span(Span::ZERO, ground.lease),
        3 => dice.span(ground.patience, ground.patience * 2),
        4 => dice.span(ground.patience, ground.patience + ground.lease + Span::from_secs(10)),
        _ => dice.span(Span::ZERO, ground.patience * 20),
    }
}

/// When it is over at the latest; of what waits for a step, how long after that.
fn over(fault: &Fault) -> Span {
    let at = fault.latest().or(fault.after.map(When::latest)).unwrap_or(Span::ZERO);
    at.saturating_add(fault.heal_after.unwrap_or(Span::ZERO))
}

/// To whole units of so many seconds, at least one.
fn round(span: Span, seconds: u64) -> Span {
    let unit = seconds * 1_000_000_000;
    Span::from_nanos(((span.as_nanos() + unit / 2) / unit).max(1) * unit)
}
