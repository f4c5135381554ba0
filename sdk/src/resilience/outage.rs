//! What answers when the service does not: which failures count, and the time that is kept for it.
//!
//! The commonest failure is no answer at all, and it ends a call at its deadline. Whatever is to answer in its place,
//! [a fallback](super::fallback) or [an expired answer](super::cache), must therefore be given its turn before that.

use std::time::Duration;

use crate::{
    contract::{
        call::Call,
        deadline::Deadline,
        error::{Error, ErrorKind, Result},
        request::Request,
        response::Response,
    },
    seams::Clock,
};

/// What is kept back of a deadline by default: a replacement computes and does not call, timers are exact to a
/// millisecond, and the rest is for a runtime under load.
pub const RESERVE: Duration = Duration::from_millis(20);

/// Whether the service gave no answer of its own. The caller's mistakes and the business's refusals are answers, and
/// an answer that cannot be read is a disagreement that somebody has to see.
pub(super) fn is_outage(error: &Error) -> bool {
    use ErrorKind::{Gateway, Internal, Interrupted, RateLimited, Rejected, Timeout, Unavailable, Unreachable};
    matches!(
        error.kind(),
        Unreachable | Interrupted | Timeout | Unavailable | RateLimited | Gateway | Internal | Rejected
    )
}

/// Calls `inner` under a deadline that ends `reserve` earlier, or in the middle of what is left if that is less.
pub(super) async fn call_with_reserve<C: Call>(
    inner: &C,
    mut request: Request,
    reserve: Duration,
    clock: Clock,
) -> Result<Response> {
    let Some(deadline) = request.deadline() else { return inner.call(request).await };
    let now = clock.now();
    let left = deadline.remaining(now);
    let soft = Deadline::after(now, left - reserve.min(left / 2));
    request.state.deadline = Some(soft);
    let record = request.state.record.clone();
    let answer = tokio::time::timeout_at(soft.instant().into(), inner.call(request)).await;
    answer.unwrap_or_else(|_| {
        let text = "no answer came in time; the rest of the deadline is kept for an answer in its place";
        Err(Error::new(ErrorKind::Timeout, record.certainty(), text))
    })
}
