//! One key is one effect, for every keyed operation that is served.

use std::time::Duration;

use payment_clients::{
    apis::accounting::{
        AccountType, CancelCurrencyConversion, CaptureHold, CreateAccount, CreateAccountSettlement,
        CreateCurrencyConversion, CreateTransaction, HoldPurpose, PayInvoice, PlaceHold, ReverseTransaction,
        TransactionType,
    },
    conformance::{Arguments, keys::Trial},
    contract::timestamp::Timestamp,
    prelude::*,
};
use payment_services::registry::Name;
use serde_json::{Map, Value};

use crate::{
    invoices::invoice,
    reconciliations::{line, sheet},
    stage::{NOON, Stage, merchant, usd},
    support::{Promises, body},
};

fn on(name: &str, number: &(impl ToString + ?Sized), arguments: Arguments) -> Arguments {
    let path = Map::from_iter([(name.to_owned(), Value::from(number.to_string()))]);
    Arguments { path, ..arguments }
}

fn hold(name: &str, amount: i64) -> PlaceHold {
    PlaceHold::new(name.into(), merchant(), usd(amount), HoldPurpose::Withdrawal)
}

async fn trial(stage: &Stage, operation: &str) -> Option<Trial> {
    let account = stage.service.list_accounts(&Default::default()).await.unwrap().list[0].id;
    let held = async |names: [&str; 3]| {
        for name in names {
            stage.service.place_hold(&hold(name, 10)).await.unwrap();
        }
    };
    // Hours after noon.
    let settle = |from: i64, to: i64| {
        let at = |hours| Timestamp::from_unix_ms(NOON + hours * 3_600_000);
        CreateAccountSettlement::new(merchant(), account, Currency::USD, at(from), at(to))
    };
    let settlement = async |payment: &str| {
        stage.capture(payment, 1_000).await;
        stage.service.create_settlement(&settle(-1, 1)).await.unwrap().settlement_no
    };
    let posted = |amount| CreateTransaction::new(account, TransactionType::Adjustment, amount);
    Some(match operation {
        "create_account" => {
            let account = |currency: &str| CreateAccount {
                merchant_id: merchant(),
                account_type: AccountType::Reserve,
                currency: currency.parse().unwrap(),
            };
            Trial::new(body(account("EUR")), body(account("JPY"))).at_once(body(account("BHD")))
        }
        "create_transaction" => Trial::new(body(posted(1)), body(posted(2))),
        "reverse_transaction" => {
            let first = stage.service.create_transaction(&posted(5)).await.unwrap().transaction_no;
            let second = stage.service.create_transaction(&posted(6)).await.unwrap().transaction_no;
            let why = |reason: &str| body(ReverseTransaction { reason: reason.into() });
            Trial::new(on("transaction_no", &first, why("one")), on("transaction_no", &first, why("two"))).at_once(on(
                "transaction_no",
                &second,
                why("one"),
            ))
        }
        "place_hold" => Trial::new(body(hold("k-1", 1)), body(hold("k-1", 2))).at_once(body(hold("k-2", 1))),
        "capture_hold" => {
            held(["c-1", "c-2", "c-3"]).await;
            let part = |amount| body(CaptureHold { amount: Some(amount), fee_amount: None });
            Trial::new(on("reference", "c-1", part(1)), on("reference", "c-1", part(2))).at_once(on(
                "reference",
                "c-2",
                part(1),
            ))
        }
        "release_hold" => {
            held(["r-1", "r-2", "r-3"]).await;
            let release = |name: &str| on("reference", &name, Arguments::default());
            Trial::new(release("r-1"), release("r-2")).at_once(release("r-3"))
        }
        "create_settlement" => {
            stage.capture("PY1", 1_000).await;
            stage.hand.advance(Duration::from_secs(3600));
            stage.capture("PY2", 1_000).await;
            Trial::new(body(settle(-1, 1)), body(settle(-2, 1))).at_once(body(settle(1, 2)))
        }
        "process_settlement" | "cancel_settlement" => {
            let mut steps = Vec::new();
            for payment in ["A", "B", "C"] {
                let number = settlement(&format!("{operation}{payment}")).await;
                steps.push(on("settlement_no", &number, Arguments::default()));
            }
            let [first, second, third]: [_; 3] = steps.try_into().unwrap();
            Trial::new(first, second).at_once(third)
        }
        _ => return papers(stage, operation).await,
    })
}

/// What is kept beside the accounts, and conversions.
async fn papers(stage: &Stage, operation: &str) -> Option<Trial> {
    let conversion = |amount| CreateCurrencyConversion::new(merchant(), usd(amount), "EUR".parse().unwrap());
    Some(match operation {
        "create_currency_conversion" => Trial::new(body(conversion(100)), body(conversion(200))),
        "process_currency_conversion" | "cancel_currency_conversion" => {
            let mut numbers = Vec::new();
            for amount in [100, 200, 300] {
                let made = stage.service.create_currency_conversion(&conversion(amount)).await.unwrap();
                numbers.push(made.conversion_no);
            }
            let step = |index: usize, reason: &str| {
                let cancels = operation.starts_with("cancel");
                let why = CancelCurrencyConversion { reason: reason.into() };
                on("conversion_no", &numbers[index], if cancels { body(why) } else { Arguments::default() })
            };
            let other = if operation.starts_with("cancel") { step(0, "two") } else { step(1, "one") };
            Trial::new(step(0, "one"), other).at_once(step(2, "one"))
        }
        "create_invoice" => Trial::new(body(invoice(&[(1, 100)])), body(invoice(&[(2, 100)]))),
        "pay_invoice" => {
            let number = stage.service.create_invoice(&invoice(&[(1, 100)])).await.unwrap().invoice_no;
            let pay = |paid_amount| on("invoice_no", &number, body(PayInvoice { paid_amount }));
            Trial::new(pay(10), pay(20))
        }
        "create_reconciliation" => {
            Trial::new(body(sheet(vec![line("TX1", 1, 1)])), body(sheet(vec![line("TX2", 1, 1)])))
        }
        _ => return None,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_is_one_effect() {
    let mut promises = Promises::of(Name::Accounting);
    for operation in promises.untried() {
        // Of its own, so that trials do not settle each other's payments.
        let stage = Stage::start();
        stage.funded(merchant(), 100_000).await;
        promises.prove(stage.service.base(), operation, trial(&stage, operation.name).await).await;
        stage.adds_up().await;
    }
    promises.are_kept();
}
