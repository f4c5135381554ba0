//! What the benches share: servers that misbehave as told, a simulated world, and a random walk through state machines.

pub mod fault;
pub mod fleet;
pub mod steps;
