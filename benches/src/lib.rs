//! What the benches share, one module each.

pub mod fleet;
