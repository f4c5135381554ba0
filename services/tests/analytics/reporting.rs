//! What services report by themselves is counted once, together with what is heard.

use payment_clients::{
    apis::{
        analytics::{ChannelPeriod, EventOutcome, OrderStep, PaymentEvent},
        words::Channel,
    },
    prelude::*,
};

use crate::{facts::*, stage::*};

#[tokio::test]
async fn a_report_that_is_sent_again_alone_or_with_others_is_counted_once() {
    let stage = Stage::new();
    let gateway = stage.gateway();
    let report = |id, number: &str| payment_report(id, number, EventOutcome::Success);
    gateway.record_payment(&report(1, "PY1")).await.unwrap();
    gateway.record_payment(&report(1, "PY1")).await.unwrap();
    gateway.record_payments(vec![report(1, "PY1"), report(2, "PY2"), report(2, "PY2")]).await.unwrap();
    // The same payment under another id, and another payment under the same id.
    gateway.record_payments(vec![report(3, "PY1"), report(2, "PY3")]).await.unwrap();
    let summary = stage.shop().get_payment_summary(&period()).await.unwrap();
    assert_eq!((summary.total_payments, summary.total_amount), (2, 2000));
    stage.check().await;
}

#[tokio::test]
async fn what_was_heard_and_is_reported_is_counted_once() {
    let stage = Stage::new();
    let money = Money::new(1000, Currency::USD);
    stage.hear(&[paid("PY1", money, NOON)]).await;
    stage.gateway().record_payment(&payment_report(1, "PY1", EventOutcome::Success)).await.unwrap();
    stage.gateway().record_payment(&payment_report(2, "PY2", EventOutcome::Success)).await.unwrap();
    stage.hear(&[paid("PY2", money, NOON), paid_back("RF1", Money::new(400, Currency::USD), NOON)]).await;
    stage.gateway().record_refund(&refund_report(3, "RF1", EventOutcome::Success)).await.unwrap();
    let summary = stage.shop().get_payment_summary(&period()).await.unwrap();
    assert_eq!((summary.total_payments, summary.total_refunds, summary.total_refund_amount), (2, 1, 400));
    stage.check().await;
}

#[tokio::test]
async fn a_batch_with_one_report_that_cannot_be_is_not_counted_at_all() {
    let stage = Stage::new();
    let good = payment_report(1, "PY1", EventOutcome::Success);
    let bad = PaymentEvent { amount: 0, ..payment_report(2, "PY2", EventOutcome::Failed) };
    names(stage.gateway().record_payments(vec![good.clone(), bad]).await, "[1].amount");
    assert_eq!(stage.days().await, []);
    stage.gateway().record_payment(&good).await.unwrap();
    assert_eq!(stage.days().await.len(), 1);
}

#[tokio::test]
async fn a_refund_that_failed_is_none() {
    let stage = Stage::new();
    let gateway = stage.gateway();
    gateway.record_refund(&refund_report(1, "RF1", EventOutcome::Failed)).await.unwrap();
    assert_eq!(stage.days().await, []);
    gateway.record_refunds(vec![refund_report(2, "RF2", EventOutcome::Success)]).await.unwrap();
    assert_eq!(stage.days().await[0].total_refunds, 1);
}

#[tokio::test]
async fn an_order_counts_at_each_step_that_it_takes() {
    let stage = Stage::new();
    let orders = stage.client("service:order-service");
    let steps = [OrderStep::Pending, OrderStep::Paid, OrderStep::Shipped, OrderStep::Completed, OrderStep::Refunded];
    let reports = (1..).zip(steps).map(|(id, step)| order_report(id, "OD1", step)).collect();
    orders.record_orders(reports).await.unwrap();
    orders.record_order(&order_report(9, "OD2", OrderStep::Paid)).await.unwrap();
    let summary = stage.shop().get_merchant_summary(&period()).await.unwrap();
    assert_eq!((summary.total_orders, summary.completed_orders, summary.cancelled_orders), (1, 1, 0));
    assert_eq!((summary.new_customers, summary.returning_customers), (1, 1));
    assert_eq!(summary.completion_rate.to_string(), "100");
}

#[tokio::test]
async fn a_channels_time_is_measured_by_who_has_waited_for_it() {
    let stage = Stage::new();
    let adapter = stage.client("service:channel-adapter");
    stage.hear(&[paid("PY1", Money::new(1000, Currency::USD), NOON)]).await;
    adapter.record_channel_transaction(&channel_report(1, "PY1", 300)).await.unwrap();
    adapter
        .record_channel_transactions(vec![channel_report(1, "PY1", 300), channel_report(2, "PY2", 100)])
        .await
        .unwrap();
    let summary = stage.staff().get_channel_summary(&ChannelPeriod::new(Channel::Stripe)).await.unwrap();
    assert_eq!((summary.total_transactions, summary.total_amount, summary.average_latency), (2, 2000, 200));
    stage.check().await;
}
