//! Conversions. Amount and fee are held on the source account when the rate is fixed, in the journal `conversion-hold:`;
//! then one journal books both currencies, or another frees what was held.

use payment_clients::{
    apis::{
        accounting::{
            ConversionId, ConversionNo, ConversionStatus, CreateCurrencyConversion, CurrencyConversion,
            CurrencyConversionFilter, TransactionType,
        },
        ids::MerchantId,
    },
    contract::{
        decimal::Decimal,
        error::{Error, Result},
        money::Money,
        page::Page,
        rate::Rate,
    },
};

use super::transactions::{self, Movement, Note};
use crate::{
    accounting::{
        domain::{
            self,
            conversions::{FEE_PPM, Quote, Terms, liquidity},
        },
        ledger::{self, Account, Booked, Class, Entry, Held, Journal, Kind, Leg, Outcome},
    },
    args,
    kit::{
        ids::Ids,
        paging,
        store::{Row, Tx, View},
    },
};

pub(super) const TABLES: &str = "
CREATE TABLE conversions(
  conversion_no TEXT NOT NULL PRIMARY KEY, id TEXT NOT NULL, merchant_id TEXT NOT NULL,
  source TEXT NOT NULL REFERENCES ledger_accounts(id), target TEXT NOT NULL REFERENCES ledger_accounts(id),
  source_currency TEXT NOT NULL, target_currency TEXT NOT NULL,
  source_amount {{int}} NOT NULL CHECK(source_amount > 0), target_amount {{int}} NOT NULL CHECK(target_amount > 0),
  fee_amount {{int}} NOT NULL CHECK(fee_amount >= 0), fee_ppm {{int}} NOT NULL CHECK(fee_ppm BETWEEN 0 AND 1000000),
  rate {{int}} NOT NULL CHECK(rate > 0), rate_scale {{int}} NOT NULL CHECK(rate_scale BETWEEN 0 AND 8),
  quote_id TEXT NOT NULL, expires_at {{int}} NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending' CHECK(status IN ('pending', 'completed', 'cancelled')),
  source_transaction_no TEXT NOT NULL DEFAULT '', target_transaction_no TEXT NOT NULL DEFAULT '',
  requested_by TEXT NOT NULL, reason TEXT NOT NULL, notes TEXT NOT NULL, version {{int}} NOT NULL DEFAULT 0,
  processed_at {{int}}, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
  CHECK(source_currency <> target_currency), CHECK((status = 'completed') = (processed_at IS NOT NULL)),
  CHECK((status = 'completed') = (source_transaction_no <> '')),
  CHECK((status = 'completed') = (target_transaction_no <> ''))
) {{strict}};
CREATE INDEX conversions_by_merchant ON conversions(merchant_id, created_at);
CREATE TABLE conversion_transitions(
  conversion_no TEXT NOT NULL REFERENCES conversions(conversion_no), version {{int}} NOT NULL,
  came_from TEXT NOT NULL, went_to TEXT NOT NULL, actor TEXT NOT NULL, at {{int}} NOT NULL,
  PRIMARY KEY(conversion_no, version)
) {{clustered}};
{{immutable:conversion_transitions}}";

macro_rules! select {
    ($($rest:expr),*) => {
        concat!(
            "SELECT id, conversion_no, merchant_id, source, target, source_currency, target_currency, source_amount, \
             target_amount, fee_amount, fee_ppm, rate, rate_scale, status, source_transaction_no, \
             target_transaction_no, requested_by, reason, notes, processed_at, created_at, updated_at FROM conversions "
            $(, $rest)*
        )
    };
}

// === steps ===

/// Fixes what a conversion comes to, and holds amount and fee.
///
/// # Errors
/// 409 when an account takes nothing, 422 when more than is free is wanted, or nothing would be left of the amount.
pub fn create(
    tx: &mut Tx<'_>,
    (number, id): (&ConversionNo, ConversionId),
    request: &CreateCurrencyConversion,
    quote: &Quote,
    now: i64,
) -> Result<CurrencyConversion> {
    const INSERT: &str = "INSERT INTO conversions(conversion_no, id, merchant_id, source, target, source_currency,
        target_currency, source_amount, target_amount, fee_amount, fee_ppm, rate, rate_scale, quote_id, expires_at,
        requested_by, reason, notes, created_at, updated_at)
        VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19)";
    let own = |currency| domain::merchants(Class::MerchantAvailable, request.merchant_id, currency);
    let (source, target) = (own(request.source_currency), own(request.target_currency));
    let money = Money::new(request.source_amount, request.source_currency);
    let Terms { target_amount, fee_amount, held } = quote.terms(money, request.target_currency)?;
    let leg = Leg::hold(source.clone(), liquidity(money.currency), held);
    ledger::book(tx, &Journal::new(hold_of(number), Kind::Hold, number.as_str(), vec![leg])?, now)?;
    ledger::open(tx, &target, now)?;
    tx.execute(
        INSERT,
        args![
            number.as_str(),
            id.to_string(),
            request.merchant_id.to_string(),
            source.id(),
            target.id(),
            request.source_currency,
            request.target_currency,
            request.source_amount,
            target_amount,
            fee_amount,
            FEE_PPM,
            quote.rate.number().significand(),
            quote.rate.number().scale(),
            quote.id,
            quote.expires_at,
            request.requested_by.unwrap_or_default().to_string(),
            request.reason.as_deref().unwrap_or_default(),
            request.notes.as_deref().unwrap_or_default(),
            now,
        ],
    )?;
    require(tx, number, None)
}

/// Books a pending conversion, in one journal: what was held of the amount goes to the liquidity of its currency, the
/// liquidity of the other currency gives what it buys, and the fee goes to the platform.
///
/// # Errors
/// 404 when there is none, 409 when it is not pending, its rate has expired, or the target takes nothing.
pub fn process(tx: &mut Tx<'_>, ids: &Ids, number: &ConversionNo, actor: &str, now: i64) -> Result<()> {
    let conversion = require(tx, number, None)?;
    let [out, into] = [TransactionType::CurrencyConversionOut, TransactionType::CurrencyConversionIn]
        .map(|kind| Note::new(ids, kind, number.as_str()));
    let booked = (out.number.as_str(), into.number.as_str());
    step(tx, &conversion, &ConversionStatus::Completed, booked, actor, now)?;
    still_good(tx, number, now)?;
    let held = held(tx, number)?;
    let (source, amount, fee) = (held.debit.clone(), conversion.source_amount, conversion.fee_amount);
    let target = domain::merchants(Class::MerchantAvailable, conversion.merchant_id, conversion.target_currency);
    let mut legs = vec![
        Leg::post(held, amount),
        Leg::single(liquidity(conversion.target_currency), target.clone(), conversion.target_amount),
    ];
    if fee > 0 {
        let fees = Account::new(Class::Fees, "conversion", conversion.source_currency);
        legs.push(Leg::single(source.clone(), fees, fee));
    }
    let journal = Journal::new(format!("conversion:{number}"), Kind::Conversion, number.as_str(), legs)?;
    let Outcome::Booked(Booked { entries }) = ledger::book(tx, &journal, now)? else {
        return Err(Error::internal(format!("conversion {number} is booked and does not say so")));
    };
    let free = |entry: Option<&Entry>, side: fn(&Entry) -> i64| entry.map_or(0, side);
    // The fee is last, and from the source as the amount is.
    let last = if fee > 0 { entries.last() } else { entries.first() };
    for (note, account, amount, free) in [
        (&out, &source, -(amount + fee), free(last, |entry| entry.debit_free)),
        (&into, &target, conversion.target_amount, free(entries.get(1), |entry| entry.credit_free)),
    ] {
        transactions::insert(tx, note, &Movement { journal: journal.id(), account, amount, free }, now)?;
    }
    Ok(())
}

/// Gives up a pending conversion and frees what it holds.
///
/// # Errors
/// 404 when there is none, 409 when it is not pending.
pub fn cancel(tx: &mut Tx<'_>, number: &ConversionNo, reason: &str, actor: &str, now: i64) -> Result<()> {
    const NOTE: &str = "UPDATE conversions SET notes = notes || CASE WHEN notes = '' THEN '' ELSE '; ' END || $2
        WHERE conversion_no = $1";
    let conversion = require(tx, number, None)?;
    step(tx, &conversion, &ConversionStatus::Cancelled, ("", ""), actor, now)?;
    tx.execute(NOTE, args![number.as_str(), reason])?;
    let leg = Leg::void(held(tx, number)?);
    let journal = Journal::new(format!("conversion-void:{number}"), Kind::Release, number.as_str(), vec![leg])?;
    ledger::book(tx, &journal, now).map(drop)
}

/// The one place where a conversion changes its status; `booked` are the numbers of its transactions.
fn step(
    tx: &mut Tx<'_>,
    conversion: &CurrencyConversion,
    to: &ConversionStatus,
    (out, into): (&str, &str),
    actor: &str,
    now: i64,
) -> Result<()> {
    const STEP: &str = "UPDATE conversions SET status = $2, source_transaction_no = $3, target_transaction_no = $4,
        processed_at = $5, version = version + 1, updated_at = $6
        WHERE conversion_no = $1 AND status = 'pending' RETURNING version";
    const WRITE: &str = "INSERT INTO conversion_transitions(conversion_no, version, came_from, went_to, actor, at)
        VALUES($1, $2, 'pending', $3, $4, $5)";
    let number = conversion.conversion_no.as_str();
    let (state, processed_at) = (to.as_str(), (*to == ConversionStatus::Completed).then_some(now));
    let stepped = tx.optional(STEP, args![number, state, out, into, processed_at, now], |row| row.get::<i64>(0))?;
    let Some(version) = stepped else {
        let text = format!("conversion {number} is {}; only a pending one can be {to}", conversion.status);
        return Err(Error::conflict("CONVERSION_NOT_PENDING", text));
    };
    tx.execute(WRITE, args![number, version, state, actor, now]).map(drop)
}

fn still_good(view: &View<'_>, number: &ConversionNo, now: i64) -> Result<()> {
    const QUOTE: &str = "SELECT quote_id, expires_at FROM conversions WHERE conversion_no = $1";
    let read = |row: &Row<'_>| Ok((row.get::<String>(0)?, row.get::<i64>(1)?));
    let (quote, expires_at) = view.one(QUOTE, args![number.as_str()], read)?;
    if now < expires_at {
        return Ok(());
    }
    let text = format!("quote {quote} of conversion {number} has expired; cancel it and create another");
    Err(Error::conflict("QUOTE_EXPIRED", text))
}

fn held(view: &View<'_>, number: &ConversionNo) -> Result<Held> {
    let held = ledger::held(view, &hold_of(number))?;
    held.ok_or_else(|| Error::internal(format!("the hold of conversion {number} is not in the books")))
}

fn hold_of(number: &ConversionNo) -> String {
    format!("conversion-hold:{number}")
}

// === reading ===

/// One conversion; of this merchant, if one is named.
///
/// # Errors
/// 404 when there is none.
pub fn require(view: &View<'_>, number: &ConversionNo, merchant: Option<MerchantId>) -> Result<CurrencyConversion> {
    let sql = select!("WHERE conversion_no = $1 AND ($2 IS NULL OR merchant_id = $2)");
    let merchant = merchant.map(|merchant| merchant.to_string());
    let found = view.optional(sql, args![number.as_str(), merchant], read)?;
    found.ok_or_else(|| Error::not_found(format_args!("conversion {number}")))
}

/// One page of the conversions that a filter lets through, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(
    view: &View<'_>,
    filter: &CurrencyConversionFilter,
    page: i64,
    page_size: i64,
) -> Result<Page<CurrencyConversion>> {
    macro_rules! matching {
        () => {
            "WHERE ($1 IS NULL OR merchant_id = $1) AND ($2 IS NULL OR status = $2) \
             AND ($3 IS NULL OR source_currency = $3) AND ($4 IS NULL OR target_currency = $4) \
             AND ($5 IS NULL OR created_at >= $5) AND ($6 IS NULL OR created_at <= $6) \
             AND ($7 IS NULL OR source = (SELECT a.id FROM ledger_accounts a WHERE a.number = $7)) \
             AND ($8 IS NULL OR target = (SELECT a.id FROM ledger_accounts a WHERE a.number = $8)) "
        };
    }
    let merchant = filter.merchant_id.map(|id| id.to_string());
    let status = filter.status.as_ref().map(ConversionStatus::as_str);
    let [from, to] = [filter.source_account_id, filter.target_account_id].map(|id| id.map(|id| id.to_string()));
    let CurrencyConversionFilter { source_currency, target_currency, start_time, end_time, .. } = *filter;
    let matching = args![merchant, status, source_currency, target_currency, start_time, end_time, from, to];
    let count = concat!("SELECT COUNT(*) FROM conversions ", matching!());
    let newest = select!(matching!(), "ORDER BY created_at DESC, conversion_no DESC LIMIT $9 OFFSET $10");
    paging::read(view, [count, newest], matching, (page, page_size), read)
}

fn read(row: &Row<'_>) -> Result<CurrencyConversion> {
    let [source, target] = ["source", "target"].map(|column| row.parse::<Account>(column));
    let decimal = |number, scale| Decimal::new(number, scale).ok_or_else(|| Error::internal("a number is too long"));
    let rate = decimal(row.get("rate")?, row.get("rate_scale")?)?;
    Ok(CurrencyConversion {
        id: row.parse("id")?,
        conversion_no: row.parse("conversion_no")?,
        merchant_id: row.parse("merchant_id")?,
        source_account_id: source?.number().into(),
        target_account_id: target?.number().into(),
        source_currency: row.get("source_currency")?,
        target_currency: row.get("target_currency")?,
        source_amount: row.get("source_amount")?,
        target_amount: row.get("target_amount")?,
        exchange_rate: Rate::new(rate).map_err(Error::internal)?,
        fee_amount: row.get("fee_amount")?,
        fee_percentage: decimal(row.get("fee_ppm")?, 6)?,
        status: row.parse("status")?,
        source_transaction_no: row.parse("source_transaction_no")?,
        target_transaction_no: row.parse("target_transaction_no")?,
        requested_by: row.parse("requested_by")?,
        processed_at: row.get("processed_at")?,
        reason: row.get("reason")?,
        notes: row.get("notes")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
