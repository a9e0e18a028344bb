//! firedrill
