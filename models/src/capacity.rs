//! Whether whoever takes over can carry what is left to carry.

use failover::Policy;
use scenarios::{Node, Objection, Plan, Severity};

/// A node that could be promoted, and where the plan describes it.
struct Candidate<'a> {
    node: &'a Node,
    path: String,
    /// Its region's place in the order of preference, its site's, then the larger capacity.
    rank: (usize, usize, std::cmp::Reverse<u64>),
}

/// After the loss of each region, the preferred of the others must carry the highest load there is then.
pub(crate) fn review(plan: &Plan<Policy>, found: &mut Vec<Objection>) {
    for lost in 0..plan.regions.len() {
        let mut candidates = candidates(plan, lost);
        candidates.sort_by_key(|candidate| candidate.rank);
        let load = load_without(plan, lost);
        let Some(preferred) = candidates.first().filter(|first| first.node.capacity < load) else { continue };
        let (name, carries) = (&preferred.node.name, preferred.node.capacity);
        let region = &plan.regions[lost].name;
        let able = candidates.iter().find(|candidate| candidate.node.capacity >= load);
        found.push(Objection {
            field: preferred.path.clone(),
            problem: format!(
                "when '{region}' is lost, '{name}' takes over and carries {carries} of up to {load} writes per second"
            ),
            remedy: able.map_or_else(
                || "raise its capacity, shed load, or shorten database.queue_max so that it refuses in time".to_owned(),
                |able| format!("prefer '{}', which carries {}", able.node.name, able.node.capacity),
            ),
            severity: Severity::Warning,
        });
    }
}

/// The highest load when a region is gone; its users are gone too unless they come in elsewhere.
fn load_without(plan: &Plan<Policy>, lost: usize) -> u64 {
    let whole = plan.peak_writes_per_second();
    let writes = |region: usize| u128::from(plan.regions[region].writes_per_second);
    let all: u128 = (0..plan.regions.len()).map(writes).sum();
    if plan.traffic.reroute_after.is_some() || all == 0 {
        return whole;
    }
    // The plan may be absurd: whoever bounds its numbers tells that, and this only must not panic.
    u64::try_from(u128::from(whole).saturating_mul(all - writes(lost)) / all).unwrap_or(u64::MAX)
}

fn candidates(plan: &Plan<Policy>, lost: usize) -> Vec<Candidate<'_>> {
    let mut found = Vec::new();
    for (r, region) in plan.regions.iter().enumerate().filter(|(region, _)| *region != lost) {
        for (s, site) in region.sites.iter().enumerate() {
            for (n, node) in site.nodes.iter().enumerate().filter(|(_, node)| !node.witness) {
                let regions = &plan.policy.prefer_regions;
                let place = |list: &[String], name: &str| {
                    list.iter().position(|known| known == name).unwrap_or(list.len())
                };
                let sites = place(&plan.policy.prefer_sites, &site.name);
                let rank = (place(regions, &region.name), sites, std::cmp::Reverse(node.capacity));
                let path = format!("regions[{r}].sites[{s}].nodes[{n}].capacity");
                found.push(Candidate { node, path, rank });
            }
        }
    }
    found
}
