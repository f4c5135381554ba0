//! What is written down about a call: enough to ask for its effect, and to repeat it byte by byte.

use std::{collections::BTreeMap, fmt, time::SystemTime};

use serde::{Deserialize, Serialize};

use crate::contract::{
    error::{Error, Result},
    idempotency::IdempotencyKey,
    indeterminate::EntryId,
    operation::{Class, Operation},
    partner::Profile,
    request::Request,
    response::Response,
    timestamp::Timestamp,
};

/// One call, as it is kept. Credentials and signatures are not: a repeat is given new ones.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Names the entry.
    pub id: EntryId,
    /// Service that was called.
    pub service: String,
    /// Name of the operation.
    pub operation: String,
    /// The encoded path, arguments filled in.
    pub path: String,
    /// The encoded query.
    pub query: String,
    /// The body, as sent.
    pub body: String,
    /// Name of the intended effect, if the caller gave it one.
    pub intent: Option<String>,
    /// Key that every attempt carries.
    pub key: Option<String>,
    /// Fingerprint of method, path and body.
    pub fingerprint: String,
    /// Whether the call carried headers of its caller's. They may be secret and are not kept, so that it can be asked
    /// for and not be repeated.
    pub headers: bool,
    /// Whether its service promised, when it was sent, to recognise a repeat with the same key. What was promised since
    /// is nothing about it.
    #[serde(default)]
    pub repeatable: bool,
    /// When it was written down, just before it was sent.
    pub sent_at: Timestamp,
    /// What is known of it.
    pub state: State,
}

/// What is known of a call that was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It may have been sent, and nobody has heard an outcome.
    Sent,
    /// It has ended, and its effect may have happened.
    Unknown,
    /// As [`Unknown`](Self::Unknown), and the caller has left it to a recovery.
    Parked,
    /// Its outcome is known.
    Done,
    /// It had no effect, and the caller has been told so. A recovery that took it for open might do what the caller
    /// believes undone.
    Void,
}

impl State {
    /// What an outcome says of its call.
    pub(crate) fn after(answer: &Result<Response>) -> Self {
        match answer.as_ref().map_err(Error::certainty) {
            Err(certainty) if certainty.is_indeterminate() => Self::Unknown,
            Err(certainty) if certainty.nothing_happened() => Self::Void,
            Ok(_) | Err(_) => Self::Done,
        }
    }

    /// Whether the outcome is not known.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Sent | Self::Unknown | Self::Parked)
    }
}

// === impl Entry ===

impl Entry {
    /// The entry of a call with this key, to a service that promised this.
    pub(crate) fn new(
        id: EntryId,
        call: &Request,
        key: Option<&IdempotencyKey>,
        promised: &Profile,
        now: SystemTime,
    ) -> Result<Self> {
        let operation = call.operation();
        let body = std::str::from_utf8(call.body()).map_err(|error| {
            let text = "a journal keeps bodies as text, and this one is none; call the operation without a journal";
            Error::invalid_request(text).with_source(error)
        })?;
        Ok(Self {
            id,
            service: operation.service.name.to_owned(),
            operation: operation.name.to_owned(),
            path: call.path().to_owned(),
            query: call.query().to_owned(),
            body: body.to_owned(),
            intent: call.options().intent.as_deref().map(str::to_owned),
            key: key.map(ToString::to_string),
            fingerprint: call.fingerprint().to_string(),
            headers: call.headers().keys().any(|name| name != http::header::CONTENT_TYPE),
            repeatable: promised.class(operation.class) == Class::Keyed,
            sent_at: timestamp(now),
            state: State::Sent,
        })
    }

    /// The call itself, to ask for and to repeat; `operations` are those that it may have been of.
    pub(crate) fn to_request(&self, operations: &[&'static Operation]) -> Result<Request> {
        let mine = |operation: &&&Operation| operation.name == self.operation && operation.service.name == self.service;
        let operation = *operations.iter().find(mine).ok_or_else(|| {
            let (service, name) = (&self.service, &self.operation);
            Error::configuration(format!(
                "`{name}` of {service} is not among the given operations; add those of its API"
            ))
        })?;
        let body = self.body.clone().into_bytes().into();
        let call = Request::kept(operation, self.path.clone(), self.query.clone(), body);
        if call.fingerprint().to_string() != self.fingerprint {
            let text = format!("{operation} is no longer what was sent: the fingerprints differ; resolve it by hand");
            return Err(Error::configuration(text));
        }
        Ok(call)
    }

    /// The key that the call carried.
    pub(crate) fn to_key(&self) -> Result<Option<IdempotencyKey>> {
        let key = self.key.as_deref().map(str::parse).transpose();
        key.map_err(|error: crate::contract::idempotency::InvalidKey| {
            Error::configuration(format!("the key of {self:?} is none: {error}")).with_source(error)
        })
    }
}

/// To the millisecond, rounded down.
fn timestamp(time: SystemTime) -> Timestamp {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Without key and body, which may be personal.
impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("id", &self.id)
            .field("service", &self.service)
            .field("operation", &self.operation)
            .field("intent", &self.intent)
            .field("sent_at", &self.sent_at)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

// === the open entries ===

/// What happens to a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Event {
    Begin(Box<Entry>),
    Mark { id: EntryId, state: State },
}

/// The entries that are open after some events.
#[derive(Debug, Default)]
pub(super) struct Open(BTreeMap<EntryId, Entry>);

impl Open {
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Begin(entry) => drop(self.0.insert(entry.id, Entry::clone(entry))),
            Event::Mark { id, state } if state.is_open() => {
                if let Some(entry) = self.0.get_mut(id) {
                    entry.state = *state;
                }
            }
            Event::Mark { id, .. } => drop(self.0.remove(id)),
        }
    }

    /// Whether the event says something of these entries: one that does not exist is none to mark.
    pub(super) fn is_changed_by(&self, event: &Event) -> bool {
        match event {
            Event::Begin(_) => true,
            Event::Mark { id, .. } => self.0.contains_key(id),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Oldest first.
    pub(super) fn list(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = self.0.values().cloned().collect();
        entries.sort_by_key(|entry| (entry.sent_at, entry.id));
        entries
    }
}
