//! What stands around the failover, made ready to run.

use scenarios::Plan;
use sim::{Key, Sampler};
use units::Span;

use super::ModelError;
use super::build::compile;

/// How alerts reach people.
#[derive(Debug)]
pub struct AlertsModel {
    /// In the order in which they are tried.
    pub channels: Vec<ChannelModel>,
    /// A channel that has not taken an alert for this long is given up.
    pub give_up: Span,
    /// Pause before all are tried again.
    pub again: Span,
}

/// A channel.
#[derive(Debug)]
pub struct ChannelModel {
    /// As people call it.
    pub name: String,
    /// Until somebody sees what it took.
    pub delay: Sampler,
    /// Its stream.
    pub key: Key,
}

/// The service that unwraps the keys of agents' disks.
#[derive(Debug)]
pub struct KmsModel {
    /// Until it answers.
    pub answers: Sampler,
    /// Its stream.
    pub key: Key,
}

/// What may go wrong in the window of the objective.
#[derive(Clone, Copy, Debug)]
pub struct BudgetModel {
    /// Time without service that the objective forgives.
    pub allowed: Span,
    /// Share of it that is spent when the run begins, in parts per million.
    pub spent: u64,
}

impl AlertsModel {
    pub(super) fn of<P>(plan: &Plan<P>) -> Result<Option<AlertsModel>, ModelError> {
        let Some(alerts) = &plan.alerts else { return Ok(None) };
        let channel = |channel: &scenarios::Channel| {
            let (name, key) = (channel.name.clone(), Key::new(&channel.name, "alerts"));
            Ok(ChannelModel { name, delay: compile(&channel.delay)?, key })
        };
        let channels = alerts.channels.iter().map(channel).collect::<Result<_, ModelError>>()?;
        Ok(Some(AlertsModel { channels, give_up: alerts.give_up, again: alerts.again }))
    }
}

impl KmsModel {
    pub(super) fn of<P>(plan: &Plan<P>) -> Result<Option<KmsModel>, ModelError> {
        let Some(kms) = &plan.kms else { return Ok(None) };
        Ok(Some(KmsModel { answers: compile(&kms.answers)?, key: Key::new("kms", "answers") }))
    }
}

impl BudgetModel {
    pub(super) fn of<P>(plan: &Plan<P>) -> Option<BudgetModel> {
        let slo = plan.slo?;
        let share = |share: f64| (share * 1e6).round() as u64;
        let nanos = u128::from(slo.window.as_nanos()) * u128::from(share(1.0 - slo.objective)) / 1_000_000;
        let allowed = Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        Some(BudgetModel { allowed, spent: share(slo.spent) })
    }
}
