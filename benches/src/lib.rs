//! What the benches share: servers that misbehave as told, and the loops that drive clients against them.

pub mod fault;
