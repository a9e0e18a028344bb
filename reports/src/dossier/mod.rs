//! What the pages of a campaign are made of, beyond its `report.json`: plain records, made by whoever knows the
//! runs and the world, drawn by [`html`](crate::html), [`summary`](crate::summary), [`junit`](crate::junit),
//! [`badge`](crate::badge) and [`github`](crate::github).
//!
//! ```text
//! runs ---> Curve, Recovery ---+
//! replay -> Lanes -------------+--> Page, ... --+
//! model --> Topology ----------+                +--> Dossier --> report.html, summary.md, badge.svg, junit.xml
//!                           Report, Provenance -+
//! ```

mod check;
mod curve;
mod lanes;
mod provenance;
mod recovery;
mod topology;

pub use check::{Check, checks};
pub use curve::{Bounds, Curve, Step, Target};
pub use lanes::{Bar, Lane, LaneKind, Lanes, Mark, Told, Tone};
pub use provenance::Provenance;
pub use recovery::Recovery;
pub use topology::{Line, Node, Place, Site, Topology};

use crate::report::Report;
use crate::scenario::Campaign;

/// Everything the pages show.
#[derive(Clone, Debug, PartialEq)]
pub struct Dossier {
    /// What was found out.
    pub report: Report,
    /// A page for each scenario of the report, in its order.
    pub pages: Vec<Page>,
    /// The systems that were struck, each once.
    pub systems: Vec<Topology>,
    /// What requirement ids mean, as far as it is known.
    pub requirements: Vec<Requirement>,
    /// How the runs can be had again.
    pub provenance: Provenance,
}

/// What a requirement asks for, in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Its id.
    pub id: String,
    /// What it asks for.
    pub what: String,
}

/// What is shown of one scenario besides its report.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// How recovery times are spread, in nanoseconds.
    pub recovery_time: Curve,
    /// How recovery points are spread, in nanoseconds.
    pub recovery_point: Curve,
    /// Of the run in the middle.
    pub median: Option<Recovery>,
    /// Of the worst run.
    pub worst: Option<Recovery>,
    /// What happened in the worst run, or why that cannot be told.
    pub told: Result<Lanes, String>,
    /// Place of its system in [`Dossier::systems`]; `None` if nobody described it.
    pub system: Option<usize>,
}

impl Page {
    /// What the runs alone show. Binomial bounds are looked up in `bounds`, which serves many scenarios.
    pub fn of(campaign: &Campaign<'_>, bounds: &mut Bounds) -> Page {
        Page {
            recovery_time: Curve::of_recovery_times(campaign, bounds),
            recovery_point: Curve::of_recovery_points(campaign, bounds),
            median: Recovery::median(campaign.runs),
            worst: Recovery::worst(campaign.runs),
            told: Err("its timeline was not asked for".to_owned()),
            system: None,
        }
    }
}

impl Dossier {
    /// Each scenario with its page. A scenario without one is left out of what needs it.
    pub fn scenarios(&self) -> impl Iterator<Item = (&crate::ScenarioReport, &Page)> {
        self.report.scenarios.iter().zip(&self.pages)
    }
}
