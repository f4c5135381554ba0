//! The channel as PayPal: orders, captures, and what it tells of them.

use payment_clients::{
    apis::channel_adapter::{PaypalAmount, PaypalEvent, PaypalEventType},
    contract::{certainty::Certainty, error::ErrorKind},
    prelude::*,
};
use payment_services::channel_sim::{
    Manners,
    api::{
        ChannelSimApi,
        paypal::{CreatePaypalOrder, Payer, PaypalOrder, PaypalOrderStatus, PaypalSimApi, PurchaseUnit, RefundCapture},
    },
};

use super::{Channel, Platform, book, reference, row, support::Place};

impl Channel {
    async fn orders(&self, who: &str, key: &str) -> Result<PaypalOrder> {
        let unit = PurchaseUnit { custom_id: reference(who), amount: euros("19.99"), ..PurchaseUnit::default() };
        let payer = Some(Payer { email_address: format!("{who}@example.com").into() });
        let order = CreatePaypalOrder { intent: "CAPTURE".to_owned(), purchase_units: vec![unit], payer };
        self.paypal.with(CallOptions::new().key(key.parse().unwrap())).create_paypal_order(&order).await
    }
}

fn euros(value: &str) -> PaypalAmount {
    PaypalAmount { value: Some(value.to_owned()), currency_code: Some("EUR".to_owned()) }
}

#[tokio::test]
async fn an_order_is_captured_told_by_a_signed_transmission_and_paid_back_by_its_capture() {
    let (place, platform) = (Place::new(), Platform::default());
    let channel = Channel::start(&place, Manners::default(), Some(&platform)).await;
    let answer = channel.orders("ann", "k1").await.unwrap();
    assert_eq!((&answer.status, answer.links[0].rel.as_str()), (&PaypalOrderStatus::Approved, "approve"));
    assert_eq!(channel.orders("ann", "k1").await.unwrap(), answer, "one key is one order");

    let events: Vec<PaypalEvent> = platform.events(1).await;
    assert_eq!(events[0].event_type, PaypalEventType::CaptureCompleted);
    assert_eq!(events[0].resource.custom_id, Some(reference("ann")));
    assert_eq!(events[0].resource.amount, Some(euros("19.99")));

    let order = channel.paypal.get_paypal_order(&answer.id).await.unwrap();
    assert_eq!(order.status, PaypalOrderStatus::Completed);
    let capture = &order.purchase_units[0].payments.as_ref().unwrap().captures[0];
    let refund = |key: &str, value: &str| {
        let client = channel.paypal.with(CallOptions::new().key(key.parse().unwrap()));
        let refund = RefundCapture { amount: euros(value), custom_id: key.into() };
        async move { client.refund_paypal_capture(&capture.id, &refund).await }
    };
    let part = refund("r1", "5.00").await.unwrap();
    assert_eq!((part.status.as_str(), &part.amount), ("COMPLETED", &euros("5.00")));
    assert_eq!(refund("r1", "5.00").await.unwrap(), part);
    assert_eq!(channel.paypal.get_paypal_refund(&part.id).await.unwrap(), part);
    assert_eq!(refund("r2", "15.00").await.unwrap_err().code(), Some("refund_exceeds_charge"));
    assert_eq!(refund("r3", "0.001").await.unwrap_err().kind(), ErrorKind::InvalidInput);
    channel.stop().await;
    assert_eq!(book(&place), [row("ann", "captured")]);
}

#[tokio::test]
async fn the_two_channels_know_nothing_of_each_others_payments() {
    let place = Place::new();
    let channel = Channel::start(&place, Manners::default(), None).await;
    let (order, intent) = (channel.orders("ann", "k1").await.unwrap(), channel.pays("bob", "k1").await.unwrap());
    assert_eq!(channel.client.list_payment_intents(reference("ann")).await.unwrap().data, []);
    let foreign = channel.client.get_payment_intent(&order.id.as_str().into()).await.unwrap_err();
    assert_eq!(foreign.kind(), ErrorKind::NotFound);
    let foreign = channel.paypal.get_paypal_order(&intent.id.as_str().into()).await.unwrap_err();
    assert_eq!(foreign.kind(), ErrorKind::NotFound);
    channel.stop().await;
}

#[tokio::test]
async fn one_channel_may_be_closed_while_the_other_is_open() {
    let place = Place::new();
    let channel = Channel::start(&place, Manners::default(), None).await;
    let refused = channel.pays("stripe_closed", "k1").await.unwrap_err();
    assert_eq!(refused.certainty(), Certainty::NotProcessed);
    channel.orders("stripe_closed", "k1").await.unwrap();
    channel.stop().await;
    assert_eq!(book(&place), [row("stripe_closed", "captured")]);
}
