//! A scenario as a test: passes, or says why not and how to see it.

use std::path::Path;

use models::Logic;
use reports::{Report, Verdict, table};

use super::{Campaign, Fleet};

/// Columns of what a failing test prints.
pub(super) const WIDTH: usize = 100;

/// Runs the scenario at `path` for the seeds from 0 to below `seeds` with this repository's logic, and checks one of
/// them by a double run. For logic of your own: [`Campaign::with_logic`] and [`Campaign::check`].
///
/// # Errors
/// Unless it passes: the reason as text, with the command that replays the worst run. A scenario that so few
/// seeds cannot decide is refused before anything is run.
pub fn check(path: &Path, seeds: u64) -> Result<Report, String> {
    Campaign::load(path, &[]).map_err(|error| error.to_string())?.check(seeds)
}

impl<L: Logic> Campaign<L> {
    /// Runs the seeds from 0 to below `seeds` on all cores, and checks one of them by a double run.
    ///
    /// # Errors
    /// As [`check`].
    pub fn check(&self, seeds: u64) -> Result<Report, String> {
        let file = self.scenario().file.display();
        if let Some(undecidable) = self.undecidable(seeds).first() {
            return Err(format!("{file}: {undecidable}"));
        }
        let fleet = Fleet::default();
        let runs = self.run(0..seeds, fleet.threads, |_| ()).map_err(|error| error.to_string())?;
        if let Some(difference) = runs.first().and_then(|run| self.recheck(run)) {
            let command = self.replay_command(0);
            return Err(format!("{file}: seed 0 cannot be had again: {difference}\n  {command}"));
        }
        let report = Report::new(env!("CARGO_PKG_VERSION"), false, vec![self.report(&runs, seeds)]);
        match report.verdict {
            Verdict::Pass => Ok(report),
            Verdict::Fail | Verdict::Inconclusive => Err(table::render(&report, WIDTH, false)),
        }
    }
}
