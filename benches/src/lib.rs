//! What the benches share: servers that misbehave as told, a simulated world, a random walk through state machines, a merchant
//! before the services, pictures, and the scorecard that names their figures.

pub mod fault;
pub mod fleet;
pub mod gateway;
pub mod machine;
pub mod scorecard;
pub mod sqlite;
pub mod steps;
pub mod svg;
