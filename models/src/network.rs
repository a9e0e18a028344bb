//! What can reach what. Endpoints are the nodes, then the clients of each region.

/// Which faults cut what: a bit for each, per direction, because partitions can overlap.
#[derive(Clone, Debug, Default)]
pub struct Network {
    endpoints: usize,
    cuts: Vec<u128>,
    /// Something was cut in this run, and may have healed since.
    touched: bool,
}

/// The faults that keep a message from passing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut(u128);

impl Cut {
    /// Indexes of the faults.
    pub fn faults(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let next = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(next)
        })
    }
}

impl Network {
    /// More scripted faults than this cannot be told apart.
    pub const FAULTS_MAX: usize = 128;

    /// Everything reaches everything.
    pub fn reset(&mut self, endpoints: usize) {
        if self.touched || self.endpoints != endpoints {
            self.cuts.clear();
            self.cuts.resize(endpoints * endpoints, 0);
        }
        (self.endpoints, self.touched) = (endpoints, false);
    }

    /// Nothing passes from any of `from` to any of `to` any more, because of `fault`.
    pub fn cut(&mut self, from: &[usize], to: &[usize], fault: u16) {
        self.touched = true;
        self.each(from, to, |cuts| *cuts |= 1 << fault);
    }

    /// `fault` no longer keeps anything from passing from any of `from` to any of `to`.
    pub fn heal(&mut self, from: &[usize], to: &[usize], fault: u16) {
        self.each(from, to, |cuts| *cuts &= !(1 << fault));
    }

    fn each(&mut self, from: &[usize], to: &[usize], mut change: impl FnMut(&mut u128)) {
        for a in from {
            for b in to.iter().filter(|b| *b != a) {
                change(&mut self.cuts[a * self.endpoints + b]);
            }
        }
    }

    /// Nothing was ever cut in this run.
    #[inline]
    pub fn is_untouched(&self) -> bool {
        !self.touched
    }

    /// Whether messages pass from `from` to `to`; if not, the faults that prevent it.
    #[inline]
    pub fn passes(&self, from: usize, to: usize) -> Result<(), Cut> {
        // Most runs cut nothing for most of their time, and every message asks.
        if self.is_untouched() {
            return Ok(());
        }
        match self.cuts[from * self.endpoints + to] {
            0 => Ok(()),
            cuts => Err(Cut(cuts)),
        }
    }

    /// Whether messages pass both ways.
    #[inline]
    pub fn connected(&self, a: usize, b: usize) -> bool {
        self.passes(a, b).is_ok() && self.passes(b, a).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_one_way_cut_leaves_the_other_way_open() {
        let mut network = Network::default();
        network.reset(3);
        network.cut(&[0], &[1, 2], 7);
        assert_eq!(network.passes(0, 1).unwrap_err().faults().collect::<Vec<_>>(), [7]);
        assert_eq!(network.passes(1, 0), Ok(()));
        assert!(!network.connected(0, 1) && network.connected(1, 2));
    }

    #[test]
    fn a_healed_cut_leaves_the_other_to_blame() {
        let mut network = Network::default();
        network.reset(2);
        network.cut(&[0], &[1], 0);
        network.cut(&[0], &[1], 1);
        assert_eq!(network.passes(0, 1).unwrap_err().faults().collect::<Vec<_>>(), [0, 1]);
        network.heal(&[0], &[1], 1);
        assert_eq!(network.passes(0, 1).unwrap_err().faults().collect::<Vec<_>>(), [0]);
    }

    proptest! {
        #[test]
        fn healing_every_cut_in_any_order_restores_everything(
            cuts in prop::collection::vec((prop::collection::vec(0usize..6, 1..4), prop::collection::vec(0usize..6, 1..4)), 1..12),
            turn in any::<prop::sample::Index>(),
        ) {
            let mut network = Network::default();
            network.reset(6);
            let cuts: Vec<_> = cuts.into_iter().enumerate().collect();
            for (fault, (from, to)) in &cuts {
                network.cut(from, to, *fault as u16);
            }
            let middle = turn.index(cuts.len());
            for (fault, (from, to)) in cuts[middle..].iter().chain(&cuts[..middle]) {
                network.heal(from, to, *fault as u16);
            }
            prop_assert!((0..6).all(|a| (0..6).all(|b| network.passes(a, b).is_ok())));
        }
    }
}
