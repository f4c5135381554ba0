//! The transport over reqwest: redirects off, hidden retries off, answers capped, connect, TLS and read failures told
//! apart.

use std::{error::Error as StdError, io, net::SocketAddr, sync::Arc};

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{Connection, Transport, config::TransportConfig, failure::Failure, instance::Instance};
use crate::contract::error::{BoxError, Error, Result};

/// Opens one connection pool per instance.
#[derive(Clone, Debug, Default)]
pub struct Http {
    trusted: Option<Vec<reqwest::Certificate>>,
}

impl Http {
    /// Trusts the certificates of the operating system.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts the authorities in a PEM bundle, and no others.
    ///
    /// # Errors
    /// When the bundle is no PEM.
    pub fn trusting(pem: &[u8]) -> Result<Self> {
        let trusted = reqwest::Certificate::from_pem_bundle(pem).map_err(|error| {
            Error::configuration(format!("the trusted certificates are no PEM bundle: {error}")).with_source(error)
        })?;
        Ok(Self { trusted: Some(trusted) })
    }
}

/// The pool of one instance.
#[derive(Clone, Debug)]
pub struct Pool {
    client: reqwest::Client,
    max_response_bytes: usize,
}

impl Transport for Http {
    type Connection = Pool;

    fn open(&self, instance: &Instance, config: &TransportConfig) -> Result<Pool> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("payment-clients/", env!("CARGO_PKG_VERSION")))
            // A 307 would re-send a POST, a 302 would turn it into a GET.
            .redirect(reqwest::redirect::Policy::none())
            // Attempts are counted in one place, the retry layer.
            .retry(reqwest::retry::never())
            .no_proxy()
            .connect_timeout(config.connect_timeout)
            .pool_idle_timeout(config.pool_idle_timeout)
            .pool_max_idle_per_host(config.pool_max_idle)
            .tcp_keepalive(config.tcp_keepalive)
            .tcp_nodelay(true)
            .dns_resolver(Arc::new(TypedResolver));
        if let Some(trusted) = &self.trusted {
            builder = builder.tls_certs_only(trusted.clone());
        } else if !instance.is_secure() {
            // Plain instances must work on machines without a certificate store; the scheme is fixed for good, so
            // nothing can be downgraded to it.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| {
            let cause = root(&error);
            Error::configuration(format!("no HTTP client for {instance}: {cause}")).with_source(error)
        })?;
        Ok(Pool { client, max_response_bytes: config.max_response_bytes })
    }
}

impl Connection for Pool {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        let request = reqwest::Request::try_from(request).map_err(|error| Failure::Request(error.into()))?;
        let mut answer = self.client.execute(request).await.map_err(classify)?;
        let limit = self.max_response_bytes;
        if answer.content_length().is_some_and(|length| length > limit as u64) {
            return Err(Failure::TooLarge { limit });
        }
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = answer.status();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        let truncated = |error: reqwest::Error| Failure::Truncated(error.into());
        // Most answers arrive in one chunk, which is then passed on without a copy.
        let Some(first) = answer.chunk().await.map_err(truncated)? else { return Ok(response) };
        let mut rest = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(truncated)? {
            if rest.is_empty() {
                rest.extend_from_slice(&first);
            }
            if rest.len() + chunk.len() > limit {
                return Err(Failure::TooLarge { limit });
            }
            rest.extend_from_slice(&chunk);
        }
        *response.body_mut() = if rest.is_empty() { first } else { rest.freeze() };
        if response.body().len() > limit { Err(Failure::TooLarge { limit }) } else { Ok(response) }
    }
}

/// Looks names up as the operating system does, and marks its failures so that they can be told from refused
/// connections.
#[derive(Debug)]
struct TypedResolver;

#[derive(Debug, thiserror::Error)]
#[error("`{name}` cannot be resolved: {source}")]
struct ResolveError {
    name: String,
    source: io::Error,
}

impl Resolve for TypedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await.map(Iterator::collect::<Vec<SocketAddr>>);
            match found {
                Ok(addresses) => Ok(Box::new(addresses.into_iter()) as Addrs),
                Err(source) => Err(ResolveError { name, source }.into()),
            }
        })
    }
}

/// Sorts reqwest's errors by what they prove. What proves nothing is `Broken`.
fn classify(error: reqwest::Error) -> Failure {
    if error.is_builder() {
        return Failure::Request(error.into());
    }
    if !error.is_connect() {
        return Failure::Broken(cause(error));
    }
    if find::<ResolveError>(&error) {
        return Failure::Dns(cause(error));
    }
    if error.is_timeout() {
        return Failure::ConnectTimeout(error.into());
    }
    if find::<rustls::Error>(&error) { Failure::Tls(cause(error)) } else { Failure::Connect(cause(error)) }
}

/// The innermost text, with the whole error kept below it.
fn cause(error: reqwest::Error) -> BoxError {
    Cause { text: root(&error), source: error }.into()
}

#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Cause {
    text: String,
    source: reqwest::Error,
}

fn root(error: &reqwest::Error) -> String {
    sources(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

/// True when an error of type `T` is somewhere below.
fn find<T: StdError + 'static>(error: &reqwest::Error) -> bool {
    sources(error).any(|source| source.is::<T>())
}

/// Every error below this one. An `io::Error` hides what it wraps from `source()`, hence the second way down.
fn sources<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(error.source(), |error: &&'a (dyn StdError + 'static)| {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|inner| inner as &(dyn StdError + 'static)).or_else(|| (*error).source())
    })
}
