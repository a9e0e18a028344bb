//! The kernel from outside: what a world and its author may rely on.

mod agenda;
mod digests;
mod distributions;
mod golden;
mod poisson;
mod runs;
mod streams;
