//! What the world measured, as the plain records that reports are made from.

use models::{Model, RunRecord};
use reports::{Run, StopReason, Violation};
use sim::Stop;
use units::{Sheet, Value, rows};

/// A run for the reports. `look_at_convergence` is false where a fault never heals and nobody expects the cluster
/// to come together: then its end says nothing.
pub(crate) fn run_of<P>(model: &Model<P>, record: RunRecord, look_at_convergence: bool) -> Run {
    let name = |node: &usize| model.nodes[*node].name.clone();
    let mut sheet = record.sheet();
    if !look_at_convergence {
        sheet.put(rows::CONVERGED, Value::NotLookedAt);
    }
    Run {
        seed: record.seed,
        stop: stop_reason(record.stop),
        digest: record.digest,
        sheet,
        violations: record.violations.iter().map(violation).collect(),
        fault_effects: record.fault_effects,
        struck: record.struck,
        promoted: record.promoted.iter().map(name).collect(),
        events: record.events,
    }
}

/// A run that shows nothing but its own failure: it panicked or hung.
pub(crate) fn broken(seed: u64, stop: StopReason, faults: usize) -> Run {
    Run {
        seed,
        stop,
        digest: 0,
        sheet: Sheet::blank(rows::ROWS.len()),
        violations: Vec::new(),
        fault_effects: vec![0; faults],
        struck: vec![false; faults],
        promoted: Vec::new(),
        events: 0,
    }
}

fn stop_reason(stop: Stop) -> StopReason {
    match stop {
        Stop::Finished | Stop::Idle => StopReason::Settled,
        Stop::Horizon => StopReason::Horizon,
        Stop::EventLimit => StopReason::EventLimit,
    }
}

fn violation(violation: &models::Violation) -> Violation {
    Violation {
        invariant: format!("{:?}", violation.invariant),
        at: violation.at.since(sim::SimTime::ZERO),
        what: violation.what.clone(),
    }
}
