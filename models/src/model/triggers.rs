//! When a fault strikes: at a time, or at a step of the run.

use scenarios::{Fault, Trigger, When};
use units::Span;

use super::build::Names;
use super::{ModelError, Target};

/// When a fault strikes.
#[derive(Clone, Debug)]
pub enum Timing {
    /// Then.
    At(When),
    /// At this step.
    Step(StepModel),
}

/// A step that a fault waits for.
#[derive(Clone, Debug)]
pub struct StepModel {
    /// What somebody has to do.
    pub trigger: Trigger,
    /// Who.
    pub node: Target,
    /// The how many-th time.
    pub nth: u32,
    /// How long after that.
    pub after: When,
}

impl Timing {
    pub(super) fn of(names: &Names, fault: &Fault) -> Result<Timing, ModelError> {
        let Some(trigger) = &fault.when else {
            let at = fault.at.ok_or_else(|| ModelError("a fault that never strikes".to_owned()))?;
            return Ok(Timing::At(at));
        };
        let node = names.node(trigger.node())?;
        let after = fault.after.unwrap_or(When::At(Span::ZERO));
        Ok(Timing::Step(StepModel {
            trigger: trigger.clone(),
            node,
            nth: fault.nth.unwrap_or(1).max(1),
            after,
        }))
    }

    /// ` when $any promotes its database`, after the name of the fault; nothing of a time.
    pub(super) fn told(&self) -> String {
        let Timing::Step(step) = self else { return String::new() };
        format!(" when {} {}", step.trigger.node(), step.told())
    }

    /// The step, if it waits for one.
    pub fn step(&self) -> Option<&StepModel> {
        match self {
            Timing::At(_) => None,
            Timing::Step(step) => Some(step),
        }
    }
}

impl StepModel {
    /// `promotes its database for the 2nd time`: the sentence whose subject is the node.
    pub fn told(&self) -> String {
        let ending = match (self.nth % 10, self.nth % 100) {
            (_, 11..=13) => "th",
            (1, _) => "st",
            (2, _) => "nd",
            (3, _) => "rd",
            _ => "th",
        };
        let time = if self.nth > 1 { format!(" for the {}{ending} time", self.nth) } else { String::new() };
        format!("{}{time}", self.trigger.told())
    }

    /// Whether `node` is the one it is about, while `primary` is primary.
    pub fn is_about(&self, node: usize, primary: usize) -> bool {
        match self.node {
            Target::Index(meant) => node == meant,
            Target::Primary => node == primary,
            Target::Any => true,
            // Nobody has reached anything before; the loader refuses it.
            Target::That => false,
        }
    }
}
