//! The way to one instance, on real sockets: which bytes leave, what may come back, and what a failure proves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod authority;
mod evidence;
mod limits;
mod pools;
#[cfg(feature = "reqwest")]
mod reqwest;
mod rotation;
mod server;
mod tls;

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response};
use payment_clients::transport::{
    Connection, Transport,
    config::TransportConfig,
    failure::Failure,
    http::{Http, Pool},
};

/// The defaults, with time enough for a busy machine to connect.
fn config() -> TransportConfig {
    let mut config = TransportConfig::default();
    config.connect_timeout = Duration::from_secs(10);
    config
}

fn open(transport: &Http, url: &str) -> Pool {
    transport.open(&url.parse().unwrap(), &config()).unwrap()
}

async fn get(connection: &impl Connection, url: &str) -> Result<Response<Bytes>, Failure> {
    connection.send(Request::get(url).body(Bytes::new()).unwrap()).await
}

async fn post(connection: &impl Connection, url: &str) -> Result<Response<Bytes>, Failure> {
    let request = Request::builder().method(Method::POST).uri(url);
    connection.send(request.body(Bytes::from_static(b"{\"amount\":1}")).unwrap()).await
}

/// A header of an answer, as text.
fn header<'a>(answer: &'a Response<Bytes>, name: &str) -> &'a str {
    answer.headers().get(name).unwrap_or_else(|| panic!("no {name} in {answer:?}")).to_str().unwrap()
}
