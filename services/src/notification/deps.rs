//! The outside world: the endpoints of merchants. Those who carry e-mail and SMS are in `carriers`.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use payment_clients::transport::{Connection, Transport, config::TransportConfig, http::Http, instance::Instance};

use super::{carriers::Carriers, domain::target::Rules};

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
    /// Those who may carry e-mail and SMS.
    pub carriers: Carriers,
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

/// Calls endpoints over the network.
#[derive(Clone, Debug, Default)]
pub struct Network(Http);

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
