//! No minority ever serves: a database accepts writes for at most one lease after its node lost the majority.
//!
//! Why it must hold: the right to accept writes is a lease that a majority renews. Whoever is cut off from it
//! cannot know whether the others have a primary of their own by now; after one lease they may. What a minority
//! acknowledges after that is a second history in the making, even if no second primary happens to exist yet.

use units::Span;

/// `alone_for`: how long a node whose database still accepts writes has been without a majority. That is looked at when
/// something changes, and how long it is then says nothing: it is told since when it must not be.
pub(crate) fn check(alone_for: Span, lease: Span) -> Result<(), String> {
    if alone_for <= lease {
        return Ok(());
    }
    let lease = lease.rounded();
    Err(format!("accepted writes for longer than a lease lasts ({lease}) after it lost the majority"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_without_a_majority_serves_no_longer_than_its_lease() {
        let lease = Span::from_secs(15);
        assert!(check(Span::from_secs(15), lease).is_ok());
        assert!(check(Span::from_millis(15_001), lease).unwrap_err().contains("a lease lasts (15s)"));
    }
}
