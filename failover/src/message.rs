//! What goes in and what comes out: a node is a function from inputs to effects.

use std::hash::{Hash, Hasher};
use std::num::{NonZeroU16, NonZeroU64};

use serde::{Deserialize, Serialize};
use units::Span;

use crate::access::{Answer, Request, RequestId, WallTime};
use crate::alert::Alert;
use crate::audit::{Found, Hash as Sha256, Record, Told};
use crate::cluster::Command;
use crate::consensus::{ConsensusMessage, Persist};
use crate::decision::Decision;
use crate::id::{NodeId, NodeSet};
use crate::report::{DatabaseReport, Role};
use crate::stamp::Stamp;
use crate::task::{Outcome, Task};
use crate::time::Instant;

/// Something that happened to a node. The shell around it (a simulator, an async agent) hands these over in
/// the order in which they happened, each with the reading of the node's own clock. `M` is what members tell each
/// other; logic of another kind has other messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input<M = Message> {
    /// The agent starts.
    Start {
        /// The state of the local database.
        database: DatabaseReport,
        /// The cluster is being created and this is not a restart: nothing was ever promised.
        first_boot: bool,
        /// Who coordinates from the beginning on, where every disk says that the new cluster elected it
        /// ([`Durable::founded`](crate::consensus::Durable::founded)); elsewhere an election time-out comes first.
        coordinator: Option<NodeId>,
        /// 1 at the first boot, and then greater than at any start of this member before, on this machine or one that it
        /// replaces: a count that the shell keeps on disk, below 2^20. Others hear nothing any more that an earlier
        /// generation of this member says.
        generation: u32,
        /// What [`Effect::PetWatchdog`] said last since the machine booted, if [`Effect::DisarmWatchdog`] has not
        /// come after it: the end of the lease under which an earlier life of this agent left the database open.
        lease: Option<Instant>,
    },
    /// The time asked for by [`due`](crate::Controller::due) has come.
    Wake {
        /// The state of the local database, read just now.
        database: DatabaseReport,
    },
    /// A message from another member arrived.
    Received {
        /// Who sent it; the shell has authenticated that.
        from: NodeId,
        /// What it says.
        message: M,
    },
    /// What [`Effect::Persist`] asked for is on disk.
    Persisted {
        /// Its number.
        number: u64,
    },
    /// A task is finished or has failed.
    Done {
        /// The task.
        task: Task,
        /// How it ended.
        outcome: Outcome,
        /// The state of the local database afterwards.
        database: DatabaseReport,
    },
    /// The audit trail as it was found on disk: before [`Input::Start`], for an agent that keeps one.
    Trail(Found),
    /// The record of this number that [`Effect::Record`] gave out is on disk, and all before it.
    Recorded {
        /// Its number.
        number: u64,
    },
    /// Monitoring says how much of the error budget is left.
    Budget {
        /// Parts per million; 0: all of it is spent, or more.
        left: u32,
    },
    /// The node's wall clock shows this; told after the start and now and then, since wall clocks are set.
    /// Without it no request is granted.
    WallClock {
        /// The reading.
        wall: WallTime,
    },
    /// Somebody asks for something. Answered with [`Effect::Answer`], unless it is one too many.
    Request {
        /// What the node's wall clock shows.
        wall: WallTime,
        /// The request.
        request: Box<Request>,
    },
}

/// Something the node wants done. `M` is what members tell each other, `W` what they write to disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Effect<M = Message, W = Persist> {
    /// Send a message; it may get lost.
    Send {
        /// To whom.
        to: NodeId,
        /// What.
        message: M,
    },
    /// Write to disk, then answer with [`Input::Persisted`].
    Persist(W),
    /// Carry out a task, then answer with [`Input::Done`]. One at a time.
    Do(Task),
    /// This agent lives and holds the lease, and the database accepts writes or is about to: restart the watchdog's
    /// countdown, and let an engine that checks the lease itself accept writes until this reading of the node's clock.
    PetWatchdog {
        /// The lease's end.
        until: Instant,
    },
    /// Switch the watchdog off: the database accepts no writes, and no task is under way that changes that.
    DisarmWatchdog,
    /// Tell whoever handed in this request. It may get lost.
    Answer {
        /// The request.
        request: RequestId,
        /// What became of it.
        answer: Answer,
    },
    /// What was decided, and on what grounds.
    Decided(Decision),
    /// Append to the audit trail, then answer with [`Input::Recorded`]. Tasks that come later are begun when it is on
    /// disk; only [`Task::Stop`] does not wait.
    Record(Box<Record>),
    /// Tell people; nobody waits for it.
    Alert(Alert),
}

/// What members tell each other, stamped so that nothing counts twice: a message that somebody plays back is no sign that
/// its sender lives, and no promise of a voter's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Which one of its sender's this is.
    pub stamp: Stamp,
    /// What it says.
    pub content: Content,
}

impl From<Content> for Message {
    /// Not stamped yet.
    fn from(content: Content) -> Message {
        Message { stamp: Stamp::default(), content }
    }
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Content {
    /// A sign of life, with what the sender sees.
    Heartbeat(Heartbeat),
    /// Answer to a heartbeat that asked for the lease.
    LeaseReply {
        /// When the request was sent, on the asker's clock.
        asked: Instant,
        /// The generation of the asker, whose clock may have begun anew since.
        generation: u32,
        /// The epoch of the request.
        epoch: u64,
        /// The answer.
        answer: LeaseAnswer,
    },
    /// The sender's database accepts no more writes: promises that answered requests sent up to this reading of
    /// its clock are void. Later ones are not, however late this arrives.
    Release {
        /// The reading.
        up_to: Instant,
    },
    /// To the coordinator: please let the cluster agree on this.
    Request(Box<Command>),
    /// Between the consensus modules.
    Consensus(ConsensusMessage),
    /// The newest records of the sender's audit trail, for others to remember.
    Anchors(Box<Told>),
    /// SHA-256 of the sender's configuration.
    Manifest {
        /// It.
        hash: Sha256,
        /// The receiver told its own; otherwise it is to.
        answers: bool,
    },
    /// To the coordinator: a person's request, found in order by the sender.
    Ask(Box<Request>),
    /// To whom a request was handed in: what became of it.
    Answer {
        /// The request.
        request: RequestId,
        /// The answer.
        answer: Answer,
    },
}

/// By its kind and its main fields: enough to tell apart what different decisions would send.
impl Hash for Message {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let parts = match &self.content {
            Content::Heartbeat(beat) => {
                let suspects = beat.suspects.folded();
                [1, beat.sent.as_nanos(), suspects, beat.database.position.offset ^ beat.epoch]
            }
            Content::LeaseReply { asked, epoch, answer, .. } => {
                [2, asked.as_nanos(), *epoch, u64::from(*answer == LeaseAnswer::Granted)]
            }
            Content::Release { up_to } => [3, up_to.as_nanos(), 0, 0],
            Content::Request(_) => [4, 0, 0, 0],
            Content::Consensus(message) => [5, message.term, 0, 0],
            Content::Anchors(told) => {
                let newest = told.recent.last().copied().unwrap_or_default();
                [6, told.born.number, newest.number, newest.hash.short()]
            }
            Content::Manifest { hash, answers } => [7, hash.short(), u64::from(*answers), 0],
            Content::Ask(request) => [8, request.said.at.as_nanos(), request.said.nonce, 0],
            Content::Answer { request, .. } => {
                let id = u128::from(*request);
                [9, (id >> 64) as u64, id as u64, 0]
            }
        };
        parts.into_iter().for_each(|part| state.write_u64(part));
    }
}

/// A voter's answer on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeaseAnswer {
    /// Granted, counting from when it was asked for.
    Granted,
    /// Not before this long.
    Wait(Span),
    /// The epoch is over.
    Stale,
}

/// A sign of life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heartbeat {
    /// When it was sent, on the sender's clock.
    pub sent: Instant,
    /// Sent early because something changed; says nothing about the sender's rhythm.
    pub out_of_turn: bool,
    /// The epoch up to which the sender follows the cluster's decisions; of one that does not know what was agreed, the
    /// epoch under which it holds the role by its own account, or 0.
    pub epoch: u64,
    /// The sender started again, and does not know yet what was agreed.
    pub rejoins: bool,
    /// Whom the sender suspects.
    pub suspects: NodeSet,
    /// The sender's database.
    pub database: DatabaseReport,
    /// The sender asks for the lease under that epoch.
    pub asks: bool,
    /// The sender holds the lease, whomever it hears just now.
    pub holds: bool,
    /// The number of the last cool-down, unless it is agreed to be over. Beyond the 65,535th whoever has to be told waits for
    /// all of it.
    pub cooling: Option<NonZeroU16>,
    /// As voter: the primary was closed when this voter last granted it the lease, and may write from so many seconds after
    /// `granted` on.
    pub reopens_after: Option<NonZeroU16>,
    /// How much of it is left, by the sender's clock.
    pub cooling_left: Span,
    /// Commit time, as in a [`LogPosition`](crate::LogPosition), of the newest write that the primary may have had when this was sent. Of one
    /// that is open or asks for the lease: its own, whose report is a little older. Of others: by what they last heard
    /// of the primary while it was open, if that is of use still.
    pub reached: Option<Reached>,
    /// As voter: the highest `reached` of any primary's request for the lease that it granted. `None` if it granted one
    /// before it last started and does not know how far that went.
    pub granted: Option<Reached>,
}

impl Heartbeat {
    /// Up to which epoch the sender is known to follow the cluster's decisions.
    pub fn follows(&self) -> u64 {
        if self.rejoins { 0 } else { self.epoch }
    }

    /// The sender's database is open, or shall be.
    pub(crate) fn speaks_for_itself(&self) -> bool {
        self.asks || self.database.role == Role::Primary
    }

    /// As voter: from which commit time on the primary may write, if it was closed when it was granted the lease.
    pub(crate) fn reopens(&self) -> Option<u64> {
        let (granted, after) = (u64::from(self.granted?), self.reopens_after?);
        Some(granted.saturating_add(Span::from_secs(after.get().into()).as_nanos()))
    }

    /// Under which epoch the sender asks for the lease, if it does.
    pub fn lease(&self) -> Option<u64> {
        Some(self.epoch).filter(|epoch| self.asks && *epoch > 0)
    }
}

/// A commit time, in nanoseconds, of which there may be none: all but the last there is, so that none takes no room. Every
/// byte of a heartbeat is moved several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached(NonZeroU64);

impl From<u64> for Reached {
    fn from(nanos: u64) -> Reached {
        Reached(NonZeroU64::new(!nanos).unwrap_or(NonZeroU64::MIN))
    }
}

impl From<Reached> for u64 {
    fn from(reached: Reached) -> u64 {
        !reached.0.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is larger is moved by a call, some five times on its way from member to member.
    #[test]
    fn an_effect_is_moved_without_a_call() {
        assert!(size_of::<Effect>() <= 128, "{} bytes", size_of::<Effect>());
    }

    #[test]
    fn what_was_reached_is_kept_but_for_the_end_of_time() {
        for nanos in [0, 1, 1 << 40, u64::MAX - 1] {
            assert_eq!(u64::from(Reached::from(nanos)), nanos);
        }
        assert_eq!(u64::from(Reached::from(u64::MAX)), u64::MAX - 1);
        assert_eq!(size_of::<Option<Reached>>(), 8);
    }
}
