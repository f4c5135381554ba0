//! Events on their way to endpoints: each once for an endpoint, with the bytes that it had when it happened.

use payment_clients::{
    apis::notification::{DeliveryStatus, WebhookDelivery, WebhookDeliveryFilter, WebhookDeliveryPage},
    contract::{error::Result, page::Page},
};

use super::{Scope, note_attempt};
use crate::{
    args,
    kit::{
        incident, paging,
        store::{Row, Tx, View},
    },
    notification::domain::schedule,
};

pub(super) const TABLE: &str = "
CREATE TABLE deliveries(
    id TEXT PRIMARY KEY, endpoint_id TEXT NOT NULL, merchant_id TEXT NOT NULL, event_type TEXT NOT NULL,
    event_id TEXT NOT NULL, payload TEXT NOT NULL, body TEXT NOT NULL,
    status TEXT NOT NULL CHECK(status IN('pending', 'retrying', 'delivered', 'failed')), http_status {{int}} NOT NULL,
    response_body TEXT NOT NULL, error_message TEXT NOT NULL, attempts {{int}} NOT NULL, duration {{int}} NOT NULL,
    next_at {{int}}, attempted_at {{int}}, created_at {{int}} NOT NULL, UNIQUE(endpoint_id, event_id),
    CHECK((next_at IS NOT NULL) = (status IN('pending', 'retrying')))) {{strict}};
CREATE INDEX deliveries_due ON deliveries(next_at) WHERE next_at IS NOT NULL;
CREATE INDEX deliveries_of_merchant ON deliveries(merchant_id, created_at);";

/// A delivery that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Which one.
    pub id: String,
    /// Where it goes.
    pub endpoint_id: String,
    /// The same at every attempt and every endpoint; receivers know repeats by it.
    pub event_id: String,
    /// What happened.
    pub event_type: String,
    /// The bytes.
    pub body: String,
    /// How often it was tried.
    pub attempts: i32,
}

/// What came of an attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Why it counts as failed; empty when it does not.
    pub error: String,
    /// 0 when no answer came.
    pub http_status: i32,
    /// The beginning of the answer.
    pub response_body: String,
    /// Milliseconds.
    pub duration: i32,
}

macro_rules! select {
    ($($rest:expr),*) => {
        concat!(
            "SELECT id, endpoint_id, merchant_id, event_type, event_id, payload, status, http_status, response_body, \
             error_message, attempts, duration, next_at, attempted_at, created_at FROM deliveries " $(, $rest)*
        )
    };
}

/// Puts a delivery on its way, unless the endpoint has had this event. True when it is new.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, delivery: &WebhookDelivery, body: &str) -> Result<bool> {
    const INSERT: &str = "INSERT INTO deliveries(id, endpoint_id, merchant_id, event_type, event_id, payload, body,
        status, http_status, response_body, error_message, attempts, duration, next_at, created_at)
        VALUES($1, $2, $3, $4, $5, $6, $7, 'pending', 0, '', '', 0, 0, $8, $8) ON CONFLICT DO NOTHING";
    let d = delivery;
    Ok(tx.execute(
        INSERT,
        args![
            d.id.to_string(),
            d.endpoint_id.to_string(),
            d.merchant_id.to_string(),
            d.event_type.as_str(),
            d.event_id.as_str(),
            d.payload,
            body,
            d.created_at,
        ],
    )? == 1)
}

/// Deliveries that are due, the longest due first.
///
/// # Errors
/// When the statement fails.
pub fn due(view: &View<'_>, now: i64, most: i64) -> Result<Vec<Due>> {
    const DUE: &str = "SELECT id, endpoint_id, event_id, event_type, body, attempts FROM deliveries
        WHERE next_at IS NOT NULL AND next_at <= $1 ORDER BY next_at, id LIMIT $2";
    view.all(DUE, args![now, most], |row| {
        Ok(Due {
            id: row.get("id")?,
            endpoint_id: row.get("endpoint_id")?,
            event_id: row.get("event_id")?,
            event_type: row.get("event_type")?,
            body: row.get("body")?,
            attempts: row.get("attempts")?,
        })
    })
}

/// Writes down what came of an attempt: delivered, to be tried again, or given up with an incident.
///
/// # Errors
/// When the statement fails.
pub fn attempted(tx: &mut Tx<'_>, due: &Due, outcome: &Outcome, retries: i32, now: i64) -> Result<()> {
    const UPDATE: &str = "UPDATE deliveries SET status = $3, http_status = $4, response_body = $5, error_message = $6,
        attempts = attempts + 1, duration = $7, next_at = $8, attempted_at = $9
        WHERE id = $1 AND attempts = $2 AND next_at IS NOT NULL";
    let number = due.attempts.saturating_add(1);
    let (status, next_at) = match schedule::next(number, retries, now) {
        _ if outcome.error.is_empty() => (DeliveryStatus::Delivered, None),
        None => (DeliveryStatus::Failed, None),
        next => (DeliveryStatus::Retrying, next),
    };
    let Outcome { error, http_status, response_body, duration } = outcome;
    if tx.execute(
        UPDATE,
        args![due.id, due.attempts, status.as_str(), http_status, response_body, error, duration, next_at, now],
    )? == 0
    {
        // Its endpoint was deleted meanwhile.
        return Ok(());
    }
    note_attempt(tx, &due.id, number, if error.is_empty() { "delivered" } else { error }, now)?;
    if status == DeliveryStatus::Failed {
        let detail = format!("event {} was not taken in {number} attempts; the last: {error}", due.event_id);
        incident::open(tx, &due.id, "WEBHOOK_DEAD", &detail, now)?;
    }
    Ok(())
}

/// Gives up what is on its way to an endpoint that is no more.
///
/// # Errors
/// When the statement fails.
pub fn abandon(tx: &mut Tx<'_>, endpoint: &str) -> Result<()> {
    const ABANDON: &str = "UPDATE deliveries SET status = 'failed', next_at = NULL,
        error_message = 'the endpoint was deleted' WHERE endpoint_id = $1 AND next_at IS NOT NULL";
    tx.execute(ABANDON, args![endpoint]).map(drop)
}

/// One page of the deliveries that a filter lets through, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(
    view: &View<'_>,
    scope: &Scope,
    filter: &WebhookDeliveryFilter,
    (page, page_size): (i64, i64),
) -> Result<WebhookDeliveryPage> {
    macro_rules! matching {
        () => {
            "WHERE ($1 IS NULL OR merchant_id = $1) AND ($2 IS NULL OR endpoint_id = $2) \
             AND ($3 IS NULL OR event_type = $3) AND ($4 IS NULL OR status = $4)"
        };
    }
    let endpoint = filter.endpoint_id.map(|id| id.to_string());
    let event = filter.event_type.as_ref().map(|event| event.as_str());
    let status = filter.status.as_ref().map(DeliveryStatus::as_str);
    let matching = args![scope, endpoint, event, status];
    let count = concat!("SELECT count(*) FROM deliveries ", matching!());
    let newest = select!(matching!(), " ORDER BY created_at DESC, id DESC LIMIT $5 OFFSET $6");
    let Page { list: data, total, page, page_size } =
        paging::read(view, [count, newest], matching, (page, page_size), read)?;
    Ok(WebhookDeliveryPage { data, total, page, page_size })
}

/// When the next one is due.
///
/// # Errors
/// When the statement fails.
pub fn next_due(view: &View<'_>) -> Result<Option<i64>> {
    view.one("SELECT MIN(next_at) FROM deliveries WHERE next_at IS NOT NULL", &[], |row| row.get(0))
}

fn read(row: &Row<'_>) -> Result<WebhookDelivery> {
    let status: DeliveryStatus = row.parse("status")?;
    Ok(WebhookDelivery {
        id: row.parse("id")?,
        endpoint_id: row.parse("endpoint_id")?,
        merchant_id: row.parse("merchant_id")?,
        event_type: row.parse("event_type")?,
        event_id: row.get::<String>("event_id")?.as_str().into(),
        payload: row.get("payload")?,
        http_status: row.get("http_status")?,
        response_body: row.get("response_body")?,
        error_message: row.get("error_message")?,
        retry_count: row.get::<i32>("attempts")?.saturating_sub(1).max(0),
        duration: row.get("duration")?,
        next_retry_at: if status == DeliveryStatus::Retrying { row.get("next_at")? } else { None },
        delivered_at: row.get("attempted_at")?,
        created_at: row.get("created_at")?,
        status,
    })
}
