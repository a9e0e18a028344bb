//! A recorded history can be fed to a fresh node again, and must give the same effects.

use serde::{Deserialize, Serialize};

use crate::controller::Controller;
use crate::message::{Effect, Input};
use crate::time::Instant;

/// One input and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// Reading of the node's clock.
    pub now: Instant,
    /// What happened.
    pub input: Input,
    /// What the node wanted done.
    pub effects: Vec<Effect>,
}

/// The first place where a replayed history differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Divergence {
    /// Which input, counting from zero.
    pub index: usize,
    /// What the node did this time.
    pub effects: Vec<Effect>,
}

/// Feeds `history` to `node`, which must be as fresh as the one it was recorded from.
///
/// # Errors
/// The first input whose effects differ.
pub fn replay(node: &mut Controller, history: &[Recorded]) -> Result<(), Divergence> {
    let mut effects = Vec::new();
    for (index, recorded) in history.iter().enumerate() {
        effects.clear();
        node.handle(recorded.now, recorded.input.clone(), &mut effects);
        if effects != recorded.effects {
            return Err(Divergence { index, effects });
        }
    }
    Ok(())
}
