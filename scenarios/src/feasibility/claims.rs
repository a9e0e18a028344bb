//! Claims that arithmetic alone can judge.

use units::Span;

use super::{ratio, remark};
use crate::diagnostic::Severity;
use crate::layers::Remark;

/// A verdict that is wrong in at most this share of campaigns: 95 % confidence, as verdicts have it by default.
const WRONG_IN: f64 = 0.05;

/// A ratio may be rounded by a twentieth.
const ROUNDING: f64 = 0.05;

pub(super) fn times_better(times: f64, figure: Span, target: Span) -> Option<Remark> {
    let is = target.as_nanos() as f64 / figure.as_nanos() as f64;
    if (is - times).abs() <= ROUNDING * times {
        return None;
    }
    let problem = format!(
        "claimed {times} times better than {target}, but {figure} is {} times",
        ratio(target, figure)
    );
    Some(remark(Severity::Warning, problem, "a factor that is wrong by itself vouches for no other figure"))
}

pub(super) fn percentile(p: f64, within: Span, runs: u32) -> Option<Remark> {
    let need = least_runs(p);
    let shares = format!("{} %", p * 100.0);
    if runs < need {
        let problem = format!(
            "claimed {within} for {shares} of runs, read off {runs} of them: at 95 % confidence it takes {need} runs without an exception"
        );
        return Some(remark(Severity::Warning, problem, "measure it again with enough runs"));
    }
    within.is_zero().then(|| {
        let problem = format!("claimed {within} for {shares} of runs: what takes no time was not measured");
        remark(Severity::Warning, problem, "find out what the clock of those runs was read from")
    })
}

/// So many runs, none of them longer, show that a share `p` of all is not: the least n with p^n <= 5 %
/// (the exact binomial bound of Clopper and Pearson, Biometrika 1934, with no exception seen).
fn least_runs(p: f64) -> u32 {
    let (mut runs, mut chance) = (0, 1.0);
    while chance > WRONG_IN && runs < u32::MAX {
        chance *= p;
        runs += 1;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(remark: Option<Remark>) -> String {
        remark.map_or_else(String::new, |remark| remark.problem)
    }

    #[test]
    fn a_p95_takes_59_runs_and_a_p99_299() {
        assert_eq!([0.95, 0.99, 0.5].map(least_runs), [59, 299, 5]);
    }

    #[test]
    fn five_seconds_are_180_times_better_than_15_minutes_and_not_3() {
        let (figure, target) = (Span::from_secs(5), Span::from_secs(900));
        assert!(problem(times_better(3.0, figure, target)).contains("5s is 180.0 times"));
        assert!(times_better(180.0, figure, target).is_none());
        assert!(times_better(175.0, figure, target).is_none(), "rounded");
    }

    #[test]
    fn twenty_runs_show_no_p95_and_no_time_is_no_measurement() {
        assert!(problem(percentile(0.95, Span::ZERO, 20)).contains("it takes 59 runs"));
        assert!(problem(percentile(0.95, Span::ZERO, 59)).contains("was not measured"));
        assert!(percentile(0.95, Span::from_millis(80), 59).is_none());
    }
}
