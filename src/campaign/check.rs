//! A scenario as a test: passes, or says why not and how to see it.

use std::path::Path;

use reports::{Report, Verdict, table};

use super::{Campaign, Fleet};

/// Runs the scenario at `path` for the seeds from 0 to below `seeds`, and checks one of them by a double run.
///
/// # Errors
/// Unless it passes: the reason as text, with the command that replays the worst run. A scenario that so few
/// seeds cannot decide is refused before anything is run.
pub fn check(path: &Path, seeds: u64) -> Result<Report, String> {
    let campaign = Campaign::load(path, &[]).map_err(|error| error.to_string())?;
    if let Some(undecidable) = campaign.undecidable(seeds).first() {
        return Err(format!("{}: {undecidable}", path.display()));
    }
    let fleet = Fleet::default();
    let runs = campaign.run(0..seeds, fleet.threads, |_| ()).map_err(|error| error.to_string())?;
    if let Some(difference) = runs.first().and_then(|run| campaign.recheck(run)) {
        let command = campaign.replay_command(0);
        return Err(format!("{}: seed 0 cannot be had again: {difference}\n  {command}", path.display()));
    }
    let report = Report::new(env!("CARGO_PKG_VERSION"), false, vec![campaign.report(&runs, seeds)]);
    match report.verdict {
        Verdict::Pass => Ok(report),
        Verdict::Fail | Verdict::Inconclusive => Err(table::render(&report, 100, false)),
    }
}
