use sim::Distribution;

use super::Checker;
use crate::logic::Logic;

/// A distribution can be drawn from.
pub(super) fn distribution<L: Logic>(checker: &mut Checker<'_, L>, path: &str, distribution: &Distribution) {
    if let Some((below, problem, remedy)) = objection(distribution) {
        checker.plan_error(&format!("{path}{below}"), problem, remedy);
    }
}

/// The same for one that stands in the scenario; whether there is nothing against it.
pub(super) fn drawn_in_scenario<L: Logic>(
    checker: &mut Checker<'_, L>,
    path: &str,
    distribution: &Distribution,
) -> bool {
    let found = objection(distribution);
    let sound = found.is_none();
    if let Some((below, problem, remedy)) = found {
        checker.error(&format!("{path}{below}"), problem, remedy);
    }
    sound
}

/// Why a distribution cannot be drawn from: the path of the part below it, the problem, the remedy. Whatever has no
/// words of its own here has those of the sampler, so that nothing passes here that cannot be compiled.
fn objection(distribution: &Distribution) -> Option<(String, String, &'static str)> {
    explained(distribution).or_else(|| {
        let error = distribution.compile().err()?;
        Some((String::new(), error.to_string(), "change it until it can be drawn from"))
    })
}

fn explained(distribution: &Distribution) -> Option<(String, String, &'static str)> {
    let at = |below: &str, problem: &str, remedy| Some((below.to_owned(), problem.to_owned(), remedy));
    match distribution {
        Distribution::Uniform(first, last) if first > last => {
            at("", &format!("the range from {first} to {last} is empty"), "write the shorter time first")
        }
        Distribution::Exponential { mean } if mean.is_zero() => {
            at(".mean", "a mean of zero", "write Constant(\"0s\") if it never takes any time")
        }
        Distribution::Lognormal { median, .. } if median.is_zero() => at(
            ".median",
            "a lognormal median is above zero",
            "write Constant(\"0s\") if it never takes any time",
        ),
        Distribution::Lognormal { median, p99 } if p99 < median => at(
            ".p99",
            &format!("99 % are below {p99}, but half are above {median}"),
            "p99 is the larger of the two",
        ),
        Distribution::Weibull { scale, .. } if scale.is_zero() => {
            at(".scale", "a scale of zero", "write a time above zero")
        }
        Distribution::Gamma { mean, .. } if mean.is_zero() => {
            at(".mean", "a mean of zero", "write a time above zero")
        }
        Distribution::Weibull { shape, .. } | Distribution::Gamma { shape, .. } if !above_zero(*shape) => {
            at(".shape", &format!("a shape of {shape}"), "write a finite number above zero, such as 1.5")
        }
        Distribution::Quantiles(table) => quantiles(table),
        Distribution::Mixture(parts) => mixture(parts),
        Distribution::Constant(_)
        | Distribution::Uniform(..)
        | Distribution::Exponential { .. }
        | Distribution::Lognormal { .. }
        | Distribution::Weibull { .. }
        | Distribution::Gamma { .. } => None,
    }
}

fn quantiles(table: &[units::Span]) -> Option<(String, String, &'static str)> {
    if table.len() < 2 {
        let problem = format!("a quantile table of {} values", table.len());
        return Some((String::new(), problem, "give at least the shortest and the longest time"));
    }
    let falls = table.windows(2).position(|pair| pair[0] > pair[1])?;
    let problem = format!("{} stands after {}", table[falls + 1], table[falls]);
    Some((format!("[0][{}]", falls + 1), problem, "quantiles never fall: sort the table"))
}

fn mixture(parts: &[(f64, Distribution)]) -> Option<(String, String, &'static str)> {
    if !parts.iter().any(|(weight, _)| *weight > 0.0) {
        let problem = "a mixture without any weight above zero".to_owned();
        return Some((
            String::new(),
            problem,
            "give each part its weight: Mixture([(0.9, ...), (0.1, ...)])",
        ));
    }
    parts.iter().enumerate().find_map(|(index, (weight, part))| {
        if !(weight.is_finite() && *weight >= 0.0) {
            let below = format!("[0][{index}][0]");
            return Some((below, format!("a weight of {weight}"), "write a number from zero up"));
        }
        explained(part).map(|(below, problem, remedy)| (format!("[0][{index}][1]{below}"), problem, remedy))
    })
}

fn above_zero(number: f64) -> bool {
    number.is_finite() && number > 0.0
}

/// A share strictly between nothing and all, such as a confidence.
pub(crate) fn is_open_share(share: f64) -> bool {
    share > 0.0 && share < 1.0
}

/// A share above nothing, up to all.
pub(crate) fn is_positive_share(share: f64) -> bool {
    share > 0.0 && share <= 1.0
}
