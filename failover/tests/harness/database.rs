use failover::{DatabaseReport, LogPosition, NodeId, Role, Task};

use crate::group::MILLI;

/// A write: who knows its number knows its place in history.
pub type Write = u32;

/// A database that does what its agent says. Its log survives everything.
#[derive(Clone, Debug, Default)]
pub struct Database {
    pub running: bool,
    /// Accepts writes when it runs and does not hang.
    pub open: bool,
    pub epoch: u64,
    pub source: Option<usize>,
    pub sealed: u64,
    /// It receives from no primary of a lower epoch.
    pub refuses_below: u64,
    pub log: Vec<Write>,
    /// Commit time of the newest write.
    pub committed: u64,
    pub task: Option<Task>,
    /// Names the task; a new one supersedes it.
    pub serial: u32,
    pub opened_at: u64,
    /// Not yet counted as acknowledged: where in the log to go on looking.
    pub acknowledged: usize,
}

impl Database {
    pub fn report(&self, hangs: bool) -> DatabaseReport {
        let role = match () {
            () if !self.running => Role::Stopped,
            () if hangs => Role::Unresponsive,
            () if self.open => Role::Primary,
            () => Role::Replica,
        };
        let position =
            LogPosition { epoch: self.epoch, offset: self.log.len() as u64, committed: self.committed };
        let source = self.source.map(NodeId::at);
        DatabaseReport { role, position, source, sealed: self.sealed }
    }

    /// From now on it has nothing to do with earlier epochs.
    pub fn belongs_to(&mut self, epoch: u64) {
        self.refuses_below = self.refuses_below.max(epoch);
    }

    pub fn kill(&mut self) {
        (self.running, self.open) = (false, false);
    }

    pub fn append(&mut self, write: Write, now: u64) {
        self.log.push(write);
        self.committed = now;
    }

    /// How long a task takes, in nanoseconds; a start takes longer.
    pub fn effort(&self, task: Task, (least, most): (u64, u64)) -> (u64, u64) {
        match task {
            Task::Stop => (20 * MILLI, 400 * MILLI),
            Task::Redirect { .. } => (MILLI, 2_000 * MILLI),
            _ if self.running => (least, most),
            _ => (least + 100 * MILLI, most + 1_000 * MILLI),
        }
    }

    /// Whether this log is part of `other`'s.
    pub fn is_part_of(&self, other: &Database) -> bool {
        other.log.starts_with(&self.log)
    }

    /// Drops what `primary` does not have.
    pub fn rewind_to(&mut self, primary: &Database) {
        let common = self.log.iter().zip(&primary.log).take_while(|(a, b)| a == b).count();
        self.log.truncate(common);
    }

    /// Takes over what `primary` has.
    pub fn catch_up_with(&mut self, primary: &Database) {
        self.log.extend_from_slice(&primary.log[self.log.len()..]);
        (self.epoch, self.committed) = (primary.epoch, primary.committed);
    }
}
