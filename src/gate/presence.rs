//! RG-8.1: every configured part of every world is there, before anything strikes it.

use std::collections::BTreeMap;

use models::{Logic, Policy, Presence, Probed};
use reports::Verdict;
use reports::gate::{CheckReport, Fact};
use units::Span;

use super::{Error, Gate};
use crate::campaign::{Campaign, Fleet};

/// The seed of the probe: any does, since nothing strikes.
const SEED: u64 = 0;

/// Long enough for an election, for clients that look their database up, and for a copy to catch up.
const LEAST: Span = Span::from_secs(120);

/// So many heartbeats, if that is longer.
const HEARTBEATS: u64 = 12;

pub(super) fn check<L: Logic>(gate: &Gate<L>, fleet: &Fleet, report: &mut CheckReport) -> Result<(), Error> {
    let mut found: BTreeMap<Probed, u64> = BTreeMap::new();
    let all = fleet.in_order(&gate.campaigns, probed).map_err(Error::Campaign)?;
    for (campaign, presence) in gate.campaigns.iter().zip(all) {
        match presence {
            Ok(presence) => {
                report.findings.extend(missing(campaign, &presence));
                for part in &presence.parts {
                    *found.entry(part.what).or_default() += 1;
                }
            }
            Err(problem) => report.findings.push(format!("{}: cannot be probed: {problem}", campaign.name())),
        }
    }
    report.facts.push(Fact::new("worlds probed", gate.campaigns.len()));
    report
        .facts
        .extend(found.iter().map(|(what, count)| Fact::new(&format!("{} asked for", what.word()), count)));
    report.verdict = match (report.findings.is_empty(), found.is_empty()) {
        (false, _) => Verdict::Fail,
        (true, true) => Verdict::Inconclusive,
        (true, false) => Verdict::Pass,
    };
    Ok(())
}

fn probed<L: Logic>(campaign: &Campaign<L>) -> Result<Presence, String> {
    let heartbeat = campaign.scenario().plan.policy.terms().heartbeat;
    campaign.probe(SEED, LEAST.max(heartbeat.saturating_mul(HEARTBEATS)))
}

fn missing<L: Logic>(campaign: &Campaign<L>, presence: &Presence) -> Vec<String> {
    let told = |part: &models::Part| {
        let why = part.missing.as_deref().unwrap_or_default();
        format!("{}: {} {}: {why}", campaign.name(), part.what.word(), part.name)
    };
    presence.missing().map(told).collect()
}
