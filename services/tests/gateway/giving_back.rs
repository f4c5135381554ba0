//! What a merchant takes back: cancellations begin at the channel, and refunds never add up to more than was paid.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use futures_util::future::join_all;
use payment_clients::{
    apis::{
        channel_adapter::{
            ChannelCancellation, ChannelRefund, ChannelRefundStatus, MockChannelPaymentApi, MockChannelRefundApi,
        },
        payment_gateway::{CancelPayment, CreateRefund, PaymentStatus, RefundStatus},
    },
    contract::{certainty::Certainty, error::ErrorKind},
    prelude::*,
};
use payment_services::gateway::domain::is_final;

use crate::stage::*;

#[tokio::test]
async fn a_refund_waits_for_an_order_that_has_not_heard_of_its_payment() {
    let world = World::default();
    let (risk, orders, payments, refunds) = world.mocks();
    let (early, seen) = (AtomicBool::new(true), world.clone());
    let orders = orders.on_refund_order(move |_, _| {
        if early.swap(false, Ordering::SeqCst) {
            return Err(Error::conflict("INVALID_ORDER_STATUS", "the order is pending"));
        }
        seen.note("order refunded");
        Ok(())
    });
    let stage = stage((risk, orders, payments, refunds)).await;
    let payment = stage.paid("M-1").await;
    let asked = CreateRefund {
        payment_no: payment.payment_no,
        amount: 9,
        reason: "returned".into(),
        ..CreateRefund::default()
    };
    let client = stage.client.with(key("r-1"));
    let waits = client.create_refund(&asked).await.unwrap_err();
    assert_eq!(waits.certainty(), Certainty::PossiblyProcessed, "{waits}");
    stage.comes_to_rest().await;
    assert_eq!(client.create_refund(&asked).await.unwrap().status, RefundStatus::Success);
    assert_eq!(world.seen().last().unwrap(), "order refunded");
}

#[tokio::test]
async fn a_cancellation_begins_at_the_channel_and_a_paid_payment_cannot_be_cancelled() {
    let world = World::default();
    let stage = stage(world.mocks()).await;
    let payment = stage.client.create_payment(&request("M-1", 1999)).await.unwrap();
    let why = CancelPayment { reason: "changed my mind".into() };
    stage.client.cancel_payment(&payment.payment_no, &why).await.unwrap();
    assert_eq!(world.seen()[3..], ["channel cancelled", "order cancelled"]);
    let cancelled = stage.client.get_payment(&payment.payment_no).await.unwrap();
    assert_eq!((cancelled.status, cancelled.error_msg.as_str()), (PaymentStatus::Cancelled, "changed my mind"));

    let paid = stage.paid("M-2").await;
    let error = stage.client.cancel_payment(&paid.payment_no, &why).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, Some("PAYMENT_NOT_CANCELLABLE")));
}

#[tokio::test]
async fn what_a_payments_state_does_not_allow_is_refused_by_its_name_and_changes_nothing() {
    let world = World::default();
    let (risk, orders, _, refunds) = world.mocks();
    let payments = MockChannelPaymentApi::new()
        .on_create_channel_payment_alias(|payment| match payment.order_no.as_ref().map(|number| number.as_str()) {
            Some("declined") => Err(Error::declined("CHANNEL_DECLINED", "insufficient funds")),
            _ => Ok(at_the_channel(payment)),
        })
        .on_cancel_channel_payment(|_| Ok(ChannelCancellation { message: "cancelled".into() }));
    let stage = stage((risk, orders, payments, refunds)).await;
    let why = CancelPayment { reason: "changed my mind".into() };
    let open = stage.client.create_payment(&request("open", 1999)).await.unwrap();
    let paid = stage.paid("paid").await;
    let cancelled = stage.client.create_payment(&request("cancelled", 1999)).await.unwrap();
    stage.client.cancel_payment(&cancelled.payment_no, &why).await.unwrap();
    stage.client.create_payment(&request("declined", 1999)).await.unwrap_err();
    let all = stage.client.list_payments(&Default::default()).await.unwrap().list;
    let failed = all.iter().find(|payment| payment.status == PaymentStatus::Failed).unwrap();
    for (payment, state, may_cancel, may_refund) in [
        (&open, "processing", true, false),
        (&paid, "success", false, true),
        (&cancelled, "cancelled", false, false),
        (failed, "failed", false, false),
    ] {
        let number = &payment.payment_no;
        let refund = CreateRefund { payment_no: number.clone(), amount: 1, reason: "r".into(), ..Default::default() };
        let before = stage.client.get_payment(number).await.unwrap();
        assert_eq!(before.status.as_str(), state);
        if !may_refund {
            let refused = stage.client.create_refund(&refund).await.unwrap_err();
            assert_eq!(refused.code(), Some("REFUND_NOT_ALLOWED"), "{state}: {refused}");
            assert!(refused.message().contains(state), "{refused}");
        }
        if !may_cancel {
            let refused = stage.client.cancel_payment(number, &why).await.unwrap_err();
            assert_eq!(refused.code(), Some("PAYMENT_NOT_CANCELLABLE"), "{state}: {refused}");
            assert!(refused.message().contains(state), "{refused}");
        }
        if is_final(&before.status) {
            for word in ["success", "failed", "cancelled"] {
                let told =
                    format!(r#"{{"payment_no": "{number}", "status": "{word}", "amount": 1999, "currency": "USD"}}"#);
                stage.callback(&told).await.unwrap();
            }
        }
        assert_eq!(stage.client.get_payment(number).await.unwrap(), before, "{state}");
    }
}

#[tokio::test]
async fn refunds_never_add_up_to_more_than_was_paid() {
    let stage = stage(World::default().mocks()).await;
    let payment = stage.paid("M-1").await;
    let refund = |amount| CreateRefund {
        payment_no: payment.payment_no.clone(),
        amount,
        reason: "returned".into(),
        ..CreateRefund::default()
    };
    let many = [refund(800), refund(800), refund(800), refund(800)];
    let answers = join_all(many.iter().map(|refund| stage.client.create_refund(refund))).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 2, "1999 holds 800 twice");
    let error = stage.client.create_refund(&refund(400)).await.unwrap_err();
    assert_eq!(error.code(), Some("REFUND_AMOUNT_EXCEEDS"));
    assert!(error.message().contains("399"), "{error}");
    let rest = stage.client.create_refund(&refund(399)).await.unwrap();
    assert_eq!((rest.status, rest.channel_refund_no.as_str()), (RefundStatus::Success, "re_1"));
    let all = stage.client.list_refunds(&Default::default()).await.unwrap();
    assert_eq!(all.list.iter().map(|refund| refund.amount).sum::<i64>(), 1999);
    assert!(all.list.iter().all(|refund| refund.payment.is_some()));
}

#[tokio::test]
async fn a_refused_refund_frees_what_it_had_reserved() {
    let world = World::default();
    let (risk, orders, payments, _) = world.mocks();
    let no = Arc::new(Mutex::new(true));
    let refunds = MockChannelRefundApi::new().on_create_channel_refund_alias(move |refund| {
        let status = if std::mem::take(&mut *no.lock().unwrap()) {
            ChannelRefundStatus::Failed
        } else {
            ChannelRefundStatus::Refunded
        };
        Ok(ChannelRefund { refund_no: refund.refund_no.clone(), channel_refund_no: "re_1".into(), status })
    });
    let stage = stage((risk, orders, payments, refunds)).await;
    let payment = stage.paid("M-1").await;
    let whole = CreateRefund { payment_no: payment.payment_no, amount: 1999, reason: "r".into(), ..Default::default() };
    let refused = stage.client.create_refund(&whole).await.unwrap_err();
    assert_eq!(refused.code(), Some("REFUND_FAILED"));
    assert_eq!(stage.client.create_refund(&whole).await.unwrap().status, RefundStatus::Success);
}

#[tokio::test]
async fn a_payment_that_is_not_paid_cannot_be_refunded() {
    let stage = stage(World::default().mocks()).await;
    let payment = stage.client.create_payment(&request("M-1", 1999)).await.unwrap();
    let refund = CreateRefund { payment_no: payment.payment_no, amount: 1, reason: "r".into(), ..Default::default() };
    assert_eq!(stage.client.create_refund(&refund).await.unwrap_err().code(), Some("REFUND_NOT_ALLOWED"));
}
