//! Quantiles that are real runs. A quantile shown is an order statistic (nearest rank), so there is a seed that
//! gives it; nothing is interpolated. Its interval is a pair of order statistics too, chosen by binomial ranks
//! without any belief about the shape of the distribution, and it may have no end where there are too few runs.

use crate::binomial;

/// The rank, from 1 to `n`, of the order statistic for the quantile `p`: the least that covers the share `p` of the
/// runs. `n` must not be 0. `p` counts to a millionth, which keeps 0.95 of 100 at rank 95.
pub fn nearest_rank(p: f64, n: usize) -> usize {
    let millionths = (p * 1e6 + 0.5) as u128;
    let rank = (millionths * n as u128).div_ceil(1_000_000) as usize;
    rank.clamp(1, n)
}

/// The order statistic for the quantile `p` of values in ascending order; `None` if there are none.
pub fn nearest<T: Copy>(ascending: &[T], p: f64) -> Option<T> {
    (!ascending.is_empty()).then(|| ascending[nearest_rank(p, ascending.len()) - 1])
}

/// Ranks, from 1 to `n`, of the order statistics that enclose the quantile `p` at this two-sided confidence, half
/// of the error on either side. An end is `None` where no run is extreme enough to bound the quantile: among 299
/// runs there is no upper end for a p99.
pub fn enclosing_ranks(p: f64, n: usize, confidence: f64) -> (Option<usize>, Option<usize>) {
    let each = (1.0 - confidence) / 2.0;
    let runs = n as u64;
    // The value of rank l lies above the quantile only if fewer than l runs lie below it.
    let low = count_while(n, |l| binomial::at_most(l as u64 - 1, runs, p) <= each);
    // The value of rank u lies below it only if at least u runs do.
    let too_low = count_while(n, |u| binomial::at_least(u as u64, runs, p) > each);
    ((low > 0).then_some(low), (too_low < n).then_some(too_low + 1))
}

/// How many of the ranks 1 to `n` satisfy what only the lowest do.
fn count_while(n: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut yes, mut no) = (0, n + 1);
    while no - yes > 1 {
        let middle = yes + (no - yes) / 2;
        if holds(middle) { yes = middle } else { no = middle }
    }
    yes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_the_textbook_ones() {
        assert_eq!(nearest_rank(0.95, 100), 95);
        assert_eq!(nearest_rank(0.99, 299), 297);
        assert_eq!(nearest_rank(0.5, 5), 3);
        assert_eq!(nearest_rank(0.999, 10), 10);
        assert_eq!((nearest_rank(0.5, 1), nearest_rank(0.0, 7), nearest_rank(1.0, 7)), (1, 1, 7));
    }

    #[test]
    fn the_median_of_ten_lies_between_the_second_and_the_ninth() {
        // Conover, Practical Nonparametric Statistics, table A3: P(X <= 1 | 10, 1/2) = 0.0107.
        assert_eq!(enclosing_ranks(0.5, 10, 0.95), (Some(2), Some(9)));
    }

    #[test]
    fn too_few_runs_leave_an_interval_open() {
        assert_eq!(enclosing_ranks(0.99, 299, 0.95).1, None);
        assert_eq!(
            enclosing_ranks(0.99, 368, 0.95).1,
            Some(368),
            "0.99^368 = 0.0248 is the first below 0.025"
        );
        assert_eq!(enclosing_ranks(0.99, 367, 0.95).1, None);
        assert_eq!(enclosing_ranks(0.5, 1, 0.95), (None, None));
        assert_eq!(enclosing_ranks(0.5, 0, 0.95), (None, None));
    }

    #[test]
    fn no_values_have_no_quantile() {
        assert_eq!(nearest::<u64>(&[], 0.5), None);
        assert_eq!(nearest(&[7], 0.99), Some(7));
    }
}
