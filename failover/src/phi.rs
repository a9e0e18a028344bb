//! How suspicious a silence is, as a number: the phi of accrual detectors.

use units::Span;

/// Phi of a silence `y` standard deviations beyond the mean: minus the decimal logarithm of the normal tail,
/// by the logistic approximation that Akka's and Cassandra's detectors use.
fn phi(y: f64) -> f64 {
    let e = libm::exp(-y * (1.5976 + 0.070566 * y * y));
    if y > 0.0 { -libm::log10(e / (1.0 + e)) } else { -libm::log10(1.0 - 1.0 / (1.0 + e)) }
}

/// The inverse of [`phi`], by bisection: phi grows with the silence.
pub(crate) fn deviations_at(threshold: f64) -> f64 {
    let (mut low, mut high) = (-2.0_f64, 12.0_f64);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if phi(middle) < threshold { low = middle } else { high = middle }
    }
    high
}

/// Silence beyond the mean interval that a phi detector tolerates on a perfectly regular network.
pub(crate) fn phi_slack(threshold: f64, deviation_least: Span) -> Span {
    Span::from_nanos((deviations_at(threshold) * deviation_least.as_nanos() as f64) as u64)
}
