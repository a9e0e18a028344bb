//! Here would be a team's product. What matters is `tests/`: with firedrill as a development dependency alone, the
//! team connects its controller to the world (`tests/controllers`), and a folder of scenarios becomes a suite of tests
//! (`tests/suite.rs`). To keep one copy, the controllers are those of firedrill's own examples.
