//! Prints the digests of runs: `digest FIRST_SEED COUNT SCENARIO...`, a line for each scenario, service by service. What
//! another build of this crate prints must be the same.

use std::path::Path;
use std::sync::Arc;

use firedrill_models::{Failover, Model, World};
use sim::Agenda;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [first, count, files @ ..] = arguments.as_slice() else {
        panic!("usage: digest FIRST_SEED COUNT SCENARIO...")
    };
    let number = |text: &String| text.parse::<u64>().expect("seeds and counts are whole numbers");
    let (first, count) = (number(first), number(count));
    let mut agenda = Agenda::new();
    for file in files {
        let services = scenarios::load_services::<Failover>(Path::new(file), &[]);
        let mut digests = Vec::new();
        for scenario in services.expect("the scenario can be loaded") {
            let model = Model::new(&scenario).expect("what the loader lets through can be modelled");
            let mut world = World::new(Arc::new(model));
            let runs = (first..first + count).map(|seed| world.run(seed, &mut agenda).digest);
            digests.extend(runs.map(|digest| format!("{digest:016x}")));
        }
        println!("{}", digests.join(" "));
    }
}
