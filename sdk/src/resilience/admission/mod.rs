//! Admission: stub.
pub mod limit;
use crate::contract::{error::Result, record::CallRecord, request::Request};
pub use limit::{LimitSettings, Signal};
/// Stub.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueSettings {}
/// Stub.
#[derive(Debug, Default)]
pub struct Admission {}
impl Admission {
    pub(crate) fn pause(&self, _: &CallRecord) {}
    #[allow(clippy::unused_async)]
    pub(crate) async fn resume(&self, _: &Request) -> Result<()> {
        Ok(())
    }
}
use crate::{
    contract::{call::Call, response::Response},
    resilience::{live::Live, settings::ClientConfig},
    seams::Clock,
};
use std::sync::{Arc, atomic::AtomicU32};
impl Admission {
    /// Stub.
    pub fn new(_: Arc<AtomicU32>, _: Live<ClientConfig>, _: Clock) -> Self {
        Self {}
    }
}
/// Stub.
#[derive(Debug)]
pub struct Admit<C>(C);
impl<C> Admit<C> {
    /// Stub.
    pub fn new(inner: C, _: Arc<Admission>) -> Self {
        Self(inner)
    }
}
impl<C: Call> Call for Admit<C> {
    async fn call(&self, request: Request) -> Result<Response> {
        self.0.call(request).await
    }
}
