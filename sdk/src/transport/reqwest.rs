//! The transport over reqwest, for programs that are bound to it: same settings, same sorting of failures. What
//! reqwest does not let through is missing: the size of an answer's head is bounded by hyper's own 400 KiB, and HTTP/2
//! begins with hyper's number of streams.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, Uri};
use reqwest::{
    Client, ClientBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect, retry,
};

use super::{
    Connection, Transport,
    answer::Caps,
    config::{HttpVersion, TransportConfig},
    evidence,
    failure::Failure,
    http::USER_AGENT,
    instance::Instance,
    renewing::Renewing,
    tls::{self, Loaded, SharedTls, Tls},
};
use crate::contract::error::{BoxError, Error, Result};

/// Opens one connection pool per instance.
#[derive(Clone, Debug, Default)]
pub struct Reqwest {
    tls: SharedTls,
}

impl Reqwest {
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
    sockets: Renewing<Client>,
    caps: Caps,
}

impl Transport for Reqwest {
    type Connection = Pool;

    fn open(&self, instance: &Instance, config: &TransportConfig) -> Result<Pool> {
        config.validate()?;
        let tls = self.tls.of(instance)?;
        let (config, instance) = (*config, instance.clone());
        let shared = config.http_version.shares_sockets(instance.is_secure());
        let sockets = Renewing::new(tls, config.pool_max_age, shared, move |tls| {
            let builder = pinned(settings(&config, tls)?, &instance)?;
            builder.build().map_err(|error| {
                Error::configuration(format!("no HTTP client for {instance}: {error}")).with_source(error)
            })
        })?;
        Ok(Pool { sockets, caps: Caps::of(&config) })
    }
}

impl Connection for Pool {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        let request = reqwest::Request::try_from(request).map_err(|error| Failure::Request(error.into()))?;
        let exchange = self.sockets.begin();
        let answer = exchange.execute(request).await.map_err(sort)?;
        let answer = self.caps.read(Response::<reqwest::Body>::from(answer)).await?;
        exchange.ended_well();
        Ok(answer)
    }

    fn retire(&self) {
        self.sockets.retire();
    }
}

/// Sorts an error that came before the head of an answer. What reqwest made itself, only reqwest can tell.
fn sort(error: reqwest::Error) -> Failure {
    // An address may hold a key, and errors are logged.
    let error = error.without_url();
    if error.is_builder() {
        Failure::Request(error.into())
    } else if error.is_connect() && error.is_timeout() {
        Failure::ConnectTimeout(error.into())
    } else {
        evidence::before_answer(error.into())
    }
}

/// The settings that reqwest takes, as `config` has them.
fn settings(config: &TransportConfig, tls: Option<&Loaded>) -> Result<ClientBuilder> {
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        // A 307 would re-send a POST, a 302 would turn it into a GET.
        .redirect(redirect::Policy::none())
        // Attempts are counted in one place, the retry layer.
        .retry(retry::never())
        .no_proxy()
        .connect_timeout(config.connect_timeout)
        .pool_idle_timeout(config.pool_idle_timeout)
        .pool_max_idle_per_host(config.pool_max_idle)
        .tcp_keepalive(config.tcp_keepalive)
        .tcp_nodelay(true)
        .dns_resolver(Arc::new(Resolver))
        .http1_max_headers(config.max_response_headers)
        .http2_max_header_list_size(u32::try_from(config.max_response_header_bytes).unwrap_or(u32::MAX))
        .http2_keep_alive_interval(config.h2_ping_interval)
        .http2_keep_alive_timeout(config.h2_ping_timeout)
        .tls_backend_preconfigured(tls::client(tls, config.http_version)?);
    builder = match config.http_version {
        HttpVersion::Auto => builder,
        HttpVersion::Http1 => builder.http1_only(),
        HttpVersion::Http2 => builder.http2_prior_knowledge(),
    };
    Ok(builder)
}

/// Pins the host to the instance's address, if it has one. reqwest looks up no host that is an address itself, and
/// connects to no port but the URL's.
fn pinned(builder: ClientBuilder, instance: &Instance) -> Result<ClientBuilder> {
    let Some(address) = instance.address() else { return Ok(builder) };
    let uri: Uri = instance.base().parse().map_err(|error| {
        Error::configuration(format!("{instance} is no URL that reqwest can call: {error}")).with_source(error)
    })?;
    let host = uri.host().unwrap_or_default();
    let named = host.parse::<std::net::Ipv4Addr>().is_err() && !host.starts_with('[');
    if !named || uri.port_u16().is_some_and(|port| port != address.port()) {
        return Err(Error::configuration(format!(
            "reqwest cannot reach {instance}: the URL must have a name for its host, and no port or that of the address; use `transport::http::Http` otherwise"
        )));
    }
    Ok(builder.resolve(host, address))
}

/// The operating system's resolver, whose failures are marked.
#[derive(Debug)]
struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let found: Result<_, BoxError> = evidence::lookup(name).await;
            found.map(|addresses| Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
