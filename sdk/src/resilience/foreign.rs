//! Places for tower layers of the user's own: around the whole call, or around each attempt.
//!
//! A foreign layer's errors know nothing of certainty. The slot compares, before and after, how many attempts may have
//! had an effect: a refusal that never reached the wire is `NotSent`, anything else is in doubt, an answer that the layer
//! did not hand on included.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tower::{Layer, Service, ServiceExt, util::BoxCloneSyncService};

use crate::contract::{
    call::Call,
    certainty::Certainty,
    error::{BoxError, Error, ErrorKind, Result},
    request::Request,
    response::Response,
};

/// A stack, or a part of one, as a tower service.
pub type BoxService = BoxCloneSyncService<Request, Response, BoxError>;

/// A user's layer, erased: wraps one service into another.
pub type ForeignLayer = Arc<dyn Fn(BoxService) -> BoxService + Send + Sync>;

/// Erases a tower layer.
pub fn erase<L>(layer: L) -> ForeignLayer
where
    L: Layer<BoxService> + Send + Sync + 'static,
    L::Service: Service<Request, Response = Response> + Clone + Send + Sync + 'static,
    <L::Service as Service<Request>>::Error: Into<BoxError>,
    <L::Service as Service<Request>>::Future: Send,
{
    Arc::new(move |inner| BoxCloneSyncService::new(layer.layer(inner).map_err(Into::into)))
}

/// Any `Call` as a tower service, always ready: what may have to wait waits inside the call.
#[derive(Debug)]
pub struct CallService<C>(Arc<C>);

impl<C> CallService<C> {
    /// Wraps a call.
    pub fn new(inner: C) -> Self {
        Self(Arc::new(inner))
    }
}

impl<C> Clone for CallService<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C: Call + 'static> Service<Request> for CallService<C> {
    type Response = Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::result::Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let inner = Arc::clone(&self.0);
        Box::pin(async move { inner.call(request).await.map_err(Into::into) })
    }
}

/// One place for foreign layers. Empty, it costs nothing.
#[derive(Debug)]
pub enum Slot<C> {
    /// No layer: calls pass straight through.
    Empty(C),
    /// The layers around what stands inside of them.
    Filled(BoxService),
}

impl<C: Call + 'static> Slot<C> {
    /// Puts `layers` around `inner`, the first one outermost.
    pub fn new(inner: C, layers: &[ForeignLayer]) -> Self {
        if layers.is_empty() {
            return Self::Empty(inner);
        }
        let innermost = BoxService::new(CallService::new(inner));
        Self::Filled(layers.iter().rev().fold(innermost, |service, layer| layer(service)))
    }
}

impl<C: Call> Call for Slot<C> {
    async fn call(&self, request: Request) -> Result<Response> {
        let service = match self {
            Self::Empty(inner) => return inner.call(request).await,
            Self::Filled(service) => service.clone(),
        };
        let record = request.state.record.clone();
        let doubts = record.doubts();
        service.oneshot(request).await.map_err(|error| match error.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(foreign) => from_foreign(foreign, record.certainty_since(doubts)),
        })
    }
}

fn from_foreign(error: BoxError, certainty: Certainty) -> Error {
    let kind = if certainty == Certainty::NotSent { ErrorKind::Rejected } else { ErrorKind::Interrupted };
    Error::new(kind, certainty, format!("ended by a layer of the application: {error}")).with_source(error)
}
