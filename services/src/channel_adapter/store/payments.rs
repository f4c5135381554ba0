//! Payments: each statement of the hot path finds, checks and changes in one.

use payment_clients::{
    apis::{
        channel_adapter::{ChannelPayment, ChannelPaymentStatus},
        ids::{ChannelTradeNo, MerchantId, PaymentNo},
        words::{Channel, JsonObject},
    },
    contract::{
        error::{Error, Result},
        money::Money,
        timestamp::Timestamp,
    },
};

use super::{from_json, to_json};
use crate::{
    args,
    channel_adapter::domain::{self, Found, Terms, crypto::Wallet},
    kit::{
        idempotency::Slot,
        store::{Row, Tx, View},
    },
};

/// A payment that its channel is being asked for: what a handler begins and the worker can end.
#[derive(Clone, Debug)]
pub struct Open {
    /// Its number.
    pub payment_no: PaymentNo,
    /// Where.
    pub channel: Channel,
    /// How much.
    pub money: Money,
    /// What the channel is asked for, in its words, the same at every repeat.
    pub request: String,
    /// Where the answer is kept.
    pub slot: Slot,
    /// Questions that brought nothing.
    pub asked: u32,
}

/// What became of a payment that its channel was asked for, as far as it is known.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// How far it has come.
    pub status: ChannelPaymentStatus,
    /// The channel's number.
    pub trade_no: Option<ChannelTradeNo>,
    /// What the payer's browser finishes it with.
    pub client_secret: Option<String>,
    /// Where the payer goes to finish it.
    pub payment_url: Option<String>,
    /// How the payer finishes it in coins.
    pub wallet: Option<Wallet>,
    /// Why the channel did not take it on.
    pub refusal: Option<String>,
}

/// A payment as it is kept.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its number.
    pub payment_no: PaymentNo,
    /// Where it is.
    pub channel: Channel,
    /// Where it was asked for, and how much.
    pub terms: Terms,
    /// What became of it.
    pub verdict: Verdict,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// True when it has ended without money, and the channel has taken it all the same.
    pub taken_late: bool,
    /// True while the channel is being asked for it.
    pub is_open: bool,
}

/// Who ended an open payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// We, by our verdict.
    Ours,
    /// We, but a webhook had said more before: the payment stands as that left it.
    Overtaken,
    /// Somebody else, before.
    Before,
}

/// What news were to a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Learned {
    /// It is so now, or was so already.
    Taken,
    /// It stands in a state from which the news do not lead.
    Contrary(ChannelPaymentStatus),
    /// The news are about other money than the payment's, which is this.
    OtherMoney(Money),
    /// The news are about another payment at the channel than this.
    OtherTrade(ChannelTradeNo),
    /// There is no such payment.
    Unknown,
}

const SELECT: &str =
    "SELECT payment_no, channel, moved_from, amount, currency, status, channel_trade_no, client_secret, payment_url,
    wallet, refusal, paid_at, taken_late, slot FROM payments WHERE payment_no = $1";

// === impl Verdict ===

impl Verdict {
    /// A payment that the channel has.
    pub fn found(found: Found) -> Self {
        // It was taken on and came to nothing while we asked: for our caller that is a refusal.
        let refusal = (found.status == ChannelPaymentStatus::Failed).then(|| "the payment failed".to_owned());
        let Found { trade_no, status, client_secret, payment_url, wallet, .. } = found;
        Self { status, trade_no: Some(trade_no), client_secret, payment_url, wallet, refusal }
    }

    /// A payment that the channel refused.
    pub fn refused(reason: &str) -> Self {
        let refusal = Some(reason.to_owned());
        let status = ChannelPaymentStatus::Failed;
        Self { status, trade_no: None, client_secret: None, payment_url: None, wallet: None, refusal }
    }

    /// What is answered for it.
    ///
    /// # Errors
    /// `CHANNEL_DECLINED` when the channel did not take it on.
    pub fn answer(&self, payment_no: &PaymentNo, channel: &Channel) -> Result<ChannelPayment> {
        if let Some(reason) = &self.refusal {
            return Err(domain::declined(reason));
        }
        let trade_no = self.trade_no.clone().unwrap_or_default();
        let name = if *channel == Channel::Paypal { "order_id" } else { "payment_intent_id" };
        let extra = match &self.wallet {
            Some(wallet) => wallet.parts.clone(),
            None => JsonObject::from_iter([(name.to_owned(), trade_no.as_str().into())]),
        };
        Ok(ChannelPayment {
            payment_no: payment_no.clone(),
            channel_trade_no: trade_no,
            client_secret: self.client_secret.clone().map(Into::into),
            payment_url: self.payment_url.clone(),
            qr_code_url: self.wallet.as_ref().map(|wallet| wallet.uri.clone()),
            status: self.status.clone(),
            extra: Some(extra),
        })
    }
}

// === beginning ===

/// Stores a payment whose channel is about to be asked; false when the number is taken. Until `ask_at` nobody else asks.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, open: &Open, merchant_id: MerchantId, now: i64, ask_at: i64) -> Result<bool> {
    const INSERT: &str =
        "INSERT INTO payments(payment_no, merchant_id, channel, amount, currency, status, request, slot,
            ask_at, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9, $9) ON CONFLICT (payment_no) DO NOTHING";
    let (merchant_id, channel) = (merchant_id.to_string(), open.channel.as_str());
    let (request, slot) = (&open.request, to_json(&open.slot)?);
    let Money { minor_units, currency } = open.money;
    let number = open.payment_no.as_str();
    let row = args![number, merchant_id, channel, minor_units, currency, request, slot, ask_at, now];
    tx.execute(INSERT, row).map(|stored| stored == 1)
}

/// Moves a payment whose channel has begun nothing to another one, once; false when it is too late for that.
///
/// # Errors
/// When the statement fails.
pub fn move_on(tx: &mut Tx<'_>, to: &Open, now: i64, ask_at: i64) -> Result<bool> {
    const MOVE: &str =
        "UPDATE payments SET moved_from = channel, channel = $2, request = $3, ask_at = $4, updated_at = $5
        WHERE payment_no = $1 AND slot IS NOT NULL AND status = 'pending' AND channel_trade_no IS NULL
            AND moved_from IS NULL AND asked = 0";
    let (number, channel) = (to.payment_no.as_str(), to.channel.as_str());
    tx.execute(MOVE, args![number, channel, to.request, ask_at, now]).map(|moved| moved == 1)
}

/// Forgets a payment that was never begun.
///
/// # Errors
/// When the statement fails.
pub fn forget(tx: &mut Tx<'_>, payment_no: &str) -> Result<()> {
    const DELETE: &str =
        "DELETE FROM payments WHERE payment_no = $1 AND status = 'pending' AND channel_trade_no IS NULL";
    tx.execute(DELETE, args![payment_no]).map(drop)
}

// === ending ===

/// Writes what became of an open payment and closes it.
///
/// # Errors
/// When a statement fails.
pub fn settle(tx: &mut Tx<'_>, payment_no: &str, verdict: &Verdict, now: i64) -> Result<Settled> {
    const SETTLE: &str = "UPDATE payments SET status = $2, channel_trade_no = COALESCE($3, channel_trade_no),
            client_secret = $4, payment_url = $10, wallet = $11, refusal = $5, slot = NULL, ask_at = NULL, updated_at = $6,
            paid_at = CASE WHEN $2 = 'success' THEN COALESCE(paid_at, $6) ELSE paid_at END
        WHERE payment_no = $1 AND slot IS NOT NULL AND status IN ($7, $8, $9)";
    // A webhook was faster: what it said stays, and the answer adds the rest.
    const OVERTAKEN: &str = "UPDATE payments SET channel_trade_no = COALESCE(channel_trade_no, $2), client_secret = $3,
            payment_url = $5, wallet = $6, slot = NULL, ask_at = NULL, updated_at = $4
        WHERE payment_no = $1 AND slot IS NOT NULL";
    let trade_no = verdict.trade_no.as_ref().map(ChannelTradeNo::as_str);
    let secret = &verdict.client_secret;
    let [this, before, or_before] = domain::may_be_told(&verdict.status).map(ChannelPaymentStatus::as_str);
    let (url, wallet) = (&verdict.payment_url, verdict.wallet.as_ref().map(to_json).transpose()?);
    let row = args![payment_no, this, trade_no, secret, verdict.refusal, now, this, before, or_before, url, wallet];
    if tx.execute(SETTLE, row)? == 1 {
        return Ok(Settled::Ours);
    }
    let closed = tx.execute(OVERTAKEN, args![payment_no, trade_no, secret, now, url, wallet])?;
    Ok(if closed == 1 { Settled::Overtaken } else { Settled::Before })
}

/// The channel could not be asked; somebody asks again at `ask_at`.
///
/// # Errors
/// When the statement fails.
pub fn put_off(tx: &mut Tx<'_>, payment_no: &str, ask_at: i64) -> Result<()> {
    const PUT_OFF: &str =
        "UPDATE payments SET ask_at = $2, asked = asked + 1 WHERE payment_no = $1 AND slot IS NOT NULL";
    tx.execute(PUT_OFF, args![payment_no, ask_at]).map(drop)
}

/// Takes up to `most` open payments whose time has come, and keeps others away from them until `until`.
///
/// # Errors
/// When the statement fails.
pub fn take_due(tx: &mut Tx<'_>, now: i64, until: i64, most: u32) -> Result<Vec<Open>> {
    const TAKE: &str = "UPDATE payments SET ask_at = $2 WHERE payment_no IN
            (SELECT payment_no FROM payments WHERE ask_at <= $1 ORDER BY ask_at LIMIT $3)
        RETURNING payment_no, channel, amount, currency, request, slot, asked";
    tx.all(TAKE, args![now, until, most], |row| {
        Ok(Open {
            payment_no: row.parse("payment_no")?,
            channel: row.parse("channel")?,
            money: Money::new(row.get("amount")?, row.get("currency")?),
            request: row.get("request")?,
            slot: from_json(&row.get::<String>("slot")?)?,
            asked: row.get("asked")?,
        })
    })
}

// === learning ===

/// Takes what the channel says about a payment, if it is this payment's money and its state allows it.
///
/// # Errors
/// When a statement fails.
pub fn learn(
    tx: &mut Tx<'_>,
    payment_no: &str,
    status: &ChannelPaymentStatus,
    trade_no: Option<&ChannelTradeNo>,
    money: Option<Money>,
    now: i64,
) -> Result<Learned> {
    const LEARN: &str = "UPDATE payments SET status = $2, channel_trade_no = COALESCE(channel_trade_no, $3),
            paid_at = CASE WHEN $2 = 'success' THEN COALESCE(paid_at, $4) ELSE paid_at END, updated_at = $4
        WHERE payment_no = $1 AND status IN ($5, $6, $7) AND amount = COALESCE($8, amount)
            AND currency = COALESCE($9, currency) AND COALESCE(channel_trade_no, $3, '') = COALESCE($3, channel_trade_no, '')";
    let trade_no = trade_no.map(ChannelTradeNo::as_str);
    let [this, before, or_before] = domain::may_be_told(status).map(ChannelPaymentStatus::as_str);
    let (amount, currency) = (money.map(|money| money.minor_units), money.map(|money| money.currency));
    let row = args![payment_no, this, trade_no, now, this, before, or_before, amount, currency];
    if tx.execute(LEARN, row)? == 1 {
        return Ok(Learned::Taken);
    }
    let Some(stored) = get(tx, payment_no)? else { return Ok(Learned::Unknown) };
    Ok(match (money, stored.verdict.trade_no) {
        (Some(told), _) if told != stored.terms.money => Learned::OtherMoney(stored.terms.money),
        (_, Some(known)) if trade_no.is_some_and(|told| told != known.as_str()) => Learned::OtherTrade(known),
        _ => Learned::Contrary(stored.verdict.status),
    })
}

/// Notes that the channel has taken the money of a payment that had ended without. It stays as it ended.
///
/// # Errors
/// When the statement fails.
pub fn note_late(tx: &mut Tx<'_>, payment_no: &str, trade_no: Option<&ChannelTradeNo>, now: i64) -> Result<()> {
    const NOTE: &str = "UPDATE payments SET taken_late = COALESCE(taken_late, $3),
            channel_trade_no = COALESCE(channel_trade_no, $2)
        WHERE payment_no = $1 AND status IN ('failed', 'cancelled')";
    tx.execute(NOTE, args![payment_no, trade_no.map(ChannelTradeNo::as_str), now]).map(drop)
}

// === reading ===

/// One payment.
///
/// # Errors
/// When the statement fails.
pub fn get(view: &View<'_>, payment_no: &str) -> Result<Option<Stored>> {
    view.optional(SELECT, args![payment_no], read)
}

/// One payment, which must be there.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when it is not.
pub fn require(view: &View<'_>, payment_no: &str) -> Result<Stored> {
    get(view, payment_no)?.ok_or_else(|| Error::not_found(format_args!("payment {payment_no}")))
}

/// The payment that the channel knows under this number.
///
/// # Errors
/// When the statement fails.
pub fn number_of(view: &View<'_>, trade_no: &str) -> Result<Option<PaymentNo>> {
    let sql = "SELECT payment_no FROM payments WHERE channel_trade_no = $1";
    view.optional(sql, args![trade_no], |row| row.parse(0))
}

fn read(row: &Row<'_>) -> Result<Stored> {
    let money = Money::new(row.get("amount")?, row.get("currency")?);
    let channel: Channel = row.parse("channel")?;
    let moved_from = row.get::<Option<String>>("moved_from")?.map(|_| row.parse("moved_from")).transpose()?;
    Ok(Stored {
        payment_no: row.parse("payment_no")?,
        terms: Terms { channel: moved_from.unwrap_or_else(|| channel.clone()), money },
        channel,
        verdict: Verdict {
            status: row.parse("status")?,
            trade_no: row.get::<Option<String>>("channel_trade_no")?.map(ChannelTradeNo::from),
            client_secret: row.get("client_secret")?,
            payment_url: row.get("payment_url")?,
            wallet: row.get::<Option<String>>("wallet")?.map(|text| from_json(&text)).transpose()?,
            refusal: row.get("refusal")?,
        },
        paid_at: row.get("paid_at")?,
        taken_late: row.get::<Option<i64>>("taken_late")?.is_some(),
        is_open: row.get::<Option<String>>("slot")?.is_some(),
    })
}
