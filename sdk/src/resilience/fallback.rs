//! Answers in place of a service that cannot: typed, one function an operation, given to the builder.
//!
//! A fallback stands inside the deadline and outside of everything else, so it sees the last word of the stack, and
//! some time is kept for it: enough to compute, and by [`fallback_reserve`](ClientConfig::fallback_reserve) enough to ask
//! somebody else. It answers reads only: a fallback that claims an effect would be a lie, and an answer
//! about money comes from its server or not at all.

use std::{
    fmt,
    future::{Future, ready},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use serde::Serialize;

use super::{
    live::Live,
    outage::{call_with_reserve, is_outage},
    settings::ClientConfig,
};
use crate::{
    contract::{
        call::Call,
        error::{Error, Result},
        explain::Decision,
        operation::{Class, Operation, Service},
        request::Request,
        response::Response,
    },
    seams::Clock,
};

/// What answers for one operation.
#[derive(Clone)]
pub struct Fallback {
    operation: &'static Operation,
    answer: Answer,
}

type Answer = Arc<dyn Fn(Request, Error) -> BoxFuture<'static, Option<Result<Response>>> + Send + Sync>;

// === impl Fallback ===

impl Fallback {
    /// Answers calls of `operation` by `answer`; where that has nothing to say, the failure stands.
    pub fn new<T, F>(operation: &'static Operation, answer: F) -> Self
    where
        T: Serialize + Send + 'static,
        F: Fn(&Request, &Error) -> Option<T> + Send + Sync + 'static,
    {
        Self::asking(operation, move |request, error| ready(answer(&request, &error)))
    }

    /// As [`new`](Self::new), with an answer that has to be waited for.
    pub fn asking<T, F, A>(operation: &'static Operation, answer: F) -> Self
    where
        T: Serialize,
        F: Fn(Request, Error) -> A + Send + Sync + 'static,
        A: Future<Output = Option<T>> + Send + 'static,
    {
        let written = move |request: Request, error: Error| -> BoxFuture<'static, _> {
            let answer = answer(request, error);
            Box::pin(async move { answer.await.map(|value| payload(&value)) })
        };
        Self { operation, answer: Arc::new(written) }
    }

    /// Checks that each of them may answer, and that it is the only one.
    ///
    /// # Errors
    /// The first that may not, as a sentence that says why.
    pub fn validate(fallbacks: &[Self], service: &Service) -> Result<()> {
        for (number, Self { operation, .. }) in fallbacks.iter().enumerate() {
            let wrong = if operation.money {
                "it moves money, and an answer about money comes from its server or not at all"
            } else if operation.class != Class::Safe {
                "it changes something, and no fallback can do that in its place"
            } else if operation.service.name != service.name {
                "this client calls another service"
            } else if fallbacks[..number].iter().any(|earlier| earlier.operation.is(operation)) {
                "it has one already"
            } else {
                continue;
            };
            return Err(Error::configuration(format!("{operation} cannot have this fallback: {wrong}; remove it")));
        }
        Ok(())
    }
}

impl fmt::Debug for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fallback").field("operation", &self.operation.name).finish_non_exhaustive()
    }
}

fn payload(value: &impl Serialize) -> Result<Response> {
    let bytes = serde_json::to_vec(value).map_err(|error| {
        Error::configuration(format!("the fallback's answer cannot be written as JSON: {error}")).with_source(error)
    })?;
    Ok(Response::made(bytes.into()))
}

// === the layer ===

/// The fallback layer.
#[derive(Debug)]
pub struct FallbackLayer<C> {
    inner: C,
    fallbacks: Arc<[Fallback]>,
    config: Live<ClientConfig>,
    clock: Clock,
}

impl<C> FallbackLayer<C> {
    /// Puts `fallbacks` around `inner`.
    pub fn new(inner: C, fallbacks: Arc<[Fallback]>, config: Live<ClientConfig>, clock: Clock) -> Self {
        Self { inner, fallbacks, config, clock }
    }
}

impl<C: Call> Call for FallbackLayer<C> {
    async fn call(&self, request: Request) -> Result<Response> {
        let operation = request.operation();
        // A question for an effect in doubt is about money: its server answers, or nobody.
        let mut fallbacks = self.fallbacks.iter().filter(|_| !request.state.settles);
        let Some(fallback) = fallbacks.find(|fallback| fallback.operation.is(operation)) else {
            return self.inner.call(request).await;
        };
        let reserve = self.config.load().fallback_reserve;
        let asked = request.clone();
        let error = match call_with_reserve(&self.inner, request, reserve, self.clock).await {
            Err(error) if is_outage(&error) => error,
            settled => return settled,
        };
        let record = Arc::clone(&asked.state.record);
        match (fallback.answer)(asked, error.copy()).await {
            Some(answer) => {
                tracing::info!(operation = operation.name, %error, "answered by the fallback");
                record.note(Decision::FellBack);
                answer
            }
            None => Err(error),
        }
    }
}
