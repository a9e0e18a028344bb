//! Pinned values: a difference means that old seeds are worth nothing on this platform or from this version on.
//! Streams and digests were checked against a second implementation, written from the definitions.

use firedrill_sim::{Digest, Distribution, Key, Streams};
use units::Span;

const NAMED: Key = Key::new("doha", "crash");

#[test]
fn streams() {
    let mut stream = Streams::new(42).stream(NAMED);
    assert_eq!(
        [stream.next_u64(), stream.next_u64(), stream.next_u64()],
        [13_102_711_908_930_768_059, 11_093_078_744_970_799_663, 13_095_403_150_600_328_927]
    );
    let mut third = Streams::new(42).stream(NAMED.occurrence(3));
    assert_eq!(third.next_u64(), 5_951_593_754_991_787_125);
    assert_eq!((third.below(1_000), third.unit().to_bits()), (18, 4_605_662_672_808_755_338));
}

#[test]
fn counts() {
    let mut stream = Streams::new(42).stream(NAMED);
    let counts = [0.5, 3.0, 9.9, 10.0, 250.0, 1e6, 1e12].map(|mean| stream.poisson(mean));
    assert_eq!(counts, [1, 3, 17, 12, 231, 1_001_044, 1_000_000_126_168]);
}

#[test]
fn digests() {
    let mut digest = Digest::new();
    assert_eq!(digest.to_string(), "e9e0033e3badaf36");
    (0..1_000).for_each(|word| digest.word(word));
    assert_eq!(digest.to_string(), "74bf35d98271e46d");
}

/// Sums of the first thousand draws, which reach into both exact tails, then the first three.
#[test]
fn draws() {
    let (second, minute) = (Span::from_secs(1), Span::from_secs(60));
    let pinned = [
        (
            Distribution::Uniform(second, minute),
            [31_003_328_107_081, 42_907_666_716, 36_480_063_221, 42_884_290_409],
        ),
        (
            Distribution::Exponential { mean: second },
            [1_061_700_270_984, 1_238_907_510, 919_689_034, 1_237_540_776],
        ),
        (
            Distribution::Lognormal { median: second, p99: minute },
            [6_135_038_754_524, 2_652_468_495, 1_571_566_027, 2_647_069_497],
        ),
        (
            Distribution::Weibull { scale: second, shape: 0.7 },
            [1_398_273_808_480, 1_358_040_459, 887_275_706, 1_355_900_726],
        ),
        (
            Distribution::Gamma { mean: second, shape: 2.5 },
            [1_034_680_419_492, 1_234_700_719, 1_028_660_584, 1_233_850_179],
        ),
        (
            Distribution::Quantiles(vec![Span::ZERO, second, minute]),
            [16_388_028_366_160, 25_815_333_430, 12_960_126_441, 25_768_580_818],
        ),
        (
            Distribution::Mixture(vec![
                (0.9, Distribution::Constant(second)),
                (0.1, Distribution::Gamma { mean: minute, shape: 0.4 }),
            ]),
            [7_762_076_616_682, 1_000_000_000, 1_000_000_000, 1_000_000_000],
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
