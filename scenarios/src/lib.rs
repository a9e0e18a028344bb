//! Scenario and plan files.
mod plan;
mod scenario;
pub use plan::*;
pub use scenario::*;
