//! Whether two samples can come from one distribution.

/// Largest distance between the distributions of two samples (Smirnov). Values that are equal step together, which
/// for discrete data makes the distance smaller than the threshold allows, never larger (Noether 1963).
pub fn smirnov(mut a: Vec<u64>, mut b: Vec<u64>) -> f64 {
    a.sort_unstable();
    b.sort_unstable();
    let below =
        |sorted: &[u64], value: u64| sorted.partition_point(|x| *x <= value) as f64 / sorted.len() as f64;
    a.iter().chain(&b).map(|value| (below(&a, *value) - below(&b, *value)).abs()).fold(0.0, f64::max)
}

/// What two samples of `n` from one distribution exceed once in 10,000 times: sqrt(-ln(0.0001 / 2) / n).
pub fn threshold(n: u64) -> f64 {
    (9.903_488 / n as f64).sqrt()
}
