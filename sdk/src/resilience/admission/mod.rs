//! Keeps more work from starting than can be finished, and lets the important work start first.

pub mod limit;
mod median;
pub mod queue;
