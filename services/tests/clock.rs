//! Clocks jump: forward by days when somebody sets one that was wrong, backward by hours when that is corrected. Whatever is
//! on its way then is done once, none of it is lost, and none waits for the time that was.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "merchant_auth/stage.rs"]
#[allow(dead_code, reason = "another test needs the rest")]
mod auth;
#[path = "gateway/stage.rs"]
#[allow(dead_code, reason = "another test needs the rest")]
mod gateway;
#[path = "payout/stage.rs"]
#[allow(dead_code, reason = "another test needs the rest")]
mod payout;
mod support;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, header};
use payment_clients::{
    apis::{
        bank_transfer::bank_transfer_api,
        channel_adapter::{ChannelPaymentState, ChannelPaymentStatus, MockChannelPaymentApi},
        payment_gateway::PaymentStatus,
        settlement::{SettlementApi, SettlementFilter},
        withdrawal::{WithdrawalApi, WithdrawalStatus},
    },
    client::wire::Signer,
    contract::error::ErrorKind,
    mock::Fault,
    prelude::*,
};
use payment_services::{
    args,
    kit::{
        clock::{Clock, Hand},
        idempotency,
        identity::{
            bearer::Bearer,
            nonces::{self, Taken},
        },
        outbox::{
            self,
            feed::{EventFeedApi, Feed},
            relay::Relay,
        },
        store::Store,
        tasks,
        upkeep::Upkeep,
    },
};

use auth::PASSWORD;
use payout::{NOON, STAFF, Stage, key, shop, withdrawal};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Forward so many times, or backward below zero.
fn jump(hand: &Hand, by: Duration, times: i32) {
    let by = by * times.unsigned_abs();
    if times > 0 {
        hand.advance(by);
    } else {
        hand.turn_back(by);
    }
}

// === money on its way ===

/// A withdrawal whose way to the bank breaks, then the clock jumps, then everybody works on for an hour.
async fn jumped(holder: &str, jump: impl FnOnce(&Stage)) -> (Stage, WithdrawalStatus) {
    let stage = Stage::open().await;
    stage.funded(shop(), 100_000).await;
    let made = stage.approved(shop(), holder).await;
    // The answer is lost once on the way, so that the saga waits, and a lease or a pause is written down.
    let _ = stage.bank_faults.clone().on(&bank_transfer_api::CREATE_TRANSFER, Fault::drop_after().once());
    let _ = stage.staff().execute_withdrawal(&made.id).await;
    assert_eq!(stage.status(made.id).await, WithdrawalStatus::Processing, "{holder}");
    jump(&stage);
    for _ in 0..60 {
        stage.withdrawals.engine().pass().await.unwrap();
        stage.withdrawals.ask_the_bank().await.unwrap();
        stage.hand.advance(Duration::from_secs(61));
    }
    let status = stage.status(made.id).await;
    (stage, status)
}

#[tokio::test]
async fn a_withdrawal_that_waits_does_not_wait_for_a_clock_that_went_back() {
    let (stage, status) = jumped("Shop Ltd", |stage| stage.hand.turn_back(9 * HOUR)).await;
    assert_eq!((status, stage.transfers()), (WithdrawalStatus::Completed, 1));
    assert_eq!(stage.funds(shop()).await, (95_000, 0));
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_withdrawal_is_paid_once_though_every_key_has_expired_in_between() {
    let (stage, status) = jumped("Shop Ltd", |stage| stage.hand.advance(40 * DAY)).await;
    assert_eq!((status, stage.transfers()), (WithdrawalStatus::Completed, 1));
    assert_eq!(stage.funds(shop()).await, (95_000, 0));
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_withdrawal_is_paid_once_by_a_clock_that_leaps_and_is_put_right() {
    let leap = |stage: &Stage| {
        stage.hand.advance(3 * DAY);
        stage.hand.turn_back(3 * DAY + 2 * HOUR);
    };
    for holder in ["Shop Ltd", "lose_answer", "duplicate"] {
        let (stage, status) = jumped(holder, leap).await;
        assert_eq!((status, stage.transfers()), (WithdrawalStatus::Completed, 1), "{holder}");
        assert_eq!(stage.violations(), Vec::<String>::new(), "{holder}");
    }
}

#[tokio::test]
async fn what_came_in_is_settled_once_whatever_days_are_skipped_or_seen_twice() {
    let stage = Stage::open().await;
    stage.funded(shop(), 0).await;
    stage.bank_account(shop(), "Shop").await;
    let settled = async || {
        stage.settlements.settle_everybody().await.unwrap();
        let staff = stage.settling_as(&format!("admin:{STAFF}"));
        let all = staff.list_settlements(&SettlementFilter::default()).await.unwrap().settlements;
        all.iter().map(|settlement| settlement.total_amount).sum::<i64>()
    };
    stage.takes(shop(), "PY1", 10_000).await;
    stage.hand.advance(5 * DAY);
    assert_eq!(settled().await, 10_000, "days were skipped, and their money is there");
    stage.takes(shop(), "PY2", 5_000).await;
    stage.hand.turn_back(13 * HOUR);
    assert_eq!(settled().await, 10_000, "the day that was settled comes again");
    stage.takes(shop(), "PY3", 2_000).await;
    stage.hand.advance(2 * DAY);
    assert_eq!(settled().await, 17_000, "nothing is left out, and nothing is in two");
    stage.rest().await;
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_payment_whose_callback_never_came_is_asked_about_though_the_clock_went_back() {
    let (risk, orders, _, refunds) = gateway::World::default().mocks();
    let payments = MockChannelPaymentApi::new()
        .on_create_channel_payment_alias(|payment| Ok(gateway::at_the_channel(payment)))
        .on_query_channel_payment(|number| {
            Ok(ChannelPaymentState {
                payment_no: number.clone(),
                channel_trade_no: "pi_1".into(),
                status: ChannelPaymentStatus::Success,
                amount: 1999,
                currency: Currency::USD,
                payment_method: "card".into(),
                payment_method_details: None,
                paid_at: None,
            })
        });
    let stage = gateway::stage((risk, orders, payments, refunds)).await;
    let payment = stage.client.create_payment(&gateway::request("M-1", 1999)).await.unwrap();
    assert_eq!(stage.gateway.ask_about_silent_payments().await.unwrap(), 0, "it was heard of just now");
    stage.hand.turn_back(9 * HOUR);
    assert_eq!(stage.gateway.ask_about_silent_payments().await.unwrap(), 1);
    assert_eq!(stage.status(&payment).await, PaymentStatus::Success);
}

// === keys ===

#[tokio::test]
async fn a_key_is_remembered_across_every_jump_within_its_thirty_days() {
    let stage = Stage::open().await;
    stage.funded(shop(), 100_000).await;
    let account = stage.bank_account(shop(), "Shop").await;
    let (staff, asked) = (stage.staff(), withdrawal(shop(), 5_000, account));
    let first = staff.with(key("once")).create_withdrawal(&asked).await.unwrap();
    let upkeep = Upkeep::new(stage.withdrawals.store(), &stage.clock);
    for days in [29, -29, -2, 31] {
        jump(&stage.hand, DAY, days);
        upkeep.pass().await.unwrap();
        let again = staff.with(key("once")).create_withdrawal(&asked).await.unwrap();
        assert_eq!(again.id, first.id, "after {days} days");
    }
    assert_eq!(stage.funds(shop()).await, (95_000, 5_000), "held once");
}

// === signatures and tokens ===

fn with_nonces() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("s.db"), "s", &[idempotency::TABLES, nonces::TABLES]).unwrap();
    (dir, store)
}

#[tokio::test]
async fn a_nonce_that_was_forgotten_is_not_taken_again_when_the_clock_goes_back() {
    let (_dir, store) = with_nonces();
    let (clock, hand) = Clock::manual(NOON);
    let upkeep = Upkeep::new(&store, &clock);
    let take = async |nonce: &str, seconds: i64| nonces::take(&store, "pk", nonce, seconds, clock.now()).await.unwrap();
    let then = NOON / 1000;
    assert_eq!(take("a", then).await, Taken::New);
    assert_eq!(take("a", then).await, Taken::Again);
    hand.advance(2 * DAY);
    upkeep.pass().await.unwrap();
    let rows = "SELECT COUNT(*) FROM signature_nonces WHERE key_id <> ''";
    assert_eq!(store.read(move |view| view.one(rows, args![], |row| row.get::<i64>(0))).await.unwrap(), 0);
    hand.turn_back(2 * DAY);
    assert_eq!(take("a", then).await, Taken::TooOld, "it is young again, and forgotten");
    assert_eq!(take("b", then - 10).await, Taken::TooOld);
    assert_eq!(take("c", then + 1).await, Taken::New, "what is newer than all that was forgotten is taken at once");
    assert_eq!(take("c", then + 1).await, Taken::Again);
}

#[tokio::test]
async fn nonces_are_forgotten_without_refusing_anybody_while_the_clock_goes_forward() {
    let (_dir, store) = with_nonces();
    let (clock, hand) = Clock::manual(NOON);
    for round in 0..50 {
        // As old as a signature may be, and as new.
        for off in [-300, 0, 300] {
            let (seconds, nonce) = (clock.now() / 1000 + off, format!("{round} {off}"));
            let taken = nonces::take(&store, "pk", &nonce, seconds, clock.now()).await.unwrap();
            assert_eq!(taken, Taken::New, "{nonce}");
        }
        hand.advance(Duration::from_millis(70_300));
    }
}

#[tokio::test]
async fn services_mint_anew_when_the_clock_goes_back_and_are_let_in_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let (clock, hand) = Clock::manual(NOON);
    let issuer = support::issuer(dir.path(), &clock);
    let verifier = issuer.verifier();
    let bearer = Bearer::new(Arc::clone(&issuer), "settlement-service", "withdrawal-service", vec!["x".into()]);
    let is_let_in = || {
        let mut request = Request::new(Bytes::new());
        bearer.sign(&mut request).unwrap();
        let token = request.headers()[header::AUTHORIZATION].to_str().unwrap()["Bearer ".len()..].to_owned();
        verifier.verify(&token, "withdrawal-service").is_ok()
    };
    assert!(is_let_in());
    hand.advance(3 * DAY);
    assert!(is_let_in());
    hand.turn_back(3 * DAY + 5 * HOUR);
    assert!(is_let_in());
}

// === people ===

#[tokio::test]
async fn a_code_is_good_once_and_a_session_that_ended_stays_ended_across_jumps() {
    let stage = auth::Stage::new();
    let setup = stage.with_two_factors().await;
    let (then, code) = (stage.clock.now(), stage.code(&setup));
    let half = stage.half().await;
    let session = stage.second_step(&half, &code).await.unwrap();
    stage.hand.advance(2 * DAY);
    stage.auth.upkeep().await.unwrap();
    assert_eq!(stage.shown(&session).await.unwrap_err().kind(), ErrorKind::NotFound, "it was over by then");
    let later = stage.second_step(&stage.half().await, &stage.code(&setup)).await.unwrap();
    stage.hand.turn_back(2 * DAY);
    assert_eq!(stage.clock.now(), then);
    assert_eq!(stage.shown(&session).await.unwrap_err().kind(), ErrorKind::NotFound, "what ended stays so");
    let again = stage.second_step(&stage.half().await, &code).await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Unauthenticated, "the code was used");
    // Nobody is shut out until the clock has caught up: that is what recovery codes are for.
    stage.second_step(&stage.half().await, setup.backup_codes[0].expose()).await.unwrap();
    stage.shown(&later).await.unwrap();
    let password = stage.login(PASSWORD).await;
    assert!(password.is_ok(), "{password:?}");
    stage.check().await;
}

// === events ===

#[tokio::test]
async fn events_keep_their_order_and_none_is_lost_whatever_the_clock_said_when_they_were_told() {
    use payment_services::kit::events::withdrawal::CREATED;

    let stage = Stage::open().await;
    stage.funded(shop(), 1_000_000).await;
    let account = stage.bank_account(shop(), "Shop").await;
    let relay = Relay::new(stage.withdrawals.store().clone(), "withdrawal-service", stage.clock.clone(), None);
    let mut numbers = Vec::new();
    for hours in [0, 48, -3, -40, 72, -1] {
        jump(&stage.hand, HOUR, hours);
        let made = stage.staff().create_withdrawal(&withdrawal(shop(), 5_000, account)).await.unwrap();
        numbers.push(made.withdrawal_no.to_string());
        relay.pass().await.unwrap();
    }
    assert_eq!(stage.withdrawals.store().read(outbox::unpublished).await.unwrap(), 0);
    let feed = Feed::new(relay, tasks::shutdown().1);
    let told = feed.read_events(0, None, None, None).await.unwrap().events.into_iter();
    let told: Vec<_> = told.filter(|event| event.event.event_type == CREATED.name()).collect();
    assert!(told.is_sorted_by_key(|event| event.seq));
    assert_eq!(told.iter().map(|event| event.event.aggregate_id.clone()).collect::<Vec<_>>(), numbers);
}
