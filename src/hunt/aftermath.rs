//! What a disaster of one fault that counts, or a deployment, leaves: judged by who was struck and for how long, and by no
//! function of the logic's.

use scenarios::{Fault, Strike, When};
use units::Span;

use super::disaster::Disaster;
use super::ground::{Ground, Limits, Place};

/// An agent starts within two seconds, and asks for what it needs.
const AGENT_STARTS: Span = Span::from_secs(3);

/// What follows from the one fault of a disaster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aftermath {
    /// The primary and a majority of the voters hear each other as ever: nobody needs another primary.
    PrimaryStays {
        /// Whoever can reach it at all finds it where it always was.
        found: bool,
    },
    /// Its database fails, and can be started again after so long.
    DatabaseComesBack {
        /// How long.
        lasts: Span,
    },
    /// Whoever is left hears no majority for so long, and nobody may take over.
    MajorityLost {
        /// How long.
        lasts: Span,
    },
    /// The primary is lost to the others for so long. They are a majority of the voters, and one of them can take over.
    PrimaryGone {
        /// How long.
        lasts: Span,
    },
}

impl Aftermath {
    /// Of a disaster of which anybody can tell.
    pub(super) fn of(disaster: &Disaster, ground: &Ground, limits: &Limits) -> Option<Aftermath> {
        // Where people ask for something the role moves when they say.
        if !disaster.requests.is_empty() {
            return None;
        }
        if is_deployment(disaster, ground, limits) {
            return Some(Aftermath::PrimaryStays { found: true });
        }
        let fault = the_fault(disaster, ground)?;
        let (Some(_), Some(lasts), None) = (&fault.at, fault.heal_after, &fault.again) else { return None };
        let struck = Struck::by(&fault.strike, ground)?;
        let votes = |place: &&Place| place.votes;
        let left = || ground.nodes.iter().filter(|place| !struck.nodes.contains(&place.name.as_str()));
        let is_majority = left().filter(votes).count() * 2 > ground.nodes.iter().filter(votes).count();
        let primary_left = left().any(|place| place.name == ground.primary);
        let successor = left().filter(votes).any(|place| place.has_data);
        match () {
            () if struck.may_be_missed && is_brief(lasts, limits) => {
                Some(Aftermath::PrimaryStays { found: false })
            }
            () if !is_majority && struck.for_good && left().next().is_some() => {
                Some(Aftermath::MajorityLost { lasts })
            }
            () if !is_majority => None,
            () if primary_left => Some(Aftermath::PrimaryStays { found: struck.spares_clients }),
            () if matches!(fault.strike, Strike::CrashDatabase(_)) => {
                Some(Aftermath::DatabaseComesBack { lasts })
            }
            () if struck.for_good && successor => Some(Aftermath::PrimaryGone { lasts }),
            () => None,
        }
    }
}

/// The one fault, or the one that takes nodes for good among some that take nobody whom those who are left need.
fn the_fault<'a>(disaster: &'a Disaster, ground: &'a Ground) -> Option<&'a Fault> {
    let idle = |fault: &&Fault| {
        matches!(
            fault.strike,
            Strike::KmsFailure
                | Strike::RequestFlood { .. }
                | Strike::ForgedRequest { .. }
                | Strike::AlteredRequests
                | Strike::ReplayedRequests
        )
    };
    match &*disaster.faults {
        [fault] => Some(fault),
        faults => {
            let mut others = faults.iter().filter(|fault| !idle(fault));
            let fault = others.next().filter(|_| others.next().is_none())?;
            Struck::by(&fault.strike, ground)?.for_good.then_some(fault)
        }
    }
}

/// In which regions there are copies, of voters, that the one fault leaves as they are.
pub(super) fn regions_of_copies_left(disaster: &Disaster, ground: &Ground) -> Vec<String> {
    let Some(fault) = the_fault(disaster, ground) else { return Vec::new() };
    let Some(struck) = Struck::by(&fault.strike, ground) else { return Vec::new() };
    let left = ground.nodes.iter().filter(|place| !struck.nodes.contains(&place.name.as_str()));
    let copies = left.filter(|place| place.has_data && place.votes);
    copies.map(|place| ground.regions[place.region].clone()).collect()
}

/// It is over before anybody can tell it from a heartbeat that comes late, a lease may end, or a watchdog bite.
fn is_brief(lasts: Span, limits: &Limits) -> bool {
    // From the last beat before it to the first after it.
    let unheard = lasts + limits.heartbeat * 2;
    unheard < limits.patience_least
        && unheard + limits.margin < limits.lease
        && limits.watchdog.is_none_or(|bites| unheard < bites)
}

/// Agents are restarted, each before anybody can suspect it, and long after the one before; a majority is there throughout.
fn is_deployment(disaster: &Disaster, ground: &Ground, limits: &Limits) -> bool {
    if ground.nodes.iter().filter(|place| place.votes).count() < 3 {
        return false;
    }
    let mut restarts: Vec<(Span, Span)> = Vec::new();
    for fault in &disaster.faults {
        let (Strike::CrashAgent(_), Some(When::At(at)), Some(lasts), None, None) =
            (&fault.strike, fault.at, fault.heal_after, &fault.again, &fault.when)
        else {
            return false;
        };
        restarts.push((at, at + lasts));
    }
    restarts.sort_unstable();
    let apart = restarts.windows(2).all(|pair| pair[0].1 + limits.patience + AGENT_STARTS < pair[1].0);
    apart && restarts.iter().all(|(at, until)| is_brief(until.saturating_sub(*at) + AGENT_STARTS, limits))
}

/// Who is struck.
struct Struck<'a> {
    nodes: Vec<&'a str>,
    /// Nobody outside hears or serves them any more while the fault lasts.
    for_good: bool,
    /// No client is struck with them, nor on its way.
    spares_clients: bool,
    /// Whoever is struck is as it was once it is over.
    may_be_missed: bool,
}

impl<'a> Struck<'a> {
    fn by(strike: &'a Strike, ground: &'a Ground) -> Option<Struck<'a>> {
        let may_be_missed = matches!(
            strike,
            Strike::Hang(_) | Strike::HangAgent(_) | Strike::Partition(..) | Strike::OneWayPartition { .. }
        );
        let named = |name: &'a str| if name == "$primary" { ground.primary.as_str() } else { name };
        let one = |name: &'a str, for_good| {
            let nodes = vec![named(name)];
            Some(Struck { nodes, for_good, spares_clients: true, may_be_missed })
        };
        let nobody = |spares_clients| {
            Some(Struck { nodes: Vec::new(), for_good: false, spares_clients, may_be_missed })
        };
        match strike {
            Strike::Silence(node) | Strike::Crash(node) => one(node, true),
            Strike::RegionLoss(region) => {
                let primary = || ground.nodes.iter().find(|place| place.name == ground.primary);
                let at = match region.as_str() {
                    "$primary" => primary()?.region,
                    name => ground.regions.iter().position(|region| region == name)?,
                };
                let nodes = ground.nodes.iter().filter(|place| place.region == at);
                let nodes = nodes.map(|place| place.name.as_str()).collect();
                Some(Struck { nodes, for_good: true, spares_clients: false, may_be_missed })
            }
            Strike::CrashAgent(node) | Strike::HangAgent(node) | Strike::Hang(node) => one(node, false),
            Strike::CrashDatabase(node) | Strike::HangDatabase(node) => one(node, false),
            Strike::SlowDisk { node, .. } | Strike::FullDisk(node) => one(node, false),
            Strike::Partition(a, b) | Strike::OneWayPartition { from: a, to: b } => {
                let [a, b] = [a, b].map(|side| members(side, ground));
                // Whoever cannot reach the primary counts as struck; the primary goes on hearing the others.
                let away = if b.contains(&ground.primary.as_str()) { a } else { b };
                Some(Struck { nodes: away, for_good: false, spares_clients: false, may_be_missed })
            }
            Strike::StaleLeader(_) | Strike::RequestFlood { .. } | Strike::AlteredRequests => nobody(true),
            Strike::ForgedRequest { .. } | Strike::ReplayedRequests => nobody(true),
            Strike::KmsFailure | Strike::SlowKms { .. } => nobody(true),
            Strike::DnsFailure | Strike::DnsEmpty => nobody(false),
            _ => None,
        }
    }
}

/// The nodes of these regions, and these nodes.
fn members<'a>(side: &[String], ground: &'a Ground) -> Vec<&'a str> {
    let named = |place: &&Place| {
        let region = &ground.regions[place.region];
        side.iter().any(|name| *name == place.name || name == region)
    };
    ground.nodes.iter().filter(named).map(|place| place.name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use scenarios::When;

    use super::*;

    /// Three regions with a voter each, of which `c` holds no data, and one without a vote beside `a`.
    fn ground() -> Ground {
        let place =
            |name: &str, region, has_data, votes| Place { name: name.to_owned(), region, has_data, votes };
        let nodes = vec![
            place("a1", 0, true, true),
            place("a2", 0, true, false),
            place("b1", 1, true, true),
            place("c1", 2, false, true),
        ];
        let second = Span::from_secs(1);
        Ground {
            regions: ["a", "b", "c"].map(str::to_owned).to_vec(),
            nodes,
            primary: "a1".to_owned(),
            heartbeat: second,
            patience: second,
            lease: second,
            margin: second,
            bounded: true,
            people: Vec::new(),
            viewers: Vec::new(),
            audit: false,
            kms: false,
            manifest: false,
            channels: Vec::new(),
        }
    }

    fn limits() -> Limits {
        let second = Span::from_secs(1);
        Limits {
            heartbeat: second,
            patience: second,
            patience_least: second,
            lease: second,
            margin: second,
            watchdog: None,
        }
    }

    fn aftermath(strike: Strike) -> Option<Aftermath> {
        let fault = Fault {
            at: Some(When::At(Span::from_secs(60))),
            when: None,
            nth: None,
            after: None,
            strike,
            heal_after: Some(Span::from_secs(600)),
            lasts: None,
            again: None,
        };
        Aftermath::of(
            &Disaster { faults: vec![fault], requests: Vec::new(), horizon: Span::from_secs(3_600) },
            &ground(),
            &limits(),
        )
    }

    /// A watchdog is put off with each heartbeat, the last time up to one before an agent stands still.
    #[test]
    fn a_hang_that_a_watchdog_outlasts_is_none_that_it_does_not() {
        let (second, watchdog) = (Span::from_secs(1), Some(Span::from_secs(37)));
        let patient =
            Limits { heartbeat: second * 15, patience_least: second * 52, lease: second * 41, ..limits() };
        let brief = |lasts, watchdog| is_brief(lasts, &Limits { watchdog, ..patient.clone() });
        assert!(brief(second * 9, None));
        assert!(!brief(second * 9, watchdog));
        assert!(brief(second * 6, watchdog));
    }

    #[test]
    fn whoever_is_struck_decides_what_is_left() {
        let gone = Some(Aftermath::PrimaryGone { lasts: Span::from_secs(600) });
        let name = |name: &str| name.to_owned();
        for lethal in
            [Strike::Crash(name("a1")), Strike::Silence(name("$primary")), Strike::RegionLoss(name("a"))]
        {
            assert_eq!(aftermath(lethal.clone()), gone, "{lethal:?}");
        }
        let sides =
            |from: &str, to: &[&str]| (vec![name(from)], to.iter().map(|to| name(to)).collect::<Vec<_>>());
        let (from, to) = sides("a", &["b"]);
        for harmless in [
            Strike::Crash(name("c1")),
            Strike::RegionLoss(name("b")),
            Strike::HangAgent(name("a2")),
            Strike::OneWayPartition { from, to },
            Strike::StaleLeader(name("a1")),
        ] {
            assert!(
                matches!(aftermath(harmless.clone()), Some(Aftermath::PrimaryStays { .. })),
                "{harmless:?}"
            );
        }
        let (from, to) = sides("a", &["b", "c"]);
        for unclear in
            [Strike::Hang(name("a1")), Strike::Partition(from, to), Strike::FullDisk(name("$primary"))]
        {
            assert_eq!(aftermath(unclear.clone()), None, "{unclear:?}");
        }
    }
}
