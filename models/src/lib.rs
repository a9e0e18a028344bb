//! The world that disasters strike: databases, and what became of what clients were told.

pub mod journal;
