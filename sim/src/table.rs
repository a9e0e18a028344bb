//! Quantile tables: drawing by inversion without computing a logarithm per draw.

use crate::law::{Law, Level};

/// Cells of equal probability.
const CELLS: usize = 4096;
/// So many cells at either end are computed exactly for each draw (1 draw in 128): there the quantile function bends.
const TAIL: u64 = 16;

/// A law with its quantiles at equal steps of probability.
///
/// A draw in the inner 4064 cells interpolates linearly between two entries, in integers; in the 16 cells at either end
/// it evaluates the law. For a quantile function like a logarithm (exponential and all lighter or similar tails) the
/// chord in cell k from an end is off by at most 1/(8 k^2) of the mean: 0.05 % at the 17th cell, less than 10^-6 in the
/// middle. A lognormal tail of p99 = 4 medians stays within 0.05 % of the value, one of 100 medians within 0.3 %; tests
/// hold these figures. In terms of probability no draw is off by more than a hundredth of a cell, 3 x 10^-6.
#[derive(Debug)]
pub(crate) struct Table {
    law: Law,
    /// `CELLS + 1` quantiles in nanoseconds, not falling; the two outermost are never used.
    knots: Vec<u64>,
}

impl Table {
    pub(crate) fn new(law: Law) -> Table {
        let mut knots = Vec::with_capacity(CELLS + 1);
        let mut greatest = 0;
        for cell in 0..=CELLS {
            // Rounding noise of the law must not make the table fall.
            greatest = law.quantile_nanos(Level::at(cell as f64 / CELLS as f64)).max(greatest);
            knots.push(greatest);
        }
        Table { law, knots }
    }

    pub(crate) fn law(&self) -> Law {
        self.law
    }

    /// The quantile at the fraction `bits` / 2^64, in nanoseconds.
    #[inline]
    pub(crate) fn draw(&self, bits: u64) -> u64 {
        let cell = bits / (u64::MAX / CELLS as u64 + 1);
        if cell.wrapping_sub(TAIL) < CELLS as u64 - 2 * TAIL {
            interpolate(&self.knots, bits)
        } else {
            self.law.quantile_nanos(Level::of_bits(bits))
        }
    }
}

/// The value at the fraction `bits` / 2^64 of the way along `knots`, linear in between, rounded down.
#[inline]
pub(crate) fn interpolate(knots: &[u64], bits: u64) -> u64 {
    let place = u128::from(bits) * (knots.len() - 1) as u128;
    let (cell, within) = ((place >> 64) as usize, place as u64);
    let (low, high) = (knots[cell], knots[cell + 1]);
    low + ((u128::from(high - low) * u128::from(within)) >> 64) as u64
}
