//! Release gates: what they refuse, what their answers rest on, and that breaking anything they look at is found.

#[path = "gates/answers.rs"]
mod answers;
#[path = "canaries/broken.rs"]
mod broken;
#[path = "gates/broken_on_purpose.rs"]
mod broken_on_purpose;
#[allow(dead_code)]
#[path = "canaries/gullible.rs"]
mod gullible;
#[allow(dead_code)]
#[path = "canaries/mistake.rs"]
mod mistake;
#[path = "gates/mute.rs"]
mod mute;
#[path = "gates/refusals.rs"]
mod refusals;
#[path = "gates/support.rs"]
mod support;
