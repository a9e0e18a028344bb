//! Every failover carries a higher epoch than all before it; only the same node may go on under its own.
//!
//! Why it must hold: the epoch is what a store, a client or an auditor tells an old primary from a new one by.
//! Two primaries of one epoch cannot be told apart, and a lower epoch after a higher one means that the logic
//! acted on a decision that had been overtaken.

use super::Promotion;

pub(super) fn check(promotion: &Promotion) -> Result<(), String> {
    let fresh = promotion.epoch > promotion.epoch_before;
    let resumed = promotion.again && promotion.epoch == promotion.epoch_before;
    if fresh || resumed {
        return Ok(());
    }
    Err(format!("accepts writes under epoch {} after epoch {}", promotion.epoch, promotion.epoch_before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invariants::tests::sound;

    #[test]
    fn an_epoch_is_used_by_one_node_only_and_never_comes_back() {
        assert!(check(&sound()).is_ok());
        assert!(check(&Promotion { again: true, epoch: 1, ..sound() }).is_ok());
        assert!(check(&Promotion { again: false, epoch: 1, ..sound() }).is_err());
        assert!(check(&Promotion { again: true, epoch: 1, epoch_before: 2, ..sound() }).is_err());
    }
}
