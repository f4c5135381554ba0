//! Answers that get lost: the effect is there, and the connection breaks where the answer should be.

use std::{
    collections::BTreeSet,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{Router, body::Body, extract::Request, middleware::Next, response::Response};
use futures_util::stream;
use http::HeaderValue;
use payment_clients::contract::headers::REQUEST_ID;

/// Names of the requests whose answers shall not arrive.
#[derive(Clone, Debug, Default)]
pub struct LostAnswers(Arc<Mutex<BTreeSet<Vec<u8>>>>);

impl LostAnswers {
    /// Loses the answer to the request of this name.
    pub fn lose(&self, request_id: Option<&HeaderValue>) {
        if let Some(id) = request_id {
            self.names().insert(id.as_bytes().to_vec());
        }
    }

    /// A router that loses those answers.
    pub fn around(&self, router: Router) -> Router {
        let lost = self.clone();
        router.layer(axum::middleware::from_fn(move |request: Request, next: Next| {
            let lost = lost.clone();
            async move {
                let response = next.run(request).await;
                if lost.take(response.headers().get(REQUEST_ID)) { broken() } else { response }
            }
        }))
    }

    fn take(&self, request_id: Option<&HeaderValue>) -> bool {
        let mut names = self.names();
        !names.is_empty() && request_id.is_some_and(|id| names.remove(id.as_bytes()))
    }

    fn names(&self) -> std::sync::MutexGuard<'_, BTreeSet<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer whose first byte is an error: the server closes the connection in its place.
fn broken() -> Response {
    let error = io::Error::other("an answer that is to be lost");
    Response::new(Body::from_stream(stream::iter([Err::<bytes::Bytes, _>(error)])))
}
