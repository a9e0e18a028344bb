//! The controller that goes into production: every scenario is a test of its own.

mod controllers;

firedrill::suite!(controllers::quorum_and_lease::QuorumAndLease, "tests/scenarios");
