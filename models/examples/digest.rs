//! Prints the digest of each run asked for: `digest SCENARIO FIRST_SEED COUNT`, service by service. What another build of this crate
//! prints must be the same.

use std::path::Path;
use std::sync::Arc;

use firedrill_models::{Failover, Model, World};
use sim::Agenda;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [scenario, first, count] = arguments.as_slice() else {
        panic!("usage: digest SCENARIO FIRST_SEED COUNT")
    };
    let number = |text: &String| text.parse::<u64>().expect("seeds and counts are whole numbers");
    let (first, count) = (number(first), number(count));
    let services = scenarios::load_services::<Failover>(Path::new(scenario), &[]);
    for scenario in services.expect("the scenario can be loaded") {
        let model = Model::new(&scenario).expect("what the loader lets through can be modelled");
        let (mut world, mut agenda) = (World::new(Arc::new(model)), Agenda::new());
        for seed in first..first + count {
            println!("{:016x}", world.run(seed, &mut agenda).digest);
        }
    }
}
