//! A scenario as a test: passes, or says why not and how to see it.

use std::path::Path;

use models::Logic;
use reports::{Report, ScenarioReport, Verdict, table};

use super::{Campaign, Fleet};

/// Columns of what a failing test prints.
pub(super) const WIDTH: usize = 100;

/// Runs the scenario at `path` for the seeds from 0 to below `seeds` with this repository's logic, each service that
/// takes part by itself, and checks one of the seeds by a double run. For logic of your own:
/// [`Campaign::services_with_logic`] and [`check_all`].
///
/// # Errors
/// Unless all pass: the reasons as text, with the command that replays the worst run. A scenario that so few
/// seeds cannot decide is refused before anything is run.
pub fn check(path: &Path, seeds: u64) -> Result<Report, String> {
    check_all(&Campaign::load_services(path, &[]).map_err(|error| error.to_string())?, seeds)
}

/// Runs each campaign as [`check`] does, and reports on all together.
///
/// # Errors
/// As [`check`].
pub fn check_all<L: Logic>(campaigns: &[Campaign<L>], seeds: u64) -> Result<Report, String> {
    campaigns.iter().try_for_each(|campaign| campaign.refuse_undecidable(seeds))?;
    let reports = campaigns.iter().map(|campaign| campaign.reported(seeds));
    let report = Report::new(env!("CARGO_PKG_VERSION"), false, reports.collect::<Result<_, String>>()?);
    match report.verdict {
        Verdict::Pass => Ok(report),
        Verdict::Fail | Verdict::Inconclusive => Err(table::render(&report, WIDTH, false)),
    }
}

impl<L: Logic> Campaign<L> {
    /// Runs the seeds from 0 to below `seeds` on all cores, and checks one of them by a double run.
    ///
    /// # Errors
    /// As [`check`].
    pub fn check(&self, seeds: u64) -> Result<Report, String> {
        check_all(std::slice::from_ref(self), seeds)
    }

    fn refuse_undecidable(&self, seeds: u64) -> Result<(), String> {
        let file = self.scenario().file.display();
        let undecidable = self.undecidable(seeds).into_iter().next();
        undecidable.map_or(Ok(()), |undecidable| Err(format!("{file}: {undecidable}")))
    }

    fn reported(&self, seeds: u64) -> Result<ScenarioReport, String> {
        let fleet = Fleet::default();
        let runs = self.run(0..seeds, fleet.threads, |_| ()).map_err(|error| error.to_string())?;
        if let Some(difference) = runs.first().and_then(|run| self.recheck(run)) {
            let command = self.replay_command(0);
            let name = self.name();
            return Err(format!("{name}: seed 0 cannot be had again: {difference}\n  {command}"));
        }
        Ok(self.report(&runs, seeds))
    }
}
