//! One accounting-service in this process, and clients of it for whoever calls. Rates are those of the simulated provider.

use std::sync::Arc;

use axum::Extension;
use payment_clients::{
    apis::{
        accounting::{AccountFilter, AccountId, AccountType, CreateAccount, CreateTransaction, TransactionType},
        exchange_rate::ExchangeRateApi,
        ids::MerchantId,
        words::Channel,
    },
    contract::error::ErrorKind,
    mock,
    prelude::*,
    server::Principal,
};
use payment_services::{
    accounting::{
        Accounting,
        deps::Deps,
        ledger::{fees::FeePlan, invariants},
        payments::{self, Captured, Refunded},
    },
    check::check,
    kit::{
        clock::{Clock, Hand},
        ids::Ids,
        store::{Stores, Tx},
    },
    rate_sim::RateSim,
};

use crate::support::Place;

/// 2025-10-24T12:00:00Z, in milliseconds.
pub const NOON: i64 = 1_761_307_200_000;

pub struct Stage {
    pub accounting: Accounting,
    /// A service of the platform, which may do everything.
    pub service: AccountingClient,
    pub hand: Hand,
    pub clock: Clock,
    ids: Ids,
    place: Place,
}

pub fn merchant() -> MerchantId {
    MerchantId::from_u128(7)
}

pub fn other_merchant() -> MerchantId {
    MerchantId::from_u128(8)
}

pub fn usd(amount: i64) -> Money {
    Money::new(amount, Currency::USD)
}

/// The kind of a refusal; an answer is none.
pub fn refusal<T: std::fmt::Debug>(result: Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}

impl Stage {
    pub fn start() -> Self {
        Self::open(|stores, clock| {
            let provider = RateSim::open(stores, clock).unwrap();
            Arc::new(mock::client::<ExchangeRateClient>(provider.router()).unwrap())
        })
    }

    /// With another provider of rates.
    pub fn with_rates(rates: impl ExchangeRateApi + 'static) -> Self {
        Self::open(|_, _| Arc::new(rates))
    }

    fn open(rates: impl FnOnce(&Stores, Clock) -> Arc<dyn ExchangeRateApi>) -> Self {
        let place = Place::new();
        let (clock, hand) = Clock::manual(NOON);
        let deps = Deps { rates: rates(place.stores(), clock.clone()) };
        let accounting = Accounting::open(place.stores(), deps, clock.clone()).unwrap();
        let service = client(&accounting, "service:settlement-service");
        let ids = Ids::seeded(clock.clone(), 1);
        Self { accounting, service, hand, clock, ids, place }
    }

    /// A client of somebody who says that this is who he is.
    pub fn caller(&self, principal: &str) -> AccountingClient {
        client(&self.accounting, principal)
    }

    pub fn merchant(&self) -> AccountingClient {
        self.caller(&format!("merchant:{}", merchant()))
    }

    /// An operating account with free dollars.
    pub async fn funded(&self, merchant_id: MerchantId, amount: i64) -> AccountId {
        self.funded_in(Currency::USD, merchant_id, amount).await
    }

    pub async fn funded_in(&self, currency: Currency, merchant_id: MerchantId, amount: i64) -> AccountId {
        let account = CreateAccount { merchant_id, account_type: AccountType::Operating, currency };
        let account = self.service.create_account(&account).await.unwrap().id;
        let funds = CreateTransaction::new(account, TransactionType::Adjustment, amount);
        self.service.create_transaction(&funds).await.unwrap();
        account
    }

    pub async fn free(&self, account: AccountId) -> i64 {
        self.service.get_account(&account).await.unwrap().balance
    }

    pub async fn capture(&self, payment_no: &str, amount: i64) {
        let (ids, now) = (self.ids.clone(), self.clock.now());
        let (payment_no, merchant_id, money) = (payment_no.into(), merchant(), usd(amount));
        let paid = Captured { payment_no, merchant_id, channel: Channel::Stripe, money };
        let work = move |tx: &mut Tx<'_>| {
            payments::book_capture(tx, &ids, &paid, &FeePlan::share("two per cent", 1, 20_000), now)
        };
        self.accounting.store().write(work).await.unwrap();
    }

    pub async fn refund(&self, refund_no: &str, payment_no: &str, amount: i64) {
        let (ids, now) = (self.ids.clone(), self.clock.now());
        let back = Refunded {
            refund_no: refund_no.into(),
            payment_no: payment_no.into(),
            merchant_id: merchant(),
            channel: Channel::Stripe,
            money: usd(amount),
        };
        self.accounting.store().write(move |tx| payments::book_refund(tx, &ids, &back, now)).await.unwrap();
    }

    /// What is free and what is held on the operating account of merchant 7 in a currency; nothing without an account.
    pub async fn funds(&self, currency: &str) -> (i64, i64) {
        let filter = AccountFilter {
            merchant_id: Some(merchant()),
            account_type: Some(AccountType::Operating),
            currency: Some(currency.parse().unwrap()),
            ..AccountFilter::default()
        };
        let accounts = self.service.list_accounts(&filter).await.unwrap().list;
        accounts.first().map_or((0, 0), |account| (account.balance, account.frozen_balance))
    }

    /// What `payments check` finds in the store, which is closed by that.
    pub async fn violated(&self) -> Vec<&'static str> {
        self.accounting.store().close().await.unwrap();
        check(self.place.stores(), true, None).unwrap().violated()
    }

    /// Every invariant of the ledger holds.
    pub async fn adds_up(&self) {
        assert_eq!(self.accounting.store().read(invariants::check).await.unwrap(), []);
    }
}

fn client(accounting: &Accounting, principal: &str) -> AccountingClient {
    mock::client(accounting.router().layer(Extension(Principal(principal.to_owned())))).unwrap()
}
