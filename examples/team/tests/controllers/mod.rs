//! The controllers under test.
#![allow(dead_code, reason = "each test program uses its part, and examples have a main of their own")]

#[path = "../../../ping_and_promote.rs"]
pub mod ping_and_promote;
#[path = "../../../quorum_and_lease.rs"]
pub mod quorum_and_lease;
