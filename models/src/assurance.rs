/// What one run showed of what surrounds a failover: whether it left a trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assurance {
    /// Audit trails.
    pub auditing: Auditing,
}

/// What one run showed of audit trails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Auditing {
    /// Decisions and actions without a record, and records without an action; `None` where nobody keeps a trail.
    pub unrecorded: Option<u64>,
    /// Trails that were tampered with.
    pub tampered: u32,
    /// Of these, those that no agent noticed.
    pub unnoticed: u32,
}

impl Assurance {
    /// For the digest of a run; nothing where the plan asks for none of it.
    pub(crate) fn words(&self) -> Vec<u64> {
        let Auditing { unrecorded, tampered, unnoticed } = self.auditing;
        let trails = unrecorded.map(|missing| [missing, tampered.into(), unnoticed.into()]);
        trails.into_iter().flatten().collect()
    }
}
