//! The way to the channel: what the adapter asked for and heard, and, where the channel is the simulator of this platform,
//! what that has in its own book.

use payment_clients::contract::{error::Result, money::Money};

use super::{
    shown::Shown,
    tale::{Payment, Reader, Subjects},
};
use crate::{args, registry::Name};

const STORE: &str = "channel-adapter";
const SERVICE: &str = Name::ChannelAdapter.service().name;
const SIMULATOR: &str = Name::ChannelSim.service().name;

pub(super) fn tell(reader: &mut Reader<'_>, payment: &Payment, subjects: &mut Subjects) -> Result<()> {
    if !payment.channel_order.is_empty() {
        subjects.names.insert(payment.channel_order.clone());
    }
    charge(reader, payment)?;
    refunds(reader, payment, subjects)?;
    let events = webhooks(reader, payment)?;
    at_the_channel(reader, payment, &events)?;
    subjects.names.extend(events);
    Ok(())
}

fn charge(reader: &mut Reader<'_>, payment: &Payment) -> Result<()> {
    // Neither its request, nor what only the payer may have: the secret and the place to pay at.
    const PAYMENT: &str = "SELECT channel, moved_from, channel_trade_no, status, refusal, asked, ask_at, created_at,
        updated_at, paid_at, taken_late FROM payments WHERE payment_no = $1";
    let found = reader.rows(STORE, PAYMENT, args![payment.number], |row| {
        let [channel, status] = [row.get::<String>(0)?, row.get(3)?];
        let [moved, number, refusal] = [row.get::<Option<String>>(1)?, row.get(2)?, row.get(4)?];
        let (asked, waits): (i64, bool) = (row.get(5)?, row.get::<Option<i64>>(6)?.is_some());
        let times = [row.get::<Option<i64>>(7)?, row.get(8)?, row.get(9)?, row.get(10)?];
        Ok(([channel, status], [moved, number, refusal], asked, waits, times))
    })?;
    for ([channel, status], [moved, number, refusal], asked, waits, [created, updated, paid, late]) in found {
        let first = moved.as_deref().unwrap_or(&channel);
        reader.step(created.unwrap_or_default(), SERVICE, "the channel is asked", [("channel", Shown::id(first))]);
        let channel = ("channel", Shown::id(&channel));
        let number = ("channel's number", number.map_or("".into(), |number| Shown::id(&number)));
        if let Some(at) = updated {
            let facts = [
                channel.clone(),
                number.clone(),
                ("status", Shown::id(&status)),
                ("moved from", moved.map_or("".into(), |moved| Shown::id(&moved))),
                ("refusal", refusal.map_or("".into(), |refusal| Shown::said(&refusal))),
                ("asked again", if asked > 0 { asked.into() } else { "".into() }),
                ("waits", if waits { "for the channel's answer" } else { "" }.into()),
            ];
            reader.step(at, SERVICE, "what the adapter knows of it", facts);
        }
        if let Some(at) = paid {
            reader.step(at, SERVICE, "the channel has the money", [channel.clone(), number.clone()]);
        }
        if let Some(at) = late {
            reader.step(at, SERVICE, "the channel has the money of a payment that had ended", [channel, number]);
        }
    }
    Ok(())
}

fn refunds(reader: &mut Reader<'_>, payment: &Payment, subjects: &mut Subjects) -> Result<()> {
    const REFUNDS: &str = "SELECT refund_no, channel_refund_no, status, refusal, amount, currency, asked, created_at,
        updated_at FROM refunds WHERE payment_no = $1 ORDER BY created_at, refund_no";
    let refunds = reader.rows(STORE, REFUNDS, args![payment.number], |row| {
        let [number, status] = [row.get::<String>(0)?, row.get(2)?];
        let [channels, refusal] = [row.get::<Option<String>>(1)?, row.get(3)?];
        let money = Money::new(row.get(4)?, row.get(5)?);
        let (asked, times): (i64, [i64; 2]) = (row.get(6)?, [row.get(7)?, row.get(8)?]);
        Ok(([number, status], [channels, refusal], money, asked, times))
    })?;
    for ([number, status], [channels, refusal], money, asked, [created, updated]) in refunds {
        let refund = ("refund", Shown::id(&number));
        reader.step(created, SERVICE, "the channel is asked to pay back", [refund.clone(), ("amount", money.into())]);
        let facts = [
            refund,
            ("status", Shown::id(&status)),
            ("channel's number", channels.map_or("".into(), |number| Shown::id(&number))),
            ("refusal", refusal.map_or("".into(), |refusal| Shown::said(&refusal))),
            ("asked again", if asked > 0 { asked.into() } else { "".into() }),
        ];
        reader.step(updated, SERVICE, "what the adapter knows of the refund", facts);
        subjects.names.insert(number);
    }
    Ok(())
}

/// Tells of the webhooks about the payment, and returns their ids.
fn webhooks(reader: &mut Reader<'_>, payment: &Payment) -> Result<Vec<String>> {
    const INBOX: &str = "SELECT event_id, channel, state, asked, received_at, ended_at FROM webhook_inbox
        WHERE payment_no = $1 ORDER BY received_at, event_id";
    let webhooks = reader.rows(STORE, INBOX, args![payment.number], |row| {
        let (id, channel): (String, String) = (row.get(0)?, row.get(1)?);
        let (state, asked): (String, i64) = (row.get(2)?, row.get(3)?);
        Ok(([id, channel], state, asked, row.get::<i64>(4)?, row.get::<Option<i64>>(5)?))
    })?;
    let mut ids = Vec::new();
    for ([id, channel], state, asked, received, ended) in webhooks {
        let event = ("event", Shown::id(&id));
        reader.step(received, SERVICE, "a webhook comes in", [event.clone(), ("from", Shown::id(&channel))]);
        let what = match state.as_str() {
            "delivered" => "the gateway is told what the webhook says",
            "ignored" => "the webhook says nothing new",
            "parked" => "the webhook does not fit the payment; an incident is open",
            _ => "the gateway is still to be told what the webhook says",
        };
        let facts = [event, ("tried before", if asked > 0 { asked.into() } else { "".into() })];
        reader.step(ended.unwrap_or(received), SERVICE, what, facts);
        ids.push(id);
    }
    Ok(ids)
}

fn at_the_channel(reader: &mut Reader<'_>, payment: &Payment, events: &[String]) -> Result<()> {
    const INTENTS: &str = "SELECT id, status, amount, currency, refunded, too_late, created_at FROM intents
        WHERE payment_no = $1 ORDER BY created_at, id";
    const SENT: &str = "SELECT attempts, copies, delivered_at FROM events WHERE id = $1 AND delivered_at IS NOT NULL";
    let intents = reader.rows("channel-sim", INTENTS, args![payment.number], |row| {
        let [id, status] = [row.get::<String>(0)?, row.get(1)?];
        let money = Money::new(row.get(2)?, row.get(3)?);
        let (refunded, too_late): (i64, i64) = (row.get(4)?, row.get(5)?);
        Ok(([id, status], money, refunded, too_late > 0, row.get::<i64>(6)?))
    })?;
    for ([id, status], money, refunded, too_late, at) in intents {
        let back = Money::new(refunded, money.currency);
        let facts = [
            ("channel's number", Shown::id(&id)),
            ("status by now", Shown::id(&status)),
            ("amount", money.into()),
            ("paid back by now", if refunded > 0 { back.into() } else { "".into() }),
            ("taken", if too_late { "after it was given up" } else { "" }.into()),
        ];
        reader.step(at, SIMULATOR, "the simulated channel takes it on", facts);
    }
    for event in events {
        let sent = reader.rows("channel-sim", SENT, args![event], |row| {
            Ok((row.get::<i64>(0)?, row.get::<i64>(1)?, row.get::<i64>(2)?))
        })?;
        for (attempts, copies, at) in sent.into_iter().filter(|(attempts, copies, _)| *attempts > 1 || *copies > 1) {
            let facts = [("event", Shown::id(event)), ("times tried", attempts.into()), ("copies", copies.into())];
            reader.step(at, SIMULATOR, "the simulated channel has sent the webhook more than once", facts);
        }
    }
    Ok(())
}
