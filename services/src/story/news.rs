//! Who was told: events and the services that took them, messages and webhooks to the merchant, and incidents.

use payment_clients::contract::error::Result;

use super::{
    shown::Shown,
    tale::{Incident, Payment, Reader, Subjects},
};
use crate::{
    accounting, analytics, args,
    kit::{incident, store::holds},
    merchant_config, notification,
    registry::Name,
    settlement,
};

/// Services that take events about payments: the store, under which name it remembers them, how it is called.
const LISTENERS: [(&str, &str, &str); 5] = [
    ("accounting", accounting::events::CONSUMER, Name::Accounting.service().name),
    ("analytics", analytics::events::CONSUMER, Name::Analytics.service().name),
    ("merchant-config", merchant_config::events::CONSUMER, Name::MerchantConfig.service().name),
    ("notification", notification::events::CONSUMER, Name::Notification.service().name),
    ("settlement", settlement::events::CONSUMER, Name::Settlement.service().name),
];
const NOTIFICATION: &str = Name::Notification.service().name;

pub(super) fn tell(reader: &mut Reader<'_>, payment: &Payment, subjects: &mut Subjects) -> Result<()> {
    let names: Vec<_> = subjects.names.iter().cloned().collect();
    for name in &names {
        published(reader, "gateway", Name::PaymentGateway.service().name, name, subjects)?;
    }
    published(reader, "order", Name::Order.service().name, &payment.platform_order, subjects)?;
    for (_, id, kind) in subjects.events.clone() {
        taken(reader, &id, &kind)?;
        messages(reader, payment, &id, &kind)?;
        webhooks(reader, payment, &id, &kind)?;
    }
    subjects.names.extend(subjects.events.iter().map(|(_, id, _)| id.clone()));
    if !payment.platform_order.is_empty() {
        subjects.names.insert(payment.platform_order.clone());
    }
    Ok(())
}

fn published(
    reader: &mut Reader<'_>,
    store: &'static str,
    service: &'static str,
    aggregate: &str,
    subjects: &mut Subjects,
) -> Result<()> {
    // What an event says holds the customer's name and address.
    const EVENTS: &str = "SELECT event_id, kind, version, created_at, published_at FROM outbox WHERE aggregate = $1
        ORDER BY version";
    let events = reader.rows(store, EVENTS, args![aggregate], |row| {
        let [id, kind] = [row.get::<String>(0)?, row.get(1)?];
        Ok(([id, kind], row.get::<i64>(2)?, row.get::<i64>(3)?, row.get::<Option<i64>>(4)?))
    })?;
    for ([id, kind], version, created, published) in events {
        let event = [("event", Shown::id(&kind)), ("id", Shown::id(&id)), ("version", version.into())];
        reader.step(created, service, "an event is written", event.clone());
        match published {
            Some(at) => reader.step(at, service, "the event is published", event),
            None => reader.step(created, service, "the event is not published yet", event),
        }
        subjects.events.push((store, id, kind));
    }
    Ok(())
}

fn taken(reader: &mut Reader<'_>, id: &str, kind: &str) -> Result<()> {
    const TAKEN: &str = "SELECT taken_at FROM inbox WHERE consumer = $1 AND event_id = $2";
    const BURIED: &str = "SELECT at, error, state, attempts FROM dead_letters WHERE consumer = $1 AND event_id = $2";
    for (store, consumer, service) in LISTENERS {
        let event = [("event", Shown::id(kind)), ("id", Shown::id(id))];
        for at in reader.rows(store, TAKEN, args![consumer, id], |row| row.get::<i64>(0))? {
            reader.step(at, service, "the event is taken", event.clone());
        }
        let buried = reader.rows(store, BURIED, args![consumer, id], |row| {
            let (error, state): (String, String) = (row.get(1)?, row.get(2)?);
            let facts =
                [("error", Shown::said(&error)), ("state", Shown::id(&state)), ("attempts", row.get::<i64>(3)?.into())];
            Ok((row.get::<i64>(0)?, facts))
        })?;
        for (at, facts) in buried {
            reader.step(at, service, "the event could not be taken", event.iter().cloned().chain(facts));
        }
    }
    Ok(())
}

fn messages(reader: &mut Reader<'_>, payment: &Payment, id: &str, kind: &str) -> Result<()> {
    // Neither to whom, nor what. By merchant and time, as the index has them.
    const MESSAGES: &str = "SELECT id, channel, status, attempts, provider, error_message, created_at, sent_at
        FROM notifications WHERE merchant_id = $1 AND created_at >= $2 AND event_id = $3 ORDER BY created_at, id";
    let messages = reader.rows("notification", MESSAGES, args![payment.merchant, payment.created_at, id], |row| {
        let [id, way, status] = [row.get::<String>(0)?, row.get(1)?, row.get(2)?];
        let facts = [
            ("event", Shown::id(kind)),
            ("way", Shown::id(&way)),
            ("message", Shown::id(&id)),
            ("status by now", Shown::id(&status)),
            ("attempts", row.get::<i64>(3)?.into()),
            ("carrier", Shown::id(&row.get::<String>(4)?)),
            ("error", Shown::said(&row.get::<String>(5)?)),
        ];
        Ok((facts, row.get::<i64>(6)?, row.get::<Option<i64>>(7)?))
    })?;
    for (facts, created, sent) in messages {
        let what = if sent.is_some() { "the merchant is told" } else { "the merchant is to be told" };
        reader.step(sent.unwrap_or(created), NOTIFICATION, what, facts);
    }
    Ok(())
}

fn webhooks(reader: &mut Reader<'_>, payment: &Payment, id: &str, kind: &str) -> Result<()> {
    const DELIVERIES: &str =
        "SELECT id, endpoint_id, status, attempts, http_status, duration, error_message, created_at,
        attempted_at FROM deliveries WHERE merchant_id = $1 AND created_at >= $2 AND event_id = $3
        ORDER BY created_at, id";
    let deliveries =
        reader.rows("notification", DELIVERIES, args![payment.merchant, payment.created_at, id], |row| {
            let [id, endpoint, status] = [row.get::<String>(0)?, row.get(1)?, row.get(2)?];
            let [attempts, http_status, took] = [row.get::<i64>(3)?, row.get(4)?, row.get(5)?];
            let some = |number: i64| if number > 0 { number.into() } else { Shown::from("") };
            let facts = [
                ("event", Shown::id(kind)),
                ("endpoint", Shown::id(&endpoint)),
                ("delivery", Shown::id(&id)),
                ("status by now", Shown::id(&status)),
                ("attempts", attempts.into()),
                ("answered with", some(http_status)),
                ("took_ms", some(took)),
                ("error", Shown::said(&row.get::<String>(6)?)),
            ];
            Ok((facts, row.get::<i64>(7)?, row.get::<Option<i64>>(8)?))
        })?;
    for (facts, created, tried) in deliveries {
        reader.step(tried.unwrap_or(created), NOTIFICATION, "a webhook to the merchant", facts);
    }
    Ok(())
}

/// The open incidents about anything of the payment, in all stores that there are.
pub(super) fn incidents(reader: &mut Reader<'_>, subjects: &Subjects) -> Result<Vec<Incident>> {
    const FIND: &str =
        "SELECT reason, detail, opened_at, closed_at FROM incident WHERE subject = $1 ORDER BY opened_at";
    let stores: Vec<_> = reader.books.names().collect();
    let mut open = Vec::new();
    for store in stores {
        if !reader.books.read(store, |view| holds(view, incident::TABLES))? {
            continue;
        }
        for subject in &subjects.names {
            let found = reader.rows(store, FIND, args![subject], |row| {
                let (reason, detail): (String, String) = (row.get(0)?, row.get(1)?);
                Ok(([reason, detail], row.get::<i64>(2)?, row.get::<Option<i64>>(3)?))
            })?;
            for ([reason, detail], opened_at_ms, closed) in found {
                let remedy = incident::remedy(&reason);
                let [subject, reason, detail] = [Shown::id(subject), Shown::id(&reason), Shown::said(&detail)];
                let facts = [("reason", reason.clone()), ("about", subject.clone()), ("detail", detail.clone())];
                reader.step(opened_at_ms, store, "an incident is opened", facts.clone());
                match closed {
                    Some(at) => reader.step(at, store, "the incident is closed", facts),
                    None => open.push(Incident { store, reason, subject, detail, opened_at_ms, remedy }),
                }
            }
        }
    }
    Ok(open)
}
