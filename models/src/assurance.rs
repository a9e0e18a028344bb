use units::{Measured, Span};

/// What one run showed of what surrounds a failover: whether it left a trace, and whether people were told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assurance {
    /// Audit trails.
    pub auditing: Auditing,
    /// Alerts; `None` where the plan has no channels.
    pub alerting: Option<Alerting>,
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

/// What one run showed of alerts.
///
/// ```text
///  clients unserved,    an agent        a channel    somebody
///  or no majority       gives it out    takes it     sees it
///    |---------------------|---------------|------------|
///    |<----------------- time to notify --------------->|
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Alerting {
    /// Alerts given out.
    pub emitted: u32,
    /// Of these, those that nobody had seen when the run ended.
    pub missed: u32,
    /// From the beginning of trouble until somebody saw a critical alert given out since, the longest time of several
    /// troubles; `None` without trouble.
    pub notified: Option<Measured>,
}

impl Assurance {
    /// For the digest of a run; nothing where the plan asks for none of it.
    pub(crate) fn words(&self) -> Vec<u64> {
        let Auditing { unrecorded, tampered, unnoticed } = self.auditing;
        let trails = unrecorded.map(|missing| [missing, tampered.into(), unnoticed.into()]);
        let alerts = self.alerting.map(|shown| {
            let notified = shown.notified.map_or(Span::ZERO, |after| after.at_least());
            let censored = shown.notified.is_some_and(|after| after.is_censored());
            [u64::from(shown.emitted) << 32 | u64::from(shown.missed), notified.as_nanos(), censored.into()]
        });
        trails.into_iter().chain(alerts).flatten().collect()
    }
}
