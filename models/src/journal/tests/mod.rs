//! The fluid journal against the one that carries every write, and both against what must always hold.

mod agreement;
mod cost;
mod examples;
mod ledger;
mod properties;
mod quorum;
mod schedule;
mod smirnov;
mod story;
