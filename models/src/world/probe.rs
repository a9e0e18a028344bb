//! Whether every configured part is there: a run without any fault, and then a question to each of them.

use std::collections::BTreeSet;

use sim::{Agenda, Limits, SimTime};
use units::Span;

use super::World;
use crate::event::Event;
use crate::journal::Journal;
use crate::logic::Logic;
use crate::model::RedirectModel;
use crate::probe::{Part, Presence, Probed};

impl<L: Logic, J: Journal> World<L, J> {
    /// Runs the world for `length` and asks for every part. Make the model of a scenario without faults: a fault
    /// under way is not a part that is missing. And make the world [without leaps](World::without_leaps), or what agents
    /// would say to each other in idle time is not said.
    pub fn probe(&mut self, seed: u64, length: Span) -> Presence {
        let mut agenda = Agenda::new();
        self.reset(seed, &mut agenda);
        let limits = Limits { horizon: SimTime::ZERO + length, ..self.limits() };
        let mut listening = Listening { world: self, heard: Heard::new() };
        sim::run(&mut listening, &mut agenda, limits);
        let Listening { heard, .. } = listening;
        Presence { parts: self.ask(&heard) }
    }

    fn ask(&self, heard: &Heard) -> Vec<Part> {
        let nodes = 0..self.machines.len();
        let agents = nodes.clone().map(|node| self.ask_agent(node, heard));
        let copies = nodes.filter(|node| !self.model.nodes[*node].witness);
        let databases = copies.map(|node| self.ask_database(node));
        let regions = (0..self.model.regions.len()).filter(|region| self.model.regions[*region].clients > 0);
        let clients = regions.map(|region| self.ask_clients(region));
        let names = matches!(self.model.redirect, RedirectModel::Dns).then(|| self.ask_name_servers());
        agents.chain(databases).chain(names).chain(clients).collect()
    }

    /// A majority of the voters hears it, and it hears them; a member without a vote need hear but one other, whom
    /// to follow.
    fn ask_agent(&self, node: usize, heard: &Heard) -> Part {
        let others = || self.model.voters.iter().filter(|voter| **voter != node);
        let votes = self.model.voters.contains(&node);
        let needed = self.model.majority - usize::from(votes);
        let by = others().filter(|voter| heard.contains(&(node, **voter))).count();
        let hears = others().filter(|voter| heard.contains(&(**voter, node))).count();
        let hears_anybody = heard.iter().any(|(_, to)| *to == node);
        let all = others().count();
        let missing = match &self.machines[node].agent {
            None => Some("no agent runs there".to_owned()),
            Some(_) if by < needed => {
                Some(format!("it is heard by {by} of {all} others who vote, a majority takes {needed}"))
            }
            Some(_) if votes && hears < needed => {
                Some(format!("it hears {hears} of {all} others who vote, a majority takes {needed}"))
            }
            Some(_) if !votes && !hears_anybody => Some("it hears nobody".to_owned()),
            Some(_) => None,
        };
        part(Probed::Agent, &self.model.nodes[node].name, missing)
    }

    fn ask_database(&self, node: usize) -> Part {
        let database = &self.machines[node].database;
        let missing = if !self.machines[node].alive() {
            Some("its machine is down".to_owned())
        } else if !database.accepts() && !database.streaming {
            Some("it follows nobody and accepts no writes".to_owned())
        } else {
            None
        };
        part(Probed::Database, &self.model.nodes[node].name, missing)
    }

    fn ask_name_servers(&self) -> Part {
        let named = match &self.model.actives {
            Some(actives) => self.dns.says().and_then(|route| actives.nodes.get(route).copied()),
            None => self.dns.says(),
        };
        let accepts = |node: &usize| self.machines[*node].alive() && self.machines[*node].database.accepts();
        let missing = if !self.dns.answers() {
            Some("they do not answer".to_owned())
        } else if named.filter(accepts).is_none() {
            Some("they name no database that accepts writes".to_owned())
        } else {
            None
        };
        part(Probed::NameServers, "name servers", missing)
    }

    fn ask_clients(&self, region: usize) -> Part {
        let here = self.clients.all.iter().filter(|client| client.region == region);
        let (all, unserved) = (here.clone().count(), here.filter(|client| !client.fully_served()).count());
        let missing =
            (unserved > 0 || all == 0).then(|| format!("{unserved} of {all} clients are not served"));
        part(Probed::Clients, &self.model.regions[region].name, missing)
    }
}

fn part(what: Probed, name: &str, missing: Option<String>) -> Part {
    Part { what, name: name.to_owned(), missing }
}

/// Who was heard by whom.
type Heard = BTreeSet<(usize, usize)>;

/// A world, and who heard whom in it.
struct Listening<'a, L: Logic, J: Journal> {
    world: &'a mut World<L, J>,
    heard: Heard,
}

impl<L: Logic, J: Journal> sim::World for Listening<'_, L, J> {
    type Event = Event;

    fn handle(&mut self, now: SimTime, event: Event, agenda: &mut Agenda<Event>) {
        if let Event::Deliver { from, to, .. } = event {
            self.heard.insert((from.into(), to.into()));
        }
        self.world.handle(now, event, agenda);
    }

    /// To the end: a world that is settled is not yet one in which everybody was heard.
    fn finished(&self) -> bool {
        false
    }
}
