//! The simulated bank and the simulated provider of rates: what each promises, and each way to misbehave.

use std::time::Duration;

use crate::{
    stage::{MANNERS, NOON, key},
    support::{Place, Promises, body},
};
use payment_clients::{
    apis::{
        bank_transfer::{BankTransfer, BankTransferApi, BankTransferStatus, bank_transfer_api},
        exchange_rate::ExchangeRateApi,
    },
    conformance::keys::Trial,
    contract::error::ErrorKind,
    mock,
    prelude::*,
};
use payment_services::{
    bank_sim::{
        BankSim,
        api::{BankStatementApi, BankStatementClient, LineKind},
        invariants,
    },
    kit::clock::{Clock, Hand},
    rate_sim::RateSim,
    registry::Name,
};

struct Bank {
    sim: BankSim,
    client: BankTransferClient,
    statements: BankStatementClient,
    hand: Hand,
    place: Place,
}

fn bank() -> Bank {
    let place = Place::new();
    let (clock, hand) = Clock::manual(NOON);
    let sim = BankSim::open(place.stores(), clock, MANNERS).unwrap();
    let client = mock::client(mock::network(sim.router())).unwrap();
    let statements = BankStatementClient::builder().url("http://bank");
    let statements = BankStatementClient::from_base(statements.build_on(&mock::network(sim.router())).unwrap());
    Bank { sim, client, statements, hand, place }
}

fn transfer(number: &str, holder: &str, amount: i64) -> BankTransfer {
    BankTransfer {
        order_no: number.into(),
        bank_name: "Bank".into(),
        bank_account_name: holder.into(),
        bank_account_no: "DE89370400440532013000".into(),
        amount,
        currency: Currency::USD,
        remarks: None,
    }
}

#[tokio::test]
async fn the_bank_keeps_the_promise_of_its_keys() {
    let bank = bank();
    let trial = Trial::new(body(transfer("WD1", "Shop", 100)), body(transfer("WD1", "Shop", 200)));
    let trial = trial.at_once(body(transfer("WD2", "Shop", 100)));
    let mut promises = Promises::of(Name::BankSim);
    promises.prove(bank.client.base(), &bank_transfer_api::CREATE_TRANSFER, trial).await;
    promises.are_kept();
}

#[tokio::test]
async fn a_number_names_one_transfer_for_good() {
    let bank = bank();
    let first = bank.client.with(key("one")).create_transfer(&transfer("WD1", "Shop", 100)).await.unwrap();
    let again = bank.client.with(key("two")).create_transfer(&transfer("WD1", "Shop", 100)).await.unwrap();
    assert_eq!(first.channel_trade_no, again.channel_trade_no);
    let other = bank.client.with(key("three")).create_transfer(&transfer("WD1", "Shop", 101)).await.unwrap_err();
    assert_eq!((other.kind(), other.code()), (ErrorKind::Conflict, Some("transfer_differs")));
    let statement = bank.statements.get_statement(Currency::USD, None).await.unwrap();
    assert_eq!((statement.balance, statement.lines.len()), (-100, 1));
}

#[tokio::test]
async fn each_behaviour_ends_as_its_name_says() {
    use BankTransferStatus::{Failed, Processing, Returned, Success};

    let bank = bank();
    let cases = [
        ("refuse", Failed, Failed),
        ("late", Processing, Success),
        ("late_refusal", Processing, Failed),
        ("return", Success, Returned),
        ("duplicate", Success, Success),
        ("busy_once", Success, Success),
    ];
    for (holder, at_once, in_the_end) in cases {
        let made = bank.client.create_transfer(&transfer(holder, holder, 100)).await.unwrap();
        assert_eq!(made.status, at_once, "{holder}");
        bank.hand.advance(Duration::from_secs(61));
        let state = bank.client.get_transfer_status(&made.channel_trade_no).await.unwrap();
        assert_eq!(state.status, in_the_end, "{holder}");
    }
    let statement = bank.statements.get_statement(Currency::USD, None).await.unwrap();
    let returns = statement.lines.iter().filter(|line| line.kind == LineKind::Return).count();
    let twice = statement.lines.iter().filter(|line| line.order_no.as_str() == "duplicate").count();
    assert_eq!((returns, twice, statement.balance), (1, 2, -300), "late, duplicate and busy_once were paid");
    bank.sim.store().close().await.unwrap();
    let book = bank.place.stores().book("bank-sim").unwrap();
    assert_eq!(book.read(invariants::violations).unwrap(), []);
}

#[tokio::test]
async fn a_bad_transfer_is_refused_by_its_field() {
    let bank = bank();
    let long = "x".repeat(101);
    let cases = [
        ("amount", transfer("WD1", "Shop", 0)),
        ("amount", transfer("WD1", "Shop", i64::MIN)),
        ("bank_account_name", transfer("WD1", &long, 1)),
        ("bank_account_no", BankTransfer { bank_account_no: "".into(), ..transfer("WD1", "Shop", 1) }),
        ("currency", BankTransfer { currency: "XXX".parse().unwrap(), ..transfer("WD1", "Shop", 1) }),
    ];
    for (field, transfer) in cases {
        let refused = bank.client.create_transfer(&transfer).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{field}");
        assert!(refused.message().contains(field), "{refused}");
    }
}

#[tokio::test]
async fn rates_are_whole_numbers_and_faults_are_told_by_the_key() {
    let place = Place::new();
    let sim = RateSim::open(place.stores(), Clock::manual(NOON).0).unwrap();
    let rates: ExchangeRateClient = mock::client(mock::network(sim.router())).unwrap();
    let euro = "EUR".parse().unwrap();
    let money = Money::new(1000, Currency::USD);
    let good = rates.latest_rates_v6(&"good".into(), Currency::USD).await.unwrap();
    assert_eq!(good.convert(money, euro).unwrap().minor_units, 800);
    let pair = rates.pair_rate_v6(&"good".into(), Currency::USD, "JPY".parse().unwrap()).await.unwrap();
    assert_eq!(pair.convert(money).unwrap().minor_units, 1500, "ten dollars are 1500 yen");
    assert_eq!(rates.latest_rates_v4(Currency::USD).await.unwrap().date, "2025-10-24");
    let stale = rates.latest_rates_v6(&"stale".into(), Currency::USD).await.unwrap();
    assert_eq!(good.time_last_update_unix.unwrap() - stale.time_last_update_unix.unwrap(), 7 * 24 * 3600);
    let nonsense = rates.latest_rates_v6(&"nonsense".into(), Currency::USD).await.unwrap();
    assert!(nonsense.convert(money, euro).is_err(), "rates of another base convert nothing");
    assert_eq!(rates.latest_rates_v6(&"down".into(), euro).await.unwrap_err().kind(), ErrorKind::Unavailable);
}
