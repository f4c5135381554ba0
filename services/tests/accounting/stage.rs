//! One accounting-service in this process, and clients of it for whoever calls.

use axum::Extension;
use payment_clients::{
    apis::{
        accounting::{AccountId, AccountType, CreateAccount, CreateTransaction, TransactionType},
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
        ledger::{fees::FeePlan, invariants},
        payments::{self, Captured, Refunded},
    },
    kit::{
        clock::{Clock, Hand},
        ids::Ids,
        store::Tx,
    },
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
    _place: Place,
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
        let place = Place::new();
        let (clock, hand) = Clock::manual(NOON);
        let accounting = Accounting::open(place.stores(), clock.clone()).unwrap();
        let service = client(&accounting, "service:settlement-service");
        let ids = Ids::seeded(clock.clone(), 1);
        Self { accounting, service, hand, clock, ids, _place: place }
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
        let account = CreateAccount { merchant_id, account_type: AccountType::Operating, currency: Currency::USD };
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

    /// Every invariant of the ledger holds.
    pub async fn adds_up(&self) {
        assert_eq!(self.accounting.store().read(invariants::check).await.unwrap(), []);
    }
}

fn client(accounting: &Accounting, principal: &str) -> AccountingClient {
    mock::client(accounting.router().layer(Extension(Principal(principal.to_owned())))).unwrap()
}
