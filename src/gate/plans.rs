//! RG-8.2: a plan that is written down and read is the plan that it was.

use failover::{FailoverPlan, NodeId};
use reports::Verdict;
use reports::gate::{CheckReport, Fact};
use scenarios::Checked;

use super::topology::Topology;

/// So many findings are told; one broken field breaks all plans alike.
const TOLD_MAX: usize = 5;

/// Nodes of the topologies that plans are generated for.
const NODES: [usize; 4] = [3, 5, 9, 32];

/// How plans are written and read.
#[derive(Clone, Copy, Debug)]
pub struct Codec {
    /// To YAML.
    pub write: fn(&FailoverPlan) -> String,
    /// From YAML, or why not.
    pub read: fn(&str) -> Result<FailoverPlan, String>,
    /// The sample plan.
    pub sample: fn() -> FailoverPlan,
}

impl Default for Codec {
    fn default() -> Codec {
        Codec {
            write: FailoverPlan::to_yaml,
            read: |text| FailoverPlan::from_yaml(text).map_err(|error| error.to_string()),
            sample: sample_plan,
        }
    }
}

/// The plan that reports show: the first node fell silent, the second takes over under epoch 2.
pub fn sample_plan() -> FailoverPlan {
    FailoverPlan::sample(2, NodeId(0), NodeId(1))
}

pub(super) fn check(check: &Checked, codec: &Codec, report: &mut CheckReport) {
    let Checked::PlanIntegrity { actions, estimate, generated } = *check else { return };
    let sample = (codec.sample)();
    let mut findings = Vec::new();
    if sample.actions.len() as u64 != actions {
        findings.push(format!("the sample plan has {} actions, expected {actions}", sample.actions.len()));
    }
    if sample.estimate() != estimate {
        findings.push(format!("the sample plan is estimated at {}, expected {estimate}", sample.estimate()));
    }
    findings.extend(round_trip(codec, &sample).err().map(|problem| format!("the sample plan {problem}")));
    let (mut same, mut unplanned) = (0, 0);
    for number in 0..generated {
        let nodes = NODES[(number % NODES.len() as u64) as usize];
        let Ok(plan) = Topology::generate(nodes, number).plan() else {
            unplanned += 1;
            continue;
        };
        match round_trip(codec, &plan) {
            Ok(()) => same += 1,
            Err(problem) => findings.push(format!("generated plan {number} ({nodes} nodes) {problem}")),
        }
    }
    let more = findings.len().saturating_sub(TOLD_MAX);
    findings.truncate(TOLD_MAX);
    findings.extend((more > 0).then(|| format!("and {more} more like these")));
    report.verdict = match (findings.is_empty(), same) {
        (false, _) => Verdict::Fail,
        (true, 0) => Verdict::Inconclusive,
        (true, _) => Verdict::Pass,
    };
    report.findings = findings;
    report.facts = vec![
        Fact::new("sample plan's digest", sample.digest_hex()),
        Fact::new("sample plan's actions", sample.actions.len()),
        Fact::new("sample plan's estimate", sample.estimate()),
        Fact::new("generated plans that came back the same", same),
        Fact::new("generated clusters in which nobody may take over", unplanned),
    ];
}

/// The same to the last field, and its digest tells.
fn round_trip(codec: &Codec, plan: &FailoverPlan) -> Result<(), String> {
    let read =
        (codec.read)(&(codec.write)(plan)).map_err(|problem| format!("cannot be read back: {problem}"))?;
    if read != *plan {
        return Err("is another one after being written and read".to_owned());
    }
    match read.digest() == plan.digest() {
        true => Ok(()),
        false => Err("has another digest after being written and read".to_owned()),
    }
}
