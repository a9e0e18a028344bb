use serde::{Deserialize, Serialize};

/// What one run showed of what people, and others, asked the logic for. Records made before there was any have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requests {
    /// Requests that agents took, by whomever.
    pub taken: u64,
    /// Of these, those of which the audit trail knows nothing.
    pub unaudited: u64,
    /// Requests granted although nobody of the plan's people made them.
    pub admitted: u32,
    /// Requests of the plan's people that were refused, each time.
    pub refused: u32,
    /// Operations that were asked for and carried out.
    pub obeyed: u32,
    /// Switchovers that began before their window, or were not complete at its end.
    pub outside_window: u32,
}
