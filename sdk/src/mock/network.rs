//! Routers as a network: the whole stack of a client against the real routes of a service, without a socket.

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{Request, Response};
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::transport::{failure::Failure, memory::Memory};

/// A transport on which every instance is this router: `OrderClient::builder().url("http://orders").build_on(&network(
/// order_api::router(orders)))`.
pub fn network(router: Router) -> Memory {
    Memory::new(move |request| answer(router.clone(), request))
}

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
