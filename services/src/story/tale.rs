//! What a story is, and how it is read.

use std::collections::BTreeSet;

use payment_clients::contract::{error::Result, money::Money};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{explain::Why, gateway::Asked, shown::Shown};
use crate::{
    check::books::Books,
    kit::store::{Row, Value},
};

/// A payment, from the request to where it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Story {
    /// Its number.
    pub payment_no: Shown,
    /// Whose it is.
    pub merchant_id: Shown,
    /// The merchant's number of it.
    pub order_no: Shown,
    /// How much, such as `12.34 USD`.
    pub money: Shown,
    /// The channel that it was sent to.
    pub channel: Shown,
    /// Its status, in the gateway's word.
    pub status: Shown,
    /// The trace of the request that created it: 32 hexadecimal digits. None where it is not kept.
    pub trace_id: Option<Shown>,
    /// The id of that request.
    pub request_id: Option<Shown>,
    /// The merchant's idempotency key.
    pub key: Option<Shown>,
    /// Everything that was done, in time.
    pub steps: Vec<Told>,
    /// What waits for a person.
    pub incidents: Vec<Incident>,
    /// Why it is where it is, in plain words.
    pub why: Vec<String>,
    /// What comes next without anybody's doing; none where it has ended.
    pub next: Option<String>,
    /// What a person can do.
    pub remedies: Vec<String>,
    /// Stores that the story would have been read from, and that are not there.
    pub missing: BTreeSet<&'static str>,
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// By whom, by its name on the network.
    pub service: &'static str,
    /// What.
    pub what: &'static str,
    /// More about it.
    #[serde(serialize_with = "as_object")]
    pub facts: Vec<(&'static str, Shown)>,
}

/// An open incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// The store that it is in.
    pub store: &'static str,
    /// Its kind.
    pub reason: Shown,
    /// What it is about.
    pub subject: Shown,
    /// What was found.
    pub detail: Shown,
    /// Since when, in milliseconds since 1970.
    pub opened_at_ms: i64,
    /// What to do about it.
    pub remedy: &'static str,
}

/// As much of a payment as is looked for elsewhere. Nothing of its customer is read.
#[derive(Clone, Debug)]
pub(super) struct Payment {
    pub(super) number: String,
    pub(super) id: String,
    pub(super) merchant: String,
    pub(super) order_no: String,
    pub(super) channel: String,
    pub(super) money: Money,
    pub(super) status: String,
    pub(super) platform_order: String,
    pub(super) channel_order: String,
    pub(super) error_code: String,
    pub(super) error_msg: String,
    pub(super) expired_at: i64,
    pub(super) created_at: i64,
}

/// By which names others know what belongs to the payment.
pub(super) struct Subjects {
    /// Events about it: the store of the publisher, the id, the kind.
    pub(super) events: Vec<(&'static str, String, String)>,
    /// Whatever an incident can be about.
    pub(super) names: BTreeSet<String>,
}

/// Reads stores and gathers steps.
pub(super) struct Reader<'a> {
    pub(super) books: &'a Books,
    steps: Vec<Told>,
    missing: BTreeSet<&'static str>,
}

// === impl Reader ===

impl<'a> Reader<'a> {
    pub(super) fn new(books: &'a Books) -> Self {
        Self { books, steps: Vec::new(), missing: BTreeSet::new() }
    }

    /// All rows of a statement; none where the store is not there, which is noted.
    pub(super) fn rows<T: Send>(
        &mut self,
        store: &'static str,
        sql: &'static str,
        args: &[Value<'_>],
        read: impl FnMut(&Row<'_>) -> Result<T> + Send,
    ) -> Result<Vec<T>> {
        if !self.books.has(store) {
            self.missing.insert(store);
            return Ok(Vec::new());
        }
        self.books.book(store)?.read(|view| view.all(sql, args, read))
    }

    /// Adds a step; facts that say nothing are left out.
    pub(super) fn step(
        &mut self,
        at_ms: i64,
        service: &'static str,
        what: &'static str,
        facts: impl IntoIterator<Item = (&'static str, Shown)>,
    ) {
        let facts = facts.into_iter().filter(|(_, fact)| !fact.is_empty()).collect();
        self.steps.push(Told { at_ms, service, what, facts });
    }

    /// Adds the step before all others of its moment.
    pub(super) fn first(
        &mut self,
        at_ms: i64,
        service: &'static str,
        what: &'static str,
        facts: impl IntoIterator<Item = (&'static str, Shown)>,
    ) {
        self.step(at_ms, service, what, facts);
        self.steps.rotate_right(1);
    }

    /// The story. Steps of one moment stay in the order in which one leads to the other.
    pub(super) fn end(mut self, payment: &Payment, asked: Asked, incidents: Vec<Incident>, why: Why) -> Story {
        self.steps.sort_by_key(|step| step.at_ms);
        let Why { why, next, remedies } = why;
        Story {
            payment_no: Shown::id(&payment.number),
            merchant_id: Shown::id(&payment.merchant),
            order_no: Shown::id(&payment.order_no),
            money: payment.money.into(),
            channel: Shown::id(&payment.channel),
            status: Shown::id(&payment.status),
            trace_id: asked.trace_id,
            request_id: asked.request_id,
            key: asked.key,
            steps: self.steps,
            incidents,
            why,
            next,
            remedies,
            missing: self.missing,
        }
    }
}

fn as_object<S: Serializer>(facts: &[(&'static str, Shown)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_map(Some(facts.len()))?;
    for (name, fact) in facts {
        object.serialize_entry(name, fact)?;
    }
    object.end()
}
