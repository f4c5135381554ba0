//! What is settled was paid, is settled once, and adds up.

use std::time::Duration;

use futures_util::future::join_all;
use payment_clients::{
    apis::{
        accounting::{
            AccountId, AccountSettlementFilter, AccountSettlementStatus, AccountType, CreateAccount,
            CreateAccountSettlement, HoldPurpose, PlaceHold, TransactionType,
        },
        words::Channel,
    },
    contract::{error::ErrorKind, timestamp::Timestamp},
    prelude::*,
};
use payment_services::accounting::payments::{self, Captured};

use crate::stage::{NOON, Stage, merchant, other_merchant, refusal, usd};

/// All of the day.
pub fn today(account: AccountId) -> CreateAccountSettlement {
    let at = |ms| Timestamp::from_unix_ms(ms);
    let (start, end) = (at(NOON - 12 * 3_600_000), at(NOON + 12 * 3_600_000));
    CreateAccountSettlement::new(merchant(), account, Currency::USD, start, end)
}

pub async fn operating(stage: &Stage) -> AccountId {
    let (account_type, currency) = (AccountType::Operating, Currency::USD);
    let account = CreateAccount { merchant_id: merchant(), account_type, currency };
    stage.service.create_account(&account).await.unwrap().id
}

async fn pending(stage: &Stage) -> i64 {
    let summary = stage.service.get_balance_by_account_type(&merchant(), &AccountType::Settlement).await.unwrap();
    summary.total_available
}

#[tokio::test]
async fn a_settlement_pays_what_came_in_less_what_went_back_and_the_fees_fixed_at_capture() {
    let stage = Stage::start();
    let account = operating(&stage).await;
    stage.capture("PY1", 10_000).await;
    stage.capture("PY2", 25).await;
    stage.refund("RF1", "PY1", 4_000).await;
    let settlement = stage.service.create_settlement(&today(account)).await.unwrap();
    // Two per cent of 100.00 and of 0.25, of which a half goes to the even neighbour.
    assert_eq!((settlement.total_amount, settlement.fee_amount, settlement.net_amount), (6_025, 200, 5_825));
    assert_eq!((settlement.payment_count, settlement.refund_count), (2, 1));
    stage.service.process_settlement(&settlement.settlement_no).await.unwrap();
    assert_eq!((stage.free(account).await, pending(&stage).await), (5_825, 0));
    let settled = stage.service.get_settlement(&settlement.settlement_no).await.unwrap();
    assert_eq!(settled.status, AccountSettlementStatus::Completed);
    let again = stage.service.process_settlement(&settlement.settlement_no).await;
    assert_eq!(again.unwrap_err().code(), Some("SETTLEMENT_NOT_PENDING"));
    stage.adds_up().await;
}

#[tokio::test]
async fn settlements_made_at_once_share_out_the_payments_and_none_is_in_two() {
    let stage = Stage::start();
    let account = operating(&stage).await;
    for number in 0..40 {
        stage.capture(&format!("PY{number}"), 1_000).await;
    }
    let request = today(account);
    let made = join_all((0..8).map(|_| stage.service.create_settlement(&request))).await;
    let (made, refused): (Vec<_>, Vec<_>) = made.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    assert_eq!(made[0].as_ref().unwrap().payment_count, 40);
    for error in refused.into_iter().filter_map(Result::err) {
        assert_eq!(error.code(), Some("NOTHING_TO_SETTLE"), "{error}");
    }
    stage.adds_up().await;
}

#[tokio::test]
async fn what_a_cancelled_settlement_had_claimed_is_settled_by_another() {
    let stage = Stage::start();
    let account = operating(&stage).await;
    stage.capture("PY1", 10_000).await;
    let first = stage.service.create_settlement(&today(account)).await.unwrap();
    stage.service.cancel_settlement(&first.settlement_no).await.unwrap();
    assert_eq!(refusal(stage.service.process_settlement(&first.settlement_no).await), ErrorKind::Conflict);
    let second = stage.service.create_settlement(&today(account)).await.unwrap();
    assert_eq!(second.net_amount, 9_800);
    stage.service.process_settlement(&second.settlement_no).await.unwrap();
    let cancelled = AccountSettlementFilter {
        status: Some(AccountSettlementStatus::Cancelled),
        ..AccountSettlementFilter::default()
    };
    let found = stage.merchant().list_settlements(&cancelled).await.unwrap();
    assert_eq!(found.list.iter().map(|found| &found.settlement_no).collect::<Vec<_>>(), [&first.settlement_no]);
    let stranger = stage.caller(&format!("merchant:{}", other_merchant()));
    assert_eq!(refusal(stranger.get_settlement(&first.settlement_no).await), ErrorKind::NotFound);
    stage.adds_up().await;
}

#[tokio::test]
async fn a_period_that_overlaps_finds_only_the_rest_and_one_outside_finds_nothing() {
    let stage = Stage::start();
    let account = operating(&stage).await;
    stage.capture("PY1", 10_000).await;
    stage.service.create_settlement(&today(account)).await.unwrap();
    stage.hand.advance(Duration::from_secs(3600));
    stage.capture("PY2", 500).await;
    let end = Timestamp::from_unix_ms(NOON + 3_600_000);
    let before = CreateAccountSettlement { period_end: end, ..today(account) };
    assert_eq!(stage.service.create_settlement(&before).await.unwrap_err().code(), Some("NOTHING_TO_SETTLE"));
    let rest = stage.service.create_settlement(&today(account)).await.unwrap();
    assert_eq!((rest.total_amount, rest.payment_count), (500, 1));
    stage.adds_up().await;
}

#[tokio::test]
async fn what_went_back_after_the_period_is_taken_off_and_what_came_in_after_it_waits() {
    let stage = Stage::start();
    let account = operating(&stage).await;
    stage.capture("PY1", 10_000).await;
    stage.hand.advance(Duration::from_secs(12 * 3600));
    stage.refund("RF1", "PY1", 4_000).await;
    stage.capture("PY2", 500).await;
    let settlement = stage.service.create_settlement(&today(account)).await.unwrap();
    assert_eq!((settlement.total_amount, settlement.fee_amount, settlement.net_amount), (6_000, 200, 5_800));
    assert_eq!((settlement.payment_count, settlement.refund_count, settlement.refund_amount), (1, 1, 4_000));
    stage.service.process_settlement(&settlement.settlement_no).await.unwrap();
    assert_eq!((stage.free(account).await, pending(&stage).await), (5_800, 500));
    stage.adds_up().await;
}

#[tokio::test]
async fn a_settlement_that_a_refund_has_overtaken_is_made_anew() {
    let stage = Stage::start();
    let account = operating(&stage).await;
    stage.capture("PY1", 10_000).await;
    let first = stage.service.create_settlement(&today(account)).await.unwrap();
    let hold = PlaceHold {
        channel: Some(Channel::Stripe),
        ..PlaceHold::new("refund:RF1".into(), merchant(), usd(1_000), HoldPurpose::Refund)
    };
    stage.service.place_hold(&hold).await.unwrap();
    let error = stage.service.process_settlement(&first.settlement_no).await.unwrap_err();
    assert_eq!(error.code(), Some("SETTLEMENT_OVERTAKEN"));
    stage.service.capture_hold(&"refund:RF1".into(), &Default::default()).await.unwrap();
    stage.service.cancel_settlement(&first.settlement_no).await.unwrap();
    let second = stage.service.create_settlement(&today(account)).await.unwrap();
    assert_eq!((second.total_amount, second.net_amount), (9_000, 8_800));
    stage.service.process_settlement(&second.settlement_no).await.unwrap();
    assert_eq!(stage.free(account).await, 8_800);
    stage.adds_up().await;
}

#[tokio::test]
async fn settlements_that_cannot_be_are_refused() {
    let stage = Stage::start();
    let account = operating(&stage).await;
    stage.capture("PY1", 10_000).await;
    let foreign = stage.funded(other_merchant(), 1).await;
    let request = today(account);
    let backwards = CreateAccountSettlement { period_end: request.period_start, ..request.clone() };
    let euros = CreateAccountSettlement { currency: "EUR".parse().unwrap(), ..request.clone() };
    let theirs = CreateAccountSettlement { account_id: foreign, ..request };
    for (bad, kind) in
        [(backwards, ErrorKind::InvalidInput), (euros, ErrorKind::InvalidInput), (theirs, ErrorKind::NotFound)]
    {
        assert_eq!(refusal(stage.service.create_settlement(&bad).await), kind, "{bad:?}");
    }
    assert_eq!(refusal(stage.service.cancel_settlement(&"ST0".into()).await), ErrorKind::NotFound);
}

// === payments ===

#[tokio::test]
async fn a_payment_and_a_refund_are_booked_once() {
    let stage = Stage::start();
    for _ in 0..3 {
        stage.capture("PY1", 10_000).await;
    }
    for _ in 0..3 {
        stage.refund("RF1", "PY1", 4_000).await;
    }
    assert_eq!(pending(&stage).await, 6_000);
    stage.adds_up().await;
}

#[tokio::test]
async fn a_refund_of_settled_money_comes_from_free_funds_and_is_found_when_it_comes_again() {
    let stage = Stage::start();
    let account = operating(&stage).await;
    stage.capture("PY1", 10_000).await;
    let settlement = stage.service.create_settlement(&today(account)).await.unwrap();
    stage.service.process_settlement(&settlement.settlement_no).await.unwrap();
    stage.refund("RF1", "PY1", 4_000).await;
    stage.capture("PY2", 50_000).await;
    // The pending funds would be enough by now; it is booked already.
    stage.refund("RF1", "PY1", 4_000).await;
    assert_eq!((stage.free(account).await, pending(&stage).await), (5_800, 50_000));
    stage.adds_up().await;
}

#[tokio::test]
async fn a_payment_that_nobody_can_have_is_in_suspense_with_an_incident() {
    let stage = Stage::start();
    let now = stage.clock.now();
    let paid =
        Captured { payment_no: "PY1".into(), merchant_id: merchant(), channel: Channel::Stripe, money: usd(1_000) };
    let store = stage.accounting.store();
    for _ in 0..2 {
        let paid = paid.clone();
        store.write(move |tx| payments::book_stray(tx, &paid, "it was cancelled", now)).await.unwrap();
    }
    stage.refund("RF1", "PY1", 1_000).await;
    let incidents: i64 =
        store.read(|view| view.one("SELECT COUNT(*) FROM incident", &[], |row| row.get(0))).await.unwrap();
    assert_eq!(incidents, 2);
    let left: i64 = store
        .read(|view| view.one("SELECT cp - dp FROM ledger_accounts WHERE class = 'suspense'", &[], |row| row.get(0)))
        .await
        .unwrap();
    assert_eq!(left, 0);
    let transactions = stage.service.list_transactions(&Default::default()).await.unwrap();
    assert!(transactions.list.iter().all(|found| found.transaction_type != TransactionType::PaymentIn));
    stage.adds_up().await;
}
