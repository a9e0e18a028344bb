//! The first attempt. It fails, so plain `cargo test` leaves it out; `tests/naive.rs` runs it.

mod controllers;

firedrill::suite!(controllers::ping_and_promote::PingAndPromote, "tests/scenarios");
