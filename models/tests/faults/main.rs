//! Faults of nodes, disks, links and whole domains, and how often they come: what each does, that several of a kind
//! add up, and that nothing is left when they are over.

mod bursts;
#[path = "../common/mod.rs"]
mod common;
mod disks;
mod domains;
mod links;
mod slowness;
mod steps;
mod support;
