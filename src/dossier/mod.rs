//! What the pages of a campaign show beyond its report: made here, where the world and its replays are known; drawn
//! in [`reports`], which knows neither.

mod lanes;
mod machine;
mod requirements;
mod topology;

use models::Logic;
use reports::dossier::{Bounds, Dossier, Lanes, Page, Provenance};
use reports::{Criterion, Report, Run};

use crate::campaign::{Campaign, Error, Fleet};
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

/// A campaign, what was asked of it, and its runs.
pub(crate) struct Asked<'a, L: Logic> {
    /// Which campaign.
    pub campaign: &'a Campaign<L>,
    /// What its runs were judged by.
    pub criteria: Vec<Criterion>,
    /// In the order of seeds.
    pub runs: &'a [Run],
}

impl Gathered {
    /// A scenario and its runs. The worst of them is made again, to tell what happened in it.
    pub fn add<L: Logic>(&mut self, campaign: &Campaign<L>, runs: &[Run]) {
        self.put(campaign, campaign.criteria(), runs, lanes::of_worst(campaign, runs));
    }

    /// The same for many, each with what was asked of its runs, in their order; their worst runs are made again on the
    /// fleet's threads.
    ///
    /// # Errors
    /// [`Error::Threads`].
    pub fn add_all<L: Logic>(&mut self, fleet: &Fleet, scenarios: &[Asked<'_, L>]) -> Result<(), Error> {
        let told = fleet.in_order(scenarios, |asked| lanes::of_worst(asked.campaign, asked.runs))?;
        for (asked, told) in scenarios.iter().zip(told) {
            self.put(asked.campaign, &asked.criteria, asked.runs, told);
        }
        Ok(())
    }

    fn put<L: Logic>(
        &mut self,
        campaign: &Campaign<L>,
        asked: &[Criterion],
        runs: &[Run],
        told: Result<Lanes, String>,
    ) {
        let mut page = campaign.page(asked, runs, &mut self.bounds);
        page.told = told;
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
    let line = |place: Option<usize>| match place {
        Some(place) => scenario.line_of(&format!("expect[{place}]")),
        None => scenario.line_of("plan"),
    };
    expectations::Asked::of(scenario).places().into_iter().map(line).collect()
}
