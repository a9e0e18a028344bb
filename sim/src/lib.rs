//! The discrete-event kernel.
mod distribution;
mod time;
pub use distribution::Distribution;
pub use time::SimTime;
