//! One call from its first byte to its answer.

use std::{any::Any, future::Future, panic::AssertUnwindSafe, sync::Arc};

use axum::{
    extract::{FromRequestParts, RawPathParams, Request},
    response::Response,
};
use futures_util::FutureExt;
use http::{header, request::Parts};
use serde::Serialize;
use tracing::Instrument;

use super::{
    BodyLimit, FingerprintKey, Incoming, OnBehalfOf, Principal, Served,
    context::{self, Arrival},
    extract, respond,
};
use crate::contract::{
    context::CallContext,
    deadline::Deadline,
    error::{Error, Result},
    idempotency::Fingerprint,
    operation::{Class, Operation},
};

/// Serves one request by `handler`, in a span of its own.
pub(super) async fn serve<F, Fut, T>(operation: &'static Operation, request: Request, handler: F) -> Response
where
    F: FnOnce(Incoming) -> Fut + Send + 'static,
    Fut: Future<Output = Result<T>> + Send + 'static,
    T: Serialize + Send + 'static,
{
    let arrival = Arrival::of(request.headers());
    let (span, trace) = arrival.span(operation);
    let conditional = request.headers().contains_key(header::IF_NONE_MATCH);
    async move {
        let result = match admit(operation, request).await {
            Ok((mut context, incoming)) => {
                context.trace = Some(trace);
                context.request_id = Some(arrival.request_id.clone());
                run(operation, Arc::new(context), async move { handler(incoming).await }).await
            }
            Err(refusal) => Err(refusal),
        };
        let mut response = respond::respond(operation, result, conditional, &arrival.request_id);
        response.extensions_mut().insert(Served { operation, trace });
        response
    }
    .instrument(span)
    .await
}

/// Reads the request, or refuses it; the order is told in the module's head.
async fn admit(operation: &'static Operation, request: Request) -> Result<(CallContext, Incoming)> {
    let (mut parts, body) = request.into_parts();
    let limit = parts.extensions.get().copied().unwrap_or_else(BodyLimit::default);
    limit.admit(&body)?;
    let mut context = context::context(operation, &parts.headers, context::now())?;
    context.principal = parts.extensions.remove::<Principal>().map(|principal| principal.0);
    context.on_behalf_of = parts.extensions.remove::<OnBehalfOf>().map(|other| other.0);
    let body = within(context.deadline, limit.read(body)).await?;
    context::refuse_if_passed(context.deadline, context::now())?;
    // A fingerprint proves that a key was not used for something else; without a key it proves nothing.
    context.fingerprint = context.key.is_some().then(|| {
        let plain = Fingerprint::of(&operation.method, parts.uri.path(), &body);
        parts.extensions.get::<FingerprintKey>().map_or(plain, |key| plain.keyed(&key.0))
    });
    let path = path_arguments(operation, &mut parts).await?;
    Ok((context, Incoming { operation, uri: parts.uri, headers: parts.headers, path, body }))
}

/// Waits for a body no longer than anybody waits for the answer.
async fn within<T>(deadline: Option<Deadline>, reading: impl Future<Output = Result<T>>) -> Result<T> {
    match deadline {
        Some(deadline) => {
            let read = tokio::time::timeout_at(deadline.instant().into(), reading).await;
            read.unwrap_or_else(|_| Err(context::too_late()))
        }
        None => reading.await,
    }
}

async fn path_arguments(operation: &'static Operation, parts: &mut Parts) -> Result<Option<RawPathParams>> {
    if extract::path_arguments(operation).next().is_none() {
        return Ok(None);
    }
    let arguments = RawPathParams::from_request_parts(parts, &()).await;
    arguments.map(Some).map_err(|_| Error::invalid_input("path", "must be UTF-8 once percent-decoded"))
}

/// Runs the handler to its end. A caller that hangs up drops our future; what only reads may stop there, everything
/// else goes on in a task of its own, so that no effect is left half done by an impatient caller.
async fn run<T: Send + 'static>(
    operation: &'static Operation,
    context: Arc<CallContext>,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let work = AssertUnwindSafe(context.scope(work)).catch_unwind();
    let ended = match operation.class {
        Class::Safe => work.await,
        Class::Idempotent | Class::Keyed | Class::Unsafe => match tokio::spawn(work.in_current_span()).await {
            Ok(ended) => ended,
            Err(stopped) => return Err(Error::internal(stopped)),
        },
    };
    ended.unwrap_or_else(|panic| Err(Error::internal(describe(panic.as_ref()))))
}

fn describe(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a handler panicked: {}", text.unwrap_or("without a text"))
}
