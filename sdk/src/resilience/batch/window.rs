//! Calls that gather until their batch leaves.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::sync::{Notify, oneshot};

use super::BatchSettings;
use crate::contract::{deadline::Deadline, error::Result, record::CallRecord, request::Request, response::Response};

/// One call in a batch.
#[derive(Debug)]
pub(super) struct Member {
    body: Bytes,
    deadline: Option<Deadline>,
    /// When it wants to leave at the latest.
    leave_by: Instant,
    record: Arc<CallRecord>,
    reply: oneshot::Sender<Result<Response>>,
}

/// A batch that is not complete yet.
#[derive(Debug)]
pub(super) struct Window {
    gathered: Mutex<Gathered>,
    /// Told when it is to leave earlier than it was.
    sooner: Notify,
}

#[derive(Debug)]
struct Gathered {
    members: Vec<Member>,
    bytes: usize,
    leaves_at: Instant,
    closed: bool,
}

// === impl Member ===

impl Member {
    /// A call that waits for company for `window`, and for no more than half of the time it has.
    pub(super) fn new(
        request: &Request,
        reply: oneshot::Sender<Result<Response>>,
        window: Duration,
        now: Instant,
    ) -> Self {
        let deadline = request.deadline();
        let patience = deadline.map_or(window, |deadline| window.min(deadline.remaining(now) / 2));
        let (body, record) = (request.body().clone(), request.state.record.clone());
        Self { body, deadline, leave_by: now + patience, record, reply }
    }

    pub(super) fn body(&self) -> &Bytes {
        &self.body
    }

    pub(super) fn deadline(&self) -> Option<Deadline> {
        self.deadline
    }

    pub(super) fn record(&self) -> &CallRecord {
        &self.record
    }

    /// Answers the caller, if it still waits.
    pub(super) fn answer(self, answer: Result<Response>) {
        self.record.arrives();
        let _ = self.reply.send(answer);
    }
}

// === impl Window ===

impl Window {
    /// Opens with its first call.
    pub(super) fn open(first: Member, settings: BatchSettings, now: Instant) -> Self {
        let gathered = Gathered { members: Vec::new(), bytes: 0, leaves_at: first.leave_by, closed: false };
        let window = Self { gathered: Mutex::new(gathered), sooner: Notify::new() };
        window.lock().add(first, settings, now);
        window
    }

    /// Takes a call in, or gives it back when it has no room; then it leaves at once.
    pub(super) fn join(&self, member: Member, settings: BatchSettings, now: Instant) -> Result<(), Member> {
        let mut gathered = self.lock();
        let before = gathered.leaves_at;
        let refused = if gathered.has_room(&member, settings) {
            gathered.add(member, settings, now);
            None
        } else {
            gathered.leaves_at = now;
            Some(member)
        };
        if gathered.leaves_at < before {
            self.sooner.notify_one();
        }
        refused.map_or(Ok(()), Err)
    }

    /// Waits until the batch leaves.
    pub(super) async fn gathered(&self) {
        loop {
            let leaves_at = self.lock().leaves_at;
            tokio::select! {
                biased;
                () = tokio::time::sleep_until(leaves_at.into()) => return,
                () = self.sooner.notified() => {}
            }
        }
    }

    /// Takes no more calls, and gives those whose callers still wait; `carrier` carries them from here on. A caller
    /// [gives up](Self::give_up) before this, and its call is not sent, or after it, and knows that it may be.
    pub(super) fn depart(&self, carrier: &Arc<CallRecord>) -> Vec<Member> {
        let mut gathered = self.lock();
        gathered.closed = true;
        let mut members = std::mem::take(&mut gathered.members);
        members.retain(|member| !member.reply.is_closed());
        members.iter().for_each(|member| member.record.travels_with(carrier));
        members
    }

    /// Takes no more calls, and lets go of those it has.
    pub(super) fn abandon(&self) {
        let mut gathered = self.lock();
        gathered.closed = true;
        gathered.members.clear();
    }

    /// The caller behind `answer` waits no longer.
    pub(super) fn give_up(&self, answer: &mut oneshot::Receiver<Result<Response>>) {
        let _decided = self.lock();
        answer.close();
    }

    fn lock(&self) -> MutexGuard<'_, Gathered> {
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gathered {
    fn has_room(&self, member: &Member, settings: BatchSettings) -> bool {
        let fits = self.bytes + member.body.len() <= settings.max_bytes;
        !self.closed && fits && self.members.len() < settings.max_calls
    }

    fn add(&mut self, member: Member, settings: BatchSettings, now: Instant) {
        self.bytes += member.body.len();
        self.leaves_at = self.leaves_at.min(member.leave_by);
        self.members.push(member);
        if self.members.len() >= settings.max_calls || self.bytes >= settings.max_bytes {
            self.leaves_at = now;
        }
    }
}
