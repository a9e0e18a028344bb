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
    pub fn reset(&mut self, model: &Model, streams: Streams, primary: usize) {
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
        changed.then_some(asked + self.ttl)
    }

    fn asked(&self, now: SimTime, region: usize, client: usize) -> SimTime {
        if self.ttl.is_zero() {
            return now;
        }
        let phase = self.phases[region * self.per_region + client % self.per_region];
        let since_phase = now.since(SimTime::ZERO + phase).as_nanos();
        if now < SimTime::ZERO + phase {
            return SimTime::ZERO;
        }
        now.saturating_sub(Span::from_nanos(since_phase % self.ttl.as_nanos()))
    }
}
