//! Routers as a network: the whole stack of a client against the real routes of a service, without a socket.

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{Request, Response};
use tower::ServiceExt;

use crate::transport::{failure::Failure, memory::Memory};

/// A transport on which every instance is this router: `OrderClient::builder().url("http://orders").build_on(&network(
/// order_api::router(orders)))`.
pub fn network(router: Router) -> Memory {
    Memory::new(move |request| answer(router.clone(), request))
}

async fn answer(router: Router, request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
    let response = router.oneshot(request.map(Body::from)).await.unwrap_or_else(|never| match never {});
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.map_err(|error| Failure::Truncated(error.into()))?;
    Ok(Response::from_parts(parts, body))
}
