//! Opens one socket: name or pinned address, TCP, TLS, all within the connect timeout.

use std::{
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::{
    client::legacy::connect::{HttpConnector, dns::Name},
    rt::TokioIo,
};
use tokio::net::TcpStream;
use tower::Service;

use super::socket::Socket;
use crate::{
    contract::error::{BoxError, Error, Result},
    transport::{
        config::TransportConfig,
        evidence::{self, ConnectTimeout},
        tls::{self, Loaded},
    },
};

type Dialling<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Connects to one instance.
#[derive(Clone, Debug)]
pub struct Dial {
    secure: HttpsConnector<Tcp>,
    timeout: Duration,
}

/// Connects to the pinned address where there is one. The URL keeps its host, and with it `Host` and the name in the
/// TLS handshake.
#[derive(Clone, Debug)]
struct Tcp {
    connector: HttpConnector<Resolver>,
    pinned: Option<Uri>,
}

/// The operating system's resolver, whose failures are marked.
#[derive(Clone, Debug)]
struct Resolver;

// === impl Dial ===

impl Dial {
    pub(super) fn new(config: &TransportConfig, address: Option<SocketAddr>, tls: Option<&Loaded>) -> Result<Self> {
        let mut connector = HttpConnector::new_with_resolver(Resolver);
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_keepalive(Some(config.tcp_keepalive));
        // Shared by the addresses of a name, so that a dead one leaves time for the next.
        connector.set_connect_timeout(Some(config.connect_timeout));
        let pinned = address.map(uri_of).transpose()?;
        let tls = tls::client(tls, config.http_version)?;
        Ok(Self { secure: HttpsConnector::from((Tcp { connector, pinned }, tls)), timeout: config.connect_timeout })
    }
}

fn uri_of(address: SocketAddr) -> Result<Uri> {
    Uri::try_from(format!("http://{address}/"))
        .map_err(|error| Error::configuration(format!("{address} is no address to connect to: {error}")))
}

impl Service<Uri> for Dial {
    type Response = Socket<MaybeHttpsStream<TokioIo<TcpStream>>>;
    type Error = BoxError;
    type Future = Dialling<Self::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.secure.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connecting, timeout) = (self.secure.call(uri), self.timeout);
        Box::pin(async move {
            let connected = tokio::time::timeout(timeout, connecting).await.map_err(|_| ConnectTimeout)?;
            connected.map(Socket::new)
        })
    }
}

// === impl Tcp ===

impl Service<Uri> for Tcp {
    type Response = TokioIo<TcpStream>;
    type Error = <HttpConnector<Resolver> as Service<Uri>>::Error;
    type Future = <HttpConnector<Resolver> as Service<Uri>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        self.connector.call(self.pinned.clone().unwrap_or(uri))
    }
}

// === impl Resolver ===

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = Dialling<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let name = name.as_str().to_owned();
        Box::pin(async move { evidence::lookup(name).await.map(IntoIterator::into_iter) })
    }
}
