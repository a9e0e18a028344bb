//! What every node does: keep its own database in line with what was agreed.

use crate::cluster::Stage;
use crate::decision::Decision;
use crate::message::{Content, Effect};
use crate::report::{DatabaseReport, Role};
use crate::task::{Outcome, Task};
use crate::time::Instant;
use units::Span;

use super::{Controller, Running};

/// A copy of a whole database may take long; the agent can do nothing better meanwhile.
const FOLLOW_TIMEOUT: Span = Span::from_secs(24 * 3600);

/// Between two tries to restart a database in place: what made it fail may be over by then.
const RESTART_PAUSE: Span = Span::from_millis(500);

impl Controller {
    /// Starts the task that brings the database closer to what was agreed; a new task supersedes the one
    /// under way.
    pub(super) fn reconcile(&mut self, out: &mut Vec<Effect>) {
        self.expire_task(out);
        self.ask_for_what_it_wants(out);
        self.resume_plan(out);
        if self.database.role == Role::Primary || !self.entitled() {
            self.restart_until = None;
        }
        let stop_timeout = self.config.policy.steps.promote;
        if self.must_stop() {
            if !matches!(self.task, Some(Running { task: Task::Stop, .. })) {
                self.start_task(Task::Stop, self.now + stop_timeout, out);
            }
            return;
        }
        if self.task.is_some() || self.execution.is_some() || self.now < self.backoff_until {
            return;
        }
        if let Some((task, timeout)) = self.next_task(out) {
            self.start_task(task, self.now + timeout, out);
        }
    }

    /// The database accepts writes, or may begin to again when it comes to, and it must not.
    fn must_stop(&self) -> bool {
        if self.draining_until().is_some() {
            return false;
        }
        let hung_primary = self.database.role == Role::Unresponsive && self.database.source.is_none();
        let open = self.database.role == Role::Primary || (hung_primary && !self.gave_up);
        let heeds = self.config.policy.safeguards.closes_when_told();
        let unentitled = heeds && open && !self.entitled() && !self.has_time_to_renew();
        unentitled || self.opens_wrongly() || self.is_open_under_an_old_epoch()
    }

    /// A database is being opened that may no longer be, or under an epoch that is over.
    fn opens_wrongly(&self) -> bool {
        match self.task {
            Some(Running { task: Task::Promote { epoch }, .. }) => {
                !self.entitled() || self.claim() != Some(epoch)
            }
            _ => false,
        }
    }

    /// The role was taken from it and given back while it did not listen. Copies that were sealed in between refuse
    /// it as it is.
    fn is_open_under_an_old_epoch(&self) -> bool {
        let open = self.database.role == Role::Primary && self.execution.is_none();
        open && self.claim().is_some_and(|epoch| self.database.position.epoch < epoch)
    }

    /// The database is open, and what it writes belongs to `epoch`.
    pub(super) fn is_open_under(&self, epoch: u64) -> bool {
        self.database.role == Role::Primary && self.database.position.epoch == epoch
    }

    fn next_task(&mut self, out: &mut Vec<Effect>) -> Option<(Task, Span)> {
        if self.database.role == Role::Absent {
            return None;
        }
        match self.claim() {
            Some(epoch) if self.cluster.stage == Stage::Steady && self.entitled() => self.serve(epoch, out),
            Some(_) if self.cluster.stage == Stage::Steady => None,
            _ if self.is_member() => self.stand_by(),
            _ => None,
        }
    }

    /// As owner of the role: the database should be open. One that is not is restarted in place for as long
    /// as the policy allows, then given up, so that another may take over.
    fn serve(&mut self, epoch: u64, out: &mut Vec<Effect>) -> Option<(Task, Span)> {
        let policy = &self.config.policy;
        match self.database.role {
            // What it was doing when it closed may have changed the address after the plan did.
            Role::Primary if self.redirects_again => Some((Task::Redirect { epoch }, policy.steps.redirect)),
            Role::Primary | Role::Absent | Role::Failed => None,
            Role::Unresponsive => Some((Task::Stop, policy.steps.promote)),
            _ if self.reopening_may_take(epoch).is_zero() => {
                self.give_up(out);
                None
            }
            // It was sealed for a later one: this node is behind the times.
            Role::Stopped | Role::Replica if self.database.sealed > epoch => None,
            Role::Stopped | Role::Replica => {
                let last = self.now + self.reopening_may_take(epoch);
                let until = *self.restart_until.get_or_insert(last);
                Some((Task::Promote { epoch }, until.since(self.now)))
            }
        }
    }

    /// A database that a switchover closed has not failed: it may take what a promotion may. So may one whose node has the
    /// role back under another epoch, for there was nobody else, where the policy restarts nothing in place, or for so short a
    /// time that it is replaced at once: without a try the role would go to and fro.
    fn reopening_may_take(&self, epoch: u64) -> Span {
        let policy = &self.config.policy;
        let given_back = policy.restart <= policy.heartbeat && self.database.position.epoch < epoch;
        if self.drained || given_back { policy.steps.promote.max(policy.restart) } else { policy.restart }
    }

    /// Only once the database is known to be closed: the lease is given away here.
    fn give_up(&mut self, out: &mut Vec<Effect>) {
        self.giving_up = false;
        self.gave_up = true;
        self.attention = true;
        out.push(Effect::Decided(Decision::GivesUpDatabase));
        self.release(out);
        self.broadcast(true, out);
    }

    /// Voters need not wait for a lease whose holder's database is known to be closed.
    fn release(&mut self, out: &mut Vec<Effect>) {
        (self.held_until, self.inherited) = (None, None);
        // What is asked for from this very moment on is meant for the time after.
        let up_to = self.now.saturating_sub(Span::from_nanos(1));
        self.holding.give_back(up_to);
        self.promise.release(self.id, up_to);
        let others = self.electorate.guarantors.iter().filter(|node| *node != self.id);
        out.extend(others.map(|to| Effect::Send { to, message: Content::Release { up_to }.into() }));
    }

    /// As anyone else: stop listening to the old primary while a failover is decided, follow the new one when
    /// it is open.
    fn stand_by(&self) -> Option<(Task, Span)> {
        let epoch = self.cluster.epoch;
        let primary = self.cluster.primary;
        let database = &self.database;
        match self.cluster.stage {
            Stage::HandingOver { .. } if database.role == Role::Primary => {
                let until = self.draining_until()?;
                Some((Task::Drain { epoch }, until.since(self.now)))
            }
            // A stopped copy is started for it: it may hold what nobody else has.
            Stage::Sealing { .. } if self.able() && self.unsettled() => {
                Some((Task::Seal { epoch }, self.config.policy.steps.promote))
            }
            Stage::Steady | Stage::Promoting(_) if primary != self.id => {
                let open = self.report_of(primary);
                let ready =
                    open.role == Role::Primary && open.position.epoch == epoch && database.sealed <= epoch;
                let stopped = database.role == Role::Stopped;
                // It may have asked this primary for its log when that had the role before, and hold what is no part of it now.
                let of_old = self.followed < epoch && database.position.epoch < epoch;
                let strayed = database.source != Some(primary) || stopped || self.gave_up || of_old;
                (ready && strayed && self.able()).then_some((Task::Follow { primary, epoch }, FOLLOW_TIMEOUT))
            }
            _ => None,
        }
    }

    /// The copy is not sealed yet, or it stopped since, or it was sealed after its agent had lost patience
    /// and given up on it.
    fn unsettled(&self) -> bool {
        let is_unsealed = self.database.sealed < self.cluster.epoch && self.config.policy.safeguards.fencing;
        is_unsealed || self.database.role == Role::Stopped || self.gave_up
    }

    /// The database can be told to stand by.
    pub(super) fn able(&self) -> bool {
        matches!(self.database.role, Role::Replica | Role::Stopped)
    }

    pub(super) fn start_task(&mut self, task: Task, deadline: Instant, out: &mut Vec<Effect>) {
        self.task = Some(Running { task, deadline });
        self.guard(out);
        out.push(Effect::Do(task));
    }

    pub(super) fn expire_task(&mut self, out: &mut Vec<Effect>) {
        let Some(running) = self.task.filter(|running| self.now >= running.deadline) else { return };
        self.on_done(running.task, Outcome::Failed, self.database, out);
        // What opens the database may yet succeed, and the role may be somebody else's by now.
        let opens = matches!(running.task, Task::Promote { epoch } if !self.is_open_under(epoch));
        if opens && self.task.is_none() && !self.is_multi_active() {
            self.start_task(Task::Stop, self.now + self.config.policy.steps.promote, out);
        }
    }

    #[inline(never)]
    pub(super) fn on_done(
        &mut self,
        task: Task,
        outcome: Outcome,
        database: DatabaseReport,
        out: &mut Vec<Effect>,
    ) {
        (self.database, self.database_read) = (database, self.now);
        if !self.task.is_some_and(|running| running.task == task) {
            return;
        }
        self.task = None;
        if self.is_multi_active() {
            return self.on_active_done(task, outcome, out);
        }
        if self.on_step_done(task, outcome, out) {
            return;
        }
        match (task, outcome) {
            (Task::Stop, Outcome::Succeeded) => self.on_stopped(out),
            (Task::Drain { .. }, Outcome::Succeeded) => self.on_drained(out),
            // What it could not send in time it keeps: the target cannot prove anything, and the role comes back.
            (Task::Drain { .. }, Outcome::Failed) => {
                self.start_task(Task::Stop, self.now + self.config.policy.steps.promote, out);
            }
            (Task::Promote { .. }, Outcome::Succeeded) => self.on_reopened(out),
            // It was open already: an open database cannot be promoted.
            (Task::Promote { epoch }, Outcome::Failed) if self.is_open_under(epoch) => self.on_reopened(out),
            (Task::Seal { .. } | Task::Follow { .. }, Outcome::Succeeded) => {
                if let Task::Follow { epoch, .. } = task {
                    self.followed = epoch;
                }
                (self.gave_up, self.drained) = (false, false);
                self.attention = true;
                self.tell(out);
            }
            (Task::Promote { .. }, Outcome::Failed) if self.claim().is_some() => self.on_restart_failed(out),
            (_, Outcome::Failed) => self.backoff_until = self.now + self.config.policy.heartbeat,
            (Task::Redirect { .. }, Outcome::Succeeded) => self.redirects_again = false,
            (Task::Verify { .. } | Task::Route { .. }, Outcome::Succeeded) => {}
            (Task::Acknowledge { .. }, Outcome::Succeeded) => {}
        }
    }

    /// One failed try is no reason to hand over while the policy leaves time for another.
    fn on_restart_failed(&mut self, out: &mut Vec<Effect>) {
        let again = self.now + RESTART_PAUSE;
        match self.restart_until {
            Some(until) if again < until => self.backoff_until = again,
            _ => self.abandon_restart(out),
        }
    }

    /// A restart that took too long may yet succeed; it is made sure that it does not.
    fn abandon_restart(&mut self, out: &mut Vec<Effect>) {
        self.giving_up = true;
        self.start_task(Task::Stop, self.now + self.config.policy.steps.promote, out);
    }

    fn on_stopped(&mut self, out: &mut Vec<Effect>) {
        self.drained |= self.hands_over_its_role();
        if self.giving_up {
            return self.give_up(out);
        }
        if !self.entitled() {
            self.release(out);
            self.promise_self(out);
            self.broadcast(true, out);
        }
    }

    fn on_drained(&mut self, out: &mut Vec<Effect>) {
        self.drained = true;
        self.on_stopped(out);
    }

    fn on_reopened(&mut self, out: &mut Vec<Effect>) {
        self.drained = false;
        self.backoff_until = self.now;
        self.giving_up = false;
        self.broadcast(true, out);
    }
}
