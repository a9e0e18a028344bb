use firedrill_sim::{Key, Streams};

const ARRIVALS: Key = Key::new("gateway", "arrivals");

fn draws(mean: f64, count: usize) -> Vec<u64> {
    let mut stream = Streams::new(mean.to_bits()).stream(ARRIVALS);
    (0..count).map(|_| stream.poisson(mean)).collect()
}

fn probability(count: u64, mean: f64) -> f64 {
    libm::exp(count as f64 * libm::log(mean) - mean - libm::lgamma(count as f64 + 1.0))
}

/// Chi-square over cells of at least 20 expected draws, against its normal limit (Wilson and Hilferty).
fn deviations_of_chi_square(mean: f64) -> f64 {
    const DRAWS: usize = 100_000;
    let mut seen = draws(mean, DRAWS);
    seen.sort_unstable();
    let (mut square, mut cells, mut expected, mut from) = (0.0, 0, 0.0, 0);
    let last = (mean + 10.0 * mean.sqrt() + 20.0) as u64;
    for count in 0..=last {
        expected += DRAWS as f64 * probability(count, mean);
        let rest = DRAWS as f64 * (count + 1..=last).map(|more| probability(more, mean)).sum::<f64>();
        if (expected >= 20.0 && rest >= 20.0) || count == last {
            let to = seen.partition_point(|&drawn| drawn <= count);
            square += ((to - from) as f64 - expected) * ((to - from) as f64 - expected) / expected;
            (cells, expected, from) = (cells + 1, 0.0, to);
        }
    }
    let freedom = f64::from(cells - 1);
    (libm::cbrt(square / freedom) - 1.0 + 2.0 / (9.0 * freedom)) / (2.0 / (9.0 * freedom)).sqrt()
}

#[test]
fn counts_follow_the_law_at_small_means_at_the_change_of_method_and_above() {
    for mean in [0.3, 1.0, 4.0, 9.999, 10.0, 11.5, 30.0, 200.0, 1_500.0] {
        let deviations = deviations_of_chi_square(mean);
        assert!(deviations.abs() < 4.75, "mean {mean}: chi-square is {deviations} standard deviations off");
    }
}

#[test]
fn mean_and_variance_are_both_the_mean_up_to_a_million_million() {
    const DRAWS: usize = 20_000;
    for mean in [0.01, 2.5, 10.0, 123.4, 1e6, 1e9, 1e12] {
        let counts = draws(mean, DRAWS);
        let deviations = counts.iter().map(|&count| count as f64 - mean);
        let average = deviations.clone().sum::<f64>() / DRAWS as f64;
        let variance = deviations.map(|deviation| deviation * deviation).sum::<f64>() / DRAWS as f64;
        let error = (mean / DRAWS as f64).sqrt();
        assert!(average.abs() < 5.0 * error, "mean {mean}: off by {average}, standard error {error}");
        // The fourth moment about the mean is mean + 3 mean^2.
        let error = ((mean + 2.0 * mean * mean) / DRAWS as f64).sqrt();
        assert!((variance - mean).abs() < 5.0 * error, "mean {mean}: variance {variance}");
    }
}

/// Where counts are so many that the normal limit is exact to 10^-6: the share within each half deviation.
#[test]
fn huge_means_have_the_shape_of_a_bell() {
    const DRAWS: usize = 50_000;
    for mean in [1e9, 1e12] {
        let counts = draws(mean, DRAWS);
        for half in -6..=6 {
            let z = f64::from(half) / 2.0;
            let share = 0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2);
            let below =
                counts.iter().filter(|&&count| (count as f64 - mean) < z * mean.sqrt()).count() as f64;
            let error = (share * (1.0 - share) / DRAWS as f64).sqrt();
            assert!((below / DRAWS as f64 - share).abs() < 5.0 * error + 1e-4, "mean {mean}, z {z}: {below}");
        }
    }
}

#[test]
fn what_never_happens_happens_zero_times() {
    assert!(draws(0.0, 100).into_iter().all(|count| count == 0));
}

#[test]
#[should_panic(expected = "a Poisson mean lies between 0 and 1e12")]
fn a_mean_that_is_not_a_number_is_a_programming_error() {
    Streams::new(0).stream(ARRIVALS).poisson(f64::NAN);
}
