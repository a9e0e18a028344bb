//! How a member starts.

use std::sync::Arc;

use units::Span;

use crate::audit::{Keeper, sha256};
use crate::cluster::Cluster;
use crate::config::{Configuration, ConfigurationError};
use crate::consensus::{ConsensusSettings, Durable, Outputs, Raft, SettingsError};
use crate::detector::Detector;
use crate::id::{NodeId, NodeSet};
use crate::lease::{Holding, Promise};
use crate::report::DatabaseReport;
use crate::stamp::Heard;
use crate::time::Instant;

use super::agreement::Ticks;
use super::electorate::Electorate;
use super::guard::Watch;
use super::rejoin::Standing;
use super::requests::Desk;
use super::{Controller, Peer, TICKS_PER_HEARTBEAT, alerts, mix};

impl Controller {
    /// A member that starts at `now` on its own clock, with what it had on disk. `seed` decides when
    /// within an interval the node beats, and its election time-outs; nothing else.
    ///
    /// # Errors
    /// The configuration cannot work, or the disk holds what no member of it wrote.
    pub fn new(
        id: NodeId,
        config: Arc<Configuration>,
        durable: &Durable,
        seed: u64,
        now: Instant,
    ) -> Result<Controller, ConfigurationError> {
        let consensus = Raft::new(settings(id, &config, seed)?, durable).map_err(refused)?;
        Ok(Controller::around(consensus, id, config, seed, now))
    }

    /// As [`Controller::new`], in the memory of a member that is gone: of the same node it costs less, and a simulator starts
    /// millions. Nothing that `spent` knew is left.
    ///
    /// # Errors
    /// The configuration cannot work, or the disk holds what no member of it wrote.
    pub fn again(
        spent: Controller,
        id: NodeId,
        config: Arc<Configuration>,
        durable: &Durable,
        seed: u64,
        now: Instant,
    ) -> Result<Controller, ConfigurationError> {
        let settings = settings(id, &config, seed)?;
        let consensus = Raft::again(spent.consensus, settings, durable).map_err(refused)?;
        Ok(Controller::around(consensus, id, config, seed, now))
    }

    fn around(
        consensus: Raft,
        id: NodeId,
        config: Arc<Configuration>,
        seed: u64,
        now: Instant,
    ) -> Controller {
        let (members, length) = (config.members.len(), tick_length(&config));
        // Nodes do not beat in unison: each has a place of its own within the interval.
        let place =
            |span: Span| Span::from_nanos(mix(seed ^ u64::from(id.0).rotate_right(8)) % span.as_nanos());
        let peer = |_| Peer {
            detector: Detector::new(&config.policy, now),
            said: Instant::ZERO,
            heard: Heard::default(),
            played_back: false,
            introduced: None,
            sent: 0,
            suspects: NodeSet::EMPTY,
            database: DatabaseReport::ABSENT,
            epoch: 0,
            lingers: false,
            led_in: None,
            granted: None,
            reopens: None,
            holds: false,
            reached: None,
            writing: None,
            manifest: None,
            manifest_of: 0,
        };
        Controller {
            id,
            generation: 0,
            electorate: Electorate::of(&config, id),
            now,
            consensus,
            outputs: Outputs::default(),
            ticks: Ticks { origin: now + place(length), length, done: 0 },
            consensus_due: now,
            cluster: Cluster::new(config.first_primary),
            standing: Standing::Rejoining { owns: None },
            stage_since: now,
            database: DatabaseReport::ABSENT,
            database_read: now,
            giving_up: false,
            gave_up: false,
            peers: config.nodes().map(peer).collect(),
            suspects: NodeSet::EMPTY,
            suspicion_due: Instant::ZERO,
            meets_until: Instant::ZERO,
            next_beat: now + place(config.policy.heartbeat),
            promise: Promise::none(),
            granted: None,
            reopens: None,
            heard_writing: None,
            recalled: None,
            holding: Holding::new(members),
            held_until: None,
            lease_retry: Instant::NEVER,
            inherited: None,
            watch: Watch::Off,
            task: None,
            backoff_until: now,
            restart_until: None,
            followed: 0,
            execution: None,
            wants: None,
            wants_due: Instant::NEVER,
            cooldown_until: now,
            cooldown_unsure: false,
            cooldown_heard: None,
            proposed_until: now,
            was_coordinator: false,
            attention: true,
            quiet_until: now,
            recheck: Instant::NEVER,
            no_target: None,
            returning: None,
            drain_until: None,
            drained: false,
            look_again: Instant::NEVER,
            redirects_again: false,
            confirmed: 0,
            published: None,
            majority: alerts::Majority::default(),
            manifest: config.policy.manifest.then(|| sha256(&*config)),
            budget_left: None,
            held_back: false,
            audit: config.policy.audit.then(|| Box::new(Keeper::new(id, members))),
            desk: Desk::new(&config.policy.access, now),
            awaits_operator: false,
            config,
        }
    }
}

fn settings(
    id: NodeId,
    config: &Arc<Configuration>,
    seed: u64,
) -> Result<ConsensusSettings, ConfigurationError> {
    config.validate_once()?;
    let election = config.policy.consensus.election.as_nanos() / tick_length(config).as_nanos();
    Ok(ConsensusSettings {
        id,
        voters: config.voters().collect(),
        learners: config.nodes().filter(|node| !config.members[node.index()].votes).collect(),
        heartbeat_ticks: TICKS_PER_HEARTBEAT,
        election_ticks: election.min(u64::from(u32::MAX / 2)) as u32,
        seed,
    })
}

fn refused(error: SettingsError) -> ConfigurationError {
    ConfigurationError(error.to_string())
}

/// How long a tick of consensus is.
fn tick_length(config: &Configuration) -> Span {
    Span::from_nanos(config.policy.consensus.heartbeat.as_nanos() / u64::from(TICKS_PER_HEARTBEAT))
}
