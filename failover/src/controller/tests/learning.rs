//! Detectors that learn how regular another's heartbeats are.

use super::*;
use crate::policy::Detector;

/// It has heard node 1 after intervals of so many seconds.
fn after(intervals: &[f64]) -> (Bench, f64) {
    let mut config = config();
    let deviation_least = Span::from_millis(200);
    config.policy.detector = Detector::PhiAccrual { threshold: 8.0, window: 4, deviation_least };
    let mut bench = Bench::of(config);
    let mut now = 0.0;
    for interval in intervals {
        let beat = now + interval;
        bench.sleeps_until(beat);
        bench.at(beat, in_turn(beat));
        now = beat;
    }
    (bench, now)
}

fn in_turn(second: f64) -> Input {
    match beat(second, 0) {
        Input::Received { from, message: Message { content: Content::Heartbeat(said), .. } } => {
            let said = Content::Heartbeat(crate::Heartbeat { out_of_turn: false, ..said });
            Input::Received { from, message: said.into() }
        }
        other => other,
    }
}

impl Bench {
    /// Wakes when it wants to until then. Returns when it began to suspect node 1, if it did.
    fn sleeps_until(&mut self, second: f64) -> Option<f64> {
        while self.node.due() < seconds(second) {
            let due = self.node.due().since(seconds(0.0)).as_secs_f64();
            self.wakes(due, Role::Primary);
            if self.decides(Decision::Suspects(NodeId(1))) {
                return Some(due);
            }
        }
        None
    }
}

#[test]
fn irregular_beats_make_patient() {
    let (mut bench, heard) = after(&[5.0, 11.0, 5.0, 12.0, 5.0, 11.0, 5.0, 12.0]);
    assert!(bench.sleeps_until(heard + 20.0).is_none());
}

/// How long it would have waited is out of date with every beat that is more regular than those before.
#[test]
fn regular_beats_make_impatient_at_once() {
    let (mut bench, heard) = after(&[5.0, 11.0, 5.0, 12.0, 5.0, 11.0, 5.0, 12.0, 5.0, 5.0, 5.0, 5.0]);
    let noticed = bench.sleeps_until(heard + 100.0).expect("it is silent for good");
    assert!(noticed < heard + 8.0, "{} s after the last heartbeat", noticed - heard);
}
