//! The transport over hyper: redirects unknown, hidden retries off, answers capped, and every failure sorted by what it
//! proves.
//!
//! An idle connection that turns out to be dead before a byte of the request was written is redialled unseen; nothing
//! was sent, so that is no retry.

mod dial;
mod socket;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::Full;
use hyper_util::{
    client::legacy::{Builder, Client},
    rt::{TokioExecutor, TokioTimer},
};

use self::dial::Dial;
use super::{
    Connection, Transport,
    answer::Caps,
    config::{HttpVersion, TransportConfig},
    evidence,
    failure::Failure,
    instance::Instance,
    renewing::Renewing,
    tls::{SharedTls, Tls},
};
use crate::contract::error::Result;

/// How this library names itself to servers.
pub(super) const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("payment-clients/", env!("CARGO_PKG_VERSION")));

/// Opens one connection pool per instance.
#[derive(Clone, Debug, Default)]
pub struct Http {
    tls: SharedTls,
}

impl Http {
    /// Trusts the certificates of the operating system, and shows none.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts and shows what `tls` says, now and after each of its reloads.
    pub fn with_tls(tls: Tls) -> Self {
        Self { tls: tls.into() }
    }
}

/// The pool of one instance.
#[derive(Debug)]
pub struct Pool {
    sockets: Renewing<Client<Dial, Full<Bytes>>>,
    caps: Caps,
}

impl Transport for Http {
    type Connection = Pool;

    fn open(&self, instance: &Instance, config: &TransportConfig) -> Result<Pool> {
        config.validate()?;
        let (config, address) = (*config, instance.address());
        let tls = self.tls.of(instance)?;
        let shared = config.http_version.shares_sockets(instance.is_secure());
        let sockets = Renewing::new(tls, config.pool_max_age, shared, move |tls| {
            let dial = Dial::new(&config, address, tls)?;
            Ok(client(&config).build(dial))
        })?;
        Ok(Pool { sockets, caps: Caps::of(&config) })
    }
}

impl Connection for Pool {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        let mut request = request.map(Full::new);
        request.headers_mut().entry(header::USER_AGENT).or_insert(USER_AGENT);
        let exchange = self.sockets.begin();
        let answer = exchange.request(request).await.map_err(|error| evidence::before_answer(error.into()))?;
        let answer = self.caps.read(answer).await?;
        exchange.ended_well();
        Ok(answer)
    }

    fn retire(&self) {
        self.sockets.retire();
    }
}

/// The settings that hyper takes, as `config` has them.
fn client(config: &TransportConfig) -> Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(config.pool_idle_timeout)
        .pool_max_idle_per_host(config.pool_max_idle)
        .http1_max_buf_size(config.max_response_header_bytes)
        .http2_only(config.http_version == HttpVersion::Http2)
        .http2_max_header_list_size(u32::try_from(config.max_response_header_bytes).unwrap_or(u32::MAX))
        .http2_initial_max_send_streams(config.h2_initial_streams)
        .http2_keep_alive_interval(config.h2_ping_interval)
        .http2_keep_alive_timeout(config.h2_ping_timeout);
    if config.max_response_headers != TransportConfig::default().max_response_headers {
        // Only hyper's own number, which is our default, is parsed without an allocation.
        builder.http1_max_headers(config.max_response_headers);
    }
    builder
}
