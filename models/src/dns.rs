//! Names to addresses: one record, and resolvers that keep an answer for its time to live.

use sim::{SimTime, Streams};
use units::Span;

use crate::model::Model;

/// The record's history and the phases of the resolvers. A resolver asks again whenever its answer has run out,
/// because some client always wants to know: so what it answers is a function of time.
#[derive(Clone, Debug, Default)]
pub struct Dns {
    ttl: Span,
    /// When the name servers began to answer with which node; ascending.
    record: Vec<(SimTime, usize)>,
    /// Per region and resolver: when it asked first.
    phases: Vec<Span>,
    per_region: usize,
}

impl Dns {
    /// The record says `primary`; every resolver asked at a moment of its own.
    pub fn reset<P>(&mut self, model: &Model<P>, streams: Streams, primary: usize) {
        self.ttl = model.dns_ttl;
        self.per_region = model.resolvers as usize;
        self.record.clear();
        self.record.push((SimTime::ZERO, primary));
        self.phases.clear();
        for region in &model.regions {
            let mut stream = streams.stream(region.resolver_key);
            for _ in 0..self.per_region {
                let phase =
                    if self.ttl.is_zero() { Span::ZERO } else { stream.between(Span::ZERO, self.ttl) };
                self.phases.push(phase);
            }
        }
    }

    /// From `now` on the name servers answer with `node`.
    pub fn update(&mut self, now: SimTime, node: usize) {
        self.record.push((now, node));
    }

    /// What a resolver answers: what the record said when it asked last.
    pub fn answer(&self, now: SimTime, region: usize, client: usize) -> usize {
        let asked = self.asked(now, region, client);
        let known = self.record.iter().rev().find(|(since, _)| *since <= asked);
        known.map_or(self.record[0].1, |(_, node)| *node)
    }

    /// When a resolver that still answers with an old record asks again; `None` if its answer is current.
    pub fn refresh(&self, now: SimTime, region: usize, client: usize) -> Option<SimTime> {
        let asked = self.asked(now, region, client);
        let changed = self.record.last().is_some_and(|(since, _)| *since > asked);
        changed.then(|| now + self.ttl.saturating_sub(self.age(now, region, client)))
    }

    /// When it asked last; what it asked before the run began, it was told what the run begins with.
    fn asked(&self, now: SimTime, region: usize, client: usize) -> SimTime {
        now.saturating_sub(self.age(now, region, client))
    }

    /// How old its answer is: it asks at its phase within each time to live, since long before the run.
    fn age(&self, now: SimTime, region: usize, client: usize) -> Span {
        if self.ttl.is_zero() {
            return Span::ZERO;
        }
        let phase = self.phases[region * self.per_region + client % self.per_region];
        let since_phase = now.as_nanos() + self.ttl.as_nanos() - phase.as_nanos();
        Span::from_nanos(since_phase % self.ttl.as_nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(seconds)
    }

    #[test]
    fn a_resolver_learns_of_a_change_at_its_own_phase_and_not_when_the_run_is_one_ttl_old() {
        let ttl = Span::from_secs(1800);
        let record = vec![(at(0), 0)];
        let mut dns = Dns { ttl, record, phases: vec![Span::from_secs(100)], per_region: 1 };
        dns.update(at(60), 1);
        assert_eq!(dns.answer(at(99), 0, 0), 0);
        assert_eq!(dns.refresh(at(70), 0, 0), Some(at(100)));
        assert_eq!(dns.answer(at(100), 0, 0), 1);
        assert_eq!(dns.refresh(at(100), 0, 0), None);
        dns.update(at(150), 2);
        assert_eq!((dns.answer(at(1899), 0, 0), dns.refresh(at(200), 0, 0)), (1, Some(at(1900))));
    }
}
