//! Stub.
use super::Discovery;
use crate::{contract::error::Result, transport::instance::Instance};
use std::sync::Arc;
/// Stub.
pub async fn follow(discovery: Arc<dyn Discovery>, mut apply: impl FnMut(Result<Vec<Instance>>) + Send) {
    loop {
        apply(discovery.resolve().await);
        discovery.changed().await;
    }
}
