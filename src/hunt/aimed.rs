//! Faults that wait for a step: they strike whoever takes it, or somebody else, in the middle of it.

use scenarios::{Fault, Strike, Trigger, When};
use units::Span;

use super::dice::Dice;
use super::disaster::{bounded, length};
use super::ground::Ground;
use super::strikes;

/// The node that took the step.
const THAT: &str = "$that";

/// Steps of elections, failovers and returns, whoever takes them.
const STEPS: &[fn(String) -> Trigger] = &[
    Trigger::Suspects,
    Trigger::Suspected,
    Trigger::Votes,
    Trigger::Coordinates,
    Trigger::Finds,
    Trigger::Begins,
    Trigger::Seals,
    Trigger::Chooses,
    Trigger::HandsOver,
    Trigger::Fences,
    Trigger::Promotes,
    Trigger::Opens,
    Trigger::Closes,
    Trigger::Verifies,
    Trigger::Redirects,
    Trigger::Repoints,
    Trigger::Completes,
    Trigger::LosesLease,
    Trigger::LeaseNearlyOver,
    Trigger::Persists,
    Trigger::AgentStarts,
    Trigger::DatabaseStarts,
    Trigger::Streams,
    Trigger::CopyBegins,
];

/// One that waits for a step; `None` where what was drawn cannot strike anything.
pub(super) fn drawn(dice: &mut Dice, ground: &Ground) -> Option<Fault> {
    let when = dice.one(STEPS)("$any".to_owned());
    let strike =
        if dice.often(60) { at_that(dice, ground) } else { strikes::kind(dice, ground)(dice, ground)? };
    let nth = dice.one(&[None, None, None, Some(2), Some(3)]);
    let beat = dice.span(Span::from_millis(1), ground.heartbeat);
    let moment = [Span::ZERO, Span::from_millis(1), Span::from_millis(50), beat];
    let after = Some(When::At(dice.one(&moment))).filter(|after| after.latest() > Span::ZERO);
    let lasts = length(dice, ground, &strike);
    let heal_after = Some(bounded(&strike, lasts));
    Some(Fault { at: None, when: Some(when), nth, after, strike, heal_after, lasts: None, again: None })
}

/// One that waits for more promotions than any run has.
pub(super) fn never() -> Fault {
    let when = Some(Trigger::Promotes("$any".to_owned()));
    let (strike, heal_after) = (Strike::Silence(THAT.to_owned()), Some(Span::from_secs(1)));
    let nth = Some(1_000_000);
    Fault { at: None, when, nth, after: None, strike, heal_after, lasts: None, again: None }
}

/// What strikes the node that took the step.
fn at_that(dice: &mut Dice, ground: &Ground) -> Strike {
    let that = || THAT.to_owned();
    match dice.below(if ground.bounded { 7 } else { 4 }) {
        0 => Strike::Silence(that()),
        1 => Strike::Crash(that()),
        2 => Strike::CrashDatabase(that()),
        3 => Strike::RegionLoss(that()),
        4 => Strike::CrashAgent(that()),
        5 => Strike::HangAgent(that()),
        _ => Strike::Hang(that()),
    }
}

/// The same, a little simpler each: at once, at the first time, at a time that is known.
pub(super) fn simpler(fault: &Fault) -> Vec<Fault> {
    if fault.when.is_none() {
        return Vec::new();
    }
    let mut simpler = Vec::new();
    if fault.nth.is_some() {
        simpler.push(Fault { nth: None, ..fault.clone() });
    }
    if fault.after.is_some() {
        simpler.push(Fault { after: None, ..fault.clone() });
    }
    if !strikes::told(&fault.strike).contains(THAT) {
        simpler.push(at_a_time(fault, Span::from_secs(60)));
    }
    simpler
}

/// The same fault, at a time; of what is about whoever takes a step, as it is.
pub(super) fn at_a_time(fault: &Fault, at: Span) -> Fault {
    match strikes::told(&fault.strike).contains(THAT) {
        true => fault.clone(),
        false => Fault { at: Some(When::At(at)), when: None, nth: None, after: None, ..fault.clone() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aimed(strike: Strike) -> Fault {
        Fault {
            at: None,
            when: Some(Trigger::Promotes("$any".to_owned())),
            nth: Some(2),
            after: Some(When::At(Span::from_millis(50))),
            strike,
            heal_after: Some(Span::from_secs(60)),
            lasts: None,
            again: None,
        }
    }

    #[test]
    fn what_waits_for_a_step_is_made_simpler_one_thing_at_a_time() {
        let fault = aimed(Strike::DnsFailure);
        let told: Vec<_> = simpler(&fault).into_iter().map(|one| (one.at, one.nth, one.after)).collect();
        let minute = Some(When::At(Span::from_secs(60)));
        assert_eq!(told, [(None, None, fault.after), (None, Some(2), None), (minute, None, None)]);
        assert!(simpler(&at_a_time(&fault, Span::from_secs(60))).is_empty());
    }

    /// Whoever took the step is nobody at a time.
    #[test]
    fn what_strikes_whoever_took_the_step_goes_on_waiting() {
        let fault = aimed(Strike::Silence(THAT.to_owned()));
        assert!(simpler(&fault).iter().all(|one| one.when.is_some()));
        assert_eq!(at_a_time(&fault, Span::from_secs(60)), fault);
    }
}
