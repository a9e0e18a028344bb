use units::{Measured, Span};

/// What one run showed of the work around an outage: how copies came back, how plans were carried out, whether
/// somebody could decide.
///
/// ```text
///  chosen   fence   promote   verify   redirect   repoint   complete
///    |--------|--------|---------|---------|----------|--------|
///    |<------------------ execution time -------------------->|
///                              ^ the new primary is found complete and open, or the failover is unverified
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operations {
    /// Acknowledged writes that rewinds and full copies dropped from copies that came back: found only once the
    /// copy meets the new history. One that several copies held counts once.
    pub diverged_writes: u64,
    /// Keys that two actives wrote without knowing of each other. The writes that gave way count as lost.
    pub conflicts: u64,
    /// Copies that had to be made anew, finished or not.
    pub full_copies: u32,
    /// Copies that were stuck until a person made them anew, or still are.
    pub stuck_copies: u32,
    /// Planned changes of the primary; they count neither as failovers nor as false ones.
    pub switchovers: u32,
    /// The longest time from the choice of a target (for a switchover: from its beginning) until the plan that
    /// succeeded was complete. Plans that failed in between count into it; `None` without any plan.
    pub execution: Option<Measured>,
    /// Databases told to open under an epoch that was new to them, whether they did or not.
    pub promotions: u32,
    /// Epochs begun after the first: failovers, switchovers, those that were abandoned and those that failed. Of logic
    /// that does not tell of epochs, those under which a database was told to open.
    pub epochs: u32,
    /// Plans called complete.
    pub completed: u32,
    /// Of these, those whose new primary had not been found complete and open for writes under the plan's epoch.
    pub unverified: u32,
    /// The longest stretch in which a majority was alive and connected and no coordinator was among it; `None` if
    /// the logic under test does not say who coordinates.
    pub leaderless: Option<Span>,
}

impl Operations {
    /// For the digest of a run.
    pub(crate) fn words(&self) -> [u64; 11] {
        let execution = self
            .execution
            .map_or(0, |took| 1 + (took.at_least().as_nanos() << 1 | u64::from(took.is_censored())));
        [
            self.diverged_writes,
            self.conflicts,
            self.full_copies.into(),
            self.stuck_copies.into(),
            self.switchovers.into(),
            execution,
            self.completed.into(),
            self.unverified.into(),
            self.promotions.into(),
            self.epochs.into(),
            self.leaderless.map_or(u64::MAX, Span::as_nanos),
        ]
    }
}
