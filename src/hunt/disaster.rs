//! Disasters: one to eight faults, overlapping or one after the other, at moments that matter.

use std::collections::BTreeSet;

use scenarios::{Again, Fault, Strike, When};
use sim::Distribution;
use units::Span;

use super::dice::Dice;
use super::ground::Ground;
use super::strikes::{Draw, KINDS, name_of};

/// Faults of a disaster at most.
const FAULTS_MAX: usize = 8;
/// What is over, is over for at least so long when the run ends.
const CALM_LEAST: Span = Span::from_secs(1_800);

/// What strikes, and when the run ends.
#[derive(Clone, Debug)]
pub struct Disaster {
    /// What strikes, in no particular order.
    pub faults: Vec<Fault>,
    /// When a run ends at the latest.
    pub horizon: Span,
}

impl Disaster {
    /// As little as a scenario may have: a disk that is slow for a millisecond, now and then, so that nobody thinks that all is
    /// settled before the horizon.
    pub(super) fn none(node: &str, horizon: Span) -> Disaster {
        let strike = Strike::SlowDisk { node: node.to_owned(), times: 2 };
        let (at, lasts) = (When::At(Span::from_secs(1)), Span::from_millis(1));
        let every = Distribution::Constant(Span::from_secs(600));
        let again = Some(Again { every, times: None });
        Disaster { faults: vec![Fault { at, strike, heal_after: Some(lasts), lasts: None, again }], horizon }
    }

    /// Of a drawn few of all kinds: where everything happens, little is seen of what two kinds do to each other.
    pub(super) fn drawn(dice: &mut Dice, ground: &Ground) -> Disaster {
        let few: Vec<Draw> = (0..dice.one(&[1, 2, 3, 5, 8])).map(|_| dice.one(KINDS)).collect();
        let count = dice.one(&[1, 2, 2, 3, 3, 4, 5, FAULTS_MAX]);
        let mut faults: Vec<Fault> = Vec::new();
        let mut last = dice.span(Span::from_secs(1), Span::from_secs(1) + ground.heartbeat * 30);
        for _ in 0..count {
            let Some(strike) = dice.one(&few)(dice, ground) else { continue };
            faults.push(fault(dice, ground, strike, last));
            last = last.saturating_add(apart(dice, ground));
        }
        Disaster { faults, horizon: Span::ZERO }.calmed(ground)
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
                disaster.faults[moved].at = When::At(at);
            }
            1 if disaster.faults.len() > 1 => {
                let gone = dice.below(disaster.faults.len() as u64) as usize;
                disaster.faults.remove(gone);
            }
            _ if disaster.faults.len() < FAULTS_MAX => {
                if let Some(strike) = dice.one(KINDS)(dice, ground) {
                    disaster.faults.push(fault(dice, ground, strike, at));
                }
            }
            _ => {}
        }
        disaster.calmed(ground)
    }

    /// With an end so long after everything that whatever is going to be well again has had the time for it.
    fn calmed(mut self, ground: &Ground) -> Disaster {
        let over = self.faults.iter().map(over).max().unwrap_or(Span::ZERO);
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

    /// The names of the kinds that strike, each once.
    pub fn kinds(&self) -> String {
        let names: BTreeSet<String> = self.faults.iter().map(|fault| name_of(&fault.strike)).collect();
        names.into_iter().collect::<Vec<_>>().join(" + ")
    }

    /// The same, a little simpler each.
    pub(super) fn simpler(&self) -> Vec<Disaster> {
        let mut simpler = Vec::new();
        for index in 0..self.faults.len() {
            let mut less = self.clone();
            less.faults.remove(index);
            simpler.push(less);
        }
        for (index, fault) in self.faults.iter().enumerate() {
            let at = earliest(fault);
            let rounded = [60, 10, 1].map(|unit| round(at, unit));
            for at in rounded.into_iter().filter(|rounded| When::At(*rounded) != fault.at) {
                simpler.push(self.with(index, Fault { at: When::At(at), ..fault.clone() }));
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
    let lasts = match dice.below(5) {
        // An agent that is gone for a moment only.
        0 => dice.span(Span::from_millis(1), ground.heartbeat),
        1 => ground.lease,
        2 => dice.span(ground.heartbeat, ground.patience * 2),
        _ => dice.span(ground.patience, ground.patience * 12),
    };
    Fault { at, strike, heal_after: Some(lasts), lasts: None, again: None }
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

fn earliest(fault: &Fault) -> Span {
    match fault.at {
        When::At(at) | When::Between(at, _) => at,
    }
}

/// When it is over at the latest.
fn over(fault: &Fault) -> Span {
    let at = match fault.at {
        When::At(at) | When::Between(_, at) => at,
    };
    at.saturating_add(fault.heal_after.unwrap_or(Span::ZERO))
}

/// To whole units of so many seconds, at least one.
fn round(span: Span, seconds: u64) -> Span {
    let unit = seconds * 1_000_000_000;
    Span::from_nanos(((span.as_nanos() + unit / 2) / unit).max(1) * unit)
}
