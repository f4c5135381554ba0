//! The transport of the simulated world: an instance is a number, a line to it takes time.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use payment_clients::{
    contract::error::{Error, Result},
    transport::{Connection, Transport, config::TransportConfig, failure::Failure, instance::Instance},
};

use super::{
    server::{Plan, Server},
    world::World,
};

/// Where probes go.
pub const HEALTH: &str = "/health/ready";
/// One way through the network, the time that a data centre takes.
pub const ONE_WAY: Duration = Duration::from_millis(1);

/// The servers of one service, and the way to them.
#[derive(Clone)]
pub struct Network {
    servers: Arc<Vec<Arc<Server>>>,
    first: usize,
}

/// The way to one server.
#[derive(Clone)]
pub struct Line(Arc<Server>);

impl Network {
    /// Starts a server per plan, numbered from 0.
    pub fn new(world: &World, plans: impl IntoIterator<Item = Plan>) -> Self {
        Self::numbered_from(world, 0, plans)
    }

    /// Starts a server per plan, numbered from `first`: a further service of the same world.
    pub fn numbered_from(world: &World, first: usize, plans: impl IntoIterator<Item = Plan>) -> Self {
        let start = |(place, plan)| Arc::new(Server::new(world, first + place, plan));
        Self { servers: Arc::new(plans.into_iter().enumerate().map(start).collect()), first }
    }

    /// The URLs of all servers.
    pub fn urls(&self) -> Vec<String> {
        (0..self.servers.len()).map(|place| format!("http://server-{}", self.first + place)).collect()
    }

    /// A line to each server.
    pub fn lines(&self) -> Vec<Line> {
        self.servers.iter().cloned().map(Line).collect()
    }
}

impl Transport for Network {
    type Connection = Line;

    fn open(&self, instance: &Instance, _: &TransportConfig) -> Result<Line> {
        let place = self.urls().iter().position(|url| url == instance.base());
        let server = place.and_then(|place| self.servers.get(place)).cloned();
        server.map(Line).ok_or_else(|| Error::configuration(format!("no server at {instance} in this world")))
    }
}

impl Connection for Line {
    async fn send(&self, request: Request<Bytes>) -> std::result::Result<Response<Bytes>, Failure> {
        tokio::time::sleep(ONE_WAY).await;
        let answer = Arc::clone(&self.0).serve(request).await;
        tokio::time::sleep(ONE_WAY).await;
        answer
    }
}
