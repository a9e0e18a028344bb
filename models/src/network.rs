//! What can reach what. Endpoints are the nodes, then the clients of each region.

/// Cuts between endpoints, counted per direction because partitions can overlap.
#[derive(Clone, Debug, Default)]
pub struct Network {
    endpoints: usize,
    cuts: Vec<u8>,
    /// The fault that cut last, for the account of what it did.
    by: Vec<u16>,
}

impl Network {
    /// Everything reaches everything.
    pub fn reset(&mut self, endpoints: usize) {
        self.endpoints = endpoints;
        self.cuts.clear();
        self.cuts.resize(endpoints * endpoints, 0);
        self.by.clear();
        self.by.resize(endpoints * endpoints, 0);
    }

    /// Nothing passes from any of `from` to any of `to` any more, because of `fault`.
    pub fn cut(&mut self, from: &[usize], to: &[usize], fault: u16) {
        self.each(from, to, |cuts, by| {
            *cuts += 1;
            *by = fault;
        });
    }

    /// One cut between them is over.
    pub fn heal(&mut self, from: &[usize], to: &[usize]) {
        self.each(from, to, |cuts, _| *cuts -= 1);
    }

    fn each(&mut self, from: &[usize], to: &[usize], mut change: impl FnMut(&mut u8, &mut u16)) {
        for a in from {
            for b in to.iter().filter(|b| *b != a) {
                let index = a * self.endpoints + b;
                change(&mut self.cuts[index], &mut self.by[index]);
            }
        }
    }

    /// Whether messages pass from `from` to `to`; if not, the fault that prevents it.
    pub fn passes(&self, from: usize, to: usize) -> Result<(), u16> {
        let index = from * self.endpoints + to;
        if self.cuts[index] == 0 { Ok(()) } else { Err(self.by[index]) }
    }

    /// Whether messages pass both ways.
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
        assert_eq!(network.passes(0, 1), Err(7));
        assert_eq!(network.passes(1, 0), Ok(()));
        assert!(!network.connected(0, 1) && network.connected(1, 2));
    }

    proptest! {
        #[test]
        fn healing_every_cut_in_any_order_restores_everything(
            cuts in prop::collection::vec((prop::collection::vec(0usize..6, 1..4), prop::collection::vec(0usize..6, 1..4)), 1..12),
            turn in any::<prop::sample::Index>(),
        ) {
            let mut network = Network::default();
            network.reset(6);
            for (from, to) in &cuts {
                network.cut(from, to, 0);
            }
            let middle = turn.index(cuts.len());
            for (from, to) in cuts[middle..].iter().chain(&cuts[..middle]) {
                network.heal(from, to);
            }
            prop_assert!((0..6).all(|a| (0..6).all(|b| network.passes(a, b).is_ok())));
        }
    }
}
