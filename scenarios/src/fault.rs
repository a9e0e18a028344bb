//! Faults: when they strike, when they are over, and how they repeat themselves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::Distribution;
use units::Span;

use crate::quantiles::{hardly_more, never_less};
use crate::strike::Strike;
use crate::trigger::Trigger;
use crate::when::When;

/// A scripted fault: when it strikes, what it does, when it is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// When it strikes: `"60s"` or `Between("60s", "120s")`. Either this is given or `when`.
    #[serde(default)]
    pub at: Option<When>,
    /// Instead of `at`: the step of a run at which it strikes, such as `Promotes("$any")`. It never strikes in a run that does
    /// not come so far, and a run in which it still waits is observed to its horizon.
    #[serde(default)]
    pub when: Option<Trigger>,
    /// The how many-th time that this step is reached; the first if absent.
    #[serde(default)]
    pub nth: Option<u32>,
    /// How long after that step it strikes: `"200ms"` or `Between("0s", "1s")`; at once if absent.
    #[serde(default)]
    pub after: Option<When>,
    /// What happens.
    pub strike: Strike,
    /// How long after the strike it is healed; never if absent.
    #[serde(default)]
    pub heal_after: Option<Span>,
    /// Instead of `heal_after`: how long it lasts, drawn anew for each strike.
    #[serde(default)]
    pub lasts: Option<Distribution>,
    /// It strikes again: a burst, or for as long as the run lasts.
    #[serde(default)]
    pub again: Option<Again>,
}

/// How a fault repeats itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Again {
    /// From one strike to the next, drawn anew each time.
    pub every: Distribution,
    /// How many times more; these may overlap each other. If absent it goes on until the horizon, and a strike
    /// that would come while the last one lasts waits until that is over: the run is then observed to its
    /// horizon, and what is counted per year is counted over all of it.
    #[serde(default)]
    pub times: Option<u32>,
}

impl Fault {
    /// Whether it is over some time after it struck.
    pub fn heals(&self) -> bool {
        self.heal_after.is_some() || self.lasts.is_some()
    }

    /// When it strikes at the earliest; `None` if nobody knows before a run is made, because it waits for a step.
    pub fn earliest(&self) -> Option<Span> {
        self.at.map(When::earliest)
    }

    /// When it strikes at the latest; `None` if nobody knows before a run is made, because it waits for a step.
    pub fn latest(&self) -> Option<Span> {
        self.at.map(When::latest)
    }

    /// When it is over at the earliest: its first strike, as soon as it may come and for as short as it may last. A step may be
    /// reached at any time.
    pub fn over_at_the_earliest(&self) -> Span {
        let begin = self.at.or(self.after).map_or(Span::ZERO, When::earliest);
        let drawn = self.lasts.as_ref().map(never_less);
        begin.saturating_add(self.heal_after.or(drawn).unwrap_or(Span::MAX))
    }

    /// The same fault, but over so much later than it is at the latest.
    pub fn healed_later(&self, later: Span) -> Fault {
        let drawn = self.lasts.as_ref().map(hardly_more);
        let lasted = self.heal_after.or(drawn).unwrap_or(Span::ZERO);
        Fault { heal_after: Some(lasted.saturating_add(later)), lasts: None, ..self.clone() }
    }

    /// Whether it strikes again and again until the run ends.
    pub fn is_endless(&self) -> bool {
        self.again.as_ref().is_some_and(|again| again.times.is_none())
    }
}
