//! Whether paired differences lean to one side: the signed-rank test.
//!
//! F. Wilcoxon, "Individual comparisons by ranking methods" (1945), with mid-ranks for ties and without the pairs
//! that show no difference. Up to 50 pairs the permutation distribution is counted out, ties and all; beyond, the
//! normal approximation with the variance of the ranks as they are.

use super::paired::Differences;

/// Up to so many pairs the distribution is exact: 2^50 sign patterns are still counted without rounding in a double.
const EXACT_MAX: usize = 50;

/// What the signed ranks say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedRanks {
    /// Sum of the ranks of pairs in which B is worse, W+.
    pub worse: f64,
    /// Sum of the ranks of pairs in which B is better, W-.
    pub better: f64,
    /// Two-sided p-value for "B leans neither way"; 1 without a pair that differs.
    pub p: f64,
}

/// The test and both sums. A pair of which only one side came back differs by more than any that did on both.
pub fn signed_ranks(differences: &Differences) -> SignedRanks {
    let (ranks, up) = doubled_ranks(differences);
    let total: u64 = ranks.iter().sum();
    let extreme = up.max(total - up);
    let one_sided =
        if ranks.len() <= EXACT_MAX { exact_tail(&ranks, extreme) } else { normal_tail(&ranks, extreme) };
    let halved = |doubled: u64| doubled as f64 / 2.0;
    SignedRanks { worse: halved(up), better: halved(total - up), p: (2.0 * one_sided).min(1.0) }
}

/// Twice the rank of every difference by its size, so that mid-ranks are whole; and the sum over those above zero.
fn doubled_ranks(differences: &Differences) -> (Vec<u64>, u64) {
    let seen = differences.seen.iter().filter(|difference| **difference != 0);
    let mut sized: Vec<(u64, bool)> = seen.map(|d| (d.unsigned_abs(), *d > 0)).collect();
    sized.extend((0..differences.b_never).map(|_| (u64::MAX, true)));
    sized.extend((0..differences.a_never).map(|_| (u64::MAX, false)));
    sized.sort_unstable();
    let (mut ranks, mut up, mut from) = (Vec::with_capacity(sized.len()), 0, 0);
    for group in sized.chunk_by(|left, right| left.0 == right.0) {
        let doubled = (2 * from + group.len() + 1) as u64;
        from += group.len();
        up += doubled * group.iter().filter(|(_, above)| *above).count() as u64;
        ranks.extend(group.iter().map(|_| doubled));
    }
    (ranks, up)
}

/// Probability that the ranks above zero add up to `extreme` or more if every sign is the toss of a coin.
fn exact_tail(ranks: &[u64], extreme: u64) -> f64 {
    let total: u64 = ranks.iter().sum();
    let mut ways = vec![0.0_f64; total as usize + 1];
    ways[0] = 1.0;
    let mut reached = 0;
    for rank in ranks.iter().map(|rank| *rank as usize) {
        for sum in (0..=reached).rev() {
            ways[sum + rank] += ways[sum];
        }
        reached += rank;
    }
    let all: f64 = ways.iter().sum();
    ways[extreme as usize..].iter().sum::<f64>() / all
}

fn normal_tail(ranks: &[u64], extreme: u64) -> f64 {
    let mean = ranks.iter().sum::<u64>() as f64 / 2.0;
    let variance = ranks.iter().map(|rank| (*rank as f64) * (*rank as f64)).sum::<f64>() / 4.0;
    // Half a rank, doubled: the sum moves in steps.
    let z = (extreme as f64 - mean - 1.0) / libm::sqrt(variance);
    0.5 * libm::erfc(z / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p_value(differences: &Differences) -> f64 {
        signed_ranks(differences).p
    }

    fn p(seen: &[i64]) -> f64 {
        p_value(&Differences { seen: seen.to_vec(), ..Differences::default() })
    }

    #[test]
    fn small_samples_agree_with_the_tables() {
        // All of five above zero: 2 of 32 sign patterns are as extreme.
        assert_eq!(p(&[1, 2, 3, 4, 5]), 0.0625);
        // Wilcoxon's table: n = 8, W- = 3 has a two-sided probability of 0.0390625.
        assert!((p(&[-3, 1, 0, 2, 4, 5, 6, 7, 8]) - 0.0390625).abs() < 1e-12);
        assert_eq!((p(&[]), p(&[0, 0]), p(&[5])), (1.0, 1.0, 1.0));
    }

    #[test]
    fn ties_share_their_rank() {
        // Four equal sizes, one below zero: 2 * (1 + 4) of 16.
        assert_eq!(p(&[7, 7, 7, -7]), 0.625);
    }

    #[test]
    fn the_approximation_continues_the_exact_distribution() {
        let lean = |n: i64| (1..=n).map(|size| if size % 3 == 0 { -size } else { size }).collect::<Vec<_>>();
        for n in [50, 60] {
            let (ranks, up) = doubled_ranks(&Differences { seen: lean(n), ..Differences::default() });
            let (exact, normal) = (exact_tail(&ranks, up), normal_tail(&ranks, up));
            assert!((exact - normal).abs() < 0.05 * exact, "{n}: {exact} {normal}");
        }
    }

    #[test]
    fn what_never_came_back_weighs_most() {
        let with = |a_never, b_never| {
            p_value(&Differences {
                seen: vec![1, -1, 2, -2, 3, -3],
                a_never,
                b_never,
                ..Differences::default()
            })
        };
        assert!(with(0, 6) < 0.05, "{}", with(0, 6));
        assert_eq!(with(0, 6), with(6, 0));
        assert!(with(3, 3) > 0.9);
    }
}
