use std::collections::VecDeque;

use units::Span;

use crate::phi::deviations_at;
use crate::policy::{Detector as Settings, Policy};
use crate::time::Instant;

/// Watches one peer's heartbeats and says from when on its silence is suspicious.
#[derive(Clone, Debug)]
pub struct Detector {
    heard: Instant,
    /// It was heard since this detector began.
    known: bool,
    /// The last heartbeat of its rhythm.
    beat: Option<Instant>,
    patience: Patience,
    /// Suspected after this much silence at the latest.
    limit: Option<Span>,
}

#[derive(Clone, Debug)]
enum Patience {
    /// Suspected after this much silence.
    Fixed(Span),
    /// Out of the way: few policies want it, and every member is known to every other.
    Phi(Box<Phi>),
}

/// Phi accrual over the last intervals.
#[derive(Clone, Debug)]
struct Phi {
    window: usize,
    deviation_least: f64,
    /// Standard deviations of silence at which phi reaches the threshold.
    deviations: f64,
    intervals: VecDeque<u64>,
    /// What is assumed before two intervals were seen.
    expected: u64,
    /// What follows from the intervals: asked for at every input, and other only after a heartbeat.
    silence: Span,
    silence_least: Span,
}

impl Detector {
    /// A detector that behaves as if the peer had just been heard.
    pub fn new(policy: &Policy, now: Instant) -> Detector {
        let patience = match policy.detector {
            Settings::Missed(beats) => {
                Patience::Fixed(policy.heartbeat.saturating_mul(u64::from(beats)) + policy.grace())
            }
            Settings::PhiAccrual { threshold, window, deviation_least } => {
                let phi = Phi::new(policy.heartbeat, threshold, window as usize, deviation_least);
                Patience::Phi(Box::new(phi))
            }
        };
        Detector { heard: now, known: false, beat: None, patience, limit: None }
    }

    /// A heartbeat of the peer's rhythm. What is learned of that is the time between two of them: not how long this
    /// detector had waited for the first, not how quickly after a standstill what had waited meanwhile came in, and not how
    /// long an outage was, whether it was noticed or not.
    pub fn heard(&mut self, now: Instant) {
        (self.heard, self.known) = (now, true);
        if let (Patience::Phi(phi), Some(before)) = (&mut self.patience, self.beat) {
            let interval = now.since(before);
            if phi.is_at_once(interval) {
                return;
            }
            if !phi.is_outage(interval) {
                phi.learn(interval);
            }
        }
        self.beat = Some(now);
    }

    /// The peer gave a sign of life that says nothing about its rhythm, such as an early heartbeat.
    pub fn heard_out_of_turn(&mut self, now: Instant) {
        (self.heard, self.known) = (now, true);
    }

    /// Whether the peer was ever heard, so that it may be expected to be heard again.
    pub fn is_known(&self) -> bool {
        self.known
    }

    /// All members start together, and each knows it of the others.
    pub fn presume_known(&mut self) {
        self.known = true;
    }

    /// When the peer was heard last.
    pub fn last_heard(&self) -> Instant {
        self.heard
    }

    /// From this reading on the peer is suspected, unless it is heard before.
    #[inline]
    pub fn deadline(&self) -> Instant {
        self.heard + self.patience()
    }

    /// From now on so much silence is suspicious, if less is not; without a limit what the policy says.
    pub fn lose_patience_after(&mut self, limit: Option<Span>) {
        self.limit = limit;
    }

    /// So much silence is suspicious as things are.
    pub fn patience(&self) -> Span {
        self.patience_by(|phi| phi.silence)
    }

    /// As long as the peer beats in time, however regularly, less silence does not become suspicious.
    #[inline]
    pub fn patience_least(&self) -> Span {
        self.patience_by(|phi| phi.silence_least)
    }

    /// So much silence would be suspicious if the peer had always beaten in time.
    pub fn patience_regular(&self) -> Span {
        self.patience_by(|phi| phi.tolerates_in(0.0))
    }

    /// What is always the same, or follows from the intervals; within the limit, if there is one.
    #[inline]
    fn patience_by(&self, learned: impl FnOnce(&Phi) -> Span) -> Span {
        let silence = match &self.patience {
            Patience::Fixed(silence) => *silence,
            Patience::Phi(phi) => learned(phi),
        };
        self.limit.map_or(silence, |limit| silence.min(limit))
    }

    /// `span` passed in which the peer was heard as regularly as before.
    pub fn skip(&mut self, span: Span) {
        self.heard = self.heard + span;
        self.beat = self.beat.map(|beat| beat + span);
    }

    /// Whether the silence is suspicious by now.
    pub fn suspects(&self, now: Instant) -> bool {
        now >= self.deadline()
    }
}

impl Phi {
    fn new(heartbeat: Span, threshold: f64, window: usize, deviation_least: Span) -> Phi {
        let mut phi = Phi {
            window,
            deviation_least: deviation_least.as_nanos() as f64,
            deviations: deviations_at(threshold),
            intervals: VecDeque::with_capacity(window),
            expected: heartbeat.as_nanos(),
            silence: Span::ZERO,
            silence_least: Span::ZERO,
        };
        phi.conclude();
        phi
    }

    /// Nobody beats twice within half a heartbeat: these had to wait somewhere.
    fn is_at_once(&self, interval: Span) -> bool {
        interval.as_nanos() < self.expected / 2
    }

    /// One beat may be lost and the next be late; what takes longer is no rhythm, and whoever learned from it would wait as
    /// long for the next. Cassandra's `FailureDetector` learns no interval above twice that of its gossip.
    fn is_outage(&self, interval: Span) -> bool {
        interval.as_nanos() > self.expected.saturating_mul(5) / 2
    }

    fn learn(&mut self, interval: Span) {
        if self.intervals.len() == self.window {
            self.intervals.pop_front();
        }
        self.intervals.push_back(interval.as_nanos());
        self.conclude();
    }

    fn conclude(&mut self) {
        (self.silence, self.silence_least) = (self.tolerates(), self.tolerates_least());
    }

    fn tolerates(&self) -> Span {
        let (mean, deviation) = self.moments();
        Span::from_nanos((mean + self.deviations * deviation.max(self.deviation_least)) as u64)
    }

    /// On a network that takes the same time for every message from now on, whichever of the intervals seen are still
    /// remembered: short ones make a detector impatient until they are forgotten.
    fn tolerates_least(&self) -> Span {
        let expected = self.expected as f64;
        let newest_first = self.intervals.iter().rev();
        let sums = newest_first.scan(0.0, |sum, interval| {
            *sum += *interval as f64 - expected;
            Some(*sum)
        });
        let short_of = sums.fold(0.0, f64::min) / self.intervals.len().max(1) as f64;
        self.tolerates_in(short_of)
    }

    /// Where intervals are by so much longer than heartbeats on average, and as regular as can be.
    fn tolerates_in(&self, longer: f64) -> Span {
        let expected = self.expected as f64;
        let deviation = self.deviation_least.min(expected / 4.0);
        Span::from_nanos((expected + longer + self.deviations * deviation).max(0.0) as u64)
    }

    fn moments(&self) -> (f64, f64) {
        if self.intervals.len() < 2 {
            return (self.expected as f64, self.expected as f64 / 4.0);
        }
        let count = self.intervals.len() as f64;
        let mean = self.intervals.iter().map(|interval| *interval as f64).sum::<f64>() / count;
        let square = |interval: &u64| (*interval as f64 - mean) * (*interval as f64 - mean);
        let variance = self.intervals.iter().map(square).sum::<f64>() / count;
        (mean, variance.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BEAT: Span = Span::from_secs(5);

    fn at(seconds: f64) -> Instant {
        Instant::ZERO + Span::from_secs_f64(seconds)
    }

    fn phi_policy(threshold: f64) -> Policy {
        let deviation_least = Span::from_millis(100);
        Policy {
            detector: Settings::PhiAccrual { threshold, window: 50, deviation_least },
            ..Policy::default()
        }
    }

    #[test]
    fn three_missed_beats_and_half_a_beat_of_grace() {
        let detector = Detector::new(&Policy::default(), at(10.0));
        assert!(!detector.suspects(at(27.4)));
        assert!(detector.suspects(at(27.5)));
    }

    #[test]
    fn one_more_missed_beat_is_one_more_heartbeat_of_patience() {
        let deadline = |beats| {
            Detector::new(&Policy { detector: Settings::Missed(beats), ..Policy::default() }, at(0.0))
                .deadline()
        };
        assert_eq!(deadline(4).since(deadline(3)), BEAT);
    }

    #[test]
    fn phi_waits_longer_on_a_jittery_network() {
        let silence = |jitter: f64| {
            let mut detector = Detector::new(&phi_policy(8.0), at(0.0));
            (1..60).for_each(|n| {
                let late = if n % 2 == 0 { jitter } else { 0.0 };
                detector.heard(at(f64::from(n) * 5.0 + late));
            });
            detector.deadline().since(at(59.0 * 5.0))
        };
        assert!(silence(1.0) > silence(0.0) + Span::from_secs(3), "{} {}", silence(1.0), silence(0.0));
    }

    /// Heard at 5 s, 10 s, ..., then silent until `outage`, then told out of turn that it is back.
    fn back_after(outage: f64) -> Detector {
        let mut detector = Detector::new(&phi_policy(8.0), at(0.0));
        (1..60).for_each(|n| detector.heard(at(f64::from(n) * 5.0)));
        detector.heard_out_of_turn(at(outage));
        detector
    }

    #[test]
    fn an_outage_that_ends_out_of_turn_teaches_nothing() {
        let mut detector = back_after(600.0);
        let before = detector.patience();
        detector.heard(at(602.0));
        detector.heard(at(607.0));
        assert_eq!(detector.patience(), before);
    }

    #[test]
    fn what_comes_at_once_after_a_standstill_teaches_nothing() {
        let mut detector = back_after(600.0);
        let regular = detector.patience();
        (0..30).for_each(|n| detector.heard(at(602.0 + f64::from(n) / 1e3)));
        detector.heard(at(607.0));
        assert_eq!((detector.patience(), detector.last_heard()), (regular, at(607.0)));
    }

    /// One beat in five is lost, and whoever missed one was suspected.
    #[test]
    fn beats_that_are_lost_make_patient() {
        let mut detector = Detector::new(&phi_policy(8.0), at(0.0));
        let mut suspicions = 0;
        (1..300).filter(|n| n % 5 > 0).for_each(|n| {
            suspicions += u32::from(detector.suspects(at(f64::from(n) * 5.0)));
            detector.heard(at(f64::from(n) * 5.0));
        });
        assert_eq!(suspicions, 1);
    }

    /// Each a little shorter than what would be noticed: patience does not grow with them.
    #[test]
    fn outages_that_nobody_notices_teach_nothing() {
        let mut detector = Detector::new(&phi_policy(8.0), at(0.0));
        let mut now = 0.0;
        for _ in 0..200 {
            now += 5.0;
            detector.heard(at(now));
            now += detector.patience().as_secs_f64() - 0.001;
            detector.heard(at(now));
        }
        assert!(detector.patience() < Span::from_secs(50), "{}", detector.patience());
    }

    #[test]
    fn short_intervals_make_impatient_until_they_are_forgotten() {
        let mut detector = back_after(600.0);
        let regular = detector.patience_least();
        (0..30).for_each(|n| detector.heard(at(602.0 + f64::from(n) * 2.6)));
        let least = detector.patience_least();
        assert!(least < Span::from_nanos(regular.as_nanos() * 3 / 4), "{least} {regular}");
        (1..60).for_each(|n| {
            detector.heard(at(677.4 + f64::from(n) * 5.0));
            assert!(detector.patience() >= least, "beat {n}: {} {least}", detector.patience());
        });
        assert_eq!(detector.patience_least(), regular);
    }

    #[test]
    fn phi_of_eight_is_between_five_and_six_deviations() {
        // The normal tail beyond 5.61 deviations is 1e-8; the logistic approximation gets there a little earlier.
        assert!((5.0..5.7).contains(&deviations_at(8.0)), "{}", deviations_at(8.0));
    }

    proptest! {
        #[test]
        fn a_peer_that_beats_in_time_is_never_suspected(gaps in prop::collection::vec(1u64..7_400, 1..200)) {
            let mut detector = Detector::new(&Policy::default(), at(0.0));
            let mut now = at(0.0);
            for gap in gaps {
                now = now + Span::from_millis(gap);
                prop_assert!(!detector.suspects(now));
                detector.heard(now);
            }
        }

        #[test]
        fn every_silent_peer_is_suspected_in_the_end(threshold in 1.0..16.0, gaps in prop::collection::vec(1u64..60_000, 0..200)) {
            let mut detector = Detector::new(&phi_policy(threshold), at(0.0));
            let mut now = at(0.0);
            for gap in gaps {
                now = now + Span::from_millis(gap);
                detector.heard(now);
            }
            prop_assert!(detector.suspects(now + Span::from_secs(3600)));
        }

        #[test]
        fn a_higher_threshold_is_never_less_patient(low in 1.0..15.0, more in 0.0..1.0) {
            prop_assert!(deviations_at(low) <= deviations_at(low + more));
        }
    }
}
