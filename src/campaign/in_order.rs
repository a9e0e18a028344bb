//! Work that is not seeds of one campaign, on all threads: what comes out does not show which thread did what.

use rayon::prelude::*;

use super::{Error, Fleet};

impl Fleet {
    /// What `work` makes of each of `items`, in their order. A panic in it is the caller's, as in a plain loop.
    ///
    /// # Errors
    /// [`Error::Threads`].
    pub(crate) fn in_order<I: Sync, T: Send>(
        &self,
        items: &[I],
        work: impl Fn(&I) -> T + Sync,
    ) -> Result<Vec<T>, Error> {
        let threads = self.threads.clamp(1, items.len().max(1));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(Error::Threads)?;
        // One at a time: a year of virtual time takes as long as dozens of other scenarios.
        Ok(pool.install(|| items.par_iter().with_max_len(1).map(&work).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn squares(threads: usize, items: &[u64]) -> Vec<u64> {
        let fleet = Fleet { threads, ..Fleet::default() };
        fleet.in_order(items, |item| item * item).expect("there are threads")
    }

    #[test]
    fn the_order_is_that_of_the_items_on_any_number_of_threads() {
        let items: Vec<u64> = (0..1_000).collect();
        let alone = squares(1, &items);
        assert_eq!(alone[999], 998_001);
        assert_eq!(squares(3, &items), alone);
        assert!(squares(8, &[]).is_empty());
    }
}
