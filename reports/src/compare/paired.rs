//! What pairs of one seed each show of a measure: mean and median of B - A with their intervals.

use crate::quantile;
use crate::spread::Interval;

/// Differences B - A over pairs of runs, in the measure's own unit. What was not seen is not made up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// Of pairs that were seen on both sides.
    pub seen: Vec<i64>,
    /// Pairs in which B alone did not come back: B is worse, nobody knows by how much.
    pub b_never: u64,
    /// Pairs in which A alone did not come back.
    pub a_never: u64,
    /// Pairs in which neither came back: nobody knows which is worse.
    pub neither: u64,
}

/// The value of one run, if its end was seen.
pub type Value = Option<u64>;

/// Fewer pairs have no mean with an interval: a t distribution of less than four degrees of freedom says that next
/// to nothing is known, and the expansion used here loses its third digit.
const MEAN_LEAST: usize = 5;

impl Differences {
    /// Of these pairs, A first.
    pub fn of(pairs: impl IntoIterator<Item = (Value, Value)>) -> Differences {
        let mut all = Differences::default();
        for (a, b) in pairs {
            match (a, b) {
                (Some(a), Some(b)) => all.seen.push(minus(b, a)),
                (Some(_), None) => all.b_never += 1,
                (None, Some(_)) => all.a_never += 1,
                (None, None) => all.neither += 1,
            }
        }
        all.seen.sort_unstable();
        all
    }

    /// Pairs.
    pub fn pairs(&self) -> u64 {
        self.seen.len() as u64 + self.b_never + self.a_never + self.neither
    }

    /// Pairs in which B is worse.
    pub fn worse(&self) -> u64 {
        self.b_never + self.seen.iter().filter(|difference| **difference > 0).count() as u64
    }

    /// Pairs in which B is better.
    pub fn better(&self) -> u64 {
        self.a_never + self.seen.iter().filter(|difference| **difference < 0).count() as u64
    }

    /// The mean over the pairs seen on both sides.
    pub fn mean(&self) -> Option<f64> {
        let sum: i128 = self.seen.iter().map(|difference| i128::from(*difference)).sum();
        (!self.seen.is_empty()).then(|| sum as f64 / self.seen.len() as f64)
    }

    /// 95 % confidence interval of the mean, over the pairs seen on both sides: Student's t. It needs enough pairs
    /// for a sum to be normal, which the median's interval does not.
    pub fn mean_interval(&self) -> Interval<f64> {
        let n = self.seen.len();
        let (Some(mean), true) = (self.mean(), n >= MEAN_LEAST) else {
            return Interval { low: None, high: None };
        };
        let squares: f64 = self.seen.iter().map(|d| (*d as f64 - mean) * (*d as f64 - mean)).sum();
        let deviation = libm::sqrt(squares / (n - 1) as f64);
        let half = student_975((n - 1) as f64) * deviation / libm::sqrt(n as f64);
        Interval { low: Some(mean - half), high: Some(mean + half) }
    }

    /// The median over all pairs (nearest rank): a real pair. A pair of which one side alone came back lies beyond
    /// all others; `None` where the median is such a pair, or one of which nothing is known.
    pub fn median(&self) -> Option<i64> {
        let n = self.pairs() as usize;
        if n == 0 {
            return None;
        }
        let rank = quantile::nearest_rank(0.5, n);
        // The same whichever end the unknown pairs belong to, or it is not known.
        let (first, last) = (self.at_rank(rank, true), self.at_rank(rank, false));
        if first == last { first } else { None }
    }

    /// 95 % confidence interval of the median from binomial ranks, whatever the shape of the distribution. Pairs of
    /// which nothing is known widen it on both sides; an end that lies among what was never seen is open.
    pub fn median_interval(&self) -> Interval<i64> {
        let n = self.pairs() as usize;
        let (low, high) = quantile::enclosing_ranks(0.5, n, 0.95);
        Interval {
            low: low.and_then(|rank| self.at_rank(rank, true)),
            high: high.and_then(|rank| self.at_rank(rank, false)),
        }
    }

    /// The difference of this rank, from 1, with the unknown pairs below or above all others. `None` among those
    /// not seen.
    fn at_rank(&self, rank: usize, unknown_below: bool) -> Option<i64> {
        let unknown = if unknown_below { self.neither } else { 0 };
        let below = (self.a_never + unknown) as usize;
        rank.checked_sub(below + 1).and_then(|index| self.seen.get(index).copied())
    }
}

/// `b - a`, at the ends of what an `i64` holds where it is beyond them (292 years, if it is a time).
fn minus(b: u64, a: u64) -> i64 {
    let difference = i128::from(b) - i128::from(a);
    difference.clamp(i128::from(i64::MIN + 1), i128::from(i64::MAX)) as i64
}

/// The 97.5 % point of Student's t: Abramowitz and Stegun 26.7.5, within 0.03 % from 4 degrees of freedom on.
fn student_975(degrees: f64) -> f64 {
    let z: f64 = 1.959_963_984_540_054;
    let s = z * z;
    let first = z * (s + 1.0) / 4.0;
    let second = z * ((5.0 * s + 16.0) * s + 3.0) / 96.0;
    let third = z * (((3.0 * s + 19.0) * s + 17.0) * s - 15.0) / 384.0;
    let fourth = z * ((((79.0 * s + 776.0) * s + 1482.0) * s - 1920.0) * s - 945.0) / 92_160.0;
    z + (first + (second + (third + fourth / degrees) / degrees) / degrees) / degrees
}

#[cfg(test)]
mod tests {
    use super::*;
    use statrs::distribution::{ContinuousCDF, StudentsT};

    #[test]
    fn the_t_distribution_agrees_with_statrs() {
        for degrees in [4.0, 5.0, 9.0, 30.0, 199.0, 100_000.0] {
            let theirs = StudentsT::new(0.0, 1.0, degrees).unwrap().inverse_cdf(0.975);
            assert!((student_975(degrees) / theirs - 1.0).abs() < 4e-4, "{degrees}: {theirs}");
        }
    }

    #[test]
    fn ten_pairs_by_hand() {
        let pairs = (1..=10).map(|d| (Some(100), Some(100 + d)));
        let all = Differences::of(pairs);
        assert_eq!((all.mean(), all.median(), all.worse(), all.better()), (Some(5.5), Some(5), 10, 0));
        // Standard deviation 3.0277, t of 9 degrees 2.2622.
        let Interval { low, high } = all.mean_interval();
        assert!((high.unwrap() - low.unwrap() - 2.0 * 2.1659).abs() < 1e-3, "{low:?} {high:?}");
        assert_eq!(all.median_interval(), Interval { low: Some(2), high: Some(9) });
    }

    #[test]
    fn what_did_not_come_back_bounds_the_median_and_stays_out_of_the_mean() {
        let with = |seen: usize| {
            let back = (0..seen).map(|_| (Some(1), Some(4)));
            Differences::of(back.chain([(Some(1), None), (None, Some(1)), (None, None)]))
        };
        let all = with(8);
        assert_eq!((all.pairs(), all.worse(), all.better(), all.neither), (11, 9, 1, 1));
        assert_eq!((all.mean(), all.median()), (Some(3.0), Some(3)));
        // Ranks 2 and 10 of 11: the second lowest may be the pair that nobody knows, the tenth never came back.
        assert_eq!(all.median_interval(), Interval { low: None, high: None });
        assert_eq!(with(12).median_interval(), Interval { low: Some(3), high: Some(3) });
    }

    #[test]
    fn where_half_never_came_back_there_is_no_median() {
        let all = Differences::of([(Some(1), None), (Some(1), None), (Some(1), Some(2))]);
        assert_eq!((all.median(), all.mean_interval().low), (None, None));
        assert_eq!(Differences::of([]).median(), None);
    }

    #[test]
    fn no_difference_overflows() {
        let all = Differences::of([(Some(0), Some(u64::MAX)), (Some(u64::MAX), Some(0))]);
        assert_eq!(all.seen, [i64::MIN + 1, i64::MAX]);
        assert_eq!(all.mean(), Some(0.0));
    }
}
