use sim::{Agenda, Digest, Event as SimEvent, SimTime};

use crate::model::SlowPart;

/// Everything that can happen in the world. `node` is an index; `incarnation` tells one life of an agent or
/// machine from the next, so that what was meant for the last one comes to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A scripted fault strikes.
    Strike { fault: u16 },
    /// A scripted fault is over.
    Heal { fault: u16 },
    /// An agent asked to be woken.
    Wake { node: u16, incarnation: u16 },
    /// A message arrives.
    Deliver { from: u16, to: u16, slot: u32, print: u32 },
    /// What an agent wanted on disk is there.
    Persisted { node: u16, incarnation: u16, number: u64 },
    /// Records of an audit trail are on disk.
    Recorded { node: u16, incarnation: u16, number: u64 },
    /// A task of an agent is finished.
    TaskDone { node: u16, serial: u32 },
    /// A watchdog's countdown may have run out.
    Watchdog { node: u16 },
    /// A lease that an engine checks itself may have run out.
    LeaseEnds { node: u16 },
    /// A lease, for which a fault waits, may have run low.
    LeaseLow { node: u16 },
    /// A machine has booted.
    Booted { node: u16, life: u16 },
    /// An agent starts.
    AgentStarts { node: u16, incarnation: u16 },
    /// What came to a standstill goes on.
    Resumed { node: u16, incarnation: u16 },
    /// A replica tries to reach its primary again.
    Reconnect { node: u16 },
    /// A standby may have caught up with its primary.
    CatchesUp { node: u16 },
    /// A primary has heard nothing of a standby for too long; counted by the times that fell silent.
    Missed { node: u16, number: u16 },
    /// A primary has waited long enough for standbys; counted by the times it began to.
    Degrades { node: u16, number: u16 },
    /// Two actives that had lost each other have exchanged what they wrote.
    StreamsMeet { pair: u16, serial: u16 },
    /// Clients try again, or look the primary up again.
    Clients,
    /// A flapping link fails, or works again; counted from its strike.
    Toggle { fault: u16, number: u32 },
    /// A slow agent is done with what it was handling.
    Handles { node: u16, incarnation: u16 },
    /// The load of a region changes by itself.
    Traffic { region: u16 },
    /// The users of a lost region come in elsewhere.
    Reroute { region: u16 },
    /// An alert is offered to a channel.
    TryChannel { alert: u32, channel: u8 },
    /// Somebody sees an alert.
    Notified { alert: u32, channel: u8 },
    /// An agent that waits for its key asks for it again.
    AskKms { node: u16, incarnation: u16 },
    /// The KMS answers it.
    KmsAnswers { node: u16, incarnation: u16 },
    /// Monitoring looks at the error budget.
    Budget,
    /// A person acts on an errand, unless somebody answered meanwhile.
    Errand { errand: u16, attempt: u16 },
    /// A request arrives at a node.
    HandIn { node: u16, letter: u32 },
    /// A person hears what became of a request.
    Answered { errand: u16, answer: u32 },
    /// A fault does what it does again and again.
    Acts { fault: u16 },
    /// All may be routine, or a leap ends.
    Idle,
    /// Enough quiet time may have passed to call the run settled.
    Settle,
}

impl Event {
    /// Lets an alarm, which is put off again and again, go off at `until`: after all else of that moment. Of several alarms
    /// agents' come first, then watchdogs, then leases that end, then leases that run low, each kind in the order of its nodes,
    /// whichever was set first, before a leap or at its end.
    #[inline]
    pub(crate) fn put_off(self, until: SimTime, agenda: &mut Agenda<Event>) {
        let rank = match self {
            Event::Wake { node, .. } => u32::from(node),
            Event::Watchdog { node } => 1 << 16 | u32::from(node),
            Event::LeaseEnds { node } => 2 << 16 | u32::from(node),
            Event::LeaseLow { node } => 3 << 16 | u32::from(node),
            _ => unreachable!("{self:?} is no alarm"),
        };
        agenda.schedule_last(until, rank, self);
    }

    /// Which part of the node takes as long as until then for it, if one does: slower, it comes later. Copies of the database
    /// count as the disk's.
    pub(crate) fn slowed_with(&self, node: usize) -> Option<SlowPart> {
        let (of, part) = match *self {
            Event::Booted { node, .. }
            | Event::AgentStarts { node, .. }
            | Event::Resumed { node, .. }
            | Event::Handles { node, .. } => (node, SlowPart::Machine),
            Event::Persisted { node, .. } | Event::Recorded { node, .. } | Event::TaskDone { node, .. } => {
                (node, SlowPart::Disk)
            }
            _ => return None,
        };
        (usize::from(of) == node).then_some(part)
    }

    /// Of the agents' own doing, or of what they put off: a leap leaves it out.
    pub(crate) fn is_agents(&self) -> bool {
        matches!(
            self,
            Event::Wake { .. }
                | Event::Deliver { .. }
                | Event::Persisted { .. }
                | Event::Recorded { .. }
                | Event::Watchdog { .. }
                | Event::LeaseEnds { .. }
                | Event::LeaseLow { .. }
        )
    }

    /// It happens to clients, to name servers, to people, or to nobody, and nothing that agents can notice comes of it
    /// at once. Any other event ends a leap, and a leap ends well before it; so does a new kind unless it is named here.
    ///
    /// Of a database an agent sees whether it runs and how far its log has come: neither depends on who writes to it
    /// (`Clients`, `Traffic`, `Reroute`), but where streams cannot keep up, and there nobody leaps.
    pub(crate) fn leaves_agents_alone(&self) -> bool {
        matches!(
            self,
            Event::TryChannel { .. }
                | Event::Notified { .. }
                | Event::Clients
                | Event::Traffic { .. }
                | Event::Reroute { .. }
                | Event::Settle
                | Event::Idle
        )
    }

    /// What of its nodes' numbers does not fit where the digest has a byte for each: in a small cluster, nothing.
    fn beyond_a_byte(&self) -> Option<u64> {
        let (node, other) = match *self {
            Event::Deliver { from, to, .. } => (from, to),
            Event::Wake { node, .. }
            | Event::Persisted { node, .. }
            | Event::Recorded { node, .. }
            | Event::AskKms { node, .. }
            | Event::KmsAnswers { node, .. }
            | Event::HandIn { node, .. }
            | Event::TaskDone { node, .. }
            | Event::Watchdog { node }
            | Event::LeaseEnds { node }
            | Event::LeaseLow { node }
            | Event::Booted { node, .. }
            | Event::AgentStarts { node, .. }
            | Event::Resumed { node, .. }
            | Event::Reconnect { node }
            | Event::CatchesUp { node }
            | Event::Missed { node, .. }
            | Event::Degrades { node, .. }
            | Event::Handles { node, .. }
            | Event::Traffic { region: node }
            | Event::Reroute { region: node } => (node, 0),
            Event::Strike { .. }
            | Event::Heal { .. }
            | Event::StreamsMeet { .. }
            | Event::Clients
            | Event::Toggle { .. }
            | Event::TryChannel { .. }
            | Event::Notified { .. }
            | Event::Budget
            | Event::Errand { .. }
            | Event::Answered { .. }
            | Event::Acts { .. }
            | Event::Idle
            | Event::Settle => return None,
        };
        let wide = u64::from(node >> 8) | u64::from(other >> 8) << 8;
        (wide > 0).then_some(wide)
    }
}

impl SimEvent for Event {
    /// In line: the only place where it is called is the loop over all events.
    #[inline(always)]
    fn fold(&self, digest: &mut Digest) {
        let two = |kind: u64, node: u16, rest: u64| kind | u64::from(node & 0xFF) << 8 | rest << 16;
        if let Some(wide) = self.beyond_a_byte() {
            digest.word(wide);
        }
        if let Event::Persisted { number, .. } | Event::Recorded { number, .. } = *self {
            digest.word(number);
        }
        digest.word(match *self {
            Event::Strike { fault } => two(1, 0, fault.into()),
            Event::Heal { fault } => two(2, 0, fault.into()),
            Event::Wake { node, incarnation } => two(3, node, incarnation.into()),
            Event::Deliver { from, to, print, .. } => {
                two(4, from, u64::from(to & 0xFF) | u64::from(print) << 8)
            }
            Event::Persisted { node, incarnation, .. } => two(5, node, incarnation.into()),
            Event::TaskDone { node, serial } => two(6, node, serial.into()),
            Event::Watchdog { node } => two(7, node, 0),
            Event::LeaseEnds { node } => two(8, node, 0),
            Event::LeaseLow { node } => two(63, node, 0),
            Event::Booted { node, life } => two(9, node, life.into()),
            Event::AgentStarts { node, incarnation } => two(10, node, incarnation.into()),
            Event::Resumed { node, incarnation } => two(11, node, incarnation.into()),
            Event::Reconnect { node } => two(12, node, 0),
            Event::CatchesUp { node } => two(60, node, 0),
            Event::Missed { node, number } => two(61, node, number.into()),
            Event::Degrades { node, number } => two(62, node, number.into()),
            Event::StreamsMeet { pair, serial } => two(16, 0, u64::from(pair) << 16 | u64::from(serial)),
            Event::Clients => two(13, 0, 0),
            Event::Settle => two(14, 0, 0),
            Event::Idle => two(15, 0, 0),
            Event::Traffic { region } => two(40, region, 0),
            Event::Reroute { region } => two(41, region, 0),
            Event::Toggle { fault, number } => two(42, 0, u64::from(fault) | u64::from(number) << 16),
            Event::Recorded { node, incarnation, .. } => two(44, node, incarnation.into()),
            Event::TryChannel { alert, channel } => two(45, channel.into(), alert.into()),
            Event::Notified { alert, channel } => two(46, channel.into(), alert.into()),
            Event::AskKms { node, incarnation } => two(47, node, incarnation.into()),
            Event::KmsAnswers { node, incarnation } => two(48, node, incarnation.into()),
            Event::Budget => two(49, 0, 0),
            Event::Errand { errand, attempt } => two(50, 0, u64::from(errand) << 16 | u64::from(attempt)),
            Event::HandIn { node, letter } => two(51, node, letter.into()),
            Event::Answered { errand, answer } => two(52, 0, u64::from(errand) << 32 | u64::from(answer)),
            Event::Acts { fault } => two(53, 0, fault.into()),
            Event::Handles { node, incarnation } => two(43, node, incarnation.into()),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(event: Event) -> u64 {
        let mut digest = Digest::new();
        event.fold(&mut digest);
        digest.value()
    }

    #[test]
    fn an_event_is_no_wider_than_three_words() {
        assert!(size_of::<Event>() <= 24, "{} bytes", size_of::<Event>());
    }

    /// Numbers that agree in their last byte are told apart, of senders and of receivers.
    #[test]
    fn nodes_of_large_clusters_are_told_apart() {
        let deliver = |from, to| folded(Event::Deliver { from, to, slot: 0, print: 0 });
        assert_ne!(deliver(1, 2), deliver(257, 2));
        assert_ne!(deliver(1, 2), deliver(1, 258));
        assert_ne!(deliver(257, 2), deliver(1, 258));
        assert_ne!(folded(Event::Watchdog { node: 3 }), folded(Event::Watchdog { node: 259 }));
    }
}
