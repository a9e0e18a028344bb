//! Computing time of the real planner: who takes over from a lost primary, and by which steps, with 3 to 1,000 members.
//! `choose` and the plan alone, then the dry run that checks its preconditions as well, then the plan's digest.
//!
//! This is the time of a processor. How long a failover takes is simulated, and has nothing to do with it.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use firedrill::failover::{
    Configuration, DatabaseReport, Durability, FailoverPlan, LogPosition, Member, NodeId, NodeView, Policy,
    Reason, Role, View, choose, dry_run,
};

fn planner(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("planner");
    for members in [3, 30, 100, 1_000] {
        let (config, view) = (cluster(members), after_the_disaster(members));
        let plan = || {
            let choice = choose(&config, &view, NodeId(0)).expect("everybody else is sealed");
            FailoverPlan::new(2, NodeId(0), Reason::PrimarySilent, &choice, &config.policy.steps)
        };
        group.bench_function(BenchmarkId::new("plan", members), |bencher| bencher.iter(|| black_box(plan())));
        group.bench_function(BenchmarkId::new("dry run", members), |bencher| {
            bencher.iter(|| black_box(dry_run(&config, &view, NodeId(0)).expect("as above")));
        });
        group.bench_function(BenchmarkId::new("plan and digest", members), |bencher| {
            bencher.iter(|| black_box(plan().digest()));
        });
    }
}

/// Ten regions, of which all are named in order of preference; at most nine voters.
fn cluster(members: usize) -> Configuration {
    let member = |n: usize| Member {
        name: format!("node-{n}"),
        region: format!("region-{}", n % 10),
        site: format!("site-{}", n % 20),
        capacity: 1_000 + n as u64 % 7,
        witness: false,
        votes: n < 9,
    };
    let prefer_regions = (0..10).rev().map(|region| format!("region-{region}")).collect();
    Configuration {
        members: (0..members).map(member).collect(),
        durability: Durability::Quorum(2),
        first_primary: NodeId(0),
        actives: Vec::new(),
        policy: Policy { prefer_regions, ..Policy::default() },
    }
}

/// The primary is silent; everybody else is sealed, a few writes apart.
fn after_the_disaster(members: usize) -> View {
    let node = |n: usize| NodeView {
        heard: n > 0,
        sealed: n > 0,
        disappointed: false,
        database: DatabaseReport {
            role: if n > 0 { Role::Replica } else { Role::Primary },
            position: LogPosition { epoch: 1, offset: 1_000 + n as u64 % 5, committed: 1_000_000 },
            source: (n > 0).then_some(NodeId(0)),
            sealed: 2,
        },
    };
    let nodes = (0..members).map(node).collect();
    View {
        epoch: 2,
        nodes,
        at_least: LogPosition::default(),
        written_at_most: Some(0),
        forked: false,
        reopened_at_most: None,
        impatient: false,
        wanted: None,
        avoid: None,
    }
}

criterion_group!(benches, planner);
criterion_main!(benches);
