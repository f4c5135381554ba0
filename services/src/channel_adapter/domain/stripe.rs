//! Stripe's words, in ours, and ours in Stripe's.

use std::collections::BTreeMap;

use payment_clients::{
    apis::{
        channel_adapter::{
            ChannelPaymentStatus, ChannelRefundStatus, CreateChannelPayment, CreateChannelRefund, StripeEvent,
            StripeEventType,
        },
        ids::{ChannelRefundNo, ChannelTradeNo, PaymentNo},
    },
    contract::{
        error::{Error, Result},
        money::Money,
    },
};

use super::{Found, FoundRefund, News, money};
use crate::channel_sim::api::{CreateIntent, CreateRefund, IntentId, IntentStatus, PaymentIntent, Refund};

/// The one version of Stripe's API whose events are read: another means other fields.
const API_VERSION: &str = "2023-10-16";

// === what we ask for ===

/// A payment as Stripe is asked for it. Our number is the reference by which a lost one is found again.
pub fn intent(payment: &CreateChannelPayment, money: Money) -> CreateIntent {
    let mut metadata = BTreeMap::from([("payment_no".to_owned(), payment.payment_no.to_string())]);
    if let Some(order_no) = &payment.order_no {
        metadata.insert("order_no".to_owned(), order_no.to_string());
    }
    CreateIntent {
        amount: money.minor_units,
        currency: money.currency.as_str().to_ascii_lowercase(),
        metadata,
        receipt_email: payment.customer_email.clone(),
        description: payment.description.clone(),
    }
}

/// A refund as Stripe is asked for it.
pub fn refund(refund: &CreateChannelRefund, trade_no: &str) -> CreateRefund {
    let numbers = [("refund_no", refund.refund_no.as_str()), ("payment_no", refund.payment_no.as_str())];
    CreateRefund {
        payment_intent: IntentId::from(trade_no),
        amount: Some(refund.amount),
        metadata: numbers.map(|(name, number)| (name.to_owned(), number.to_owned())).into(),
    }
}

// === what it answers ===

/// A payment as Stripe tells it.
///
/// # Errors
/// When its currency is none.
pub fn found(intent: PaymentIntent) -> Result<Found> {
    let money = told(intent.amount, &intent.currency)?;
    Ok(Found {
        trade_no: ChannelTradeNo::from(intent.id.as_str()),
        status: match intent.status {
            IntentStatus::Succeeded => ChannelPaymentStatus::Success,
            IntentStatus::RequiresPaymentMethod => ChannelPaymentStatus::Failed,
            IntentStatus::Canceled => ChannelPaymentStatus::Cancelled,
            // A newer word is on its way to one of these.
            IntentStatus::Processing | IntentStatus::Other(_) => ChannelPaymentStatus::Processing,
        },
        money,
        client_secret: Some(intent.client_secret).filter(|secret| !secret.is_empty()),
        payment_url: None,
    })
}

/// Of the payments under one number the one that counts: the one whose money was taken, else one that may be.
pub fn decisive(intents: Vec<PaymentIntent>) -> Option<PaymentIntent> {
    intents.into_iter().min_by_key(|intent| match intent.status {
        IntentStatus::Succeeded => 0,
        IntentStatus::Processing | IntentStatus::Other(_) => 1,
        IntentStatus::RequiresPaymentMethod | IntentStatus::Canceled => 2,
    })
}

/// A refund as Stripe tells it.
///
/// # Errors
/// When its currency is none.
pub fn found_refund(refund: &Refund) -> Result<FoundRefund> {
    Ok(FoundRefund {
        refund_no: ChannelRefundNo::from(refund.id.as_str()),
        status: match refund.status.as_str() {
            "succeeded" => ChannelRefundStatus::Refunded,
            "failed" => ChannelRefundStatus::Failed,
            "canceled" => ChannelRefundStatus::Cancelled,
            _ => ChannelRefundStatus::Processing,
        },
        money: told(refund.amount, &refund.currency)?,
    })
}

fn told(amount: i64, currency: &str) -> Result<Money> {
    // Half an answer is none: what was asked for may have happened.
    money(Some(amount), Some(currency))
        .ok_or_else(|| Error::internal(format!("Stripe's currency `{currency}` is none")))
}

// === what it tells ===

/// What an event says about a payment; nothing when the platform does not act on its kind.
///
/// # Errors
/// When the event is of another version of Stripe's API.
pub fn news(event: &StripeEvent) -> Result<Option<News>> {
    if event.api_version != API_VERSION {
        let rule = format!("must be {API_VERSION}; it is `{}`", event.api_version);
        return Err(Error::invalid_input("api_version", rule));
    }
    let object = &event.data.object;
    let (status, amount) = match event.kind {
        StripeEventType::Succeeded => (ChannelPaymentStatus::Success, object.amount),
        StripeEventType::PaymentFailed => (ChannelPaymentStatus::Failed, object.amount),
        StripeEventType::Canceled => (ChannelPaymentStatus::Cancelled, object.amount),
        StripeEventType::Refunded => (ChannelPaymentStatus::Refunded, object.amount_refunded),
        StripeEventType::Other(_) => return Ok(None),
    };
    let own_number = || object.id.as_deref().map(ChannelTradeNo::from);
    let of_charge = status == ChannelPaymentStatus::Refunded;
    Ok(Some(News {
        event_id: event.id.clone(),
        payment_no: object
            .metadata
            .as_ref()
            .and_then(|notes| notes.get("payment_no"))
            .map(|no| PaymentNo::from(no.as_str())),
        trade_no: if of_charge { object.payment_intent.clone() } else { own_number() },
        status,
        money: money(amount, object.currency.as_deref()),
    }))
}
