//! placeholder

pub mod consensus;
pub mod id;

pub use id::NodeId;
