//! What the pages of a campaign show beyond its report: made here, where the world and its replays are known; drawn
//! in [`reports`], which knows neither.

mod lanes;
mod machine;
mod requirements;
mod topology;

use models::Logic;
use reports::dossier::{Bounds, Dossier, Page, Provenance};
use reports::{Criterion, Report, Run};

use crate::campaign::Campaign;
use crate::expectations;
pub(crate) use machine::this_machine;
pub(crate) use requirements::known as known_requirements;

/// Gathers pages, scenario by scenario, so that the runs of only one need be in memory.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pages: Vec<Page>,
    systems: Vec<reports::dossier::Topology>,
    bounds: Bounds,
}

impl Gathered {
    /// A scenario and its runs. The worst of them is made again, to tell what happened in it.
    pub fn add<L: Logic>(&mut self, campaign: &Campaign<L>, runs: &[Run]) {
        self.add_asked(campaign, campaign.criteria(), runs);
    }

    /// The same, with what was asked of these runs.
    pub fn add_asked<L: Logic>(&mut self, campaign: &Campaign<L>, asked: &[Criterion], runs: &[Run]) {
        let mut page = campaign.page(asked, runs, &mut self.bounds);
        page.told = lanes::of_worst(campaign, runs);
        page.system = Some(self.system(topology::of(campaign)));
        self.pages.push(page);
    }

    /// Scenarios share plans: each system once.
    fn system(&mut self, system: reports::dossier::Topology) -> usize {
        if let Some(known) = self.systems.iter().position(|known| *known == system) {
            return known;
        }
        self.systems.push(system);
        self.systems.len() - 1
    }

    /// With the report of the same scenarios.
    pub fn with(self, report: Report, provenance: Provenance) -> Dossier {
        let requirements = known_requirements();
        Dossier { report, pages: self.pages, systems: self.systems, requirements, provenance }
    }
}

/// The line of its file that asks for each criterion.
pub(crate) fn lines<L: Logic>(campaign: &Campaign<L>) -> Vec<usize> {
    let scenario = campaign.scenario();
    let places = expectations::places(&scenario.expect, &scenario.plan.objectives);
    places.into_iter().map(|place| scenario.line_of(&format!("expect[{place}]"))).collect()
}
