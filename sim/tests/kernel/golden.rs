//! Pinned values: a difference means that old seeds are worth nothing on this platform or from this version on.

use firedrill_sim::{Digest, Distribution, Key, Streams};
use units::Span;

const NAMED: Key = Key::new("doha", "crash");

#[test]
fn streams() {
    let mut stream = Streams::new(42).stream(NAMED);
    assert_eq!([stream.next_u64(), stream.next_u64(), stream.next_u64()], [0, 0, 0]);
    let mut third = Streams::new(42).stream(NAMED.occurrence(3));
    assert_eq!([third.next_u64(), third.below(1_000), third.unit().to_bits()], [0, 0, 0]);
}

#[test]
fn counts() {
    let mut stream = Streams::new(42).stream(NAMED);
    let counts = [0.5, 3.0, 9.9, 10.0, 250.0, 1e6, 1e12].map(|mean| stream.poisson(mean));
    assert_eq!(counts, [0; 7]);
}

#[test]
fn digests() {
    let mut digest = Digest::new();
    assert_eq!(digest.to_string(), "");
    (0..1_000).for_each(|word| digest.word(word));
    assert_eq!(digest.to_string(), "");
}

/// Sums of the first thousand draws, which reach into both exact tails, then the first three.
#[test]
fn draws() {
    let (second, minute) = (Span::from_secs(1), Span::from_secs(60));
    let pinned = [
        (Distribution::Uniform(second, minute), [0; 4]),
        (Distribution::Exponential { mean: second }, [0; 4]),
        (Distribution::Lognormal { median: second, p99: minute }, [0; 4]),
        (Distribution::Weibull { scale: second, shape: 0.7 }, [0; 4]),
        (Distribution::Gamma { mean: second, shape: 2.5 }, [0; 4]),
        (Distribution::Quantiles(vec![Span::ZERO, second, minute]), [0; 4]),
        (
            Distribution::Mixture(vec![
                (0.9, Distribution::Constant(second)),
                (0.1, Distribution::Gamma { mean: minute, shape: 0.4 }),
            ]),
            [0; 4],
        ),
    ];
    let drawn = pinned.clone().map(|(distribution, _)| {
        let sampler = distribution.compile().expect("these parameters make sense");
        let mut stream = Streams::new(42).stream(NAMED);
        let draws: Vec<u64> = (0..1_000).map(|_| sampler.draw(&mut stream).as_nanos()).collect();
        [draws.iter().sum(), draws[0], draws[1], draws[2]]
    });
    assert_eq!(drawn, pinned.map(|(_, values)| values));
}
