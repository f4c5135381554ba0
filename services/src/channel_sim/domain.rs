//! What the channel decides: how it behaves towards a payer, which states a payment passes, what an event says. Pure.

use std::collections::BTreeMap;

use payment_clients::{
    apis::{
        channel_adapter::{StripeEvent, StripeEventData, StripeEventType, StripeObject},
        ids::ChannelTradeNo,
    },
    contract::{
        error::{Error, Result},
        money::Currency,
    },
};

use super::{
    api::{CreateIntent, CreateRefund, IntentId, IntentStatus, PaymentIntent, Refund, RefundId},
    paypal,
};

/// Names the platform's end of PayPal's webhooks, as the channel's configuration has it.
pub const WEBHOOK_ID: &str = "WH-SIMULATOR";

/// The version of Stripe's API whose events these are.
const API_VERSION: &str = "2023-10-16";

/// In whose manner a payment was asked for; in the same it is answered and told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Stripe's.
    #[default]
    Stripe,
    /// PayPal's.
    Paypal,
    /// A processor's of coins.
    Crypto,
}

impl Shape {
    /// The word in the book.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Paypal => "paypal",
            Self::Crypto => "crypto",
        }
    }

    /// What the number of a new payment begins with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Stripe => "pi_",
            Self::Paypal => "OR",
            Self::Crypto => "AD",
        }
    }

    /// What the number of a new refund begins with.
    pub fn refund_prefix(self) -> &'static str {
        match self {
            Self::Stripe => "re_",
            Self::Paypal => "RE",
            // Nothing comes back from a chain; the name is taken all the same.
            Self::Crypto => "CR",
        }
    }

    /// The answer to a declined payment.
    pub fn declined(self) -> Error {
        let (code, message, status) = match self {
            Self::Stripe => ("card_declined", "Your card was declined.", http::StatusCode::PAYMENT_REQUIRED),
            Self::Paypal => {
                let message = "The instrument presented was declined by the processor.";
                ("INSTRUMENT_DECLINED", message, http::StatusCode::UNPROCESSABLE_ENTITY)
            }
            Self::Crypto => ("payer_refused", "The payer is refused.", http::StatusCode::UNPROCESSABLE_ENTITY),
        };
        Error::declined(code, message).with_status(status)
    }
}

impl std::str::FromStr for Shape {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let shape = [Self::Stripe, Self::Paypal, Self::Crypto].into_iter().find(|shape| shape.as_str() == word);
        shape.ok_or_else(|| format!("`{word}` is no manner of a channel"))
    }
}

/// How the channel behaves towards one payer, chosen by the part of the receipt address before the `@`, so that a test
/// says what it wants and nothing has to be set up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Behaviour {
    /// Takes the money, answers, tells it once by webhook.
    #[default]
    Normal,
    /// `decline@`: answers no.
    Decline,
    /// `fail@`: accepts, and tells by webhook that it failed.
    Fail,
    /// `hang@`: takes the money and answers later than anybody waits.
    Hang,
    /// `lose_answer@`: takes the money and breaks the connection without an answer.
    LoseAnswer,
    /// `refuse_once@`: refuses the first attempt of a call before it begins.
    RefuseOnce,
    /// `stripe_closed@`: refuses every attempt before it begins, where it is asked as Stripe.
    StripeClosed,
    /// `silent@`: takes the money and tells nobody: it must be asked.
    Silent,
    /// `duplicate@`: tells it three times.
    Duplicate,
    /// `late@`: takes the money after a while, and tells it then.
    Late,
    /// `too_late@`: waits until it is cancelled, answers that it is, and takes the money after a while all the same.
    TooLate,
}

impl Behaviour {
    /// The behaviour towards a receipt address.
    pub fn towards(receipt_email: Option<&str>) -> Self {
        match receipt_email.and_then(|email| email.split_once('@')).map(|(local, _)| local) {
            Some("decline") => Self::Decline,
            Some("fail") => Self::Fail,
            Some("hang") => Self::Hang,
            Some("lose_answer") => Self::LoseAnswer,
            Some("refuse_once") => Self::RefuseOnce,
            Some("stripe_closed") => Self::StripeClosed,
            Some("silent") => Self::Silent,
            Some("duplicate") => Self::Duplicate,
            Some("late") => Self::Late,
            Some("too_late") => Self::TooLate,
            _ => Self::Normal,
        }
    }

    /// Whether an attempt, counted from 1, is refused before it begins.
    pub fn refuses(self, shape: Shape, attempt: u32) -> bool {
        match self {
            Self::RefuseOnce => attempt <= 1,
            Self::StripeClosed => shape == Shape::Stripe,
            _ => false,
        }
    }

    /// How far a new payment comes at once; on a chain, blocks take time.
    pub fn first_state(self, shape: Shape) -> State {
        match self {
            Self::Decline => State::Declined,
            _ if shape == Shape::Crypto => State::Processing,
            Self::Fail => State::Failed,
            Self::Late | Self::TooLate => State::Processing,
            _ => State::Captured,
        }
    }

    /// Whether a payment that is on its way arrives.
    pub fn arrives(self, shape: Shape) -> bool {
        match shape {
            Shape::Crypto => !matches!(self, Self::Decline | Self::Fail | Self::Silent),
            Shape::Stripe | Shape::Paypal => self == Self::Late,
        }
    }

    /// How often the webhook of a new payment is sent at once.
    pub fn copies(self) -> u32 {
        match self {
            Self::Decline | Self::Silent | Self::Late | Self::TooLate => 0,
            Self::Duplicate => 3,
            _ => 1,
        }
    }
}

/// How far a payment has come, in the words of the channel's own book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Accepted, the money is not taken.
    Processing,
    /// The money is taken.
    Captured,
    /// Answered with no.
    Declined,
    /// Accepted, and failed.
    Failed,
    /// Given up before the money was taken.
    Canceled,
}

impl State {
    /// The word in the book.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Captured => "captured",
            Self::Declined => "declined",
            Self::Failed => "failed",
            Self::Canceled => "canceled",
        }
    }

    /// What customers are shown.
    pub fn status(self) -> IntentStatus {
        match self {
            Self::Processing => IntentStatus::Processing,
            Self::Captured => IntentStatus::Succeeded,
            Self::Declined | Self::Failed => IntentStatus::RequiresPaymentMethod,
            Self::Canceled => IntentStatus::Canceled,
        }
    }
}

impl std::str::FromStr for State {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let all = [Self::Processing, Self::Captured, Self::Declined, Self::Failed, Self::Canceled];
        all.into_iter().find(|state| state.as_str() == word).ok_or_else(|| format!("`{word}` is no state of a payment"))
    }
}

/// A payment in the channel's book.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// Its number.
    pub id: IntentId,
    /// In whose manner it was asked for.
    pub shape: Shape,
    /// Smallest unit of the currency.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
    /// How far it has come.
    pub state: State,
    /// Of the amount, what was paid back.
    pub refunded: i64,
    /// As given.
    pub metadata: BTreeMap<String, String>,
    /// When it was created, in milliseconds.
    pub created_at: i64,
}

impl Intent {
    /// A new payment, or why there can be none.
    ///
    /// # Errors
    /// 400 when the amount is not above 0, or the currency is none of the channel's.
    pub fn new(id: IntentId, shape: Shape, request: &CreateIntent, state: State, now: i64) -> Result<Self> {
        if request.amount < 1 {
            return Err(Error::invalid_input("amount", format!("must be at least 1, got {}", request.amount)));
        }
        let known = request.currency.parse::<Currency>().ok().filter(|currency| currency.exponent().is_some());
        let lower = request.currency.bytes().all(|byte| byte.is_ascii_lowercase());
        let currency = known.filter(|_| lower).ok_or_else(|| {
            let rule = format!("must be a known code in lower case, such as usd, got `{}`", request.currency);
            Error::invalid_input("currency", rule)
        })?;
        let metadata = request.metadata.clone();
        Ok(Self { id, shape, amount: request.amount, currency, state, refunded: 0, metadata, created_at: now })
    }

    /// The customer's reference; empty when none was given.
    pub fn payment_no(&self) -> &str {
        self.metadata.get("payment_no").map_or("", String::as_str)
    }

    /// What customers are shown. Until the webhook tells more, a new payment is `processing`.
    pub fn shown_as(&self, status: IntentStatus) -> PaymentIntent {
        PaymentIntent {
            id: self.id.clone(),
            object: "payment_intent".to_owned(),
            amount: self.amount,
            currency: self.currency.as_str().to_ascii_lowercase(),
            status,
            client_secret: format!("{}_secret", self.id),
            metadata: self.metadata.clone(),
            created: self.created_at.div_euclid(1000),
            amount_refunded: self.refunded,
        }
    }

    /// The payment as it stands.
    pub fn shown(&self) -> PaymentIntent {
        self.shown_as(self.state.status())
    }

    /// A refund of this payment, or why there can be none. Does not yet count in `refunded`.
    ///
    /// # Errors
    /// 400 when the amount is not above 0; declined when nothing was taken, or more is asked than is left.
    pub fn refund(&self, id: RefundId, request: &CreateRefund, now: i64) -> Result<Refund> {
        let left = self.amount - self.refunded;
        let amount = request.amount.unwrap_or(left);
        if self.state != State::Captured {
            let text = format!(
                "payment {} is {} and not captured; there is nothing to pay back",
                self.id,
                self.state.as_str()
            );
            return Err(Error::declined("charge_not_captured", text));
        }
        if left == 0 {
            return Err(Error::declined(
                "charge_already_refunded",
                format!("all of payment {} was paid back", self.id),
            ));
        }
        if amount < 1 {
            return Err(Error::invalid_input("amount", format!("must be at least 1, got {amount}")));
        }
        if amount > left {
            let text = format!("{amount} is more than the {left} that are left of payment {}", self.id);
            return Err(Error::declined("refund_exceeds_charge", text));
        }
        Ok(Refund {
            id,
            object: "refund".to_owned(),
            payment_intent: self.id.clone(),
            amount,
            currency: self.currency.as_str().to_ascii_lowercase(),
            status: "succeeded".to_owned(),
            metadata: request.metadata.clone(),
            created: now.div_euclid(1000),
        })
    }

    /// What is told of how far the payment has come, as JSON text; nothing while it is on its way, or on a chain.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub fn told(&self, id: &str, now: i64) -> Result<Option<String>> {
        let text = match self.shape {
            Shape::Stripe => self.event(id, now).map(|event| serde_json::to_string(&event)),
            Shape::Paypal => paypal::event(self, id, now).map(|event| serde_json::to_string(&event)),
            Shape::Crypto => None,
        };
        text.transpose().map_err(Error::internal)
    }

    fn event(&self, id: &str, now: i64) -> Option<StripeEvent> {
        let kind = match self.state {
            _ if self.refunded > 0 => StripeEventType::Refunded,
            State::Processing | State::Declined => return None,
            State::Captured => StripeEventType::Succeeded,
            State::Failed => StripeEventType::PaymentFailed,
            State::Canceled => StripeEventType::Canceled,
        };
        let object = StripeObject {
            amount: Some(self.amount),
            currency: Some(self.currency.as_str().to_ascii_lowercase()),
            metadata: Some(self.metadata.clone()),
            ..if self.refunded > 0 { self.charge() } else { self.itself() }
        };
        Some(StripeEvent {
            id: id.to_owned(),
            object: Some("event".to_owned()),
            api_version: API_VERSION.to_owned(),
            created: Some(now.div_euclid(1000)),
            livemode: Some(false),
            kind,
            data: StripeEventData { object },
        })
    }

    fn itself(&self) -> StripeObject {
        let object = Some("payment_intent".to_owned());
        StripeObject { id: Some(self.id.to_string()), object, ..StripeObject::default() }
    }

    fn charge(&self) -> StripeObject {
        StripeObject {
            id: Some(self.id.as_str().replacen("pi_", "ch_", 1)),
            object: Some("charge".to_owned()),
            payment_intent: Some(ChannelTradeNo::from(self.id.as_str())),
            amount_refunded: Some(self.refunded),
            ..StripeObject::default()
        }
    }
}
