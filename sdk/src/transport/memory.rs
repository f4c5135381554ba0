//! A transport without sockets: requests go to a function. For tests, simulators and services in one process.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{Request, Response};

use super::{Connection, Transport, config::TransportConfig, failure::Failure, instance::Instance};
use crate::contract::error::Result;

type Answer = Pin<Box<dyn Future<Output = Result<Response<Bytes>, Failure>> + Send>>;

/// Answers every request of every instance by one function, which may wait, fail or count.
#[derive(Clone)]
pub struct Memory(Arc<dyn Fn(Request<Bytes>) -> Answer + Send + Sync>);

impl Memory {
    /// Answers by `answer`.
    pub fn new<F, Fut>(answer: F) -> Self
    where
        F: Fn(Request<Bytes>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Response<Bytes>, Failure>> + Send + 'static,
    {
        Self(Arc::new(move |request| Box::pin(answer(request))))
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}

impl Transport for Memory {
    type Connection = Self;

    fn open(&self, _: &Instance, _: &TransportConfig) -> Result<Self> {
        Ok(self.clone())
    }
}

impl Connection for Memory {
    fn send(&self, request: Request<Bytes>) -> impl Future<Output = Result<Response<Bytes>, Failure>> + Send {
        (self.0)(request)
    }
}
