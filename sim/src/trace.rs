use crate::SimTime;

/// Notes on a run, kept only when somebody wants to read them.
///
/// Off in campaigns, on in a replay. Whether it is on must not change the run: `R` is made by a closure that is not
/// called when it is off, and nothing in a world may read its own trace. At most [`Trace::NOTES_MAX`] notes are kept, the
/// first ones: whoever shows so many says that there may have been more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trace<R> {
    /// Nothing is kept and nothing evaluated.
    #[default]
    Off,
    /// What was noted so far, in order of time.
    On(Vec<(SimTime, R)>),
}

impl<R> Trace<R> {
    /// Nobody reads more, and each takes about 100 bytes.
    pub const NOTES_MAX: usize = 200_000;

    /// A trace that keeps what is noted.
    pub const fn on() -> Trace<R> {
        Trace::On(Vec::new())
    }

    /// Whether notes are kept.
    pub const fn is_on(&self) -> bool {
        matches!(self, Trace::On(_))
    }

    /// Notes what `record` returns; does not call it when off.
    #[inline]
    pub fn note(&mut self, at: SimTime, record: impl FnOnce() -> R) {
        if let Trace::On(records) = self
            && records.len() < Trace::<R>::NOTES_MAX
        {
            records.push((at, record()));
        }
    }

    /// What was noted; empty when off.
    pub fn records(&self) -> &[(SimTime, R)] {
        match self {
            Trace::Off => &[],
            Trace::On(records) => records,
        }
    }
}
