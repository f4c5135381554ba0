//! What has happened, whoever tells it: an event of the platform and a report of a service become the same facts.

use payment_clients::{
    apis::{
        analytics::{ChannelEvent, EventId, EventOutcome, OrderEvent, OrderStep, PaymentEvent, RefundEvent},
        ids::MerchantId,
        words::Channel,
    },
    contract::{
        error::{Error, Result},
        money::Currency,
        secret::PersonalText,
        timestamp::Timestamp,
    },
};

use crate::kit::{currency, days::DAY, text};

/// The highest amount that the platform moves.
const MOST: i64 = 1_000_000_000_000_000;
/// The longest number, word or address.
const LONGEST: usize = 64;
const LONGEST_ADDRESS: usize = 255;
/// How far a reporter's clock may be ahead.
const AHEAD: i64 = DAY;

/// Something that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Whose it is.
    pub merchant: MerchantId,
    /// Of all its amounts.
    pub currency: Currency,
    /// When it happened, in milliseconds.
    pub at: i64,
    /// What it is.
    pub what: What,
}

/// What counts. Amounts are minor units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A payment has ended.
    Payment {
        /// Its number.
        number: String,
        /// Where it was made.
        channel: Channel,
        /// What was asked for.
        amount: i64,
        /// How it ended.
        outcome: Outcome,
    },
    /// A payment has ended at its channel.
    Transaction {
        /// Number of the payment.
        number: String,
        /// The channel.
        channel: Channel,
        /// What was asked for.
        amount: i64,
        /// How it ended.
        outcome: Outcome,
        /// Milliseconds that it took, where somebody has measured them.
        took: Option<i64>,
    },
    /// Money went back to a payer.
    Refund {
        /// Its number.
        number: String,
        /// Where it was paid; empty when whoever tells it does not say.
        channel: Channel,
        /// What went back.
        amount: i64,
    },
    /// An order has come to a step.
    Order {
        /// Its number.
        number: String,
        /// The step.
        step: Step,
        /// The customer's address; empty when unknown.
        customer: PersonalText,
    },
    /// A payment or a refund was booked on an account.
    Revenue {
        /// The transaction.
        number: String,
        /// Below zero when it was paid back.
        amount: i64,
    },
    /// The platform has kept its fees in a settlement.
    Fees {
        /// The settlement.
        number: String,
        /// What was kept.
        amount: i64,
    },
}

/// How a payment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The money has moved.
    Success,
    /// It was refused or broke.
    Failed,
    /// It was given up, or lapsed.
    GivenUp,
}

/// The steps of an order that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It was placed.
    Placed,
    /// It was paid.
    Paid,
    /// It was delivered and closed.
    Completed,
    /// It was given up, or lapsed.
    Cancelled,
}

/// What a service reports by itself.
pub trait Report: Send {
    /// The same whenever it is reported again.
    fn id(&self) -> EventId;

    /// The fact in it, if it counts.
    ///
    /// # Errors
    /// 400 for what cannot be; `at` is where the report stands among others, and `now` the time.
    fn fact(self, at: &str, now: i64) -> Result<Option<Fact>>;
}

// === reports ===

impl Report for PaymentEvent {
    fn id(&self) -> EventId {
        self.event_id
    }

    fn fact(self, at: &str, now: i64) -> Result<Option<Fact>> {
        let rules = Rules { at };
        rules.text("payment_no", self.payment_no.as_str())?;
        rules.text("channel", self.channel.as_str())?;
        rules.amount("amount", self.amount)?;
        rules.duration(self.duration_ms)?;
        let outcome = rules.outcome(&self.status)?;
        let Self { amount, channel, .. } = self;
        let what = What::Payment { number: self.payment_no.to_string(), channel, amount, outcome };
        rules.fact(self.merchant_id, self.currency, self.occurred_at, what, now).map(Some)
    }
}

impl Report for RefundEvent {
    fn id(&self) -> EventId {
        self.event_id
    }

    fn fact(self, at: &str, now: i64) -> Result<Option<Fact>> {
        let rules = Rules { at };
        rules.text("refund_no", self.refund_no.as_str())?;
        rules.text("payment_no", self.payment_no.as_str())?;
        rules.amount("amount", self.amount)?;
        let outcome = rules.outcome(&self.status)?;
        let what = What::Refund { number: self.refund_no.to_string(), channel: Channel::from(""), amount: self.amount };
        let fact = rules.fact(self.merchant_id, self.currency, self.occurred_at, what, now)?;
        Ok((outcome == Outcome::Success).then_some(fact))
    }
}

impl Report for OrderEvent {
    fn id(&self) -> EventId {
        self.event_id
    }

    fn fact(self, at: &str, now: i64) -> Result<Option<Fact>> {
        let rules = Rules { at };
        rules.text("order_no", self.order_no.as_str())?;
        rules.at_most("payment_no", self.payment_no.as_str(), LONGEST)?;
        rules.at_most("customer_email", &self.customer_email, LONGEST_ADDRESS)?;
        rules.amount("total_amount", self.total_amount)?;
        let step = match &self.status {
            OrderStep::Pending => Some(Step::Placed),
            OrderStep::Paid => Some(Step::Paid),
            OrderStep::Completed => Some(Step::Completed),
            OrderStep::Cancelled => Some(Step::Cancelled),
            OrderStep::Shipped | OrderStep::Refunded => None,
            OrderStep::Other(word) => return Err(rules.unknown("status", OrderStep::KNOWN, word)),
        };
        let (number, customer) = (self.order_no.to_string(), self.customer_email);
        // One that does not count is held to the same rules.
        let what = What::Order { number, step: step.unwrap_or(Step::Placed), customer };
        let fact = rules.fact(self.merchant_id, self.currency, self.occurred_at, what, now)?;
        Ok(step.map(|_| fact))
    }
}

impl Report for ChannelEvent {
    fn id(&self) -> EventId {
        self.event_id
    }

    fn fact(self, at: &str, now: i64) -> Result<Option<Fact>> {
        let rules = Rules { at };
        rules.text("channel", self.channel.as_str())?;
        rules.at_most("channel_trade_no", self.channel_trade_no.as_str(), LONGEST_ADDRESS)?;
        rules.text("payment_no", self.payment_no.as_str())?;
        rules.amount("amount", self.amount)?;
        rules.duration(self.duration_ms)?;
        let (outcome, number) = (rules.outcome(&self.status)?, self.payment_no.to_string());
        let Self { amount, channel, .. } = self;
        let what = What::Transaction { number, channel, amount, outcome, took: Some(self.duration_ms) };
        rules.fact(self.merchant_id, self.currency, self.occurred_at, what, now).map(Some)
    }
}

// === rules ===

/// What a report may say, wherever it stands.
struct Rules<'a> {
    at: &'a str,
}

impl Rules<'_> {
    fn refuse(&self, field: &str, rule: impl std::fmt::Display) -> Error {
        Error::invalid_input(&format!("{}{field}", self.at), rule)
    }

    fn unknown(&self, field: &str, known: &[&str], word: &str) -> Error {
        let word: String = word.chars().take(32).collect();
        self.refuse(field, format_args!("must be one of {known:?}; it is `{word}`"))
    }

    fn at_most(&self, field: &str, text: &str, most: usize) -> Result<()> {
        text::at_most(&format!("{}{field}", self.at), Some(text), most)
    }

    fn text(&self, field: &str, text: &str) -> Result<()> {
        if text.is_empty() {
            return Err(self.refuse(field, "must not be empty"));
        }
        self.at_most(field, text, LONGEST)
    }

    fn amount(&self, field: &str, amount: i64) -> Result<()> {
        if (1..=MOST).contains(&amount) {
            return Ok(());
        }
        Err(self.refuse(field, format_args!("must be from 1 to {MOST} minor units; it is {amount}")))
    }

    fn duration(&self, millis: i64) -> Result<()> {
        if (0..=i64::from(i32::MAX)).contains(&millis) {
            return Ok(());
        }
        Err(self.refuse("duration_ms", format_args!("must be from 0 to {} milliseconds; it is {millis}", i32::MAX)))
    }

    fn outcome(&self, outcome: &EventOutcome) -> Result<Outcome> {
        match outcome {
            EventOutcome::Success => Ok(Outcome::Success),
            EventOutcome::Failed => Ok(Outcome::Failed),
            EventOutcome::Cancelled | EventOutcome::Expired => Ok(Outcome::GivenUp),
            EventOutcome::Other(word) => Err(self.unknown("status", EventOutcome::KNOWN, word)),
        }
    }

    /// The fact, if what all reports say can be.
    fn fact(&self, merchant: MerchantId, currency: Currency, at: Timestamp, what: What, now: i64) -> Result<Fact> {
        if merchant.is_nil() {
            return Err(self.refuse("merchant_id", "must say whose it is"));
        }
        currency::known(&format!("{}currency", self.at), currency)?;
        if !(0..=now.saturating_add(AHEAD)).contains(&at.unix_ms()) {
            return Err(self.refuse("occurred_at", format_args!("must be from 1970 to a day from now; it is {at}")));
        }
        Ok(Fact { merchant, currency, at: at.unix_ms(), what })
    }
}
