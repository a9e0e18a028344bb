use sim::Stream;

use super::binomial;
use super::branch::Volume;

/// Largest mean a Poisson draw takes.
const MEAN_MAX: f64 = 1e12;
/// Volumes are counted in billionths of a write.
const WRITE: f64 = 1e9;

/// How many writes there really were on one branch, drawn where somebody asks.
///
/// The branch is divided where questions began and ended. A Poisson process is independent on disjoint
/// stretches, so each is drawn once and kept; one that is divided later is shared out binomially, which is
/// what a Poisson process would have done. Whatever is asked, in whatever order, the answers agree.
#[derive(Clone, Debug, Default)]
pub(in crate::journal) struct Ledger {
    stretches: Vec<Stretch>,
    /// Stretches looked at so far: what the ledger costs.
    pub(in crate::journal) steps: u64,
}

/// The part of a branch between the end of the stretch before and `upto`.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    upto: Volume,
    drawn: Option<Drawn>,
}

#[derive(Clone, Copy, Debug)]
struct Drawn {
    writes: u64,
    /// Where the first of them is, once somebody wanted to know.
    oldest: Option<Volume>,
}

impl Ledger {
    pub(in crate::journal) fn clear(&mut self) {
        self.stretches.clear();
        self.steps = 0;
    }

    /// Writes after `lo` and up to `hi`, on a branch that begins at `base`.
    pub(in crate::journal) fn count(
        &mut self,
        base: Volume,
        lo: Volume,
        hi: Volume,
        stream: &mut Stream,
    ) -> u64 {
        if lo >= hi {
            return 0;
        }
        let range = self.range(base, lo, hi, stream);
        range.map(|index| self.draw(base, index, stream).writes).sum()
    }

    /// Where the first write after `lo` is; `None` if there is none up to `hi`.
    pub(in crate::journal) fn oldest(
        &mut self,
        base: Volume,
        lo: Volume,
        hi: Volume,
        stream: &mut Stream,
    ) -> Option<Volume> {
        if lo >= hi {
            return None;
        }
        let mut range = self.range(base, lo, hi, stream);
        let index = range.find(|index| self.draw(base, *index, stream).writes > 0)?;
        Some(self.reveal(base, index, stream))
    }

    /// The stretches that make up `lo..hi`, after dividing at both ends.
    fn range(&mut self, base: Volume, lo: Volume, hi: Volume, stream: &mut Stream) -> std::ops::Range<usize> {
        let first = self.divide(base, lo, stream);
        let end = self.divide(base, hi, stream);
        first..end
    }

    /// Makes `at` a boundary; the index of the stretch that begins there.
    fn divide(&mut self, base: Volume, at: Volume, stream: &mut Stream) -> usize {
        if at <= base {
            return 0;
        }
        let index = self.stretches.partition_point(|stretch| stretch.upto < at);
        match self.stretches.get(index).copied() {
            None => self.stretches.push(Stretch { upto: at, drawn: None }),
            Some(whole) if whole.upto == at => {}
            Some(whole) => {
                let lo = self.begin(base, index);
                let drawn = whole.drawn.map(|drawn| drawn.split(lo, at, whole.upto, stream));
                self.stretches[index].drawn = drawn.map(|(_, right)| right);
                self.stretches.insert(index, Stretch { upto: at, drawn: drawn.map(|(left, _)| left) });
            }
        }
        index + 1
    }

    fn begin(&self, base: Volume, index: usize) -> Volume {
        if index == 0 { base } else { self.stretches[index - 1].upto }
    }

    fn draw(&mut self, base: Volume, index: usize, stream: &mut Stream) -> Drawn {
        self.steps += 1;
        let Stretch { upto, drawn } = self.stretches[index];
        drawn.unwrap_or_else(|| {
            let mean = ((upto - self.begin(base, index)) as f64 / WRITE).min(MEAN_MAX);
            let drawn = Drawn { writes: stream.poisson(mean), oldest: None };
            self.stretches[index].drawn = Some(drawn);
            drawn
        })
    }

    /// The first write of a stretch that has some: the least of that many uniform places.
    fn reveal(&mut self, base: Volume, index: usize, stream: &mut Stream) -> Volume {
        let lo = self.begin(base, index);
        let stretch = &mut self.stretches[index];
        let upto = stretch.upto;
        let drawn = stretch.drawn.as_mut().expect("a stretch is drawn before its first write is asked for");
        let writes = drawn.writes;
        *drawn.oldest.get_or_insert_with(|| {
            // The least of N uniform numbers is 1 - U^(1/N), here without cancellation for large N.
            let share = -libm::expm1(libm::log(1.0 - stream.unit()) / writes as f64);
            lo + 1 + ((upto - lo - 1) as f64 * share) as Volume
        })
    }
}

impl Drawn {
    /// Shares the writes between `lo..at` and `at..hi`.
    fn split(self, lo: Volume, at: Volume, hi: Volume, stream: &mut Stream) -> (Drawn, Drawn) {
        match self.oldest {
            // All of them come later than the division.
            Some(oldest) if oldest > at => (Drawn { writes: 0, oldest: None }, self),
            // One is known to be on the left; the others lie evenly between it and the end.
            Some(oldest) => {
                let left = 1 + left_of(oldest, at, hi, self.writes - 1, stream);
                let right = Drawn { writes: self.writes - left, oldest: None };
                (Drawn { writes: left, oldest: Some(oldest) }, right)
            }
            None => {
                let left = left_of(lo, at, hi, self.writes, stream);
                (Drawn { writes: left, oldest: None }, Drawn { writes: self.writes - left, oldest: None })
            }
        }
    }
}

/// How many of `writes` even places between `lo` and `hi` come no later than `at`.
fn left_of(lo: Volume, at: Volume, hi: Volume, writes: u64, stream: &mut Stream) -> u64 {
    binomial::draw(stream, writes, (at - lo) as f64 / (hi - lo) as f64)
}
