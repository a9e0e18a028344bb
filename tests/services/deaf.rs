//! This repository's logic behind a loader that does not hear what is put over the plan's policy.

use std::sync::Arc;

use firedrill::failover::consensus::Durable;
use firedrill::failover::{Configuration, Controller, Instant, NodeId, Policy, PolicyPatch};
use firedrill::models::{Failover, Logic};

/// Deaf if true; otherwise a wrapper that changes nothing.
#[derive(Clone, Copy)]
pub struct Loader<const DEAF: bool>;

impl<const DEAF: bool> firedrill::scenarios::Logic for Loader<DEAF> {
    type Policy = Policy;
    type PolicyPatch = PolicyPatch;

    fn apply(policy: &mut Policy, patch: PolicyPatch) {
        if !DEAF {
            <Failover as firedrill::scenarios::Logic>::apply(policy, patch);
        }
    }
}

impl<const DEAF: bool> Logic for Loader<DEAF> {
    type Agent = Controller;

    fn start(
        &self,
        id: NodeId,
        config: &Arc<Configuration>,
        disk: &Durable,
        seed: u64,
        now: Instant,
    ) -> Controller {
        Failover.start(id, config, disk, seed, now)
    }
}
