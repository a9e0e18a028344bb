use std::sync::Arc;
fn main() {
    let mut args = std::env::args().skip(1);
    let file = args.next().unwrap();
    let seeds: u64 = args.next().unwrap().parse().unwrap();
    let sets: Vec<scenarios::Setting> = args.map(|s| s.parse().unwrap()).collect();
    let scenario = match scenarios::load::<models::Failover>(std::path::Path::new(&file), &sets) {
        Ok(s) => s,
        Err(e) => {
            eprintln!("{}", e.render(false));
            std::process::exit(3)
        }
    };
    let model = Arc::new(
        models::Model::new(
            &scenario.plan,
            &models::Disaster {
                faults: &scenario.faults,
                horizon: scenario.horizon,
                steady: scenario.steady,
            },
        )
        .unwrap(),
    );
    let mut world = models::World::new(model);
    if seeds == 0 || seeds > 1_000_000_000 {
        let r = world.replay(seeds % 1_000_000_000);
        for (at, n) in r.notes {
            println!("{at} {:?} {:?}", n.place, n.what);
        }
        println!("{:#?}", r.record);
        return;
    }
    let mut agenda = sim::Agenda::new();
    let mut rt = vec![];
    let mut viol = std::collections::BTreeMap::new();
    let mut phases = [0f64; 6];
    let mut lost = vec![];
    let mut ev = 0;
    let (mut conv, mut ff, mut fo, mut inert) = (0, 0, 0, 0);
    let mut dig = 0u64;
    let t = std::time::Instant::now();
    for seed in 0..seeds {
        let r = world.run(seed, &mut agenda);
        dig = dig.rotate_left(1) ^ r.digest;
        rt.push((r.recovery_time, seed));
        if r.events > 30000 {
            eprintln!("seed {seed} events {}", r.events);
        }
        lost.push((r.lost_writes, r.recovery_point));
        for v in &r.violations {
            let e = viol.entry(format!("{:?}", v.invariant)).or_insert((0, seed));
            e.0 += 1;
        }
        for (a, b) in phases.iter_mut().zip(r.phases) {
            *a += b.as_secs_f64() / seeds as f64;
        }
        ev += r.events;
        conv += r.converged as u32;
        ff += r.false_failovers;
        fo += r.failovers;
        inert += r.fault_effects.iter().any(|e| *e == 0) as u32;
    }
    let el = t.elapsed().as_secs_f64();
    rt.sort();
    lost.sort();
    let n = rt.len();
    println!("{seeds} runs {:.0}/s {:.0} ev/run digest {dig:x}", seeds as f64 / el, ev as f64 / seeds as f64);
    println!("recovery min {} p50 {} p99 {} max {:?}", rt[0].0, rt[n / 2].0, rt[n * 99 / 100].0, rt[n - 1]);
    println!("lost p50 {:?} p99 {:?} max {:?}", lost[n / 2], lost[n * 99 / 100], lost[n - 1]);
    println!("phases {phases:.3?} converged {conv} failovers {fo} false {ff} inert {inert}");
    println!("violations {viol:?}");
}
