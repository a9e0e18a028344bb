//! Reads the files of recorded load that a plan names.

use std::ops::Range;
use std::path::Path;

use units::Span;

use crate::diagnostic::{Finding, Severity};
use crate::error::LoadError;
use crate::files::Files;
use crate::layers::{Layers, Remark};
use crate::parse::parse;
use crate::plan::Plan;
use crate::source::Source;
use crate::traffic::Recorded;

/// More points than a year of half minutes are no recording but a mistake.
const POINTS_MAX: usize = 1_100_000;

/// Lines that are told to be wrong; whoever has mended them will hear of the next.
const LINES_WRONG_MAX: usize = 20;

/// So many writes per second are no load but a slip of the pen.
const RATE_MAX: u64 = 1_000_000_000;

/// Fills in what the files say, wherever the plan names one.
///
/// # Errors
/// Everything that is wrong with the first file that is.
pub(crate) fn read_all<P>(files: &dyn Files, layers: &Layers, plan: &mut Plan<P>) -> Result<(), LoadError> {
    let regions = plan.regions.iter_mut().enumerate().filter_map(|(index, region)| {
        let recorded = region.traffic.as_mut()?.recorded.as_mut()?;
        Some((format!("regions[{index}].traffic.recorded"), recorded))
    });
    let of_plan = plan.traffic.recorded.as_mut().map(|recorded| ("traffic.recorded".to_owned(), recorded));
    for (path, recorded) in of_plan.into_iter().chain(regions) {
        read(files, layers, &path, recorded)?;
    }
    Ok(())
}

fn read(files: &dyn Files, layers: &Layers, field: &str, recorded: &mut Recorded) -> Result<(), LoadError> {
    let path = layers.plan.path.parent().unwrap_or(Path::new("")).join(&recorded.file);
    let refuse = |problem: String, remedy: &str| {
        layers.in_plan(field, Remark { severity: Severity::Error, problem, remedy: remedy.to_owned() })
    };
    for from in [&layers.plan.path, &layers.scenario.path] {
        if let Err(home) = files.is_within_reach(from, &path) {
            let problem = format!("the recorded load '{}' lies outside {}", path.display(), home.display());
            return Err(refuse(problem, "keep it there, or give --allow-outside").into());
        }
    }
    let bytes = files.read(&path).map_err(|error| {
        let problem = format!("the recorded load '{}' cannot be read: {error}", path.display());
        refuse(problem, "the path is relative to the folder of the plan")
    })?;
    let points = match path.extension().is_some_and(|extension| extension == "ron") {
        true => from_ron(&Source::new(&path, bytes)?)?,
        false => from_lines(&Source::of_lines(&path, bytes)?)?,
    };
    recorded.points = points;
    Ok(())
}

fn from_ron(source: &Source) -> Result<Vec<(Span, u64)>, LoadError> {
    let points: Vec<(Span, u64)> = parse(source, "a list of times and rates")?;
    let place = |index: usize| source.find_nearest(&format!("[{index}]"));
    in_order(source, &points, place)?;
    Ok(points)
}

/// Lines of `time,writes_per_second`; empty ones and those that begin with `#` say nothing, and the first may be
/// a heading.
fn from_lines(source: &Source) -> Result<Vec<(Span, u64)>, LoadError> {
    let (mut points, mut places, mut wrong, mut start) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for line in source.text.split_inclusive('\n') {
        let text = line.trim_end();
        let place = start..start + text.len();
        start += line.len();
        if text.trim_start().is_empty() || text.trim_start().starts_with('#') {
            continue;
        }
        match point(text) {
            Ok(point) => {
                points.push(point);
                places.push(place);
            }
            Err(_) if is_heading(text) && places.is_empty() && wrong.is_empty() => {}
            Err((problem, remedy)) => wrong.push(source.error(place, problem, remedy)),
        }
        // A line that is wrong among right ones is shown; a file without any may be no recording, and a secret.
        if wrong.len() > places.len() && wrong.len() > LINES_WRONG_MAX {
            let (problem, remedy) =
                ("this is no recorded load", "write lines of time,writes_per_second, such as 90s,150");
            return Err(source.error(0..0, problem, remedy).unshown().into());
        }
        if wrong.len() > LINES_WRONG_MAX || places.len() > POINTS_MAX {
            break;
        }
    }
    if places.is_empty() && !wrong.is_empty() {
        let problem = "no line of this is a time and a rate";
        return Err(source.error(0..0, problem, "write lines such as 90s,150").unshown().into());
    }
    if wrong.is_empty() {
        in_order(source, &points, |index| places.get(index).cloned().unwrap_or(0..0))?;
        return Ok(points);
    }
    Err(LoadError::Invalid(wrong))
}

fn is_heading(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_digit())
}

/// `90,150` and `1m 30s,150` are the same point.
fn point(text: &str) -> Result<(Span, u64), (String, String)> {
    let Some((time, rate)) = text.split_once(',') else {
        let problem = format!("'{}' is not a time and a rate", text.trim());
        return Err((problem, "write time,writes_per_second, such as 90s,150".to_owned()));
    };
    let (time, rate) = (time.trim(), rate.trim());
    let at = match time.parse::<u64>() {
        Ok(seconds) => Some(Span::from_secs(1).saturating_mul(seconds)),
        Err(_) => time.parse::<Span>().ok(),
    };
    let remedy_for_time = || "write whole seconds, or a number with its unit: 90 or 1m 30s".to_owned();
    let at = at.filter(|at| *at <= Span::LONGEST_READ);
    let at = at.ok_or_else(|| (format!("'{time}' is no time"), remedy_for_time()))?;
    let rate = rate.parse::<u64>().map_err(|_| {
        (format!("'{rate}' is no number of writes per second"), "write a whole number".to_owned())
    })?;
    Ok((at, rate))
}

/// Something is recorded, from the start on, in the order of time.
fn in_order(
    source: &Source,
    points: &[(Span, u64)],
    place: impl Fn(usize) -> Range<usize>,
) -> Result<(), LoadError> {
    let refuse = |index: usize, problem: String, remedy: &str| -> LoadError {
        let finding: Finding = source.error(place(index), problem, remedy);
        finding.into()
    };
    let Some((first, _)) = points.first() else {
        return Err(refuse(0, "nothing is recorded here".to_owned(), "give at least one time and rate"));
    };
    if points.len() > POINTS_MAX {
        let problem = format!("more than {POINTS_MAX} points");
        return Err(refuse(POINTS_MAX, problem, "record fewer points: rates hold until the next"));
    }
    if !first.is_zero() {
        let problem = format!("the recording begins at {first}, the run at 0s");
        return Err(refuse(0, problem, "give the rate at the time 0"));
    }
    if let Some(index) = points.iter().position(|(_, rate)| *rate > RATE_MAX) {
        let problem = format!("{} writes per second", points[index].1);
        return Err(refuse(index, problem, "write at most 1000000000"));
    }
    match points.windows(2).position(|pair| pair[0].0 >= pair[1].0) {
        None => Ok(()),
        Some(index) => {
            let problem = format!("{} does not come after {}", points[index + 1].0, points[index].0);
            Err(refuse(index + 1, problem, "put the lines in the order of time, each time once"))
        }
    }
}
