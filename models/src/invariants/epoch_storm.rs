//! No storm of epochs: only so many may begin within so long.
//!
//! Why it must hold: every epoch takes the role away, cuts the streams of all replicas and closes the database of whoever
//! had it. Logic that begins the next one before the last had time to succeed keeps everybody out, and looks busy
//! while it does: in the end one failover is counted. A plan that fails may be tried again, another target may
//! die on the way; but each further try has to wait longer.

use units::Span;

use crate::logic::Pace;

/// `ages`: how long ago the last epochs began, that of this moment included.
pub(crate) fn check(ages: impl Iterator<Item = Span>, pace: &Pace) -> Result<(), String> {
    let recent = ages.filter(|age| *age <= pace.within).count();
    match recent > pace.epochs as usize {
        true => Err(format!("{recent} epochs began within {}; {} may", pace.within, pace.epochs)),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epochs_may_follow_each_other_but_not_so_many_so_soon() {
        let pace = Pace { epochs: 3, within: Span::from_secs(10) };
        let begun = |ages: &[u64]| check(ages.iter().map(|age| Span::from_secs(*age)), &pace);
        assert!(begun(&[]).is_ok());
        assert!(begun(&[9, 5, 0]).is_ok());
        assert!(begun(&[11, 9, 5, 0]).is_ok());
        assert!(begun(&[9, 6, 5, 0]).unwrap_err().contains("4 epochs"));
    }
}
