//! RG-8.4: whatever is done to an audit trail is found, and the trails say what happened in the world, no more and no
//! less.

use failover::audit::{injections, tamper, verify};
use models::Logic;
use models::audit::{Audited, Missing, coverage};
use reports::Verdict;
use reports::gate::{CheckReport, Fact};
use scenarios::Checked;

use super::Gate;
use crate::campaign::Campaign;

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

pub(super) fn check<L: Logic>(gate: &Gate<L>, check: &Checked, first_seed: u64, report: &mut CheckReport) {
    let Checked::AuditIntegrity { runs } = *check else { return };
    let mut seen = Seen::default();
    for campaign in &gate.campaigns {
        for seed in first_seed..first_seed + runs {
            match campaign.audited(seed) {
                Ok(mut audited) => {
                    (gate.tampering)(&mut audited);
                    seen.look_at(campaign, seed, &audited);
                }
                Err(message) => seen.finds(campaign, seed, &format!("the logic panicked: {message}")),
            }
        }
    }
    report.verdict = seen.verdict();
    report.facts = seen.facts();
    if seen.records == 0 {
        seen.findings.push("no agent keeps an audit trail, so there is nothing to judge by".to_owned());
    }
    report.findings = seen.findings;
    report.findings.extend((seen.more > 0).then(|| format!("and {} more like these", seen.more)));
}

impl Seen {
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
    fn verdict(&self) -> Verdict {
        match (self.findings.is_empty(), self.injections > 0 && self.actions > 0) {
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
