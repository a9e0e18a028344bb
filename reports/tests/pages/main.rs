//! The pages of a campaign: that they are whole, escaped, bounded and in no better light than the verdict.

#[path = "../support/mod.rs"]
mod support;

mod accessible;
mod dossiers;
mod gates;
mod github;
mod hostile;
mod random;
mod snapshots;
mod well_formed;
