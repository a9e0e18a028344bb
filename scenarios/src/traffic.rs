//! Load that is not the same all day: hours, days, bursts, and what a monitoring system recorded.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sim::Distribution;
use struct_patch::Patch;
use units::Span;

use crate::named_none;
use crate::plan::Plan;

/// How the clients' load changes. Factors apply to `writes_per_second` of each region; without any of them
/// the load is constant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema, Patch)]
#[patch(attribute(doc = "What differs in [`Traffic`]; a field that is not named stays as it is."))]
#[patch(attribute(allow(missing_docs, reason = "the fields are those of the type it patches")))]
#[patch(attribute(derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize, JsonSchema)))]
#[patch(attribute(serde(deny_unknown_fields, default)))]
#[serde(deny_unknown_fields, default)]
pub struct Traffic {
    /// When in the week a run begins. One moment for the whole plan: regions cannot have their own.
    pub starts: Starts,
    /// What local clocks show beyond UTC, such as "+03:00"; `hours` and `days` are local.
    pub utc_offset: UtcOffset,
    /// Factors by time of day, each from its moment until the next: `[("00:00", 0.3), ("08:00", 1.0)]`. Before the
    /// first moment the last factor applies.
    pub hours: Vec<(TimeOfDay, f64)>,
    /// Factors by day of the week, on top of `hours`: `[(Fri, 0.4)]`; a day that is not named has 1.
    pub days: Vec<(Weekday, f64)>,
    /// Bursts at random moments, on top of everything else.
    #[patch(attribute(serde(
        serialize_with = "named_none::serialize",
        deserialize_with = "named_none::deserialize",
        skip_serializing_if = "Option::is_none"
    )))]
    pub bursts: Option<Bursts>,
    /// A file of recorded rates, relative to the plan: lines of "time,writes_per_second" (`.csv`), or a RON list of
    /// such pairs (`.ron`). It replaces `writes_per_second`, `hours` and `days`. In the plan it holds the writes of
    /// all regions together, which share them as they share theirs.
    #[patch(attribute(serde(
        serialize_with = "named_none::serialize",
        deserialize_with = "named_none::deserialize",
        skip_serializing_if = "Option::is_none"
    )))]
    pub recorded: Option<Recorded>,
    /// Users of a region that is lost come in through the other regions after this time, in proportion to what
    /// those write: what routing by health checks does. Never if absent. Of the whole plan, as `starts` is.
    #[patch(attribute(serde(
        serialize_with = "named_none::serialize",
        deserialize_with = "named_none::deserialize",
        skip_serializing_if = "Option::is_none"
    )))]
    pub reroute_after: Option<Span>,
}

/// When in the week a run begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Starts {
    /// Drawn evenly over the week, anew for each seed.
    #[default]
    AnyTime,
    /// Then, by UTC: `At(Sun, "06:30")`.
    At(Weekday, TimeOfDay),
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "they are what they are called")]
pub enum Weekday {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// Bursts at random moments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bursts {
    /// From the start of the run, or the end of a burst, until the next begins.
    pub every: Distribution,
    /// How long one lasts.
    pub lasts: Distribution,
    /// How many times the usual load it is.
    pub times: f64,
}

/// A recorded load. In a plan it is the path of its file; the loader reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Recorded {
    /// The path, as the plan gives it.
    pub file: String,
    /// Since when after the start of a run how many writes per second come; the first at zero, times ascending.
    pub points: Vec<(Span, u64)>,
}

/// A time of day, such as "08:30".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct TimeOfDay {
    /// Minutes since midnight, below 1,440.
    pub minutes: u16,
}

/// What local clocks show beyond UTC, such as "+03:00".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct UtcOffset {
    /// Minutes, from -720 to 840.
    pub minutes: i16,
}

impl Traffic {
    /// Whether load changes at all by itself.
    pub fn is_constant(&self) -> bool {
        self.hours.is_empty() && self.days.is_empty() && self.bursts.is_none() && self.recorded.is_none()
    }
}

/// A load times a factor, to the nearest whole write.
pub fn scaled(rate: u64, factor: f64) -> u64 {
    libm::round(rate as f64 * factor) as u64
}

impl Traffic {
    /// The highest load that a usual one of so many writes per second can rise to.
    pub fn peak(&self, usual: u64) -> u64 {
        let highest = |factors: &mut dyn Iterator<Item = f64>, otherwise: f64| {
            factors
                .fold(None, |most: Option<f64>, factor| Some(most.map_or(factor, |most| most.max(factor))))
                .unwrap_or(otherwise)
        };
        let hours = highest(&mut self.hours.iter().map(|(_, factor)| *factor), 1.0);
        let days = highest(&mut self.days.iter().map(|(_, factor)| *factor), 1.0);
        // Days that are not named have the factor 1.
        let days = if self.days.len() < 7 { days.max(1.0) } else { days };
        let steady = match &self.recorded {
            Some(recorded) => recorded.points.iter().map(|(_, rate)| *rate).max().unwrap_or(0),
            None => scaled(usual, hours * days),
        };
        self.bursts.as_ref().map_or(steady, |bursts| steady.max(scaled(steady, bursts.times)))
    }
}

impl<P> Plan<P> {
    /// The highest load of all regions together, if all have theirs at the same time.
    pub fn peak_writes_per_second(&self) -> u64 {
        let own = self.regions.iter().filter_map(|region| {
            region.traffic.as_ref().map(|traffic| traffic.peak(region.writes_per_second))
        });
        let shared = self.regions.iter().filter(|region| region.traffic.is_none());
        let usual = shared.map(|region| region.writes_per_second).fold(0, u64::saturating_add);
        let shared = if usual == 0 { 0 } else { self.traffic.peak(usual) };
        own.fold(shared, u64::saturating_add)
    }
}

impl From<String> for Recorded {
    fn from(file: String) -> Recorded {
        Recorded { file, points: Vec::new() }
    }
}

impl From<Recorded> for String {
    fn from(recorded: Recorded) -> String {
        recorded.file
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = String;

    fn try_from(text: String) -> Result<TimeOfDay, String> {
        let minutes = hours_and_minutes(&text).filter(|minutes| *minutes < 24 * 60);
        let refuse =
            || format!("'{text}' is no time of day; write it like \"08:30\", from \"00:00\" to \"23:59\"");
        minutes.map(|minutes| TimeOfDay { minutes }).ok_or_else(refuse)
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> String {
        time.to_string()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

impl TryFrom<String> for UtcOffset {
    type Error = String;

    fn try_from(text: String) -> Result<UtcOffset, String> {
        let refuse = || {
            format!("'{text}' is no offset from UTC; write it like \"+03:00\", from \"-12:00\" to \"+14:00\"")
        };
        let (ahead, rest) = match text.strip_prefix('-') {
            Some(rest) => (false, rest),
            None => (true, text.strip_prefix('+').ok_or_else(refuse)?),
        };
        let minutes = hours_and_minutes(rest).ok_or_else(refuse)? as i16;
        let minutes = if ahead { minutes } else { -minutes };
        // The extremes that are in use: Baker Island and the Line Islands.
        if (-12 * 60..=14 * 60).contains(&minutes) { Ok(UtcOffset { minutes }) } else { Err(refuse()) }
    }
}

impl From<UtcOffset> for String {
    fn from(offset: UtcOffset) -> String {
        let minutes = offset.minutes.unsigned_abs();
        let sign = if offset.minutes < 0 { '-' } else { '+' };
        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// "08:30" as 510.
fn hours_and_minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str| {
        let two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        two.then(|| digits.parse::<u16>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_offsets_are_read_back_as_they_are_written() {
        for text in ["00:00", "08:30", "23:59"] {
            assert_eq!(String::from(TimeOfDay::try_from(text.to_owned()).unwrap()), text);
        }
        for text in ["+00:00", "-03:30", "+14:00"] {
            assert_eq!(String::from(UtcOffset::try_from(text.to_owned()).unwrap()), text);
        }
        assert_eq!(UtcOffset::try_from("-03:30".to_owned()).unwrap().minutes, -210);
    }

    #[test]
    fn what_no_clock_shows_is_refused() {
        for text in ["24:00", "8:30", "08:60", "08-30", "", "+8:30", "0a:00"] {
            assert!(TimeOfDay::try_from(text.to_owned()).is_err(), "{text}");
        }
        for text in ["03:00", "+15:00", "-12:30", "+3", "+24:00"] {
            assert!(UtcOffset::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
