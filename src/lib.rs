//! firedrill: deterministic disaster simulation for failover logic.
pub use models;
