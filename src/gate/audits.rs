//! RG-8.4: whatever is done to an audit trail is found, and the trails say what happened in the world, no more and no
//! less.

use std::sync::atomic::Ordering;

use failover::audit::{injections, tamper, verify};
use models::Logic;
use models::audit::{Audited, Missing, coverage};
use reports::Verdict;
use reports::gate::{CheckReport, Fact};
use scenarios::Checked;

use super::{Error, Gate, Tampering};
use crate::campaign::{Campaign, Fleet};

/// So many findings are told.
const TOLD_MAX: usize = 8;

/// What was looked at.
#[derive(Default)]
struct Seen {
    findings: Vec<String>,
    more: u64,
    runs: u64,
    trails: u64,
    records: u64,
    actions: u64,
    lost: u64,
    injections: u64,
}

pub(super) fn check<L: Logic>(
    gate: &Gate<L>,
    check: &Checked,
    fleet: &Fleet,
    first_seed: u64,
    report: &mut CheckReport,
) -> Result<(), Error> {
    let Checked::AuditIntegrity { runs } = *check else { return Ok(()) };
    let seeds = first_seed..first_seed + runs;
    let pairs = gate.campaigns.iter().flat_map(|campaign| seeds.clone().map(move |seed| (campaign, seed)));
    let pairs: Vec<_> = pairs.collect();
    let looked_at = fleet.in_order(&pairs, |(campaign, seed)| {
        (!fleet.stop.load(Ordering::Relaxed)).then(|| Seen::of(campaign, *seed, gate.tampering))
    });
    let looked_at = looked_at.map_err(Error::Campaign)?;
    // Some were left out because somebody wants to stop: what was not looked at is not passed.
    let complete = looked_at.iter().all(Option::is_some);
    let mut seen = Seen::default();
    looked_at.iter().flatten().for_each(|one| seen.add(one));
    if seen.records > 0 && complete {
        let runs = usize::try_from(runs).unwrap_or(usize::MAX).max(1);
        for (of_one, pairs) in looked_at.chunks(runs).zip(pairs.chunks(runs)) {
            if of_one.iter().flatten().all(|one| one.records == 0) {
                let (campaign, seed) = pairs[0];
                seen.finds(campaign, seed, "no trail of it holds a record");
            }
        }
    }
    report.verdict = seen.verdict(complete);
    report.facts = seen.facts();
    if seen.records == 0 && complete {
        seen.findings.push("no agent keeps an audit trail, so there is nothing to judge by".to_owned());
    }
    report.findings = seen.findings;
    report.findings.extend((seen.more > 0).then(|| format!("and {} more like these", seen.more)));
    Ok(())
}

impl Seen {
    /// What one run shows.
    fn of<L: Logic>(campaign: &Campaign<L>, seed: u64, tampering: Tampering) -> Seen {
        let mut seen = Seen::default();
        match campaign.audited(seed) {
            Ok(mut audited) => {
                tampering(&mut audited);
                seen.look_at(campaign, seed, &audited);
            }
            Err(message) => seen.finds(campaign, seed, &format!("the logic panicked: {message}")),
        }
        seen
    }

    /// And what the next one shows.
    fn add(&mut self, next: &Seen) {
        let room = TOLD_MAX - self.findings.len();
        self.more += next.more + next.findings.len().saturating_sub(room) as u64;
        self.findings.extend(next.findings.iter().take(room).cloned());
        self.runs += next.runs;
        self.trails += next.trails;
        self.records += next.records;
        self.actions += next.actions;
        self.lost += next.lost;
        self.injections += next.injections;
    }

    fn look_at<L: Logic>(&mut self, campaign: &Campaign<L>, seed: u64, audited: &Audited) {
        self.runs += 1;
        self.actions += audited.actions.len() as u64;
        self.lost += audited.lost() as u64;
        for missing in coverage(&audited.trails, &audited.actions) {
            self.finds(campaign, seed, &told(campaign, &missing));
        }
        // A fault that tampers is there to be found; whether it is, the scenario itself asks.
        for trail in audited.trails.iter().filter(|trail| !trail.tampered) {
            self.trails += u64::from(!trail.records.is_empty());
            self.records += trail.records.len() as u64;
            match trail.verify() {
                Err(broken) => {
                    let what = format!(
                        "the trail of {} is {:?} at record {}",
                        trail.name, broken.damage, broken.number
                    );
                    self.finds(campaign, seed, &what);
                }
                Ok(_) => self.damage(campaign, seed, trail),
            }
        }
    }

    /// Does to the trail everything that can be done, up to where the others remember it: what nobody but the node
    /// itself has seen, nobody can miss.
    fn damage<L: Logic>(&mut self, campaign: &Campaign<L>, seed: u64, trail: &models::audit::AuditedTrail) {
        let anchored = trail.anchors.iter().max().map_or(0, |anchor| anchor.number);
        for injection in injections(usize::try_from(anchored).unwrap_or(usize::MAX).min(trail.records.len()))
        {
            self.injections += 1;
            if verify(&tamper(&trail.records, injection), &trail.anchors).is_ok() {
                self.finds(
                    campaign,
                    seed,
                    &format!("nobody finds {injection:?} in the trail of {}", trail.name),
                );
            }
        }
    }

    fn finds<L: Logic>(&mut self, campaign: &Campaign<L>, seed: u64, what: &str) {
        if self.findings.len() < TOLD_MAX {
            let command = campaign.replay_command(seed);
            self.findings.push(format!("FAIL: {}: {what}; {command}", campaign.name()));
        } else {
            self.more += 1;
        }
    }

    /// Trails that nobody keeps prove nothing, and neither does damage that was never done.
    fn verdict(&self, complete: bool) -> Verdict {
        match (self.findings.is_empty(), complete && self.injections > 0 && self.actions > 0) {
            (false, _) => Verdict::Fail,
            (true, false) => Verdict::Inconclusive,
            (true, true) => Verdict::Pass,
        }
    }

    fn facts(&self) -> Vec<Fact> {
        vec![
            Fact::new("runs audited", self.runs),
            Fact::new("trails", self.trails),
            Fact::new("records", self.records),
            Fact::new("actions in the world", self.actions),
            Fact::new("actions whose record a crash took with it", self.lost),
            Fact::new("flips, drops, swaps, cut-offs and rewrites injected", self.injections),
        ]
    }
}

fn told<L: Logic>(campaign: &Campaign<L>, missing: &Missing) -> String {
    let name = |node: failover::NodeId| &campaign.model().nodes[node.index()].name;
    match missing {
        Missing::Record(action) => {
            format!("{} did at {} what no record tells: {:?}", name(action.node), action.at, action.deed)
        }
        Missing::Action { node, number, entry } => {
            format!("record {number} of {} tells what never was: {entry:?}", name(*node))
        }
    }
}
