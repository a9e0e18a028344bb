//! Disasters told to a small group of nodes on a network and disks that misbehave by seed.

mod checker;
mod determinism;
mod founded;
mod group;
mod learners;
mod liveness;
mod messages;
mod safety;
mod single;
mod waking;
