//! Stand-ins that cost next to nothing, so that what is measured above them is the stack's own.

use std::future::{Future, ready};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use payment_clients::{
    contract::{call::Call, error::Result, request::Request, response::Response},
    resilience::balance::{Open, Way},
    transport::{Connection, Transport, config::TransportConfig, failure::Failure, instance::Instance},
};

use super::api::{ANSWER, bench_api};

/// The answer as bytes.
pub const BODY: Bytes = Bytes::from_static(ANSWER.as_bytes());

/// The answer as the wire layer hands it up.
pub fn classified() -> Result<Response> {
    Response::classify(&bench_api::THING, StatusCode::OK, HeaderMap::new(), &BODY)
}

// === in place of the wire ===

/// Answers before any header is written: what stands above it is the layers alone.
#[derive(Debug)]
pub struct NoWire {
    instance: Instance,
    answer: Response,
}

impl NoWire {
    /// Where `instance` is said to be.
    pub fn new(instance: &Instance) -> Result<Self> {
        Ok(Self { instance: instance.clone(), answer: classified()? })
    }
}

impl Call for NoWire {
    async fn call(&self, _: Request) -> Result<Response> {
        Ok(self.answer.clone())
    }
}

impl Way for NoWire {
    fn instance(&self) -> &Instance {
        &self.instance
    }

    async fn probe(&self, _: &str) -> bool {
        true
    }

    fn retire(&self) {}
}

/// Opens [`NoWire`].
#[derive(Debug)]
pub struct NoWires;

impl Open for NoWires {
    type Way = NoWire;

    fn open(&self, instance: &Instance) -> Result<NoWire> {
        NoWire::new(instance)
    }
}

// === in place of the transport ===

/// Answers every request at once, without a box.
#[derive(Clone, Debug)]
pub struct AtOnce;

impl Transport for AtOnce {
    type Connection = Self;

    fn open(&self, _: &Instance, _: &TransportConfig) -> Result<Self> {
        Ok(self.clone())
    }
}

impl Connection for AtOnce {
    fn send(&self, _: http::Request<Bytes>) -> impl Future<Output = Result<http::Response<Bytes>, Failure>> + Send {
        ready(Ok(http::Response::new(BODY)))
    }
}
