use super::Checker;
use crate::logic::Logic;
use crate::plan::Region;
use crate::suggest::counted;

/// There are voters, and the loss of any one domain leaves a majority of them.
pub(super) fn check<L: Logic>(checker: &mut Checker<'_, L>) {
    idlers(checker);
    let nodes = checker.names.nodes();
    let voters = nodes.iter().filter(|node| node.votes).count();
    if nodes.is_empty() {
        let remedy = "a site lists its nodes: nodes: [(name: ...)]";
        return checker.plan_error("regions", "there is no node", remedy);
    }
    match voters {
        0 => checker.plan_error("regions", "nobody votes", "let three nodes vote"),
        1 | 2 => {
            let voters = counted(voters as u64, "voter");
            let problem = format!("with {voters} no majority is left once one is lost");
            let remedy = "have three voters or more; a witness is enough for the third";
            checker.plan_warning("regions", problem, remedy);
        }
        even if even.is_multiple_of(2) => {
            let problem = format!("{voters} voters bear the loss of no more than {} would", voters - 1);
            checker.plan_warning("regions", problem, "an odd number splits no vote; add or drop a witness");
        }
        _ => {}
    }
    domains(checker, voters);
}

/// Nodes that neither vote nor hold data.
fn idlers<L: Logic>(checker: &mut Checker<'_, L>) {
    for (r, region) in checker.scenario.plan.regions.iter().enumerate() {
        for (s, site) in region.sites.iter().enumerate() {
            for (n, node) in site.nodes.iter().enumerate().filter(|(_, node)| node.witness && !node.votes) {
                let problem = format!("'{}' is a witness without a vote: it would do nothing", node.name);
                let path = format!("regions[{r}].sites[{s}].nodes[{n}].votes");
                checker.plan_error(&path, problem, "leave out one of the two");
            }
        }
    }
}

/// Where some nodes have no vote, somebody chose who has: then no one region or provider should have most votes. (Where
/// all vote, votes lie where the data is, and that has reasons of its own.)
fn domains<L: Logic>(checker: &mut Checker<'_, L>, voters: usize) {
    let chosen = checker.names.nodes().iter().any(|node| !node.votes);
    if !chosen || voters < 3 {
        return;
    }
    for crowd in crowds(&checker.scenario.plan.regions, voters) {
        let Crowd { path, kind, name, votes } = crowd;
        let problem =
            format!("the loss of {kind} '{name}' leaves no majority: {votes} of {voters} voters are there");
        checker.plan_warning(&path, problem, "let fewer nodes vote there, or more elsewhere");
    }
}

/// A domain that has most votes.
struct Crowd {
    path: String,
    kind: &'static str,
    name: String,
    votes: usize,
}

/// Regions with most votes, and providers of several regions that have most votes together. The only provider of all
/// is no domain that could be avoided.
fn crowds(regions: &[Region], voters: usize) -> Vec<Crowd> {
    let mut found = Vec::new();
    for (r, region) in regions.iter().enumerate() {
        let ours = || regions.iter().filter(|other| other.provider == region.provider);
        let first = !regions[..r].iter().any(|earlier| earlier.provider == region.provider);
        let (here, provided) = (votes(region), ours().map(votes).sum());
        if 2 * here > voters {
            let (path, name) = (format!("regions[{r}].name"), region.name.clone());
            found.push(Crowd { path, kind: "region", name, votes: here });
        } else if first && ours().count() < regions.len() && 2 * provided > voters {
            let (path, name) = (format!("regions[{r}].provider"), region.provider.clone());
            found.push(Crowd { path, kind: "provider", name, votes: provided });
        }
    }
    found
}

fn votes(region: &Region) -> usize {
    region.sites.iter().flat_map(|site| &site.nodes).filter(|node| node.votes).count()
}
