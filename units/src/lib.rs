//! What numbers mean: a duration with its unit ([`Span`]) and a value that may be cut off by the end of the
//! observation ([`Measured`]). The only crate every other one may depend on; it knows nothing of simulators,
//! databases or failover.

mod measured;
mod rounded;
mod span;

pub use measured::Measured;
pub use span::{Span, SpanError};
