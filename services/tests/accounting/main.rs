//! accounting-service as its callers see it, through the typed client: who sees what, what is refused, and that what is
//! answered adds up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod bad_input;
mod conversions;
mod events;
mod invoices;
mod keys;
mod races;
mod reconciliations;
mod settlements;
mod stage;
mod states;
#[path = "../support/mod.rs"]
mod support;

use payment_clients::{
    apis::{
        accounting::{
            AccountFilter, AccountId, AccountStatus, AccountType, CaptureHold, CreateAccount, CreateTransaction,
            HoldPurpose, HoldStatus, PlaceHold, ReverseTransaction, TransactionFilter, TransactionStatus,
            TransactionType,
        },
        ids::MerchantId,
    },
    contract::error::ErrorKind,
    prelude::*,
};
use stage::{NOON, Stage, merchant, other_merchant, refusal, usd};

fn withdrawal(name: &str, amount: i64) -> PlaceHold {
    PlaceHold::new(name.into(), merchant(), usd(amount), HoldPurpose::Withdrawal)
}

// === accounts ===

#[tokio::test]
async fn a_merchant_has_one_account_of_a_type_and_currency() {
    let stage = Stage::start();
    let account = CreateAccount {
        merchant_id: merchant(),
        account_type: AccountType::Operating,
        currency: "JPY".parse().unwrap(),
    };
    let opened = stage.service.create_account(&account).await.unwrap();
    assert_eq!((opened.balance, opened.status), (0, AccountStatus::Active));
    let error = stage.service.create_account(&account).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, Some("ACCOUNT_EXISTS")));
    let reserve = CreateAccount { account_type: AccountType::Reserve, ..account };
    assert_ne!(stage.service.create_account(&reserve).await.unwrap().id, opened.id);
}

#[tokio::test]
async fn accounts_that_cannot_be_are_refused() {
    let stage = Stage::start();
    let account = |merchant_id, account_type: &str, currency: &str| CreateAccount {
        merchant_id,
        account_type: account_type.into(),
        currency: currency.parse().unwrap(),
    };
    for (bad, code) in [
        (account(MerchantId::default(), "operating", "USD"), "INVALID_REQUEST"),
        (account(merchant(), "savings", "USD"), "INVALID_REQUEST"),
        (account(merchant(), "operating", "XYZ"), "INVALID_CURRENCY"),
    ] {
        let error = stage.service.create_account(&bad).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidInput, Some(code)), "{bad:?}");
    }
}

#[tokio::test]
async fn a_merchant_sees_and_does_what_is_its_own() {
    let stage = Stage::start();
    let own = stage.funded(merchant(), 1_000).await;
    let foreign = stage.funded(other_merchant(), 2_000).await;
    let me = stage.merchant();
    assert_eq!(me.get_account(&own).await.unwrap().balance, 1_000);
    assert_eq!(me.get_account(&foreign).await.unwrap_err().kind(), ErrorKind::NotFound);
    let all = me.list_accounts(&AccountFilter::default()).await.unwrap();
    assert_eq!(all.list.iter().map(|account| account.id).collect::<Vec<_>>(), [own]);
    let theirs = AccountFilter { merchant_id: Some(other_merchant()), ..AccountFilter::default() };
    assert_eq!(me.list_accounts(&theirs).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(me.get_balance_summary(&other_merchant()).await.unwrap_err().kind(), ErrorKind::NotFound);
    let transactions = me.list_transactions(&TransactionFilter::default()).await.unwrap();
    assert_eq!(transactions.total, 1);
    // Nobody books for himself.
    let gift = CreateTransaction::new(own, TransactionType::Adjustment, 1);
    assert_eq!(me.create_transaction(&gift).await.unwrap_err().kind(), ErrorKind::Forbidden);
    assert_eq!(me.place_hold(&withdrawal("w", 1)).await.unwrap_err().kind(), ErrorKind::Forbidden);
    assert_eq!(me.freeze_account(&own).await.unwrap_err().kind(), ErrorKind::Forbidden);
    let nobody = stage.caller("");
    assert_eq!(nobody.get_account(&own).await.unwrap_err().kind(), ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn a_frozen_account_takes_and_gives_nothing_until_it_is_thawed() {
    let stage = Stage::start();
    let account = stage.funded(merchant(), 1_000).await;
    stage.service.freeze_account(&account).await.unwrap();
    stage.service.freeze_account(&account).await.unwrap();
    for amount in [1, -1] {
        let error = stage.service.create_transaction(&adjustment(account, amount)).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, Some("ACCOUNT_NOT_ACTIVE")));
    }
    stage.service.unfreeze_account(&account).await.unwrap();
    stage.service.create_transaction(&adjustment(account, -1)).await.unwrap();
    assert_eq!(stage.free(account).await, 999);
    stage.adds_up().await;
}

// === transactions ===

fn adjustment(account: AccountId, amount: i64) -> CreateTransaction {
    CreateTransaction::new(account, TransactionType::Adjustment, amount)
}

#[tokio::test]
async fn a_transaction_tells_what_was_free_before_and_after() {
    let stage = Stage::start();
    let account = stage.funded(merchant(), 1_000).await;
    let booked = stage.service.create_transaction(&adjustment(account, -300)).await.unwrap();
    assert_eq!((booked.balance_before, booked.balance_after), (1_000, 700));
    assert_eq!(stage.service.get_transaction(&booked.transaction_no).await.unwrap(), booked);
    let error = stage.service.create_transaction(&adjustment(account, -701)).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Declined, Some("INSUFFICIENT_BALANCE")));
    stage.adds_up().await;
}

#[tokio::test]
async fn amounts_that_cannot_be_booked_are_refused() {
    let stage = Stage::start();
    let account = stage.funded(merchant(), 1_000).await;
    for (kind, amount) in [
        ("adjustment", 0),
        ("adjustment", i64::MAX),
        ("adjustment", i64::MIN),
        ("payment_in", -1),
        ("withdraw", 1),
        ("settlement", 1),
        ("gift", 1),
    ] {
        let bad = CreateTransaction::new(account, kind.into(), amount);
        assert_eq!(refusal(stage.service.create_transaction(&bad).await), ErrorKind::InvalidInput, "{kind} {amount}");
    }
    let long = CreateTransaction { related_no: Some("n".repeat(65).into()), ..adjustment(account, 1) };
    assert_eq!(refusal(stage.service.create_transaction(&long).await), ErrorKind::InvalidInput);
    let nowhere = adjustment(AccountId::from_u128(1), 1);
    assert_eq!(refusal(stage.service.create_transaction(&nowhere).await), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_number_is_posted_once_for_an_account_and_type() {
    let stage = Stage::start();
    let account = stage.funded(merchant(), 1_000).await;
    let numbered = CreateTransaction { related_no: Some("n-1".into()), ..adjustment(account, 5) };
    stage.service.create_transaction(&numbered).await.unwrap();
    let error = stage.service.create_transaction(&numbered).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, Some("ALREADY_POSTED")));
    assert_eq!(stage.free(account).await, 1_005);
    let of_another_type = CreateTransaction { transaction_type: TransactionType::PaymentIn, ..numbered };
    stage.service.create_transaction(&of_another_type).await.unwrap();
    stage.adds_up().await;
}

#[tokio::test]
async fn a_transaction_is_reversed_once() {
    let stage = Stage::start();
    let account = stage.funded(merchant(), 1_000).await;
    let booked = stage.service.create_transaction(&adjustment(account, -300)).await.unwrap();
    let why = ReverseTransaction { reason: "wrong merchant".into() };
    stage.service.reverse_transaction(&booked.transaction_no, &why).await.unwrap();
    assert_eq!(stage.free(account).await, 1_000);
    let original = stage.service.get_transaction(&booked.transaction_no).await.unwrap();
    assert_eq!(original.status, TransactionStatus::Reversed);
    let again = stage.service.reverse_transaction(&booked.transaction_no, &why).await;
    assert_eq!(refusal(again), ErrorKind::Conflict);
    let empty = ReverseTransaction { reason: " ".into() };
    assert_eq!(
        refusal(stage.service.reverse_transaction(&booked.transaction_no, &empty).await),
        ErrorKind::InvalidInput
    );
    stage.adds_up().await;
}

#[tokio::test]
async fn transactions_are_found_by_day_newest_first_and_by_pages() {
    let stage = Stage::start();
    let account = stage.funded(merchant(), 1_000).await;
    stage.hand.advance(std::time::Duration::from_secs(24 * 3600));
    stage.service.create_transaction(&adjustment(account, 1)).await.unwrap();
    let by_day = |start: &str, end: &str| TransactionFilter {
        start: Some(start.into()),
        end: Some(end.into()),
        ..TransactionFilter::default()
    };
    let amounts = async |filter: &TransactionFilter| {
        let page = stage.service.list_transactions(filter).await.unwrap();
        page.list.iter().map(|transaction| transaction.amount).collect::<Vec<_>>()
    };
    assert_eq!(amounts(&by_day("2025-10-24", "2025-10-25")).await, [1, 1_000]);
    assert_eq!(amounts(&by_day("2025-10-24", "2025-10-24")).await, [1_000]);
    assert_eq!(amounts(&by_day("2025-10-26", "2025-10-30")).await, [0; 0]);
    let second = TransactionFilter { page: Some(2), page_size: Some(1), ..TransactionFilter::default() };
    assert_eq!(amounts(&second).await, [1_000]);
    let wrong = [
        by_day("yesterday", "2025-10-24"),
        TransactionFilter { page_size: Some(101), ..TransactionFilter::default() },
        TransactionFilter { page: Some(0), ..TransactionFilter::default() },
    ];
    for filter in wrong {
        assert_eq!(refusal(stage.service.list_transactions(&filter).await), ErrorKind::InvalidInput, "{filter:?}");
    }
}

// === holds ===

#[tokio::test]
async fn a_hold_takes_from_what_is_free_and_a_capture_books_it_with_its_fee() {
    let stage = Stage::start();
    let account = stage.funded(merchant(), 1_000).await;
    let held = stage.service.place_hold(&withdrawal("w-1", 700)).await.unwrap();
    assert_eq!(held.status, HoldStatus::Held);
    let balance = stage.service.get_balance_by_currency(&merchant(), Currency::USD).await.unwrap();
    assert_eq!((balance.total_available, balance.total_frozen), (300, 700));
    // Placed again it is found, under whatever key; with another amount it is another hold.
    assert_eq!(stage.service.place_hold(&withdrawal("w-1", 700)).await.unwrap(), held);
    assert_eq!(refusal(stage.service.place_hold(&withdrawal("w-1", 1)).await), ErrorKind::Conflict);
    let capture = CaptureHold { amount: Some(500), fee_amount: Some(20) };
    let captured = stage.service.capture_hold(&"w-1".into(), &capture).await.unwrap();
    assert_eq!((captured.captured_amount, captured.fee_amount), (500, 20));
    assert_eq!(stage.free(account).await, 500);
    for again in
        [stage.service.release_hold(&"w-1".into()).await, stage.service.capture_hold(&"w-1".into(), &capture).await]
    {
        assert_eq!(again.unwrap_err().code(), Some("HOLD_ENDED"));
    }
    // The bank sends it back: all of it, once.
    let returned = ReverseTransaction { reason: "returned by the bank".into() };
    stage.service.reverse_transaction(&captured.transaction_no, &returned).await.unwrap();
    assert_eq!(stage.free(account).await, 1_000);
    stage.adds_up().await;
}

#[tokio::test]
async fn a_released_hold_is_free_again() {
    let stage = Stage::start();
    let account = stage.funded(merchant(), 1_000).await;
    stage.service.place_hold(&withdrawal("w-1", 1_000)).await.unwrap();
    assert_eq!(stage.service.place_hold(&withdrawal("w-2", 1)).await.unwrap_err().code(), Some("INSUFFICIENT_BALANCE"));
    stage.service.release_hold(&"w-1".into()).await.unwrap();
    assert_eq!(stage.free(account).await, 1_000);
    assert_eq!(stage.service.get_hold(&"w-1".into()).await.unwrap().ended_at.unwrap().unix_ms(), NOON);
    assert_eq!(refusal(stage.service.get_hold(&"w-2".into()).await), ErrorKind::NotFound);
    stage.adds_up().await;
}

#[tokio::test]
async fn holds_that_cannot_be_are_refused() {
    let stage = Stage::start();
    stage.funded(merchant(), 1_000).await;
    let refund = PlaceHold { purpose: HoldPurpose::Refund, ..withdrawal("w", 1) };
    let bad = [
        withdrawal("", 1),
        withdrawal(&"w".repeat(65), 1),
        withdrawal("w", 0),
        withdrawal("w", -1),
        withdrawal("w", i64::MAX),
        PlaceHold { currency: "XYZ".parse().unwrap(), ..withdrawal("w", 1) },
        PlaceHold { merchant_id: MerchantId::default(), ..withdrawal("w", 1) },
        PlaceHold { purpose: "gift".into(), ..withdrawal("w", 1) },
        PlaceHold { channel: Some("stripe".into()), ..withdrawal("w", 1) },
        PlaceHold { channel: Some("a:b".into()), ..refund.clone() },
        refund,
    ];
    for hold in bad {
        assert_eq!(refusal(stage.service.place_hold(&hold).await), ErrorKind::InvalidInput, "{hold:?}");
    }
    stage.service.place_hold(&withdrawal("w-1", 700)).await.unwrap();
    for (amount, fee) in [(701, 0), (0, 0), (700, 700), (700, -1), (i64::MAX, 0)] {
        let capture = CaptureHold { amount: Some(amount), fee_amount: Some(fee) };
        let refused = stage.service.capture_hold(&"w-1".into(), &capture).await;
        assert_eq!(refusal(refused), ErrorKind::InvalidInput, "{capture:?}");
    }
    stage.adds_up().await;
}
