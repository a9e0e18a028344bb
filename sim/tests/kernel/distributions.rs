use firedrill_sim::{Distribution, DistributionError, Key, Sampler, Streams};
use units::Span;

const DRAWN: Key = Key::new("distribution", "test");

fn secs(secs: f64) -> Span {
    Span::from_secs_f64(secs)
}

fn compile(distribution: Distribution) -> Sampler {
    distribution.compile().expect("these parameters make sense")
}

fn lognormal(median: f64, p99: f64) -> Distribution {
    Distribution::Lognormal { median: secs(median), p99: secs(p99) }
}

fn weibull(scale: f64, shape: f64) -> Distribution {
    Distribution::Weibull { scale: secs(scale), shape }
}

fn gamma(mean: f64, shape: f64) -> Distribution {
    Distribution::Gamma { mean: secs(mean), shape }
}

fn exponential(mean: f64) -> Distribution {
    Distribution::Exponential { mean: secs(mean) }
}

/// The Kolmogorov-Smirnov statistic of 20,000 draws against `cdf` (in seconds), both sides of every jump.
fn largest_gap(distribution: Distribution, cdf: impl Fn(f64) -> f64) -> f64 {
    const DRAWS: usize = 20_000;
    let sampler = compile(distribution);
    let mut stream = Streams::new(1).stream(DRAWN);
    let mut drawn: Vec<u64> = (0..DRAWS).map(|_| sampler.draw(&mut stream).as_nanos()).collect();
    drawn.sort_unstable();
    let gap = |value: &u64| {
        let at_most = drawn.partition_point(|other| other <= value) as f64 / DRAWS as f64;
        let below = drawn.partition_point(|other| other < value) as f64 / DRAWS as f64;
        let before = value.checked_sub(1).map_or(0.0, |before| cdf(before as f64 / 1e9));
        (at_most - cdf(*value as f64 / 1e9)).abs().max((below - before).abs())
    };
    drawn.iter().map(gap).fold(0.0, f64::max)
}

/// sqrt(-ln(alpha / 2) / 2 / n) at alpha = 10^-6 and n = 20,000 (Kolmogorov's limit).
const GAP_MAX: f64 = 0.019_05;

fn assert_law(distribution: Distribution, cdf: impl Fn(f64) -> f64) {
    let gap = largest_gap(distribution.clone(), cdf);
    assert!(gap < GAP_MAX, "{distribution:?}: largest gap {gap}");
}

fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

#[test]
fn draws_follow_the_laws_with_a_formula() {
    assert_law(exponential(3.0), |x| 1.0 - libm::exp(-x / 3.0));
    for shape in [0.5, 1.0, 1.7, 8.0] {
        assert_law(weibull(20.0, shape), |x| 1.0 - libm::exp(-libm::pow(x / 20.0, shape)));
    }
    for p99 in [0.06, 0.09, 2.0] {
        let sigma = libm::log(p99 / 0.055) / 2.326_347_874;
        assert_law(lognormal(0.055, p99), |x| normal_cdf(libm::log(x / 0.055) / sigma));
    }
}

/// Two families of gamma laws have elementary distribution functions: whole shapes (Erlang) and shape one half.
#[test]
fn draws_follow_the_gamma_law() {
    assert_law(gamma(2.0, 0.5), |x| libm::erf((x / 4.0).sqrt()));
    for shape in [1u32, 2, 7, 60] {
        assert_law(gamma(2.0, f64::from(shape)), |x| {
            let x = x * f64::from(shape) / 2.0;
            let terms = (1..shape).scan(1.0, |term, k| {
                *term *= x / f64::from(k);
                Some(*term)
            });
            1.0 - libm::exp(-x) * (1.0 + terms.sum::<f64>())
        });
    }
}

#[test]
fn draws_follow_the_written_tables_and_mixtures() {
    assert_law(Distribution::Constant(secs(2.0)), |x| f64::from(u8::from(x >= 2.0)));
    assert_law(Distribution::Uniform(secs(2.0), secs(6.0)), |x| ((x - 2.0) / 4.0).clamp(0.0, 1.0));
    let coarse = Distribution::Uniform(Span::from_nanos(1), Span::from_nanos(4));
    assert_law(coarse, |x| (x * 1e9 + 0.5).floor().clamp(0.0, 4.0) / 4.0);
    assert_law(Distribution::Quantiles(vec![secs(1.0), secs(2.0), secs(6.0)]), |x| {
        if x < 2.0 { (x - 1.0).max(0.0) / 2.0 } else { (0.5 + (x - 2.0) / 8.0).min(1.0) }
    });
    let mostly_fast = vec![(3.0, Distribution::Uniform(secs(0.0), secs(1.0))), (1.0, exponential(5.0))];
    assert_law(Distribution::Mixture(mostly_fast), |x| {
        0.75 * x.min(1.0) + 0.25 * (1.0 - libm::exp(-x / 5.0))
    });
}

#[test]
fn the_test_of_laws_can_fail() {
    assert!(largest_gap(exponential(3.0), |x| 1.0 - libm::exp(-x / 3.2)) > GAP_MAX);
}

fn samplers() -> Vec<Sampler> {
    let all = vec![
        Distribution::Constant(secs(1.0)),
        Distribution::Uniform(secs(1.0), secs(3.0)),
        exponential(0.2),
        lognormal(0.055, 0.09),
        lognormal(60.0, 6_000.0),
        weibull(3_600.0, 0.6),
        weibull(3_600.0, 3.0),
        gamma(1.0, 0.3),
        gamma(1.0, 900.0),
        Distribution::Quantiles(vec![secs(1.0), secs(1.0), secs(1.5), secs(9.0)]),
    ];
    let mixed = all.iter().cloned().map(|part| (0.5, part)).collect();
    all.into_iter().chain([Distribution::Mixture(mixed)]).map(compile).collect()
}

#[test]
fn quantile_undoes_the_distribution_function() {
    for sampler in samplers() {
        for p in [1e-9, 0.001, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999_99] {
            let span = sampler.quantile(p);
            let just_below = sampler.cdf(span.saturating_sub(span_of(span, 1e-9)));
            let just_above = sampler.cdf(span + span_of(span, 1e-9));
            assert!(
                just_below <= p + 1e-9 && p <= just_above + 1e-9,
                "{p}: {just_below} to {just_above}, {sampler:?}"
            );
        }
    }
}

/// The fraction of a span, at least two nanoseconds.
fn span_of(span: Span, fraction: f64) -> Span {
    Span::from_nanos((span.as_nanos() as f64 * fraction) as u64 + 2)
}

#[test]
fn no_draw_is_below_the_least_nor_above_the_greatest() {
    for sampler in samplers() {
        let mut stream = Streams::new(9).stream(DRAWN);
        let (least, most) = (sampler.least(), sampler.quantile(1.0));
        let within = |span: Span| least <= span && span <= most;
        assert!((0..20_000).all(|_| within(sampler.draw(&mut stream))), "{least} to {most}");
    }
}

#[test]
fn the_average_of_many_draws_is_the_mean() {
    const DRAWS: u32 = 50_000;
    for sampler in samplers() {
        let mut stream = Streams::new(2).stream(DRAWN);
        let drawn: Vec<f64> = (0..DRAWS).map(|_| sampler.draw(&mut stream).as_secs_f64()).collect();
        let average = drawn.iter().sum::<f64>() / f64::from(DRAWS);
        let variance = drawn.iter().map(|x| (x - average) * (x - average)).sum::<f64>() / f64::from(DRAWS);
        let error = (variance / f64::from(DRAWS)).sqrt();
        let mean = sampler.mean().as_secs_f64();
        assert!((average - mean).abs() < 5.0 * error + 1e-6, "mean {mean}, average {average} +- {error}");
    }
}

#[test]
fn quantiles_are_those_the_plan_states() {
    let latency = compile(lognormal(0.055, 0.09));
    assert_eq!((latency.quantile(0.5), latency.quantile(0.99)), (secs(0.055), secs(0.09)));
    let life = compile(weibull(10.0, 2.0));
    assert!((life.cdf(secs(10.0)) - 0.632_120_558_828_557_7).abs() < 1e-12);
    assert_eq!(compile(gamma(7.5, 3.0)).mean(), secs(7.5));
    assert_eq!(compile(exponential(0.2)).quantile(1.0 - libm::exp(-3.0)), secs(0.6));
}

#[test]
fn a_longer_quantile_belongs_to_a_higher_level() {
    for sampler in samplers() {
        let quantiles: Vec<Span> = (0..=10_000).map(|step| sampler.quantile(f64::from(step) / 1e4)).collect();
        assert!(quantiles.is_sorted(), "{sampler:?}");
    }
}

#[test]
fn parameters_that_make_no_sense_are_refused_with_a_remedy() {
    let (second, zero) = (secs(1.0), Span::ZERO);
    let refused = [
        (
            Distribution::Uniform(second, zero),
            "Uniform goes from the shorter to the longer, not from 1s to 0s",
        ),
        (
            Distribution::Exponential { mean: zero },
            "mean is zero; for \"no time at all\" write Constant(\"0s\")",
        ),
        (Distribution::Lognormal { median: zero, p99: second }, "median is zero"),
        (Distribution::Lognormal { median: second, p99: second }, "p99 (1s) must be longer than median (1s)"),
        (weibull(1.0, f64::NAN), "shape is NaN, must be a number from 0.1 to 1000"),
        (weibull(0.0, 1.0), "scale is zero"),
        (gamma(1.0, 0.0), "shape is 0, must be"),
        (gamma(1.0, f64::INFINITY), "shape is inf, must be"),
        (Distribution::Quantiles(vec![second]), "Quantiles has 1 entries, needs at least 2"),
        (Distribution::Quantiles(vec![zero, second, zero]), "entry 2 is below the one before"),
        (Distribution::Mixture(vec![]), "Mixture has no components"),
        (Distribution::Mixture(vec![(0.0, exponential(1.0))]), "weight of component 0 is 0"),
        (
            Distribution::Mixture(vec![(f64::MAX, exponential(1.0)), (f64::MAX, exponential(1.0))]),
            "sum is finite",
        ),
        (Distribution::Mixture(vec![(1.0, weibull(1.0, -1.0))]), "component 0 of Mixture: shape is -1"),
    ];
    for (distribution, message) in refused {
        let error = distribution.compile().expect_err(message).to_string();
        assert!(error.contains(message), "{error}");
    }
}

#[test]
fn mixtures_nest_up_to_eight_deep() {
    let wrap = |inner, _| Distribution::Mixture(vec![(1.0, inner)]);
    let nested = |levels| (0..levels).fold(Distribution::Constant(secs(1.0)), wrap);
    assert_eq!(nested(8).compile().map(|sampler| sampler.mean()).ok(), Some(secs(1.0)));
    let mut error = nested(9).compile().expect_err("nine is too many");
    while let DistributionError::Component { source, .. } = error {
        error = *source;
    }
    assert_eq!(error, DistributionError::TooDeep);
}

#[test]
fn a_tail_too_long_for_time_saturates() {
    let life = compile(Distribution::Weibull { scale: Span::from_secs(1 << 30), shape: 0.1 });
    assert_eq!(
        (life.least(), life.quantile(1.0), life.mean()),
        (Span::ZERO, Span::MAX, Span::from_nanos(u64::MAX))
    );
}
