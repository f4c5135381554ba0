//! PayPal's words, in ours, and ours in PayPal's.

use payment_clients::{
    apis::{
        channel_adapter::{
            ChannelPaymentStatus, ChannelRefundStatus, CreateChannelPayment, CreateChannelRefund, PaypalAmount,
            PaypalEvent, PaypalEventType,
        },
        ids::{ChannelRefundNo, ChannelTradeNo},
    },
    contract::{
        error::{Error, Result},
        money::Money,
    },
};

use super::{Found, FoundRefund, News, unresolved};
use crate::channel_sim::api::paypal::{
    Capture, CreatePaypalOrder, Payer, PaypalOrder, PaypalOrderStatus, PaypalRefund, PurchaseUnit, RefundCapture,
};

// === what we ask for ===

/// A payment as PayPal is asked for it. Our number stands in every event about it.
///
/// # Errors
/// When PayPal has no words for the money.
pub fn order(payment: &CreateChannelPayment, money: Money) -> Result<CreatePaypalOrder> {
    let unit = PurchaseUnit {
        custom_id: payment.payment_no.clone(),
        amount: amount(money)?,
        description: payment.description.clone(),
        payments: None,
    };
    let payer = payment.customer_email.clone().map(|email_address| Payer { email_address });
    Ok(CreatePaypalOrder { intent: "CAPTURE".to_owned(), purchase_units: vec![unit], payer })
}

/// A refund as PayPal is asked for it.
///
/// # Errors
/// When PayPal has no words for the money.
pub fn refund(refund: &CreateChannelRefund, money: Money) -> Result<RefundCapture> {
    Ok(RefundCapture { amount: amount(money)?, custom_id: refund.refund_no.clone() })
}

fn amount(money: Money) -> Result<PaypalAmount> {
    let rule =
        || Error::invalid_input("currency", format!("must be one that PayPal takes; `{}` is none", money.currency));
    PaypalAmount::of(money).ok_or_else(rule)
}

// === what it answers ===

/// A payment as PayPal tells it.
///
/// # Errors
/// When it is of no unit, or of money that cannot be read.
pub fn found(order: &PaypalOrder) -> Result<Found> {
    // Half an answer is none: what was asked for may have happened.
    let unit = order.purchase_units.first();
    let unit = unit.ok_or_else(|| Error::internal(format!("order {} of PayPal is of nothing", order.id)))?;
    let status = match order.status {
        PaypalOrderStatus::Voided => ChannelPaymentStatus::Cancelled,
        PaypalOrderStatus::Completed => match captured(order).map(|capture| capture.status.as_str()) {
            // What is paid back later was taken; how much, our refunds say.
            Some("COMPLETED" | "PARTIALLY_REFUNDED" | "REFUNDED") => ChannelPaymentStatus::Success,
            Some("DECLINED" | "FAILED") => ChannelPaymentStatus::Failed,
            _ => ChannelPaymentStatus::Processing,
        },
        // A newer word is on its way to one of these.
        PaypalOrderStatus::Approved | PaypalOrderStatus::Other(_) => ChannelPaymentStatus::Processing,
    };
    Ok(Found {
        trade_no: ChannelTradeNo::from(order.id.as_str()),
        status,
        money: told(&unit.amount)?,
        client_secret: None,
        payment_url: order.links.iter().find(|link| link.rel == "approve").map(|link| link.href.clone()),
    })
}

/// The capture of an order, which is what a refund names.
///
/// # Errors
/// When there is none yet.
pub fn capture(order: &PaypalOrder) -> Result<&Capture> {
    captured(order).ok_or_else(|| unresolved(&format!("order {} is not captured; the refund", order.id)))
}

fn captured(order: &PaypalOrder) -> Option<&Capture> {
    order.purchase_units.first()?.payments.as_ref()?.captures.first()
}

/// A refund as PayPal tells it.
///
/// # Errors
/// When it is of money that cannot be read.
pub fn found_refund(refund: &PaypalRefund) -> Result<FoundRefund> {
    Ok(FoundRefund {
        refund_no: ChannelRefundNo::from(refund.id.as_str()),
        status: match refund.status.as_str() {
            "COMPLETED" => ChannelRefundStatus::Refunded,
            "FAILED" => ChannelRefundStatus::Failed,
            "CANCELLED" => ChannelRefundStatus::Cancelled,
            _ => ChannelRefundStatus::Processing,
        },
        money: told(&refund.amount)?,
    })
}

fn told(amount: &PaypalAmount) -> Result<Money> {
    amount.money().ok_or_else(|| Error::internal(format!("PayPal's amount {amount:?} is none")))
}

// === what it tells ===

/// What an event says about a payment; nothing when the platform does not act on its kind.
pub fn news(event: &PaypalEvent) -> Option<News> {
    let status = match event.event_type {
        PaypalEventType::OrderApproved | PaypalEventType::CaptureCompleted => ChannelPaymentStatus::Success,
        PaypalEventType::OrderVoided | PaypalEventType::CaptureDeclined => ChannelPaymentStatus::Failed,
        PaypalEventType::CaptureRefunded => ChannelPaymentStatus::Refunded,
        PaypalEventType::Other(_) => return None,
    };
    Some(News {
        event_id: event.id.clone(),
        payment_no: event.resource.custom_id.clone(),
        // A capture event carries the capture's id, which names no payment of ours.
        trade_no: None,
        status,
        money: event.resource.amount.as_ref().and_then(PaypalAmount::money),
    })
}

/// Whether PayPal, when it is asked, answers what an event says.
pub fn confirms(found: &Found, news: &News) -> bool {
    use ChannelPaymentStatus::{Cancelled, Failed, Success};
    let same = match news.status {
        Success => found.status == Success,
        Failed => matches!(found.status, Failed | Cancelled),
        _ => false,
    };
    same && news.money.is_none_or(|money| money == found.money)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn order(status: &str, capture: &str) -> PaypalOrder {
        let captures = format!(
            r#"{{"captures": [{{"id": "CA1", "status": "{capture}",
                "amount": {{"value": "19.99", "currency_code": "EUR"}}}}]}}"#
        );
        let payments: &str = if capture.is_empty() { "null" } else { &captures };
        let text = format!(
            r#"{{"id": "OR1", "status": "{status}", "links": [], "purchase_units": [{{"custom_id": "PY1",
                "amount": {{"value": "19.99", "currency_code": "EUR"}}, "payments": {payments}}}]}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn an_order_is_paid_when_its_capture_is() {
        for (status, capture, means) in [
            ("COMPLETED", "COMPLETED", ChannelPaymentStatus::Success),
            ("COMPLETED", "REFUNDED", ChannelPaymentStatus::Success),
            ("COMPLETED", "DECLINED", ChannelPaymentStatus::Failed),
            ("COMPLETED", "PENDING", ChannelPaymentStatus::Processing),
            ("COMPLETED", "", ChannelPaymentStatus::Processing),
            ("APPROVED", "", ChannelPaymentStatus::Processing),
            ("VOIDED", "", ChannelPaymentStatus::Cancelled),
            ("A_NEWER_WORD", "", ChannelPaymentStatus::Processing),
        ] {
            let found = found(&order(status, capture)).unwrap();
            assert_eq!((found.status, found.money.minor_units), (means, 1999), "{status} {capture}");
        }
        let nothing = PaypalOrder { purchase_units: Vec::new(), ..order("COMPLETED", "COMPLETED") };
        assert!(found(&nothing).is_err());
    }

    #[test]
    fn an_event_counts_only_when_the_order_says_the_same() {
        let news = |kind: &str, value: &str| {
            let text = format!(
                r#"{{"id": "WH-1", "event_type": "{kind}", "resource": {{"custom_id": "PY1",
                    "amount": {{"value": "{value}", "currency_code": "EUR"}}}}}}"#
            );
            news(&serde_json::from_str(&text).unwrap()).unwrap()
        };
        let paid = found(&order("COMPLETED", "COMPLETED")).unwrap();
        let waiting = found(&order("APPROVED", "")).unwrap();
        let voided = found(&order("VOIDED", "")).unwrap();
        let taken = news("PAYMENT.CAPTURE.COMPLETED", "19.99");
        assert!(confirms(&paid, &taken));
        assert!(!confirms(&paid, &news("PAYMENT.CAPTURE.COMPLETED", "19.98")));
        assert!(!confirms(&waiting, &taken) && !confirms(&voided, &taken));
        let failed = news("PAYMENT.CAPTURE.DECLINED", "19.99");
        assert!(!confirms(&paid, &failed) && !confirms(&waiting, &failed));
        assert!(confirms(&voided, &news("CHECKOUT.ORDER.VOIDED", "19.99")));
    }

    #[test]
    fn what_is_asked_for_carries_our_numbers_and_exact_amounts() {
        let money = Money::new(1999, "BHD".parse().unwrap());
        let payment = CreateChannelPayment { payment_no: "PY1".into(), ..CreateChannelPayment::default() };
        let asked = super::order(&payment, money).unwrap();
        let unit = &asked.purchase_units[0];
        assert_eq!((unit.custom_id.as_str(), unit.amount.value.as_deref()), ("PY1", Some("1.999")));
        assert!(super::order(&payment, Money::new(1, "XYZ".parse().unwrap())).is_err());
    }
}
