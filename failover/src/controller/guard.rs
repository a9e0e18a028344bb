//! The watchdog beside the database.
//!
//! It is there for an agent that stands still beside an open database: it resets the machine before the lease ends. So
//! it counts down while the database accepts writes, or may come to, and at no other time; and an agent that lives
//! keeps it from biting for as long as it holds the lease.
//!
//! ```text
//!  database   open ------------X  crashed, closed  . . . . . . opening ------> open
//!  watchdog   set anew with every beat  |   off    set before the task begins, and with every beat
//! ```

use crate::message::Effect;
use crate::report::Role;
use crate::task::Task;
use crate::time::Instant;

use super::{Controller, Running};

/// What the watchdog was told last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Watch {
    /// By an agent's life before this one, or nothing.
    Unknown,
    /// To rest.
    Off,
    /// To bite when the lease that ends here has not been renewed.
    Until(Instant),
}

impl Controller {
    /// Tells the watchdog what is new: the lease was renewed, the database is to be opened, or it is known to be closed.
    pub(super) fn guard(&mut self, out: &mut Vec<Effect>) {
        let wanted = match self.may_be_open().then(|| self.may_be_open_until()) {
            Some(Some(until)) => Watch::Until(until),
            // The lease is gone: it bites if closing takes too long.
            Some(None) => return,
            None => Watch::Off,
        };
        if wanted != self.watch {
            self.tell_watchdog(wanted, out);
        }
    }

    /// With every beat: this agent lives, whether or not the lease was renewed since the last.
    pub(super) fn pet(&mut self, out: &mut Vec<Effect>) {
        let entitled = self.may_be_open_until().filter(|until| self.now < *until && self.may_be_open());
        if let Some(until) = entitled {
            self.tell_watchdog(Watch::Until(until), out);
        }
    }

    /// The end of the lease, of this life of the agent or of the one before; in a switchover, of the one that its old primary
    /// had and asks for no more. It takes that long to send the rest of its log: a watchdog that cut it off would lose what
    /// was acknowledged.
    fn may_be_open_until(&self) -> Option<Instant> {
        // With neither lease nor fencing the agent leaves its database open, whoever has the role.
        if !self.config.policy.safeguards.closes_when_told() {
            return Some(Instant::NEVER);
        }
        let inherited = self.inherited.filter(|_| self.claim().is_some());
        self.held_until.or(inherited).or_else(|| self.drain_until.filter(|_| self.hands_over_its_role()))
    }

    fn tell_watchdog(&mut self, what: Watch, out: &mut Vec<Effect>) {
        self.watch = what;
        out.push(match what {
            Watch::Until(until) => Effect::PetWatchdog { until },
            Watch::Off | Watch::Unknown => Effect::DisarmWatchdog,
        });
    }

    /// The database accepts writes, or does when it comes to, or a task is under way that opens it, or has not yet
    /// closed it for certain.
    fn may_be_open(&self) -> bool {
        let hung = self.database.role == Role::Unresponsive && self.database.source.is_none();
        let under_way = matches!(
            self.task,
            Some(Running { task: Task::Promote { .. } | Task::Stop | Task::Drain { .. }, .. })
        );
        self.database.role == Role::Primary || hung || under_way
    }
}
