//! The invariants find what they are for: rows that somebody has changed behind the ledger's back.

use payment_clients::contract::money::Currency;
use payment_services::{
    accounting::ledger::{Account, Class, Journal, Kind, Leg},
    kit::store::Tx,
};

use crate::{Books, available, hold};

/// Books something of each kind of transfer.
async fn busy() -> Books {
    let books = Books::open();
    books.fund(1_000).await;
    books.book(hold("a", 600)).await.unwrap();
    books.book(hold("b", 100)).await.unwrap();
    let held = books.held("hold:a").await;
    let bank = Account::new(Class::Bank, "main", Currency::USD);
    let post = vec![Leg::post(held.clone(), 500), Leg::single(held.credit, bank, 500)];
    books.book(Journal::new("post:a", Kind::Withdrawal, "a", post).unwrap()).await.unwrap();
    assert_eq!(books.violations().await, []);
    books
}

/// The names of the invariants that find a change, once each.
async fn found(books: &Books, change: &'static [&'static str]) -> Vec<&'static str> {
    let work = move |tx: &mut Tx<'_>| change.iter().try_for_each(|sql| tx.execute(sql, &[]).map(drop));
    books.store.write(work).await.unwrap();
    let mut names: Vec<_> = books.violations().await.into_iter().map(|violation| violation.invariant).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Takes the guard off transfers and journals, in the engine's words.
async fn unguard(books: &Books) {
    let change: &[&str] = if books.place.is_on_a_server() {
        &["ALTER TABLE transfers DISABLE TRIGGER USER", "ALTER TABLE journals DISABLE TRIGGER USER"]
    } else {
        &["DROP TRIGGER transfers_no_UPDATE", "DROP TRIGGER journals_no_UPDATE"]
    };
    assert_eq!(found(books, change).await, [] as [&str; 0]);
}

#[tokio::test]
async fn transfers_and_journals_never_change() {
    let books = busy().await;
    for sql in [
        "UPDATE transfers SET amount = amount + 1",
        "DELETE FROM transfers",
        "UPDATE journals SET kind = 'posting'",
        "DELETE FROM journals",
    ] {
        let refused = books.store.write(move |tx| tx.execute(sql, &[])).await.unwrap_err();
        assert!(format!("{refused:?}").contains("never change"), "{refused:?}");
    }
}

#[tokio::test]
async fn no_account_of_a_merchant_can_be_written_below_zero() {
    let books = busy().await;
    let overdraw = "UPDATE ledger_accounts SET dp = cp + 1 WHERE rule = 'credit_balance_ge_0'";
    let refused = books.store.write(move |tx| tx.execute(overdraw, &[])).await.unwrap_err();
    assert!(format!("{refused:?}").contains("no_credit_overdraft"), "{refused:?}");
    assert_eq!(books.free(available()).await, 400);
}

#[tokio::test]
async fn a_changed_sum_is_found() {
    let books = busy().await;
    assert_eq!(found(&books, &["UPDATE ledger_accounts SET cp = cp + 1 WHERE class = 'bank'"]).await, ["I1", "I2"]);
}

#[tokio::test]
async fn a_changed_amount_breaks_the_sums_and_the_chain() {
    let books = busy().await;
    unguard(&books).await;
    let change = &["UPDATE transfers SET amount = amount + 1 WHERE journal_id = 'tx:fund'"];
    assert_eq!(found(&books, change).await, ["I2", "I5"]);
}

#[tokio::test]
async fn a_changed_kind_of_journal_is_found() {
    let books = busy().await;
    unguard(&books).await;
    let change = &["UPDATE journals SET kind = 'capture' WHERE id = 'tx:fund'"];
    assert_eq!(found(&books, change).await, ["I6"]);
}

#[tokio::test]
async fn a_hold_that_is_resolved_twice_is_found() {
    let books = busy().await;
    unguard(&books).await;
    let change = &["DROP INDEX one_resolution", "UPDATE transfers SET resolves = 2, how = 'post' WHERE seq = 5"];
    let names = found(&books, change).await;
    assert!(names.contains(&"I4"), "{names:?}");
}

#[tokio::test]
async fn a_dip_below_zero_is_found_although_a_later_deposit_hides_it() {
    let books = busy().await;
    unguard(&books).await;
    // The funds come last, as if they had been spent before they were there; the sums stay the same.
    let change = &["UPDATE transfers SET seq = 99 WHERE journal_id = 'tx:fund'"];
    let names = found(&books, change).await;
    assert!(names.contains(&"I3"), "{names:?}");
}
