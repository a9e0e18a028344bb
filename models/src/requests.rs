/// What one run showed of what people, and others, asked the logic for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Requests that agents took, by whomever.
    pub taken: u64,
    /// Of these, those of which the audit trail knows nothing: neither a decision nor a count of what was dropped.
    pub unaudited: u64,
    /// Requests that were granted although nobody of the plan's people made them.
    pub admitted: u32,
    /// Requests of the plan's people that were refused, each time.
    pub refused: u32,
    /// Operations that were asked for and carried out.
    pub obeyed: u32,
    /// Switchovers that began before their window, or were not complete at its end.
    pub outside_window: u32,
}

impl Requests {
    /// For the digest of a run.
    pub(crate) fn words(&self) -> [u64; 6] {
        let few = [self.admitted, self.refused, self.obeyed, self.outside_window].map(u64::from);
        [self.taken, self.unaudited, few[0], few[1], few[2], few[3]]
    }
}
