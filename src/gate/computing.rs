//! RG-8.5: how long planning and verification compute on this machine, and nothing else. How long a failover takes is
//! measured in virtual time, by what clients see.

use failover::{FailoverPlan, Flaw};
use reports::gate::{CheckReport, Claimed, ComputingTime, Fact};
use reports::{Verdict, human, interval};
use scenarios::{Checked, Gate, LoadError, Statistic};
use units::Span;

use super::Error;
use super::stopwatch::timed;
use super::topology::Topology;
use crate::dossier::this_machine;

/// What is measured by the clock.
#[derive(Clone, Copy, Debug)]
pub struct Computation {
    /// Makes a plan, or says that there is none.
    pub plan: fn(&Topology) -> Option<FailoverPlan>,
    /// Looks a plan over before it is carried out.
    pub verify: fn(&FailoverPlan, &Topology) -> Vec<Flaw>,
}

impl Default for Computation {
    fn default() -> Computation {
        Computation {
            plan: |topology| {
                let plan = topology.plan().ok()?;
                std::hint::black_box(plan.digest());
                Some(plan)
            },
            verify: |plan, topology| plan.flaws(&topology.config, &topology.view),
        }
    }
}

/// Topologies are made before the clock runs; so many, in turns.
const TOPOLOGIES: u64 = 32;

/// What a check asks, taken apart.
#[derive(Clone, Copy)]
struct Terms {
    limits: [(&'static str, Span); 3],
    quantile: f64,
    confidence: f64,
    iterations: u64,
    warm_up: u64,
}

/// Iterations too few for the claim are refused before anything is measured.
pub(super) fn refuse_undecidable(gate: &Gate) -> Result<(), Error> {
    for (at, check) in gate.checks.iter().enumerate() {
        let Some((terms, nodes)) = terms(&check.check) else { continue };
        let path = |field: &str| format!("checks[{at}].check.{field}");
        refuse_few(gate, terms, &path("iterations")).map_err(Error::Load)?;
        let most = failover::MEMBERS_MAX as u64;
        if let Some(place) = nodes.iter().position(|nodes| *nodes > most) {
            let problem = format!("{} nodes; a cluster has {most} at most", nodes[place]);
            let refused = gate.refuse(&path(&format!("nodes[{place}]")), problem, "give fewer");
            return Err(Error::Load(refused));
        }
    }
    Ok(())
}

fn refuse_few(gate: &Gate, terms: Terms, path: &str) -> Result<(), LoadError> {
    let Terms { quantile, confidence, iterations, .. } = terms;
    let least = interval::least_runs(Statistic::Quantile(quantile).tolerated(), 0, confidence);
    match least.filter(|least| *least <= iterations) {
        Some(_) => Ok(()),
        None => {
            let need = least.map_or("more than there can be".to_owned(), human::count);
            let (p, sure) = (human::share(quantile), human::share(confidence));
            let problem = format!(
                "{iterations} iterations cannot show a {p} quantile at {sure} confidence: it takes {need}"
            );
            Err(gate.refuse(path, problem, "give as many; then none may exceed the limit"))
        }
    }
}

fn terms(check: &Checked) -> Option<(Terms, &[u64])> {
    let Checked::ComputingTime {
        planning,
        verification,
        together,
        quantile,
        confidence,
        nodes,
        iterations,
        warm_up,
    } = check
    else {
        return None;
    };
    let limits = [("planning", *planning), ("verification", *verification), ("together", *together)];
    let (quantile, confidence, iterations, warm_up) = (*quantile, *confidence, *iterations, *warm_up);
    Some((Terms { limits, quantile, confidence, iterations, warm_up }, nodes))
}

/// The confidence that the check asks for, if it is one of computing times.
pub(super) fn confidence(check: &Checked) -> Option<f64> {
    terms(check).map(|(terms, _)| terms.confidence)
}

pub(super) fn check(check: &Checked, computation: &Computation, report: &mut CheckReport) {
    let Some((terms, nodes)) = terms(check) else { return };
    let row = |name: &str, limit: Span, nodes: u64, times: &[Span]| {
        let Terms { quantile, confidence, warm_up, .. } = terms;
        let asked = Claimed { name, nodes, warm_up, quantile, limit, confidence };
        ComputingTime::of(&asked, times)
    };
    for nodes in nodes {
        match measure(*nodes, terms, computation) {
            Ok(times) => {
                let rows = terms.limits.iter().zip(times);
                report
                    .computing
                    .extend(rows.filter_map(|((name, limit), times)| row(name, *limit, *nodes, &times)));
            }
            Err(problem) => report.findings.push(format!("FAIL: {nodes} nodes: {problem}")),
        }
    }
    let broken = if report.findings.is_empty() { Verdict::Pass } else { Verdict::Fail };
    report.verdict = Verdict::all(report.computing.iter().map(|row| row.verdict)).and(broken);
    let open = report.computing.iter().filter(|row| row.verdict != Verdict::Pass);
    let told: Vec<String> = open
        .map(|row| format!("{}: {}, {} nodes: {}", row.verdict.word(), row.name, row.nodes, row.explanation))
        .collect();
    report.findings.extend(told);
    let machine = this_machine();
    report
        .facts
        .push(Fact::new("computing time on", format!("{}, {} build", machine.processor, machine.build)));
}

/// Times of planning, of verification, and of both, for each iteration.
fn measure(nodes: u64, terms: Terms, computation: &Computation) -> Result<[Vec<Span>; 3], String> {
    let nodes = usize::try_from(nodes).unwrap_or(usize::MAX);
    let topologies: Vec<Topology> = (0..TOPOLOGIES).map(|number| Topology::generate(nodes, number)).collect();
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for iteration in 0..terms.warm_up + terms.iterations {
        let topology = &topologies[(iteration % TOPOLOGIES) as usize];
        let (plan, planning) = timed(|| (computation.plan)(std::hint::black_box(topology)));
        let plan = plan.ok_or("the planner finds nobody to take over")?;
        let (flaws, verification) = timed(|| (computation.verify)(std::hint::black_box(&plan), topology));
        if let Some(flaw) = flaws.first() {
            return Err(format!("the planner's own plan has a flaw: {flaw}"));
        }
        if iteration >= terms.warm_up {
            let taken = [planning, verification, planning.saturating_add(verification)];
            times.iter_mut().zip(taken).for_each(|(all, one)| all.push(one));
        }
    }
    Ok(times)
}
