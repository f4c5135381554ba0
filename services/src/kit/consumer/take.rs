//! What one event does, in a unit.

use payment_clients::contract::error::{Error, ErrorKind, Result};

use super::Shared;
use crate::kit::{
    bus::{Delivery, Unreadable},
    events::Envelope,
    inbox::{self, DeadLetter},
    incident,
    store::Tx,
};

/// Reason of the incident of a dead letter.
pub(super) const DEAD_LETTER: &str = "DEAD_LETTER";

/// What a unit with several events came to.
#[derive(Debug)]
pub(super) struct Taken {
    /// So many from the first on are dealt with.
    pub(super) count: usize,
    /// Why the next one is not.
    pub(super) failure: Option<Error>,
}

/// Whether only time helps.
pub(super) fn passes(error: &Error) -> bool {
    error.kind() == ErrorKind::Unavailable
}

// === impl Shared ===

impl Shared {
    /// Takes events in order, each by itself, until one fails.
    pub(super) fn take_all(&self, tx: &mut Tx<'_>, deliveries: &[Delivery], now: i64) -> Result<Taken> {
        for (count, delivery) in deliveries.iter().enumerate() {
            let taken = tx.nested(|tx| {
                let is_new = match &delivery.event {
                    Ok(event) => self.take(tx, &delivery.topic, event, now)?,
                    Err(garbage) => self.bury_unreadable(tx, delivery, garbage, now).map(|()| true)?,
                };
                inbox::advance(tx, self.name, delivery)?;
                if is_new { Ok(()) } else { inbox::came_again(tx, self.name, delivery) }
            });
            if let Err(failure) = taken {
                return Ok(Taken { count, failure: Some(failure) });
            }
        }
        Ok(Taken { count: deliveries.len(), failure: None })
    }

    /// Takes an event whose turn it is, and those that have waited for it; parks one that comes too early; drops one
    /// that was taken before, and answers false then.
    fn take(&self, tx: &mut Tx<'_>, topic: &str, event: &Envelope, now: i64) -> Result<bool> {
        if inbox::is_buried(tx, self.name, &event.event_id.to_string())? {
            return Ok(false);
        }
        let Some(version) = event.aggregate_version else {
            return self.handle(tx, topic, event, now).map(|()| true);
        };
        let reached = inbox::version(tx, self.name, topic, &event.aggregate_id)?;
        if version <= reached {
            return self.passed(tx, topic, event).map(|()| false);
        }
        if version > reached + 1 {
            return inbox::park(tx, self.name, topic, event, version, now).map(|()| true);
        }
        self.handle(tx, topic, event, now)?;
        inbox::set_version(tx, self.name, topic, &event.aggregate_id, version)?;
        self.follow(tx, topic, &event.aggregate_id, version, now).map(|()| true)
    }

    /// Hands an event to its handler, if there is one, and notes it as taken.
    pub(super) fn handle(&self, tx: &mut Tx<'_>, topic: &str, event: &Envelope, now: i64) -> Result<()> {
        match self.handlers.get(&(topic, event.event_type.as_str())) {
            Some(handler) if inbox::note(tx, self.name, event, now)? => handler(tx, event),
            _ => Ok(()),
        }
    }

    /// Its entity is beyond it: a repeat, or another event that claims its place.
    fn passed(&self, tx: &Tx<'_>, topic: &str, event: &Envelope) -> Result<()> {
        let is_handled = self.handlers.contains_key(&(topic, event.event_type.as_str()));
        if !is_handled || inbox::holds(tx, self.name, event)? {
            return Ok(());
        }
        let Envelope { aggregate_id, aggregate_version, .. } = event;
        let version = aggregate_version.unwrap_or_default();
        Err(Error::internal(format!(
            "version {version} of {aggregate_id} was passed without this event; the publisher's store may have been \
             replaced, or this consumer has begun to handle the event only now"
        )))
    }

    /// Takes the events that have waited for this version.
    pub(super) fn follow(
        &self,
        tx: &mut Tx<'_>,
        topic: &str,
        aggregate: &str,
        mut version: i64,
        now: i64,
    ) -> Result<()> {
        while let Some(event) = inbox::unpark(tx, self.name, topic, aggregate, version + 1)? {
            if let Err(error) = tx.nested(|tx| self.handle(tx, topic, &event, now)) {
                // What came before it is taken all the same; only a store that needs time puts everything off.
                return if passes(&error) { Err(error) } else { self.bury(tx, topic, &event, 1, &error, now) };
            }
            version += 1;
            inbox::set_version(tx, self.name, topic, aggregate, version)?;
        }
        Ok(())
    }

    // === what cannot be taken ===

    /// Gives a delivery up and goes on behind it.
    pub(super) fn give_up(
        &self,
        tx: &mut Tx<'_>,
        delivery: &Delivery,
        attempts: u32,
        error: &Error,
        now: i64,
    ) -> Result<()> {
        match &delivery.event {
            Ok(event) => self.bury(tx, &delivery.topic, event, attempts, error, now)?,
            Err(garbage) => self.bury_unreadable(tx, delivery, garbage, now)?,
        }
        inbox::advance(tx, self.name, delivery)
    }

    fn bury(
        &self,
        tx: &mut Tx<'_>,
        topic: &str,
        event: &Envelope,
        attempts: u32,
        error: &Error,
        now: i64,
    ) -> Result<()> {
        let payload = serde_json::to_string(event).map_err(Error::internal)?;
        let (event_id, topic, error) = (event.event_id.to_string(), topic.to_owned(), error.to_string());
        self.open_letter(tx, &DeadLetter { event_id, topic, attempts, error, payload, at: now })
    }

    fn bury_unreadable(&self, tx: &mut Tx<'_>, delivery: &Delivery, garbage: &Unreadable, now: i64) -> Result<()> {
        let Delivery { stream, seq, topic, .. } = delivery;
        let (event_id, topic) = (format!("{stream}@{seq}"), topic.clone());
        let (error, payload) = (garbage.error.clone(), garbage.text.clone());
        self.open_letter(tx, &DeadLetter { event_id, topic, attempts: 1, error, payload, at: now })
    }

    fn open_letter(&self, tx: &mut Tx<'_>, letter: &DeadLetter) -> Result<()> {
        inbox::bury(tx, self.name, letter)?;
        let detail = format!("{} could not take it: {}; redrive it once that is mended", self.name, letter.error);
        incident::open(tx, &letter.event_id, DEAD_LETTER, &detail, letter.at)
    }
}
