//! What the channel adapter keeps: payments and refunds as it asked for them, events as they came in, configurations.
//!
//! A row that waits for its channel has a time at which somebody asks: `ask_at`, `deliver_at`. While a handler or the
//! worker is at it, that time is a lease; when nobody is, it comes, and the worker takes the row up.

pub mod inbox;
pub mod payments;
pub mod refunds;

use payment_clients::{
    apis::channel_adapter::ChannelConfig,
    contract::{
        decimal::Decimal,
        error::{Error, Result},
    },
};

use crate::kit::{
    configuration, idempotency, incident,
    store::{Row, Tx, View},
};

/// The schema, one step after another; steps are only ever added.
pub const MIGRATIONS: &[&str] =
    &[idempotency::TABLES, incident::TABLES, TABLES, CONFIGS, configuration::TABLES, SECOND_CHANNEL, COINS, LATE];

const TABLES: &str = "
CREATE TABLE payments(
  payment_no TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, channel TEXT NOT NULL, channel_trade_no TEXT UNIQUE,
  amount {{int}} NOT NULL CHECK(amount > 0), currency TEXT NOT NULL CHECK(length(currency) = 3),
  status TEXT NOT NULL CHECK(status IN ('pending', 'processing', 'success', 'failed', 'cancelled', 'refunded')),
  client_secret TEXT, refusal TEXT,
  refund_reserved {{int}} NOT NULL DEFAULT 0 CHECK(refund_reserved BETWEEN 0 AND amount),
  refunded {{int}} NOT NULL DEFAULT 0 CHECK(refunded BETWEEN 0 AND refund_reserved),
  request TEXT NOT NULL, slot TEXT, asked {{int}} NOT NULL DEFAULT 0, ask_at {{int}},
  paid_at {{int}}, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
  CHECK((status IN ('success', 'refunded')) = (paid_at IS NOT NULL)), CHECK((slot IS NULL) = (ask_at IS NULL))
) {{clustered}};
CREATE INDEX payments_due ON payments(ask_at) WHERE ask_at IS NOT NULL;
CREATE TABLE refunds(
  refund_no TEXT PRIMARY KEY, payment_no TEXT NOT NULL REFERENCES payments(payment_no), channel_refund_no TEXT UNIQUE,
  amount {{int}} NOT NULL CHECK(amount > 0), currency TEXT NOT NULL,
  status TEXT NOT NULL CHECK(status IN ('processing', 'refunded', 'failed', 'cancelled')), refusal TEXT,
  request TEXT NOT NULL, slot TEXT, asked {{int}} NOT NULL DEFAULT 0, ask_at {{int}},
  refunded_at {{int}}, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
  CHECK((status = 'refunded') = (refunded_at IS NOT NULL)), CHECK((status = 'processing') = (ask_at IS NOT NULL))
) {{clustered}};
CREATE INDEX refunds_due ON refunds(ask_at) WHERE ask_at IS NOT NULL;
CREATE TABLE webhook_inbox(
  channel TEXT NOT NULL, event_id TEXT NOT NULL, body TEXT NOT NULL, payment_no TEXT NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('waiting', 'delivered', 'ignored', 'parked')),
  asked {{int}} NOT NULL DEFAULT 0, deliver_at {{int}}, received_at {{int}} NOT NULL, ended_at {{int}},
  PRIMARY KEY(channel, event_id), CHECK((state = 'waiting') = (deliver_at IS NOT NULL))
) {{clustered}};
CREATE INDEX inbox_due ON webhook_inbox(deliver_at) WHERE deliver_at IS NOT NULL;";

/// What a channel is spoken to with. No route creates one, so the platform's own stands here: Stripe's test mode, 2.9 % and 30.
const CONFIGS: &str = r#"
CREATE TABLE configs(
  id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, channel TEXT NOT NULL, is_enabled {{int}} NOT NULL, mode TEXT NOT NULL,
  config TEXT NOT NULL, fee_rate {{int}} NOT NULL, fixed_fee {{int}} NOT NULL, min_amount {{int}} NOT NULL,
  max_amount {{int}} NOT NULL, currencies TEXT NOT NULL, countries TEXT NOT NULL, priority {{int}} NOT NULL,
  extra TEXT NOT NULL, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL, UNIQUE(merchant_id, channel)
) {{strict}};
INSERT INTO configs VALUES('7d1c5f3e-0b52-4c1e-9a55-5f0c6d3a1b01', '00000000-0000-0000-0000-000000000000', 'stripe', 1,
  'test', '{"api_version":"2023-10-16","secret_key":"sk_test_simulator"}', 29000, 30, 1, 1000000000000000, '[]', '[]',
  10, '{}', 1761307200000, 1761307200000);"#;

/// A second channel, of lower priority; from where a payment came to it that was asked for elsewhere, and where its payer
/// goes.
const SECOND_CHANNEL: &str = r#"
ALTER TABLE payments ADD COLUMN moved_from TEXT CHECK(moved_from <> channel);
ALTER TABLE payments ADD COLUMN payment_url TEXT;
INSERT INTO configs VALUES('7d1c5f3e-0b52-4c1e-9a55-5f0c6d3a1b02', '00000000-0000-0000-0000-000000000000', 'paypal', 1,
  'test', '{"client_id":"simulator","webhook_id":"WH-SIMULATOR"}', 34900, 49, 1, 1000000000000000, '[]', '[]',
  5, '{}', 1761307200000, 1761307200000);"#;

/// A way to the chains, and what a payer in coins is shown.
const COINS: &str = r#"
ALTER TABLE payments ADD COLUMN wallet TEXT;
INSERT INTO configs VALUES('7d1c5f3e-0b52-4c1e-9a55-5f0c6d3a1b03', '00000000-0000-0000-0000-000000000000', 'crypto', 1,
  'test', '{}', 10000, 0, 1, 1000000000000, '[]', '[]', 1, '{}', 1761307200000, 1761307200000);"#;

/// When a channel was seen to have taken the money of a payment that had ended without. Only so much can go back as was
/// paid, in time or late.
const LATE: &str = "
ALTER TABLE payments ADD COLUMN taken_late {{int}} CHECK(taken_late IS NULL OR status IN ('failed', 'cancelled'))
  CHECK(refund_reserved = 0 OR taken_late IS NOT NULL OR status IN ('success', 'refunded'));";

/// Everything that waited when the service stopped is due at once: whoever held a lease is gone.
///
/// # Errors
/// When a statement fails.
pub fn take_over(tx: &mut Tx<'_>) -> Result<()> {
    tx.execute("UPDATE payments SET ask_at = 0 WHERE ask_at IS NOT NULL", &[])?;
    tx.execute("UPDATE refunds SET ask_at = 0 WHERE ask_at IS NOT NULL", &[])?;
    tx.execute("UPDATE webhook_inbox SET deliver_at = 0 WHERE deliver_at IS NOT NULL", &[]).map(drop)
}

/// True when something is due. A look costs microseconds, a lease costs a commit.
///
/// # Errors
/// When the statement fails.
pub fn anything_due(view: &View<'_>, now: i64) -> Result<bool> {
    const DUE: &str = "SELECT EXISTS(SELECT 1 FROM payments WHERE ask_at <= $1)
        OR EXISTS(SELECT 1 FROM refunds WHERE ask_at <= $1) OR EXISTS(SELECT 1 FROM webhook_inbox WHERE deliver_at <= $1)";
    view.one(DUE, crate::args![now], |row| row.get(0))
}

/// All configurations, highest priority first, then newest.
///
/// # Errors
/// When the statement fails.
pub fn configs(view: &View<'_>) -> Result<Vec<ChannelConfig>> {
    view.all("SELECT * FROM configs ORDER BY priority DESC, created_at DESC", &[], read_config)
}

fn read_config(row: &Row<'_>) -> Result<ChannelConfig> {
    Ok(ChannelConfig {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        channel: row.parse("channel")?,
        is_enabled: row.get("is_enabled")?,
        mode: row.parse("mode")?,
        config: row.get("config")?,
        fee_rate: percent(row.get("fee_rate")?)?,
        fixed_fee: row.get("fixed_fee")?,
        min_amount: row.get("min_amount")?,
        max_amount: row.get("max_amount")?,
        currencies: row.get("currencies")?,
        countries: row.get("countries")?,
        priority: row.get("priority")?,
        extra: row.get("extra")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// A rate of the configuration, kept in ten-thousandths of one per cent.
fn percent(ten_thousandths: i64) -> Result<Decimal> {
    let rate = Decimal::new(ten_thousandths, 4);
    rate.ok_or_else(|| Error::internal(format!("{ten_thousandths} ten-thousandths of one per cent are no rate")))
}

// === what rows share ===

/// A text of ours, such as a slot or a request, as it is kept.
fn to_json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(Error::internal)
}
