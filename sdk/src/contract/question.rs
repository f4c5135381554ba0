//! What a call asks. Calls that ask the same for the same principal may share one answer; nothing else may.

use std::{fmt, sync::Arc};

use bytes::Bytes;
use http::{HeaderName, HeaderValue};

use super::{context::CallContext, request::Request};

/// Everything that an answer can depend on. Deadline and tier are not part of it: they decide when an answer comes, not
/// which.
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Question {
    operation: &'static str,
    path: String,
    query: String,
    /// The arguments that travel as headers, in the order of the declaration.
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    /// On whose behalf the call is made; `None` is this process itself, and shares with nobody either.
    principal: Option<String>,
    /// For whom that one acts.
    on_behalf_of: Option<String>,
}

impl Question {
    /// What `request` asks, before the stack has added anything of its own.
    pub(crate) fn of(request: &Request) -> Arc<Self> {
        let headers = request.headers().iter().map(|(name, value)| (name.clone(), value.clone()));
        let context = CallContext::current();
        Arc::new(Self {
            operation: request.operation().name,
            path: request.path().to_owned(),
            query: request.query().to_owned(),
            headers: headers.collect(),
            body: request.body().clone(),
            principal: context.as_ref().and_then(|context| context.principal.clone()),
            on_behalf_of: context.as_ref().and_then(|context| context.on_behalf_of.clone()),
        })
    }

    /// Bytes that it takes up, for bounding what is kept.
    pub(crate) fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        let callers: usize = [&self.principal, &self.on_behalf_of].into_iter().flatten().map(String::len).sum();
        size_of::<Self>() + self.path.len() + self.query.len() + headers + self.body.len() + callers
    }
}

/// Without arguments and body, which may be personal, or secret.
impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Question({})", self.operation)
    }
}
