//! What the gateway has: the payment and how it came along, its sagas with their steps, its refunds, and money that came too
//! late.

use payment_clients::contract::{
    error::Result,
    money::{Currency, Money},
    timestamp::Timestamp,
    trace::TraceContext,
};
use serde::Deserialize;

use super::{
    shown::Shown,
    tale::{Payment, Reader, Subjects},
};
use crate::{
    args,
    check::books::Books,
    kit::store::{Row, Stores},
    registry::Name,
};

const STORE: &str = "gateway";
const SERVICE: &str = Name::PaymentGateway.service().name;

/// A payment as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its number.
    pub payment_no: Shown,
    /// Whose it is.
    pub merchant_id: Shown,
    /// The merchant's number of it.
    pub order_no: Shown,
    /// How much.
    pub money: Money,
    /// Its status.
    pub status: Shown,
    /// When it was created.
    pub created_at: Timestamp,
}

/// What is kept of the request, and where its sagas stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) trace_id: Option<Shown>,
    pub(super) request_id: Option<Shown>,
    pub(super) key: Option<Shown>,
    /// The saga that has not ended, if there is one: kind, step, state of the step, attempts.
    pub(super) under_way: Option<[Shown; 4]>,
    /// Minor units that were paid back, and that are on their way back.
    pub(super) back: i64,
    pub(super) on_the_way_back: i64,
    /// Money that came too late: `owed`, `refunded` or `refused`.
    pub(super) late: Option<String>,
}

/// A saga's input, as far as it may be read.
#[derive(Deserialize)]
struct Input {
    slot: Slot,
}

#[derive(Deserialize)]
struct Slot {
    key: String,
    request_id: Option<String>,
}

struct Saga {
    id: String,
    kind: String,
    business_key: String,
    state: String,
    input: String,
    trace: String,
    request_id: String,
    created_at: i64,
    ended_at: Option<i64>,
}

// === finding ===

/// The payments of this number, or of this number of a merchant's; several merchants may have given the same one.
///
/// # Errors
/// When there are no stores, or they cannot be read.
pub fn find(stores: &Stores, number: &str) -> Result<Vec<Found>> {
    const FIND: &str = "SELECT payment_no, merchant_id, order_no, amount, currency, status, created_at FROM payments
        WHERE payment_no = $1 OR order_no = $1 ORDER BY created_at, payment_no";
    let books = Books::open(stores)?;
    books.book(STORE)?.read(|view| view.all(FIND, args![number], found))
}

/// The newest payments, the newest first.
///
/// # Errors
/// As [`find`].
pub fn newest(stores: &Stores, most: u32) -> Result<Vec<Found>> {
    const FIND: &str = "SELECT payment_no, merchant_id, order_no, amount, currency, status, created_at FROM payments
        ORDER BY created_at DESC, payment_no DESC LIMIT $1";
    let books = Books::open(stores)?;
    books.book(STORE)?.read(|view| view.all(FIND, args![most], found))
}

fn found(row: &Row<'_>) -> Result<Found> {
    Ok(Found {
        payment_no: id(row, 0)?,
        merchant_id: id(row, 1)?,
        order_no: id(row, 2)?,
        money: Money::new(row.get(3)?, row.get::<Currency>(4)?),
        status: id(row, 5)?,
        created_at: row.get(6)?,
    })
}

fn id(row: &Row<'_>, column: usize) -> Result<Shown> {
    row.get::<String>(column).map(|text| Shown::id(&text))
}

// === telling ===

/// The payment of this number.
pub(super) fn payment(reader: &mut Reader<'_>, number: &str) -> Result<Option<Payment>> {
    const FIND: &str =
        "SELECT payment_no, id, merchant_id, order_no, channel, amount, currency, status, platform_order_no,
        channel_order_no, error_code, error_msg, expired_at, created_at FROM payments WHERE payment_no = $1";
    // Without this store there is no story at all.
    reader.books.book(STORE)?;
    let found = reader.rows(STORE, FIND, args![number], |row| {
        Ok(Payment {
            number: row.get(0)?,
            id: row.get(1)?,
            merchant: row.get(2)?,
            order_no: row.get(3)?,
            channel: row.get(4)?,
            money: Money::new(row.get(5)?, row.get(6)?),
            status: row.get(7)?,
            platform_order: row.get(8)?,
            channel_order: row.get(9)?,
            error_code: row.get(10)?,
            error_msg: row.get(11)?,
            expired_at: row.get(12)?,
            created_at: row.get(13)?,
        })
    })?;
    Ok(found.into_iter().next())
}

pub(super) fn tell(reader: &mut Reader<'_>, payment: &Payment, subjects: &mut Subjects) -> Result<Asked> {
    let mut asked = Asked::default();
    refunds(reader, payment, subjects, &mut asked)?;
    sagas(reader, payment, subjects, &mut asked)?;
    let facts = [
        ("merchant", Shown::id(&payment.merchant)),
        ("order_no", Shown::id(&payment.order_no)),
        ("amount", payment.money.into()),
        ("channel", Shown::id(&payment.channel)),
        ("key", asked.key.clone().unwrap_or("".into())),
        ("request_id", asked.request_id.clone().unwrap_or("".into())),
        ("trace_id", asked.trace_id.clone().unwrap_or("".into())),
        ("expires", Timestamp::from_unix_ms(payment.expired_at).into()),
    ];
    reader.first(payment.created_at, SERVICE, "the merchant asks for the payment", facts);
    transitions(reader, payment)?;
    late(reader, payment, &mut asked)?;
    Ok(asked)
}

fn transitions(reader: &mut Reader<'_>, payment: &Payment) -> Result<()> {
    const STEPS: &str = "SELECT at, came_from, went_to, cause FROM transitions WHERE payment_no = $1 ORDER BY version";
    let steps = reader.rows(STORE, STEPS, args![payment.number], |row| {
        Ok((row.get(0)?, [("from", id(row, 1)?), ("to", id(row, 2)?), ("cause", id(row, 3)?)]))
    })?;
    for (at, facts) in steps {
        reader.step(at, SERVICE, "the payment goes on", facts);
    }
    Ok(())
}

fn refunds(reader: &mut Reader<'_>, payment: &Payment, subjects: &mut Subjects, asked: &mut Asked) -> Result<()> {
    // Why it was asked for is the merchant's own text, which may name a person.
    const REFUNDS: &str = "SELECT refund_no, amount, status, operator_type, channel_refund_no, error_code, created_at,
        updated_at FROM refunds WHERE payment_no = $1 ORDER BY created_at, refund_no";
    let refunds = reader.rows(STORE, REFUNDS, args![payment.number], |row| {
        let (number, amount): (String, i64) = (row.get(0)?, row.get(1)?);
        let (status, created, updated): (String, i64, i64) = (row.get(2)?, row.get(6)?, row.get(7)?);
        Ok((number, amount, status, id(row, 3)?, [id(row, 4)?, id(row, 5)?], [created, updated]))
    })?;
    for (number, amount, status, operator, [channel_no, code], [created, updated]) in refunds {
        let money = Money::new(amount, payment.money.currency);
        let facts = [("refund", Shown::id(&number)), ("amount", money.into()), ("by", operator)];
        reader.step(created, SERVICE, "a refund is asked for", facts);
        match status.as_str() {
            "success" => asked.back += amount,
            "pending" => asked.on_the_way_back += amount,
            _ => {}
        }
        if status != "pending" {
            let facts = [
                ("refund", Shown::id(&number)),
                ("status", Shown::id(&status)),
                ("channel's number", channel_no),
                ("code", code),
            ];
            reader.step(updated, SERVICE, "the refund ends", facts);
        }
        subjects.names.insert(number);
    }
    Ok(())
}

fn late(reader: &mut Reader<'_>, payment: &Payment, asked: &mut Asked) -> Result<()> {
    const LATE: &str = "SELECT status, channel_refund_no, found_at, ended_at FROM late_successes WHERE payment_no = $1";
    let late = reader.rows(STORE, LATE, args![payment.number], |row| {
        let refund = row.get::<Option<String>>(1)?.map(|number| Shown::id(&number));
        Ok((row.get::<String>(0)?, refund, row.get::<i64>(2)?, row.get::<Option<i64>>(3)?))
    })?;
    for (status, refund, found, ended) in late {
        reader.step(found, SERVICE, "money comes after the payment has ended; it is owed back", []);
        if let Some(ended) = ended {
            let facts = [("status", Shown::id(&status)), ("channel's number", refund.unwrap_or("".into()))];
            reader.step(ended, SERVICE, "what came too late is settled", facts);
        }
        asked.late = Some(status);
    }
    Ok(())
}

fn sagas(reader: &mut Reader<'_>, payment: &Payment, subjects: &mut Subjects, asked: &mut Asked) -> Result<()> {
    // Those of the payment are named after it, that of a cancellation after its key too, those of a refund after that.
    const SAGAS: &str = "SELECT id, kind, business_key, state, input, trace, request_id, created_at, ended_at FROM saga
        WHERE kind IN('create', 'complete', 'close', 'late_success', 'refund') AND business_key = $1
        OR kind = 'cancel' AND substr(business_key, 1, length($1) + 1) = $1 || ':' ORDER BY created_at, id";
    let names: Vec<_> = subjects.names.iter().cloned().collect();
    let mut sagas = Vec::new();
    for name in names {
        sagas.extend(reader.rows(STORE, SAGAS, args![name], |row| {
            Ok(Saga {
                id: row.get(0)?,
                kind: row.get(1)?,
                business_key: row.get(2)?,
                state: row.get(3)?,
                input: row.get(4)?,
                trace: row.get(5)?,
                request_id: row.get(6)?,
                created_at: row.get(7)?,
                ended_at: row.get(8)?,
            })
        })?);
    }
    for saga in sagas {
        saga.tell(reader, payment, asked)?;
        subjects.names.insert(saga.id);
    }
    Ok(())
}

// === impl Saga ===

impl Saga {
    fn tell(&self, reader: &mut Reader<'_>, payment: &Payment, asked: &mut Asked) -> Result<()> {
        let trace_id = TraceContext::parse(&self.trace).map(|trace| Shown::id(&format!("{:032x}", trace.trace_id)));
        let slot = serde_json::from_str::<Input>(&self.input).ok().map(|input| input.slot);
        let request_id = Some(self.request_id.clone()).filter(|id| !id.is_empty());
        let request_id = request_id.or_else(|| slot.as_ref().and_then(|slot| slot.request_id.clone()));
        let request_id = request_id.map(|id| Shown::id(&id));
        let key = slot.map(|slot| Shown::id(&slot.key));
        let is_first = self.kind == "create" && self.business_key == payment.number;
        let name = ("saga", Shown::id(&format!("{}/{}", self.kind, self.id)));
        let facts = [
            name.clone(),
            ("key", key.clone().filter(|_| !is_first).unwrap_or("".into())),
            ("request_id", request_id.clone().filter(|_| !is_first).unwrap_or("".into())),
            ("trace_id", trace_id.clone().filter(|_| !is_first).unwrap_or("".into())),
        ];
        reader.step(self.created_at, SERVICE, "a saga begins", facts);
        if is_first {
            (asked.trace_id, asked.request_id, asked.key) = (trace_id, request_id, key);
        }
        let last = self.steps(reader)?;
        if let Some(at) = self.ended_at {
            reader.step(at, SERVICE, "the saga ends", [name, ("state", Shown::id(&self.state))]);
        } else {
            asked.under_way = last.map(|[step, state, attempts]| [Shown::id(&self.kind), step, state, attempts]);
        }
        Ok(())
    }

    /// Tells of its calls. Their answers are not read, since they hold what only the merchant may know.
    fn steps(&self, reader: &mut Reader<'_>) -> Result<Option<[Shown; 3]>> {
        const STEPS: &str = "SELECT step, direction, state, doubt, attempts, error, started_at, ended_at FROM saga_step
            WHERE saga_id = $1 ORDER BY seq";
        let steps = reader.rows(STORE, STEPS, args![self.id], |row| {
            let error = row.get::<Option<String>>(5)?.map(|error| Shown::said(&error));
            let (doubt, attempts): (i64, i64) = (row.get(3)?, row.get(4)?);
            let times: (i64, Option<i64>) = (row.get(6)?, row.get(7)?);
            Ok(([id(row, 0)?, id(row, 1)?, id(row, 2)?], doubt > 0, attempts, error, times))
        })?;
        let mut last = None;
        for ([step, way, state], doubt, attempts, error, (started, ended)) in steps {
            let what = if way.as_str() == "fwd" { "a step of the saga" } else { "a step of the saga is undone" };
            let took = ended.map_or("".into(), |ended| Shown::from(ended.saturating_sub(started)));
            let facts = [
                ("step", Shown::id(&format!("{}/{step}", self.kind))),
                ("state", state.clone()),
                ("attempts", attempts.into()),
                ("in doubt", if doubt { "yes, so it was asked before it was repeated" } else { "" }.into()),
                ("took_ms", took),
                ("error", error.unwrap_or("".into())),
            ];
            reader.step(started, SERVICE, what, facts);
            last = Some([step, state, attempts.into()]);
        }
        Ok(last)
    }
}
