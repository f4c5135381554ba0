//! Routers as a network: the whole stack of a client against the real routes of a service, without a socket.

use std::{fmt, future::Future};

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{Request, Response};
use tokio::task::JoinSet;
use tower::ServiceExt;

use super::{
    fault::Faults,
    witness::{Seen, Witness},
};
use crate::{
    client::{BaseClient, ServiceClient},
    contract::{error::Result, operation::Operation},
    transport::{Connection, Transport, config::TransportConfig, failure::Failure, instance::Instance},
};

/// A transport on which every instance is one router. Faults may happen on the way there and back.
#[derive(Clone)]
pub struct Network {
    router: Router,
    faults: Faults,
    witness: Option<Witness>,
}

/// A network that leads to this router: to the generated one with a typed mock behind it, or to a service's own.
pub fn network(router: Router) -> Network {
    Network { router, faults: Faults::new(), witness: None }
}

/// A client with all its layers and default settings, on a network or straight on a router:
/// `let orders: OrderClient = mock::client(order_api::router(mock))?`.
///
/// Where settings matter: `OrderClient::builder().url("http://orders").configure(..).build_on(&network)`.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn client<C: ServiceClient>(network: impl Into<Network>) -> Result<C> {
    let url = format!("http://{}", C::SERVICE.name);
    BaseClient::builder(C::SERVICE).partner(C::profile()).url(&url).build_on(&network.into()).map(C::from)
}

// === impl Network ===

impl Network {
    /// Sets what goes wrong on the way.
    #[must_use]
    pub fn faults(self, faults: &Faults) -> Self {
        Self { faults: faults.clone(), ..self }
    }

    /// Lets `witness` see each attempt, those that never reach the router included.
    #[must_use]
    pub fn seen_by(self, witness: &Witness) -> Self {
        Self { witness: Some(witness.clone()), ..self }
    }

    async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        // A client says which operation its request is of. Probes have none.
        let operation = request.extensions().get::<&'static Operation>().copied();
        if let (Some(witness), Some(operation)) = (&self.witness, operation) {
            witness.note(Seen::attempt(operation, &request));
        }
        self.faults.next(operation).strike(answer(self.router.clone(), request)).await
    }
}

impl From<Router> for Network {
    fn from(router: Router) -> Self {
        network(router)
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("faults", &self.faults).finish_non_exhaustive()
    }
}

impl Transport for Network {
    type Connection = Self;

    fn open(&self, _: &Instance, _: &TransportConfig) -> Result<Self> {
        Ok(self.clone())
    }
}

impl Connection for Network {
    fn send(&self, request: Request<Bytes>) -> impl Future<Output = Result<Response<Bytes>, Failure>> + Send {
        self.exchange(request)
    }
}

// === at the other end ===

/// Answers in a task of its own, as a server does: a chain of services then costs tasks and not depth of the stack. The
/// task ends with whoever waits for it.
async fn answer(router: Router, request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
    let mut task = JoinSet::new();
    task.spawn(serve(router, request));
    match task.join_next().await {
        Some(Ok(answer)) => answer,
        Some(Err(stopped)) => Err(Failure::Broken(stopped.into())),
        None => Err(Failure::Broken("the router was not run".into())),
    }
}

async fn serve(router: Router, request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
    let response = router.oneshot(request.map(Body::from)).await.unwrap_or_else(|never| match never {});
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.map_err(|error| Failure::Truncated(error.into()))?;
    Ok(Response::from_parts(parts, body))
}
