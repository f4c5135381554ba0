//! The outside world: the endpoints of merchants, and those who carry e-mail and SMS.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use payment_clients::{
    contract::error::Result,
    transport::{Connection, Transport, config::TransportConfig, http::Http, instance::Instance},
};

use super::{
    domain::target::Rules,
    store::notifications::{self, Due},
};
use crate::kit::{
    clock::Clock,
    store::{Store, Tx},
};

/// Most bytes of an endpoint's answer.
const MOST: usize = 64 * 1024;
/// Longest time to connect to an endpoint.
const CONNECT: Duration = Duration::from_secs(5);

/// Whom the service sends by.
#[derive(Clone)]
pub struct Deps {
    /// Which endpoints may be called.
    pub rules: Rules,
    /// Calls endpoints.
    pub courier: Arc<dyn Courier>,
    /// Carries e-mail and SMS.
    pub carrier: Arc<dyn Carrier>,
}

/// Calls endpoints. Where a call may go is decided between the two steps.
#[async_trait]
pub trait Courier: Send + Sync {
    /// The addresses behind a name.
    async fn look_up(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;

    /// Sends a request to this address and no other, whatever its name stands for by now. Follows no redirects.
    ///
    /// # Errors
    /// Why no answer came.
    async fn post(&self, address: SocketAddr, request: Request<Bytes>) -> Result<Response<Bytes>, String>;
}

/// Carries e-mail and SMS.
#[async_trait]
pub trait Carrier: Send + Sync {
    /// What it is called among the providers.
    fn name(&self) -> &'static str;

    /// Takes a message, and answers its own number of it. The same message may come again.
    ///
    /// # Errors
    /// When it was not taken.
    async fn carry(&self, message: &Due) -> Result<String>;
}

/// Calls endpoints over the network.
#[derive(Clone, Debug, Default)]
pub struct Network(Http);

/// Keeps messages beside the notifications and sends none: real providers come in its place.
#[derive(Clone, Debug)]
pub struct Sink {
    /// Where they are kept.
    pub store: Store,
    /// The time.
    pub clock: Clock,
}

#[async_trait]
impl Courier for Network {
    async fn look_up(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host, port)).await?.collect())
    }

    async fn post(&self, address: SocketAddr, request: Request<Bytes>) -> Result<Response<Bytes>, String> {
        let uri = request.uri();
        let base = match (uri.scheme_str(), uri.authority()) {
            (Some(scheme), Some(authority)) => format!("{scheme}://{authority}"),
            _ => return Err("the address names no host".to_owned()),
        };
        let instance: Instance = base.parse().map_err(text)?;
        let mut config = TransportConfig::default();
        (config.max_response_bytes, config.connect_timeout, config.pool_max_idle) = (MOST, CONNECT, 0);
        let connection = self.0.open(&instance.at(address), &config).map_err(text)?;
        connection.send(request).await.map_err(text)
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[async_trait]
impl Carrier for Sink {
    fn name(&self) -> &'static str {
        "mock"
    }

    async fn carry(&self, message: &Due) -> Result<String> {
        let (message, now) = (message.clone(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            notifications::sink(tx, &message, now)?;
            Ok(message.id)
        };
        self.store.write(unit).await
    }
}
