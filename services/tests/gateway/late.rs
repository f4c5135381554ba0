//! Money that comes after a payment has ended: the payment stays as it ended, and the money goes back, whole and once.

use std::{sync::atomic::Ordering, time::Duration};

use bytes::Bytes;
use futures_util::future::join_all;
use payment_clients::{
    apis::{
        channel_adapter::CreateChannelRefund,
        payment_gateway::{CreateRefund, Payment, PaymentStatus},
        words::Channel,
    },
    prelude::*,
};
use payment_services::kit::{incident, webhook};
use tokio::time::timeout;

use crate::{
    stage::*,
    whole::{Answers, LATE, Whole},
};

/// Longer than any payment waits for its money.
const LAPSED: Duration = Duration::from_secs(31 * 60);

fn of(payment: &Payment, refund_no: &str, amount: i64) -> CreateChannelRefund {
    CreateChannelRefund {
        refund_no: refund_no.into(),
        payment_no: payment.payment_no.clone(),
        amount,
        ..CreateChannelRefund::default()
    }
}

#[tokio::test]
async fn money_that_comes_after_a_cancellation_goes_back_once_and_the_payment_stays_cancelled() {
    for channel in [Channel::Stripe, Channel::Paypal] {
        let whole = Whole::open(Answers::Come).await;
        let payment = whole.cancelled_too_late(channel.clone()).await;
        whole.late(&payment, "refunded").await;
        assert_eq!(whole.at_the_channel(&payment).await, ("captured".to_owned(), 1999, 1), "{channel}");

        join_all((0..8).map(|_| whole.callback(&payment))).await;
        whole.is_told().await;
        assert_eq!(whole.asked.load(Ordering::SeqCst), 1, "what is heard again is the same");
        assert_eq!(whole.stage.status(&payment).await, PaymentStatus::Cancelled);
        assert_eq!(whole.incidents().await, [[""; 0]; 2]);
        for store in [whole.stage.gateway.store(), whole.adapter.store()] {
            let closed = "SELECT detail FROM incident WHERE reason = 'LATE_SUCCESS' AND closed_at IS NOT NULL";
            let detail: String = store.read(move |view| view.one(closed, &[], |row| row.get(0))).await.unwrap();
            assert!(detail.contains("cancelled; paid back"), "it was closed with what was done: {detail}");
        }

        // Nothing is left that anybody could ask for.
        let more = whole.channels.create_channel_refund(&of(&payment, "RF-2", 1)).await.unwrap_err();
        assert_eq!(more.code(), Some("REFUND_EXCEEDS_PAYMENT"), "{more}");
        let asked = CreateRefund {
            payment_no: payment.payment_no.clone(),
            amount: 1,
            reason: "r".into(),
            ..CreateRefund::default()
        };
        let refused = whole.stage.client.create_refund(&asked).await.unwrap_err();
        assert_eq!(refused.code(), Some("REFUND_NOT_ALLOWED"), "{refused}");
        assert_eq!(whole.at_the_channel(&payment).await, ("captured".to_owned(), 1999, 1));
        whole.holds().await;
    }
}

#[tokio::test]
async fn money_that_comes_after_a_payment_has_lapsed_goes_back_and_it_stays_expired() {
    let whole = Whole::open(Answers::Come).await;
    let payment = whole.pay("too_late", Channel::Stripe).await;
    whole.stage.hand.advance(LAPSED);
    while whole.stage.status(&payment).await != PaymentStatus::Expired {
        whole.stage.gateway.ask_about_silent_payments().await.unwrap();
    }
    whole.stage.hand.advance(LATE);
    whole.late(&payment, "refunded").await;
    assert_eq!(whole.at_the_channel(&payment).await, ("captured".to_owned(), 1999, 1));
    assert_eq!(whole.stage.status(&payment).await, PaymentStatus::Expired);
    assert_eq!(whole.incidents().await, [[""; 0]; 2]);
    whole.holds().await;
}

#[tokio::test]
async fn the_channel_tells_the_same_under_another_number_and_nothing_else_goes_back() {
    let whole = Whole::open(Answers::Come).await;
    let payment = whole.cancelled_too_late(Channel::Stripe).await;
    whole.late(&payment, "refunded").await;
    let told = "SELECT id, body FROM events WHERE body LIKE '%payment_intent.succeeded%'";
    let (id, body): (String, String) =
        whole.book.read(move |view| view.one(told, &[], |row| Ok((row.get(0)?, row.get(1)?)))).await.unwrap();
    let again = body.replace(&id, "evt_again");
    let signature = webhook::sign(&secret("s"), whole.stage.clock.now() / 1000, again.as_bytes());
    whole.channels.handle_stripe_webhook(&signature, Bytes::from(again)).await.unwrap();
    whole.is_told().await;
    assert_eq!(whole.at_the_channel(&payment).await, ("captured".to_owned(), 1999, 1));
    assert_eq!(whole.incidents().await, [[""; 0]; 2]);
}

#[tokio::test]
async fn a_refund_whose_answer_is_lost_is_asked_about_and_made_once() {
    let whole = Whole::open(Answers::GetLost).await;
    let payment = whole.cancelled_too_late(Channel::Stripe).await;
    let lost = async {
        while whole.asked.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(30), lost).await.unwrap();
    whole.stage.comes_to_rest().await;
    whole.late(&payment, "refunded").await;
    assert_eq!(whole.at_the_channel(&payment).await, ("captured".to_owned(), 1999, 1));
    assert_eq!(whole.incidents().await, [[""; 0]; 2]);
    whole.holds().await;
}

#[tokio::test]
async fn what_the_channel_does_not_pay_back_stays_open_and_is_named() {
    let whole = Whole::open(Answers::SayNo).await;
    let payment = whole.cancelled_too_late(Channel::Stripe).await;
    whole.late(&payment, "refused").await;
    whole.callback(&payment).await;
    assert_eq!(whole.asked.load(Ordering::SeqCst), 1);
    assert_eq!(whole.stage.status(&payment).await, PaymentStatus::Cancelled);
    let open = whole.stage.gateway.store().read(incident::listed).await.unwrap();
    let mut reasons: Vec<_> = open.iter().map(|incident| incident.reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["LATE_REFUND_REFUSED", "LATE_SUCCESS"]);
    assert!(open.iter().all(|incident| incident.subject == payment.payment_no.as_str()));
    assert!(open.iter().any(|incident| incident.detail.contains("the card is closed")), "{open:?}");
    assert_eq!(whole.incidents().await[1], ["LATE_SUCCESS"], "the channel still has the money");
    whole.holds().await;
}

#[tokio::test]
async fn a_channel_pays_back_what_it_was_seen_to_take_and_a_payment_in_time_is_none_of_it() {
    let whole = Whole::open(Answers::Come).await;
    let paid = whole.pay("payer", Channel::Stripe).await;
    while whole.stage.status(&paid).await != PaymentStatus::Success {
        tokio::task::yield_now().await;
    }
    // Cancelled in time: the channel has nothing, whatever the gateway is told.
    let cancelled = whole.pay("late", Channel::Stripe).await;
    whole.cancel(&cancelled).await;
    whole.is_told().await;
    let refused = whole.channels.create_channel_refund(&of(&cancelled, "RF-1", 1999)).await.unwrap_err();
    assert_eq!(refused.code(), Some("PAYMENT_NOT_PAID"), "{refused}");
    whole.callback(&cancelled).await;
    whole.late(&cancelled, "refused").await;
    assert_eq!(whole.at_the_channel(&cancelled).await, ("canceled".to_owned(), 0, 0));
    assert_eq!(whole.at_the_channel(&paid).await, ("captured".to_owned(), 0, 0));
    let count = "SELECT COUNT(*) FROM late_successes";
    let known: i64 =
        whole.stage.gateway.store().read(move |view| view.one(count, &[], |row| row.get(0))).await.unwrap();
    assert_eq!(known, 1);
    whole.holds().await;
}
