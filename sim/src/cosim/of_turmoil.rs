use units::Span;

use super::Peer;
use crate::SimTime;

/// A [`turmoil::Sim`] as a peer (feature `turmoil`). Its hosts tell the world what they saw through whatever they
/// share with it, for example an `Rc<RefCell<Vec<_>>>`.
///
/// Give the builder a `rng_seed` drawn from a [`Stream`](crate::Stream), the tick given here, and a
/// `simulation_duration` beyond the horizon: turmoil treats its end as an error.
pub struct TurmoilPeer<'a> {
    /// The simulation; step it through the peer only.
    pub sim: turmoil::Sim<'a>,
    tick: Span,
}

impl<'a> TurmoilPeer<'a> {
    /// Wraps `sim`, which was built with `tick_duration` equal to `tick`.
    pub fn new(sim: turmoil::Sim<'a>, tick: Span) -> TurmoilPeer<'a> {
        TurmoilPeer { sim, tick }
    }
}

impl Peer for TurmoilPeer<'_> {
    type Error = Box<dyn std::error::Error>;

    fn now(&self) -> SimTime {
        let nanos = u64::try_from(self.sim.elapsed().as_nanos());
        nanos.map_or(SimTime::MAX, SimTime::from_nanos)
    }

    fn step(&mut self, until: SimTime) -> Result<bool, Self::Error> {
        if self.now() + self.tick > until {
            return Ok(false);
        }
        self.sim.step()?;
        Ok(true)
    }
}
