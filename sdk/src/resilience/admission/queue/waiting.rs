//! A place in a queue: a future that leaves nothing behind when it is dropped.

use std::{
    cmp::Reverse,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};

use tokio::sync::oneshot;

use super::{Queue, Refused, Slot};
use crate::contract::operation::Tier;

/// Order of the waiters: most important tier, then oldest, then first come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    tier: Reverse<Tier>,
    enqueued_at: Instant,
    number: u64,
}

/// A call that waits for its slot.
#[must_use = "the place in the queue is given up when this is dropped"]
pub struct Waiting {
    queue: Arc<Queue>,
    rank: Rank,
    answer: oneshot::Receiver<Result<Slot, Refused>>,
    until: Instant,
    deadline: Instant,
}

impl Rank {
    pub(super) fn new(tier: Tier, enqueued_at: Instant, number: u64) -> Self {
        Self { tier: Reverse(tier), enqueued_at, number }
    }

    pub(super) fn tier(&self) -> Tier {
        self.tier.0
    }
}

impl Waiting {
    pub(super) fn new(
        queue: Arc<Queue>,
        rank: Rank,
        answer: oneshot::Receiver<Result<Slot, Refused>>,
        until: Instant,
        deadline: Instant,
    ) -> Self {
        Self { queue, rank, answer, until, deadline }
    }

    /// When the tier's patience ends.
    pub fn until(&self) -> Instant {
        self.until
    }
}

impl Future for Waiting {
    type Output = Result<Slot, Refused>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let answer = ready!(Pin::new(&mut this.answer).poll(context));
        // A sender is only dropped unused when its queue is.
        let slot = answer.unwrap_or(Err(Refused::PushedOut))?;
        if this.queue.is_too_late(this.deadline, this.queue.clock.now()) {
            return Poll::Ready(Err(Refused::TooLate));
        }
        Poll::Ready(Ok(slot))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // A slot that was sent in this instant is dropped with the receiver, and so given back.
        self.queue.leave(&self.rank);
    }
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").field("rank", &self.rank).finish_non_exhaustive()
    }
}
