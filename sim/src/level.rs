//! A probability with its complement.

/// A probability and its complement, each with full precision, so that the far tail is not rounded away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Level {
    pub(crate) below: f64,
    pub(crate) above: f64,
}

impl Level {
    const STEP: f64 = 1.0 / (1u64 << 53) as f64;

    /// The level at the fraction `bits` / 2^64: 2^53 of them, symmetrical, neither 0 nor 1.
    pub(crate) fn of_bits(bits: u64) -> Level {
        let middle = |bits: u64| ((bits >> 11) as f64 + 0.5) * Level::STEP;
        Level { below: middle(bits), above: middle(!bits) }
    }

    /// The level `p`, clamped to the outermost that a draw reaches.
    pub(crate) fn at(p: f64) -> Level {
        let least = Level::STEP / 2.0;
        Level { below: p.max(least), above: (1.0 - p).max(least) }
    }

    /// -ln(above): how much exponential time passes until this level.
    pub(crate) fn hazard(self) -> f64 {
        if self.below < 0.5 { -libm::log1p(-self.below) } else { -libm::log(self.above) }
    }
}
