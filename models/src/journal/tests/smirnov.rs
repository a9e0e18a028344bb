//! Whether two samples can come from one distribution.

/// Largest distance between the empirical distributions of two samples (Smirnov). Tied values step together, which
/// makes the test conservative for discrete data: its distance there is stochastically smaller than the
/// continuous one that the threshold is made for (Noether 1963).
pub fn smirnov(a: &mut [u64], b: &mut [u64]) -> f64 {
    a.sort_unstable();
    b.sort_unstable();
    let (mut i, mut j, mut distance) = (0, 0, 0.0f64);
    while i < a.len() && j < b.len() {
        let value = a[i].min(b[j]);
        i += a[i..].partition_point(|x| *x <= value);
        j += b[j..].partition_point(|x| *x <= value);
        distance = distance.max((i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs());
    }
    distance
}

/// The distance that two samples of `n` from one distribution exceed once in 10,000 comparisons:
/// sqrt(-ln(alpha / 2) / 2) * sqrt(2 / n), with alpha = 1e-4.
pub fn smirnov_threshold(n: usize) -> f64 {
    2.2253 * (2.0 / n as f64).sqrt()
}
