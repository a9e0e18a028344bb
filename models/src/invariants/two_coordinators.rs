//! A term has one coordinator: what Raft calls election safety.
//!
//! Why it must hold: everything the cluster agrees on is ordered by its coordinators' terms. Two of one term can
//! give two commands the same place in the log, and the nodes then act on different histories while each believes
//! that a majority stands behind it. It comes about when a voter votes twice, or forgets that it did.

/// `others`: who was elected so far, and in which term.
pub(crate) fn check(node: usize, term: u64, others: &[(usize, u64)]) -> Result<(), usize> {
    let second = others.iter().find(|(other, of)| *of == term && *other != node);
    second.map_or(Ok(()), |(other, _)| Err(*other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_won_once() {
        let elected = [(0, 1), (2, 3)];
        assert_eq!(check(1, 2, &elected), Ok(()));
        assert_eq!(check(2, 3, &elected), Ok(()), "the same node, told again");
        assert_eq!(check(1, 3, &elected), Err(2));
    }
}
