//! Names to addresses: one record, and resolvers that keep an answer for its time to live.

use sim::{SimTime, Streams};
use units::Span;

use crate::model::Model;

/// The record's history and the phases of the resolvers. A resolver asks again whenever its answer has run out,
/// because some client always wants to know: so what it answers is a function of time.
///
/// ```text
///   name servers   answer ------X  silent  X-----------------
///   resolver       ask--------ask - - - - -ask--------ask----
///                  |<-- TTL -->|<- stale ->|<-- TTL -->|
/// ```
#[derive(Clone, Debug, Default)]
pub struct Dns {
    ttl: Span,
    serve_stale: bool,
    /// How long they keep the answer that there is none.
    negative_ttl: Span,
    /// What the name servers answered from when on; ascending.
    record: Vec<Said>,
    /// What the record was changed to last.
    truth: usize,
    /// Faults that let them answer with something else; the last one counts.
    lies: Vec<(u16, Option<usize>)>,
    /// There has been such a fault.
    lied: bool,
    /// Per region and resolver: until when it keeps the answer that there is none.
    nothing_until: Vec<SimTime>,
    /// Per region and resolver: when it asked first.
    phases: Vec<Span>,
    per_region: usize,
    /// Faults that keep the name servers from answering.
    failures: u16,
    /// Since when they do not.
    silent_since: Option<SimTime>,
    /// They refused a change since then.
    refused: bool,
}

/// An answer of the name servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Said {
    since: SimTime,
    /// `None`: that there is nothing of that name.
    node: Option<usize>,
    /// The fault that lets them say so.
    by: Option<u16>,
}

impl Dns {
    /// The record says `primary`; every resolver asked at a moment of its own.
    pub fn reset<P>(&mut self, model: &Model<P>, streams: Streams, primary: usize) {
        (self.ttl, self.negative_ttl) = (model.dns_ttl, model.dns_negative_ttl);
        self.serve_stale = model.serve_stale;
        (self.failures, self.silent_since, self.refused) = (0, None, false);
        self.per_region = model.resolvers as usize;
        self.record.clear();
        self.record.push(Said { since: SimTime::ZERO, node: Some(primary), by: None });
        self.truth = primary;
        self.lies.clear();
        self.lied = false;
        self.nothing_until.clear();
        self.nothing_until.resize(model.regions.len() * self.per_region, SimTime::ZERO);
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

    /// From `now` on the name servers answer with `node`, unless a fault lets them say something else. Returns whether
    /// they do.
    pub fn update(&mut self, now: SimTime, node: usize) -> bool {
        self.truth = node;
        self.publish(now);
        self.is_truthful()
    }

    /// No fault lets them say something else than they should.
    pub fn is_truthful(&self) -> bool {
        self.lies.is_empty()
    }

    /// A fault lets them answer with this node, or that there is nothing of that name.
    pub fn lie(&mut self, now: SimTime, fault: u16, node: Option<usize>) {
        self.lies.push((fault, node));
        self.lied = true;
        self.publish(now);
    }

    /// That fault is over.
    pub fn correct(&mut self, now: SimTime, fault: u16) {
        self.lies.retain(|(by, _)| *by != fault);
        self.publish(now);
    }

    fn publish(&mut self, now: SimTime) {
        let lie = self.lies.last();
        let node = lie.map_or(Some(self.truth), |(_, node)| *node);
        let said = Said { since: now, node, by: lie.map(|(by, _)| *by) };
        let Some(last) = self.record.last().copied() else { return };
        if last.node.is_none() && node.is_some() {
            let nothing = self.record.iter().rev().take_while(|said| said.node.is_none());
            let from = nothing.last().map_or(last.since, |said| said.since);
            self.keep_nothing(from, now);
        }
        // A record that is set to what it was is set anew: resolvers that ask do not mind.
        self.record.push(said);
    }

    /// From `from` to `now` the answer was that there is nothing: resolvers that asked meanwhile go on with that until
    /// its time is over, and ask again then.
    fn keep_nothing(&mut self, from: SimTime, now: SimTime) {
        for resolver in 0..self.phases.len() {
            let age = self.age(from, resolver);
            let first = if self.ttl.is_zero() || age.is_zero() { from } else { from + (self.ttl - age) };
            if first >= now {
                continue;
            }
            let kept = self.negative_ttl.as_nanos().max(1);
            let asked = now.since(first).as_nanos().div_ceil(kept);
            let again = first + Span::from_nanos(kept).saturating_mul(asked);
            self.nothing_until[resolver] = again;
            if !self.ttl.is_zero() {
                self.phases[resolver] = Span::from_nanos(again.as_nanos() % self.ttl.as_nanos());
            }
        }
    }

    /// One fault more keeps the name servers from answering.
    pub fn fail(&mut self, now: SimTime) {
        self.failures += 1;
        self.silent_since.get_or_insert(now);
    }

    /// One fault less does. When it was the last, every resolver whose answer ran out meanwhile asks at once.
    pub fn heal(&mut self, now: SimTime) {
        self.failures -= 1;
        let Some(since) = self.silent_since.filter(|_| self.failures == 0) else { return };
        (self.silent_since, self.refused) = (None, false);
        if self.ttl.is_zero() {
            return;
        }
        for resolver in 0..self.phases.len() {
            if now.saturating_sub(self.age(now, resolver)) >= since {
                self.phases[resolver] = Span::from_nanos(now.as_nanos() % self.ttl.as_nanos());
            }
        }
    }

    /// A change of the record fails; returns whether it is the first since they fell silent.
    pub fn refuse(&mut self) -> bool {
        !std::mem::replace(&mut self.refused, true)
    }

    /// Whether the name servers answer.
    pub fn answers(&self) -> bool {
        self.failures == 0
    }

    /// What the record was changed to last, whatever the name servers say.
    pub fn current(&self) -> usize {
        self.truth
    }

    /// What the name servers say, where they answer.
    pub fn says(&self) -> Option<usize> {
        self.record.last().and_then(|said| said.node)
    }

    /// The fault behind what a resolver answers, if it was told something else than the record.
    pub fn liar(&self, now: SimTime, region: usize, client: usize) -> Option<u16> {
        if !self.lied {
            return None;
        }
        let resolver = self.resolver(region, client);
        match self.keeps_nothing(now, resolver) {
            true => self.record.iter().rev().find(|said| said.node.is_none()).and_then(|said| said.by),
            false => self.told(now, resolver).and_then(|said| said.by),
        }
    }

    fn keeps_nothing(&self, now: SimTime, resolver: usize) -> bool {
        self.lied && now < self.nothing_until[resolver]
    }

    /// What the resolver was told last, if that still counts.
    fn told(&self, now: SimTime, resolver: usize) -> Option<Said> {
        let asked = self.asked_by(now, resolver)?;
        let known = self.record.iter().rev().find(|said| said.since <= asked);
        Some(*known.unwrap_or(&self.record[0]))
    }

    /// What every resolver answers, where the name servers never said anything else and answer now.
    pub fn unchanged(&self) -> Option<usize> {
        match (&*self.record, self.silent_since) {
            (&[only], None) => only.node,
            _ => None,
        }
    }

    /// What every resolver answers from `now` on, as long as nothing new happens.
    pub fn certain(&self, now: SimTime) -> Option<usize> {
        let last = self.record.last()?;
        let told = last.since == SimTime::ZERO || last.since + self.ttl.max(self.negative_ttl) < now;
        last.node.filter(|_| told && self.silent_since.is_none())
    }

    /// When the answer that a resolver gives now changes by itself: it learns of a change, or, while the name servers
    /// are silent, its answer runs out.
    pub fn changes(&self, now: SimTime, region: usize, client: usize) -> SimTime {
        let held = !self.answers() && !self.serve_stale && self.asked(now, region, client).is_some();
        match held {
            true => now + self.ttl.saturating_sub(self.age(now, self.resolver(region, client))),
            false => self.refresh(now, region, client).unwrap_or(SimTime::MAX),
        }
    }

    /// What a resolver answers: what the record said when it asked last. `None`: its answer ran out while the name
    /// servers were silent, and it serves none that did.
    pub fn answer(&self, now: SimTime, region: usize, client: usize) -> Option<usize> {
        if let Some(unchanged) = self.unchanged() {
            return Some(unchanged);
        }
        let resolver = self.resolver(region, client);
        if self.keeps_nothing(now, resolver) {
            return None;
        }
        self.told(now, resolver)?.node
    }

    /// When a resolver that still answers with an old record asks again; `None` if its answer is current, or
    /// nobody would tell it.
    pub fn refresh(&self, now: SimTime, region: usize, client: usize) -> Option<SimTime> {
        let resolver = self.resolver(region, client);
        if self.keeps_nothing(now, resolver) {
            return Some(self.nothing_until[resolver]);
        }
        let since = self.record.last().map(|said| said.since)?;
        self.asks_again(now, resolver, since)
    }

    /// When a resolver that asked before `since` asks again; `None` if it asked after, or nobody would tell it.
    pub fn refreshes(&self, now: SimTime, region: usize, client: usize, since: SimTime) -> Option<SimTime> {
        self.asks_again(now, self.resolver(region, client), since)
    }

    fn asks_again(&self, now: SimTime, resolver: usize, since: SimTime) -> Option<SimTime> {
        if !self.answers() || since == SimTime::ZERO {
            return None;
        }
        let age = self.age(now, resolver);
        (since > now.saturating_sub(age)).then(|| now + self.ttl.saturating_sub(age))
    }

    /// When the resolver behind this client was last told anything, if what it was told still counts. What it asked
    /// before the run began, it was told what the run begins with.
    pub fn asked(&self, now: SimTime, region: usize, client: usize) -> Option<SimTime> {
        self.asked_by(now, self.resolver(region, client))
    }

    fn asked_by(&self, now: SimTime, resolver: usize) -> Option<SimTime> {
        let asked = now.saturating_sub(self.age(now, resolver));
        match self.silent_since {
            Some(since) if asked >= since && self.serve_stale => {
                Some(since.saturating_sub(self.age(since, resolver)))
            }
            Some(since) if asked >= since => None,
            _ => Some(asked),
        }
    }

    fn resolver(&self, region: usize, client: usize) -> usize {
        region * self.per_region + client % self.per_region
    }

    /// How old its answer is: it asks at its phase within each time to live, since long before the run.
    fn age(&self, now: SimTime, resolver: usize) -> Span {
        if self.ttl.is_zero() {
            return Span::ZERO;
        }
        let since_phase = now.as_nanos() + self.ttl.as_nanos() - self.phases[resolver].as_nanos();
        Span::from_nanos(since_phase % self.ttl.as_nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(seconds)
    }

    fn one_resolver(ttl: u64, phase: u64, serve_stale: bool) -> Dns {
        let (ttl, phases) = (Span::from_secs(ttl), vec![Span::from_secs(phase)]);
        let record = vec![Said { since: at(0), node: Some(0), by: None }];
        let (negative_ttl, nothing_until) = (Span::from_secs(40), vec![at(0)]);
        Dns { ttl, negative_ttl, serve_stale, record, phases, nothing_until, per_region: 1, ..Dns::default() }
    }

    #[test]
    fn a_resolver_learns_of_a_change_at_its_own_phase_and_not_when_the_run_is_one_ttl_old() {
        let mut dns = one_resolver(1800, 100, false);
        dns.update(at(60), 1);
        assert_eq!(dns.answer(at(99), 0, 0), Some(0));
        assert_eq!(dns.refresh(at(70), 0, 0), Some(at(100)));
        assert_eq!(dns.answer(at(100), 0, 0), Some(1));
        assert_eq!(dns.refresh(at(100), 0, 0), None);
        dns.update(at(150), 2);
        assert_eq!((dns.answer(at(1899), 0, 0), dns.refresh(at(200), 0, 0)), (Some(1), Some(at(1900))));
    }

    #[test]
    fn an_answer_lives_out_its_time_while_the_name_servers_are_silent_and_no_longer() {
        let mut dns = one_resolver(60, 10, false);
        dns.fail(at(100));
        assert_eq!((dns.answer(at(129), 0, 0), dns.answer(at(130), 0, 0)), (Some(0), None));
        assert!(!dns.answers() && dns.refresh(at(120), 0, 0).is_none());
        dns.heal(at(300));
        assert_eq!(dns.answer(at(300), 0, 0), Some(0));
    }

    #[test]
    fn a_resolver_that_serves_stale_answers_does_not_learn_of_a_change_meanwhile() {
        let mut dns = one_resolver(60, 10, true);
        dns.update(at(80), 1);
        dns.fail(at(100));
        assert_eq!(dns.answer(at(299), 0, 0), Some(0), "it asked at 70, before the change");
        dns.heal(at(300));
        assert_eq!(dns.answer(at(300), 0, 0), Some(1));
    }

    #[test]
    fn who_asked_when_the_name_servers_came_back_keeps_that_answer_for_a_whole_ttl() {
        let mut dns = one_resolver(60, 10, false);
        dns.fail(at(100));
        dns.heal(at(295));
        dns.update(at(296), 1);
        assert_eq!((dns.answer(at(354), 0, 0), dns.answer(at(355), 0, 0)), (Some(0), Some(1)));
        assert_eq!(dns.refresh(at(300), 0, 0), Some(at(355)));
    }

    #[test]
    fn name_servers_that_two_faults_silence_answer_when_both_are_over() {
        let mut dns = one_resolver(60, 10, false);
        dns.fail(at(100));
        dns.fail(at(110));
        dns.heal(at(200));
        assert!(!dns.answers() && dns.answer(at(200), 0, 0).is_none());
        dns.heal(at(210));
        assert_eq!(dns.answer(at(210), 0, 0), Some(0));
    }

    #[test]
    fn that_there_is_no_such_name_is_kept_for_its_own_time_and_served_stale_to_nobody() {
        let mut dns = one_resolver(60, 10, true);
        dns.lie(at(100), 3, None);
        assert_eq!((dns.answer(at(129), 0, 0), dns.answer(at(130), 0, 0)), (Some(0), None), "it asks at 130");
        assert!(!dns.update(at(150), 1), "the change is accepted and does not show");
        dns.correct(at(200), 3);
        // It asked at 130 and 170, and asks again at 210; then every 60 s.
        assert_eq!((dns.answer(at(209), 0, 0), dns.liar(at(209), 0, 0)), (None, Some(3)));
        assert_eq!(dns.refresh(at(205), 0, 0), Some(at(210)));
        assert_eq!((dns.answer(at(210), 0, 0), dns.liar(at(210), 0, 0)), (Some(1), None));
        dns.update(at(220), 2);
        assert_eq!((dns.answer(at(269), 0, 0), dns.answer(at(270), 0, 0)), (Some(1), Some(2)));
    }

    #[test]
    fn a_wrong_address_is_answered_until_it_is_corrected_and_its_time_is_over() {
        let mut dns = one_resolver(60, 10, false);
        dns.lie(at(100), 3, Some(7));
        dns.update(at(110), 1);
        dns.lie(at(120), 4, Some(8));
        assert_eq!((dns.answer(at(131), 0, 0), dns.liar(at(131), 0, 0)), (Some(8), Some(4)));
        dns.correct(at(140), 4);
        assert_eq!(
            (dns.answer(at(190), 0, 0), dns.liar(at(190), 0, 0)),
            (Some(7), Some(3)),
            "the other fault"
        );
        dns.correct(at(200), 3);
        assert_eq!((dns.answer(at(249), 0, 0), dns.answer(at(250), 0, 0)), (Some(7), Some(1)));
    }
}
