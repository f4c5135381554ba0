//! Withdrawals as merchants and staff see them, with the real books and the simulated bank behind them.

use payment_clients::{
    apis::{
        ids::{MerchantId, OperatorId},
        withdrawal::{
            BankAccountApi, BankAccountId, BankAccountStatus, CancelWithdrawal, CreateWithdrawal, UpdateBankAccount,
            WithdrawalApi, WithdrawalFilter, WithdrawalStatus, WithdrawalType, bank_account_api, withdrawal_api,
        },
    },
    conformance::{Arguments, keys::Trial},
    contract::error::ErrorKind,
    prelude::*,
};
use payment_services::{
    args,
    kit::store::{Tx, View},
    registry::Name,
    withdrawal::{accounts, store::MIGRATIONS},
};
use serde_json::{Map, Value};

use crate::{
    stage::{OTHER, STAFF, Stage, bank_account, by, key, shop, withdrawal},
    support::{Place, Promises, body},
};

fn giving_up() -> CancelWithdrawal {
    CancelWithdrawal { reason: "changed my mind".into() }
}

#[tokio::test]
async fn every_behaviour_of_the_bank_ends_in_one_state_and_one_transfer() {
    use WithdrawalStatus::{Completed, Failed, Returned};

    let cases = [
        ("Shop Ltd", Completed),
        ("refuse", Failed),
        ("lose_answer", Completed),
        ("hang", Completed),
        ("late", Completed),
        ("late_refusal", Failed),
        ("return", Returned),
        ("duplicate", Completed),
    ];
    for (holder, end) in cases {
        let stage = Stage::open().await;
        stage.funded(shop(), 100_000).await;
        let made = stage.approved(shop(), holder).await;
        assert_eq!(stage.funds(shop()).await, (95_000, 5_000), "{holder}: held before anybody is asked");
        // What the caller hears differs; where it ends does not.
        let _ = stage.staff().execute_withdrawal(&made.id).await;
        stage.rest().await;
        assert_eq!(stage.status(made.id).await, end, "{holder}");
        assert_eq!(stage.transfers(), 1, "{holder}");
        let left = if end == Completed { 95_000 } else { 100_000 };
        assert_eq!(stage.funds(shop()).await, (left, 0), "{holder}");
        assert_eq!(stage.violations(), Vec::<String>::new(), "{holder}");
    }
}

#[tokio::test]
async fn what_is_on_its_way_is_neither_paid_nor_failed() {
    let stage = Stage::open().await;
    stage.funded(shop(), 100_000).await;
    let made = stage.approved(shop(), "late").await;
    let receipt = stage.staff().execute_withdrawal(&made.id).await.unwrap();
    assert!(receipt.message.contains("has not paid"), "{receipt:?}");
    assert_eq!(stage.status(made.id).await, WithdrawalStatus::Processing);
    assert_eq!(stage.funds(shop()).await, (95_000, 5_000), "the hold stays");
    let late = stage.staff().cancel_withdrawal(&made.id, &giving_up()).await.unwrap_err();
    assert_eq!((late.kind(), late.code()), (ErrorKind::Conflict, Some("INVALID_STATUS")));
}

#[tokio::test]
async fn too_little_is_refused_for_good_and_nothing_is_held() {
    let stage = Stage::open().await;
    stage.funded(shop(), 1_000).await;
    let account = stage.bank_account(shop(), "Shop").await;
    let asked = withdrawal(shop(), 5_000, account);
    let staff = stage.staff();
    let first = staff.with(key("w1")).create_withdrawal(&asked).await.unwrap_err();
    assert_eq!((first.kind(), first.code()), (ErrorKind::Declined, Some("INSUFFICIENT_BALANCE")));
    let again = staff.with(key("w1")).create_withdrawal(&asked).await.unwrap_err();
    assert_eq!(again.code(), first.code(), "a repeat hears the first answer");
    assert_eq!(stage.funds(shop()).await, (1_000, 0));
    let listed = staff.list_withdrawals(&WithdrawalFilter::default()).await.unwrap();
    assert_eq!(listed.withdrawals[0].status, WithdrawalStatus::Failed);
    assert_eq!(stage.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn an_amount_demands_its_approvals_and_nobody_gives_two() {
    let stage = Stage::open().await;
    stage.funded(shop(), 20_000_000).await;
    let account = stage.bank_account(shop(), "Shop").await;
    let staff = stage.staff();
    let asked = CreateWithdrawal { created_by: STAFF.parse().unwrap(), ..withdrawal(shop(), 10_000_000, account) };
    let made = staff.create_withdrawal(&asked).await.unwrap();
    assert_eq!((made.required_level, made.fee, made.actual_amount), (2, 10_000, 9_990_000));
    let own = staff.approve_withdrawal(&made.id, &by(STAFF)).await.unwrap_err();
    assert_eq!(own.code(), Some("SELF_APPROVAL"));
    let third = "00000000-0000-0000-0000-00000000000c";
    let foreign = staff.approve_withdrawal(&made.id, &by(third)).await.unwrap_err();
    assert_eq!(foreign.kind(), ErrorKind::Forbidden, "staff decide in their own name");
    let other = stage.payouts_as(&format!("admin:{OTHER}"));
    other.approve_withdrawal(&made.id, &by(OTHER)).await.unwrap();
    assert_eq!(stage.status(made.id).await, WithdrawalStatus::Pending);
    let twice = other.approve_withdrawal(&made.id, &by(OTHER)).await.unwrap_err();
    assert_eq!((twice.kind(), twice.code()), (ErrorKind::Conflict, Some("ALREADY_DECIDED")));
    stage.payouts_as(&format!("admin:{third}")).approve_withdrawal(&made.id, &by(third)).await.unwrap();
    assert_eq!(stage.status(made.id).await, WithdrawalStatus::Approved);
    let (service, nobody) = (stage.payouts_as("service:admin-service"), by(&OperatorId::default().to_string()));
    let refused = service.approve_withdrawal(&made.id, &nobody).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn steps_that_a_state_does_not_allow_are_conflicts() {
    let stage = Stage::open().await;
    stage.funded(shop(), 100_000).await;
    let account = stage.bank_account(shop(), "Shop").await;
    let staff = stage.staff();
    let pending = staff.create_withdrawal(&withdrawal(shop(), 5_000, account)).await.unwrap();
    let early = staff.execute_withdrawal(&pending.id).await.unwrap_err();
    assert_eq!((early.kind(), early.code()), (ErrorKind::Conflict, Some("INVALID_STATUS")));
    staff.cancel_withdrawal(&pending.id, &giving_up()).await.unwrap();
    assert_eq!(stage.funds(shop()).await, (100_000, 0), "a cancellation frees the amount");
    for refused in [
        staff.approve_withdrawal(&pending.id, &by(STAFF)).await,
        staff.reject_withdrawal(&pending.id, &by(STAFF)).await,
        staff.cancel_withdrawal(&pending.id, &giving_up()).await,
        staff.execute_withdrawal(&pending.id).await,
    ] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Conflict);
    }
    let rejected = staff.create_withdrawal(&withdrawal(shop(), 5_000, account)).await.unwrap();
    staff.reject_withdrawal(&rejected.id, &by(STAFF)).await.unwrap();
    assert_eq!(stage.funds(shop()).await, (100_000, 0), "a rejection frees the amount");
    let paid = stage.approved(shop(), "Shop").await;
    staff.execute_withdrawal(&paid.id).await.unwrap();
    let again = staff.execute_withdrawal(&paid.id).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Conflict);
    assert_eq!((stage.transfers(), stage.violations()), (1, Vec::new()));
}

#[tokio::test]
async fn a_cancellation_never_races_an_execution() {
    for _ in 0..10 {
        let stage = Stage::open().await;
        stage.funded(shop(), 100_000).await;
        let made = stage.approved(shop(), "Shop").await;
        let (staff, reason) = (stage.staff(), giving_up());
        let (cancelled, executed) =
            tokio::join!(staff.cancel_withdrawal(&made.id, &reason), staff.execute_withdrawal(&made.id));
        assert_ne!(cancelled.is_ok(), executed.is_ok(), "one of them wins");
        assert_eq!(stage.transfers(), i64::from(executed.is_ok()));
        assert_eq!(stage.violations(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn only_who_may_be_paid_is_paid_and_only_to_a_verified_account() {
    let stage = Stage::open().await;
    let (suspended, staff) = (MerchantId::from_u128(66), stage.staff());
    stage.funded(suspended, 100_000).await;
    let account = stage.bank_account(suspended, "Shop").await;
    let refused = staff.create_withdrawal(&withdrawal(suspended, 5_000, account)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Declined, Some("MERCHANT_NOT_ADMITTED")));
    stage.funded(shop(), 100_000).await;
    let unverified = staff.create_bank_account(&bank_account(shop(), "Shop")).await.unwrap();
    let refused = staff.create_withdrawal(&withdrawal(shop(), 5_000, unverified.id)).await.unwrap_err();
    assert_eq!(refused.code(), Some("BANK_ACCOUNT_NOT_USABLE"));
    let foreign = staff.create_withdrawal(&withdrawal(shop(), 5_000, account)).await.unwrap_err();
    assert_eq!(foreign.kind(), ErrorKind::NotFound, "another merchant's account");
    let made = stage.approved(shop(), "Shop").await;
    let off = UpdateBankAccount { status: Some(BankAccountStatus::Suspended), ..UpdateBankAccount::default() };
    staff.update_bank_account(&made.bank_account_id, &off).await.unwrap();
    let refused = staff.execute_withdrawal(&made.id).await.unwrap_err();
    assert_eq!(
        refused.code(),
        Some("BANK_ACCOUNT_NOT_USABLE"),
        "what was true when it was asked for is looked at again"
    );
    assert_eq!((stage.status(made.id).await, stage.transfers()), (WithdrawalStatus::Approved, 0));
}

#[tokio::test]
async fn a_merchant_sees_its_own_and_decides_nothing() {
    let stage = Stage::open().await;
    stage.funded(shop(), 100_000).await;
    let made = stage.approved(shop(), "Shop").await;
    let own = stage.payouts_as(&format!("merchant:{}", shop()));
    let foreign = stage.payouts_as(&format!("merchant:{}", MerchantId::from_u128(8)));
    assert_eq!(own.get_withdrawal(&made.id).await.unwrap().withdrawal.id, made.id);
    assert_eq!(foreign.get_withdrawal(&made.id).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(foreign.get_bank_account(&made.bank_account_id).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(foreign.list_bank_accounts(shop()).await.unwrap_err().kind(), ErrorKind::NotFound);
    let all = WithdrawalFilter { merchant_id: Some(shop()), ..WithdrawalFilter::default() };
    assert_eq!(foreign.list_withdrawals(&all).await.unwrap().total, 0);
    assert_eq!(own.approve_withdrawal(&made.id, &by(STAFF)).await.unwrap_err().kind(), ErrorKind::Forbidden);
    assert_eq!(own.execute_withdrawal(&made.id).await.unwrap_err().kind(), ErrorKind::Forbidden);
    let nobody = stage.payouts_as("");
    assert_eq!(nobody.get_withdrawal(&made.id).await.unwrap_err().kind(), ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn a_bank_account_shows_four_characters_and_one_is_the_default() {
    let stage = Stage::open().await;
    let own = stage.payouts_as(&format!("merchant:{}", shop()));
    let first = own.create_bank_account(&bank_account(shop(), "Shop")).await.unwrap();
    assert_eq!((first.account_no.as_str(), first.is_verified), ("******************3000", false));
    let second = own.create_bank_account(&bank_account(shop(), "Shop")).await.unwrap();
    own.set_default_bank_account(&first.id, shop()).await.unwrap();
    own.set_default_bank_account(&second.id, shop()).await.unwrap();
    let listed = own.list_bank_accounts(shop()).await.unwrap();
    assert_eq!(
        listed.iter().map(|account| (account.id, account.is_default)).collect::<Vec<_>>(),
        [(second.id, true), (first.id, false)]
    );
    let verified = UpdateBankAccount { is_verified: Some(true), ..UpdateBankAccount::default() };
    assert_eq!(own.update_bank_account(&first.id, &verified).await.unwrap_err().kind(), ErrorKind::Forbidden);
    let off = UpdateBankAccount { status: Some(BankAccountStatus::Inactive), ..UpdateBankAccount::default() };
    own.update_bank_account(&second.id, &off).await.unwrap();
    assert_eq!(own.list_bank_accounts(shop()).await.unwrap().len(), 1, "inactive ones are not listed");
}

#[tokio::test]
async fn the_number_of_a_bank_account_lies_sealed_in_the_store_and_reaches_the_bank_whole() {
    let stage = Stage::open().await;
    stage.funded(shop(), 100_000).await;
    let made = stage.approved(shop(), "Shop Ltd").await;
    let find = |view: &View<'_>| {
        view.all("SELECT account_no, account_masked FROM bank_accounts", &[], |row| {
            Ok((row.get::<String>(0)?, row.get::<String>(1)?))
        })
    };
    let kept = stage.withdrawals.store().read(find).await.unwrap();
    assert!(kept.iter().all(|(number, masked)| number.starts_with("v1.1.") && masked.ends_with("**3000")), "{kept:?}");
    stage.staff().execute_withdrawal(&made.id).await.unwrap();
    stage.rest().await;
    let told = |view: &View<'_>| view.one("SELECT account_no FROM transfers", &[], |row| row.get::<String>(0));
    let book = stage.stores.book("bank-sim").unwrap();
    assert_eq!(book.read(told).unwrap(), "DE89370400440532013000");
}

#[tokio::test]
async fn a_number_that_lay_in_clear_is_sealed_and_stays_the_same_account() {
    const CLEAR: &str = "INSERT INTO bank_accounts(id, merchant_id, bank_name, bank_code, bank_branch, account_name,
            account_no, account_type, is_default, is_verified, verification_doc, status, created_at, updated_at)
        VALUES ($1, $2, 'Bank', 'COBADEFF', '', 'Shop', 'DE89370400440532013000', 'corporate', 0, 1, '', 'active', 1, 1)";
    let (place, id) = (Place::new(), BankAccountId::from_u128(5));
    // The store of a program that did not seal them.
    let older = &MIGRATIONS[..MIGRATIONS.iter().position(|step| *step == accounts::MASKED).unwrap()];
    let store = place.stores().open("withdrawal", older).unwrap();
    let insert = move |tx: &mut Tx<'_>| tx.execute(CLEAR, args![id.to_string(), shop().to_string()]);
    store.write(insert).await.unwrap();
    store.close().await.unwrap();
    let stage = Stage::at_noon(place).await;
    assert_eq!(stage.withdrawals.reseal().await.unwrap(), 1);
    assert_eq!(stage.withdrawals.reseal().await.unwrap(), 0);
    let find = |view: &View<'_>| view.one("SELECT account_no FROM bank_accounts", &[], |row| row.get::<String>(0));
    assert!(stage.withdrawals.store().read(find).await.unwrap().starts_with("v1.1."));
    stage.funded(shop(), 100_000).await;
    let own = stage.payouts_as(&format!("merchant:{}", shop()));
    assert_eq!(own.list_bank_accounts(shop()).await.unwrap()[0].account_no, "******************3000");
    let made = own.create_withdrawal(&withdrawal(shop(), 5_000, id)).await.unwrap();
    stage.staff().approve_withdrawal(&made.id, &by(STAFF)).await.unwrap();
    stage.staff().execute_withdrawal(&made.id).await.unwrap();
    stage.rest().await;
    let told = |view: &View<'_>| view.one("SELECT account_no FROM transfers", &[], |row| row.get::<String>(0));
    let book = stage.stores.book("bank-sim").unwrap();
    assert_eq!(book.read(told).unwrap(), "DE89370400440532013000");
}

#[tokio::test]
async fn bad_input_is_refused_by_its_field() {
    let stage = Stage::open().await;
    let account = stage.bank_account(shop(), "Shop").await;
    let good = || withdrawal(shop(), 5_000, account);
    let cases = [
        ("amount", CreateWithdrawal { amount: 0, ..good() }),
        ("amount", CreateWithdrawal { amount: 100, ..good() }),
        ("amount", CreateWithdrawal { amount: i64::MAX, ..good() }),
        ("amount", CreateWithdrawal { amount: i64::MIN, ..good() }),
        ("currency", CreateWithdrawal { currency: Some("XXX".parse().unwrap()), ..good() }),
        ("type", CreateWithdrawal { kind: WithdrawalType::Other("slow".into()), ..good() }),
        ("merchant_id", CreateWithdrawal { merchant_id: MerchantId::default(), ..good() }),
        ("remarks", CreateWithdrawal { remarks: Some("x".repeat(501)), ..good() }),
        ("Idempotency-Key", CreateWithdrawal { kind: WithdrawalType::SettlementAuto, ..good() }),
        ("currency", CreateWithdrawal { currency: None, ..good() }),
    ];
    for (field, asked) in cases {
        let refused = stage.staff().create_withdrawal(&asked).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{field}: {refused}");
        assert!(refused.message().contains(field), "{refused}");
    }
}

#[tokio::test]
async fn a_report_is_the_sum_of_all_rows() {
    let stage = Stage::open().await;
    stage.funded(shop(), 100_000).await;
    let (paid, refused) = (stage.approved(shop(), "Shop").await, stage.approved(shop(), "refuse").await);
    stage.staff().execute_withdrawal(&paid.id).await.unwrap();
    stage.staff().execute_withdrawal(&refused.id).await.unwrap_err();
    let report = stage.staff().get_withdrawal_report(shop(), "2025-10-24", "2025-10-24").await.unwrap();
    assert_eq!((report.total_count, report.total_amount, report.total_fee), (2, 10_000, 200));
    assert_eq!((report.completed_count, report.completed_amount, report.failed_count), (1, 4_900, 1));
    let none = stage.staff().get_withdrawal_report(shop(), "2025-10-25", "2025-10-26").await.unwrap();
    assert_eq!((none.total_count, none.avg_amount), (0, 0));
    let bad = stage.staff().get_withdrawal_report(shop(), "2025-10-26", "2025-10-25").await.unwrap_err();
    assert_eq!(bad.kind(), ErrorKind::InvalidInput);
}

// === keys ===

fn on(id: &impl ToString, arguments: Arguments) -> Arguments {
    Arguments { path: Map::from_iter([("id".to_owned(), Value::from(id.to_string()))]), ..arguments }
}

#[tokio::test]
async fn one_key_is_one_effect() {
    let stage = Stage::open().await;
    stage.funded(shop(), 1_000_000).await;
    let account = stage.bank_account(shop(), "Shop").await;
    let staff = stage.staff();
    let server = staff.base();
    let mut promises = Promises::of(Name::Withdrawal);
    let trial = Trial::new(body(bank_account(shop(), "One")), body(bank_account(shop(), "Two")));
    promises.prove(server, &bank_account_api::CREATE_BANK_ACCOUNT, trial).await;
    let trial = Trial::new(body(withdrawal(shop(), 5_000, account)), body(withdrawal(shop(), 6_000, account)));
    promises.prove(server, &withdrawal_api::CREATE_WITHDRAWAL, trial).await;
    let mut made = Vec::new();
    for _ in 0..6 {
        made.push(staff.create_withdrawal(&withdrawal(shop(), 5_000, account)).await.unwrap().id);
    }
    let other =
        || body(payment_clients::apis::withdrawal::ApproveWithdrawal { comments: Some("no".into()), ..by(STAFF) });
    let trial = Trial::new(on(&made[0], body(by(STAFF))), on(&made[0], other())).at_once(on(&made[1], body(by(STAFF))));
    promises.prove(server, &withdrawal_api::APPROVE_WITHDRAWAL, trial).await;
    let trial = Trial::new(on(&made[2], body(by(STAFF))), on(&made[2], other())).at_once(on(&made[3], body(by(STAFF))));
    promises.prove(server, &withdrawal_api::REJECT_WITHDRAWAL, trial).await;
    let cancel = |reason: &str| body(CancelWithdrawal { reason: reason.into() });
    let trial =
        Trial::new(on(&made[4], cancel("one")), on(&made[4], cancel("two"))).at_once(on(&made[5], cancel("one")));
    promises.prove(server, &withdrawal_api::CANCEL_WITHDRAWAL, trial).await;
    // Without a body, another request is one about another withdrawal.
    let empty = Arguments::default;
    let trial = Trial::new(on(&made[0], empty()), on(&made[1], empty())).at_once(on(&made[1], empty()));
    promises.prove(server, &withdrawal_api::EXECUTE_WITHDRAWAL, trial).await;
    promises.are_kept();
    assert_eq!((stage.transfers(), stage.violations()), (2, Vec::new()));
}
