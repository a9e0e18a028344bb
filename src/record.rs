//! What the world measured, as the plain records that reports are made from.

use models::{Model, RunRecord};
use reports::{Assurance, ClientTime, Operations, Outages, Phase, Requests, Run, StopReason, Violation};
use sim::Stop;
use units::{Measured, Span};

/// A run for the reports. `look_at_convergence` is false where a fault never heals and nobody expects the cluster
/// to come together: then its end says nothing.
pub(crate) fn run_of<P>(model: &Model<P>, record: RunRecord, look_at_convergence: bool) -> Run {
    let name = |node: &usize| model.nodes[*node].name.clone();
    let reads = !record.read_time.total.is_zero();
    Run {
        seed: record.seed,
        stop: stop_reason(record.stop),
        digest: record.digest,
        recovery_time: record.recovery_time,
        recovery_point: record.recovery_point,
        lost_writes: record.lost_writes,
        phases: record.phases,
        client_time: Some(client_time(record.client_loss)),
        outages: Some(outages(record.outages)),
        observed: record.observed,
        unavailable: of_observed(&record, record.client_time),
        reads_unavailable: reads.then(|| of_observed(&record, record.read_time)),
        read_only: record.read_only,
        overload: record.overload,
        quorum_available: record.quorum_present,
        split_brain: record.split_brain,
        failovers: record.failovers,
        false_failovers: record.false_failovers,
        violations: record.violations.iter().map(violation).collect(),
        converged: look_at_convergence.then_some(record.converged),
        fault_effects: record.fault_effects,
        struck: record.struck,
        promoted: record.promoted.iter().map(name).collect(),
        operations: operations(record.operations),
        assurance: assurance(&record.assurance),
        requests: requests(record.requests),
        events: record.events,
    }
}

/// A run that shows nothing but its own failure: it panicked or hung.
pub(crate) fn broken(seed: u64, stop: StopReason, faults: usize) -> Run {
    Run {
        seed,
        stop,
        digest: 0,
        recovery_time: Measured::LongerThan(Span::ZERO),
        recovery_point: Span::ZERO,
        lost_writes: 0,
        phases: [Span::ZERO; Phase::COUNT],
        client_time: None,
        outages: None,
        observed: Span::ZERO,
        unavailable: Span::ZERO,
        reads_unavailable: None,
        read_only: Span::ZERO,
        overload: Span::ZERO,
        quorum_available: Span::ZERO,
        split_brain: Span::ZERO,
        failovers: 0,
        false_failovers: 0,
        violations: Vec::new(),
        converged: None,
        fault_effects: vec![0; faults],
        struck: vec![false; faults],
        promoted: Vec::new(),
        operations: Operations::default(),
        assurance: Assurance::default(),
        requests: Requests::default(),
        events: 0,
    }
}

fn client_time(shown: models::ClientLoss) -> ClientTime {
    let models::ClientLoss { lost, cut_off, clients, watched } = shown;
    ClientTime { lost, cut_off, clients, watched }
}

fn outages(shown: models::Outages) -> Outages {
    let models::Outages { count, total } = shown;
    Outages { count, total }
}

fn assurance(shown: &models::Assurance) -> Assurance {
    let models::Auditing { unrecorded, tampered, unnoticed } = shown.auditing;
    let models::Alerting { emitted, missed, notified } = shown.alerting.unwrap_or_default();
    Assurance { unrecorded, tampered, unnoticed, alerts: emitted, missed_alerts: missed, notified }
}

fn operations(shown: models::Operations) -> Operations {
    Operations {
        diverged_writes: shown.diverged_writes,
        conflicts: shown.conflicts,
        full_copies: shown.full_copies,
        stuck_copies: shown.stuck_copies,
        switchovers: shown.switchovers,
        execution: shown.execution,
        promotions: shown.promotions,
        epochs: shown.epochs,
        completed: shown.completed,
        unverified: shown.unverified,
        leaderless: shown.leaderless,
    }
}

fn requests(shown: models::Requests) -> Requests {
    Requests {
        taken: shown.taken,
        unaudited: shown.unaudited,
        admitted: shown.admitted,
        refused: shown.refused,
        obeyed: shown.obeyed,
        outside_window: shown.outside_window,
    }
}

fn stop_reason(stop: Stop) -> StopReason {
    match stop {
        Stop::Finished | Stop::Idle => StopReason::Settled,
        Stop::Horizon => StopReason::Horizon,
        Stop::EventLimit => StopReason::EventLimit,
    }
}

/// The observed time, in the proportion in which clients were not served. In integers, so that it is the same
/// everywhere.
fn of_observed(record: &RunRecord, time: models::ClientTime) -> Span {
    let nanos = |span: Span| u128::from(span.as_nanos());
    let unserved = nanos(record.observed) * nanos(time.unserved);
    let part = unserved.checked_div(nanos(time.total)).unwrap_or(0);
    Span::from_nanos(u64::try_from(part).unwrap_or(u64::MAX))
}

fn violation(violation: &models::Violation) -> Violation {
    Violation {
        invariant: format!("{:?}", violation.invariant),
        at: violation.at.since(sim::SimTime::ZERO),
        what: violation.what.clone(),
    }
}
