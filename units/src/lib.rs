//! What numbers mean: a duration with its unit ([`Span`]), a value that may be cut off by the end of the
//! observation ([`Measured`]), and what runs are measured by ([`Sheet`], [`rows`]). The only crate every other one may
//! depend on; it knows nothing of simulators or failover logic.

mod measured;
mod rounded;
pub mod rows;
mod sheet;
mod span;

pub use measured::Measured;
pub use sheet::{Row, RowId, Sheet, Unit, Value, Worse};
pub use span::{Span, SpanError};
