//! PayPal's words, in ours.

use payment_clients::{
    apis::channel_adapter::{ChannelPaymentStatus, PaypalAmount, PaypalEvent, PaypalEventType},
    contract::money::{Currency, Money},
};

use super::News;

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
        money: event.resource.amount.as_ref().and_then(money),
    })
}

