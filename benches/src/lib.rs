//! What the benches share: servers that misbehave as told, and a simulated world.

pub mod fault;
pub mod fleet;
