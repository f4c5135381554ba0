//! Stub.
use crate::{contract::error::Result, transport::instance::Instance};
/// Stub.
pub fn parse(text: &str) -> Result<Vec<Instance>> {
    text.split(',').map(str::parse).collect()
}
