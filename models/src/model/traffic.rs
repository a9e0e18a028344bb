//! Load made ready to run: hours and days become the steps of one week.

use scenarios::{Plan, Region, Starts, Traffic, UtcOffset, Weekday, scaled};
use sim::{Key, Sampler};
use units::Span;

use super::ModelError;
use super::build::compile;

/// A week.
pub(crate) const WEEK: Span = Span::from_secs(7 * 24 * 60 * 60);
const DAY_MINUTES: u32 = 24 * 60;
const WEEK_MINUTES: u32 = 7 * DAY_MINUTES;

/// How the load of a region changes by itself.
#[derive(Debug)]
pub struct LoadModel {
    /// Writes per second, each from its moment until the next.
    pub steps: Steps,
    /// Bursts on top.
    pub bursts: Option<BurstModel>,
}

/// What moments of a load are counted from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Steps {
    /// It never changes.
    Constant(u64),
    /// From Monday, midnight UTC; the last step holds over the end of the week.
    Weekly(Vec<(Span, u64)>),
    /// From the start of the run; the last step holds to its end.
    Recorded(Vec<(Span, u64)>),
}

/// Bursts at random moments.
#[derive(Debug)]
pub struct BurstModel {
    /// Until the next one.
    pub every: Sampler,
    /// How long it lasts.
    pub lasts: Sampler,
    /// How many times the load it is.
    pub times: f64,
    /// Regions of one plan share their bursts, regions with a pattern of their own have their own.
    pub key: Key,
}

impl LoadModel {
    /// The region's own pattern, or the plan's.
    pub(super) fn of<P>(plan: &Plan<P>, region: &Region) -> Result<LoadModel, ModelError> {
        let traffic = region.traffic.as_ref().unwrap_or(&plan.traffic);
        let entity = region.traffic.as_ref().map_or("plan", |_| region.name.as_str());
        let bursts = traffic.bursts.as_ref().map(|bursts| {
            let (every, lasts) = (compile(&bursts.every)?, compile(&bursts.lasts)?);
            Ok(BurstModel { every, lasts, times: bursts.times, key: Key::new(entity, "bursts") })
        });
        Ok(LoadModel { steps: steps(plan, region, traffic), bursts: bursts.transpose()? })
    }
}

/// When in the week a run begins; `None`: drawn.
pub(super) fn starts(traffic: &Traffic) -> Option<Span> {
    match traffic.starts {
        Starts::AnyTime => None,
        Starts::At(day, time) => Some(minutes(day as u32 * DAY_MINUTES + u32::from(time.minutes))),
    }
}

fn minutes(count: u32) -> Span {
    Span::from_secs(60 * u64::from(count))
}

fn steps<P>(plan: &Plan<P>, region: &Region, traffic: &Traffic) -> Steps {
    let usual = region.writes_per_second;
    if let Some(recorded) = &traffic.recorded {
        let whole = if region.traffic.is_some() { usual } else { shared_writes(plan) };
        let part = |rate: u64| (u128::from(rate) * u128::from(usual)).checked_div(u128::from(whole));
        let part = |rate: u64| part(rate).map_or(0, |part| u64::try_from(part).unwrap_or(u64::MAX));
        return Steps::Recorded(recorded.points.iter().map(|(at, rate)| (*at, part(*rate))).collect());
    }
    if traffic.hours.is_empty() && traffic.days.is_empty() {
        return Steps::Constant(usual);
    }
    let step = |(at, factor)| (minutes(at), scaled(usual, factor));
    Steps::Weekly(week(traffic).into_iter().map(step).collect())
}

/// What the regions write together that share the plan's recording.
fn shared_writes<P>(plan: &Plan<P>) -> u64 {
    let shared = plan.regions.iter().filter(|region| region.traffic.is_none());
    shared.map(|region| region.writes_per_second).fold(0, u64::saturating_add)
}

/// Minutes of the week by UTC and the factor from then on, ascending.
fn week(traffic: &Traffic) -> Vec<(u32, f64)> {
    const DAYS: [Weekday; 7] =
        [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];
    let overnight = traffic.hours.last().map_or(1.0, |(_, factor)| *factor);
    let midnight = traffic.hours.first().is_none_or(|(first, _)| first.minutes > 0);
    let mut week = Vec::new();
    for day in DAYS {
        let named = traffic.days.iter().find(|(named, _)| *named == day);
        let of_day = named.map_or(1.0, |(_, factor)| *factor);
        let hours = traffic.hours.iter().map(|(time, factor)| (u32::from(time.minutes), *factor));
        let hours = midnight.then_some((0, overnight)).into_iter().chain(hours);
        let at = |minute| utc(day as u32 * DAY_MINUTES + minute, traffic.utc_offset);
        week.extend(hours.map(|(minute, factor)| (at(minute), factor * of_day)));
    }
    week.sort_by_key(|(minute, _)| *minute);
    week
}

/// A local minute of the week by UTC.
fn utc(local: u32, offset: UtcOffset) -> u32 {
    (i64::from(local) - i64::from(offset.minutes)).rem_euclid(i64::from(WEEK_MINUTES)) as u32
}

impl Steps {
    /// The load at a moment of a run that began at `start` of the week, and how long it stays so.
    pub(crate) fn at(&self, since_start: Span, start: Span) -> (u64, Option<Span>) {
        match self {
            Steps::Constant(rate) => (*rate, None),
            Steps::Recorded(points) => {
                let next = points.partition_point(|(at, _)| *at <= since_start);
                let rate = points[next.saturating_sub(1)].1;
                (rate, points.get(next).map(|(at, _)| *at - since_start))
            }
            Steps::Weekly(steps) => {
                let now = Span::from_nanos((start + since_start).as_nanos() % WEEK.as_nanos());
                let next = steps.partition_point(|(at, _)| *at <= now);
                let rate = steps[next.checked_sub(1).unwrap_or(steps.len() - 1)].1;
                let edge = steps.get(next).map_or(WEEK + steps[0].0, |(at, _)| *at);
                (rate, Some(edge - now))
            }
        }
    }

    /// The highest load there ever is.
    pub(crate) fn peak(&self) -> u64 {
        match self {
            Steps::Constant(rate) => *rate,
            Steps::Weekly(steps) | Steps::Recorded(steps) => {
                steps.iter().map(|(_, rate)| *rate).max().unwrap_or(0)
            }
        }
    }
}

impl LoadModel {
    /// The highest load there ever is, bursts included.
    pub(crate) fn peak(&self) -> u64 {
        let steady = self.steps.peak();
        self.bursts.as_ref().map_or(steady, |bursts| steady.max(scaled(steady, bursts.times)))
    }

    /// It never changes by itself.
    pub(crate) fn is_constant(&self) -> bool {
        matches!(self.steps, Steps::Constant(_)) && self.bursts.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scenarios::TimeOfDay;

    fn traffic() -> Traffic {
        let time = |hours: u16| TimeOfDay { minutes: hours * 60 };
        Traffic {
            utc_offset: UtcOffset { minutes: 180 },
            hours: vec![(time(8), 1.0), (time(20), 0.5)],
            days: vec![(Weekday::Fri, 0.2)],
            ..Traffic::default()
        }
    }

    fn weekly() -> Steps {
        Steps::Weekly(
            week(&traffic()).into_iter().map(|(at, factor)| (minutes(at), scaled(100, factor))).collect(),
        )
    }

    fn hours(count: u64) -> Span {
        Span::from_secs(3_600 * count)
    }

    #[test]
    fn a_day_begins_at_local_midnight_with_what_the_evening_left() {
        let at = |hour: u64| weekly().at(Span::ZERO, hours(hour)).0;
        // Monday, 04:59 UTC is 07:59 there: still night.
        assert_eq!((at(4), at(5), at(16), at(17)), (50, 100, 100, 50));
        // Friday begins on Thursday at 21:00 UTC.
        assert_eq!((at(3 * 24 + 20), at(3 * 24 + 21), at(4 * 24 + 5), at(4 * 24 + 21)), (50, 10, 20, 50));
        // Sunday night goes over into Monday.
        assert_eq!(at(6 * 24 + 23), 50);
    }

    #[test]
    fn edges_are_where_the_load_changes_also_over_the_end_of_the_week() {
        let week = weekly();
        assert_eq!(week.at(Span::ZERO, hours(5)), (100, Some(hours(12))));
        assert_eq!(week.at(hours(12), hours(5)).0, 50);
        assert_eq!(week.at(hours(1), hours(6 * 24 + 22)), (50, Some(hours(6))));
        assert_eq!(week.at(hours(7 * 24), hours(5)), (100, Some(hours(12))));
    }

    #[test]
    fn a_recording_holds_from_point_to_point_and_at_its_end() {
        let recorded = Steps::Recorded(vec![(Span::ZERO, 7), (hours(1), 9)]);
        assert_eq!(recorded.at(Span::ZERO, hours(3)), (7, Some(hours(1))));
        assert_eq!(recorded.at(hours(5), hours(3)), (9, None));
    }
}
