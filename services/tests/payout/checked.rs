//! The check follows money out of the platform: whatever became of withdrawals, the books agree, and a change to one of
//! them is found.

use payment_clients::apis::{
    ids::MerchantId,
    withdrawal::{CancelWithdrawal, WithdrawalApi, WithdrawalStatus},
};
use payment_services::{
    check::check,
    gateway,
    kit::{outbox::relay::Relay, store::Stores},
};

use crate::{
    stage::{Stage, shop},
    support::tampered,
};

/// The invariant, the store, the change, and a word of the row that is named.
const CASES: &[(&str, &str, &str, &str)] = &[
    ("I4", "accounting", "UPDATE holds SET amount = amount + 1 WHERE status = 'held'", "hold withdrawal:"),
    (
        "I4",
        "accounting",
        "UPDATE holds SET status = 'released', ended_at = 1 WHERE status = 'held'",
        "hold withdrawal:",
    ),
    ("I4", "withdrawal", "UPDATE withdrawals SET status = 'failed' WHERE status = 'approved'", "hold withdrawal:"),
    ("I15", "withdrawal", "UPDATE withdrawals SET amount = amount + 1 WHERE status = 'completed'", "merchant "),
    ("I15", "accounting", "UPDATE ledger_accounts SET dp = dp + 1 WHERE class = 'merchant_available'", "merchant "),
    ("I24", "withdrawal", "UPDATE withdrawals SET merchant_id = 'another'", "booking of withdrawal:"),
];

#[tokio::test]
async fn what_became_of_withdrawals_agrees_in_all_books_and_a_change_to_it_is_found() {
    use WithdrawalStatus::{Approved, Cancelled, Completed, Failed, Returned};

    let stage = Stage::in_files().await;
    let stores = Stores::folder(stage.place.path());
    // Nothing was paid through a gateway here, and the check knows it by the gateway's own book.
    stores.open("gateway", gateway::store::MIGRATIONS).unwrap().close().await.unwrap();
    stage.funded(shop(), 100_000).await;
    stage.funded(MerchantId::from_u128(8), 100_000).await;
    for (merchant, holder, end) in
        [(7, "Shop Ltd", Completed), (7, "refuse", Failed), (8, "return", Returned), (8, "late", Completed)]
    {
        let merchant = MerchantId::from_u128(merchant);
        let made = stage.approved(merchant, holder).await;
        let _ = stage.staff().execute_withdrawal(&made.id).await;
        stage.rest().await;
        assert_eq!(stage.status(made.id).await, end, "{holder}");
    }
    let given_up = stage.approved(shop(), "given up").await;
    let reason = CancelWithdrawal { reason: "changed my mind".into() };
    stage.staff().cancel_withdrawal(&given_up.id, &reason).await.unwrap();
    let open = stage.approved(shop(), "still open").await;
    stage.rest().await;
    assert_eq!((stage.status(given_up.id).await, stage.status(open.id).await), (Cancelled, Approved));

    stage.tells().await;
    Relay::new(stage.withdrawals.store().clone(), "withdrawal-service", stage.clock.clone(), None)
        .pass()
        .await
        .unwrap();

    let whole = check(&stores, false, None).unwrap();
    assert!(whole.holds(), "{whole}");
    let checked = whole.checked();
    assert!(["I4", "I15", "I24"].iter().all(|id| checked.contains(id)), "{checked:?}");
    for (id, store, sql, row) in CASES {
        let copy = tampered(stage.place.path(), store, sql);
        let found = check(&Stores::folder(copy.path()), false, None).unwrap();
        let named = found.violations.iter().any(|wrong| wrong.invariant == *id && wrong.row.contains(row));
        assert!(named, "{id} does not find `{sql}`:\n{found}");
    }
}
