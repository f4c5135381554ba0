//! Withdrawals and settlements with real neighbours, the bank and accounting among them, each behind its own router and
//! all on clocks and stores of the test.

use std::{sync::Arc, time::Duration};

use axum::{Extension, Router};
use payment_clients::{
    apis::{
        accounting::{AccountApi, AccountType, CreateAccount, TransactionApi, TransactionFilter, TransactionType},
        ids::{MerchantId, OperatorId},
        merchant::{BusinessType, Merchant, MerchantKycStatus, MerchantStatus, MockMerchantApi},
        settlement::{CreateSettlement, SettledTransaction, SettlementCycle},
        withdrawal::{
            ApproveWithdrawal, BankAccountApi, BankAccountId, BankAccountType, CreateBankAccount, CreateWithdrawal,
            UpdateBankAccount, Withdrawal, WithdrawalApi, WithdrawalId, WithdrawalStatus, WithdrawalType,
        },
    },
    contract::{secret::Secret, timestamp::Timestamp},
    mock::{self, Faults},
    prelude::*,
    server::Principal,
};
use payment_services::{
    accounting::{
        Accounting,
        ledger::{fees::FeePlan, invariants},
        payments::{self, Captured, Refunded},
    },
    bank_sim::{self, BankSim},
    channel_sim::Manners,
    check::books::Books,
    kit::{
        clock::{Clock, Hand},
        ids::Ids,
        invariants::Violation,
        saga::rest,
        store::{Book, Store, Stores, Tx, View},
        tasks::Tasks,
        vault::Vault,
    },
    reconcile::{
        lines,
        matching::{Class, Item, compare},
    },
    settlement::{self, Settlements, Terms},
    withdrawal::{self, Withdrawals},
};

use crate::support::{Place, bring, no_rates};

/// 2025-10-24T12:00:00Z, in milliseconds.
pub const NOON: i64 = 1_761_307_200_000;
pub const STAFF: &str = "00000000-0000-0000-0000-00000000000a";
pub const OTHER: &str = "00000000-0000-0000-0000-00000000000b";

/// What finds the violations in one book.
type Rule = fn(&View<'_>) -> Result<Vec<Violation>>;

/// How long the bank keeps an answer back, and a decision.
pub const MANNERS: Manners = Manners { hang: Duration::from_secs(3600), late: Duration::from_secs(60) };

/// The services, and what they keep.
pub struct Stage {
    pub accounting: Accounting,
    pub withdrawals: Withdrawals,
    pub settlements: Settlements,
    pub accounts: AccountingClient,
    pub clock: Clock,
    pub hand: Hand,
    /// What goes wrong on the way to the bank, to accounting, and to withdrawal-service.
    pub bank_faults: Faults,
    pub account_faults: Faults,
    pub payout_faults: Faults,
    pub stores: Stores,
    _bank_tasks: Tasks,
    pub place: Place,
    /// Of all amounts.
    pub currency: Currency,
}

fn vault() -> Vault {
    Vault::new([(1, Secret::new("7".repeat(64)))].into()).unwrap()
}

impl Stage {
    pub async fn open() -> Self {
        Self::at_noon(Place::new()).await
    }

    /// Its stores are files, on whatever server others are.
    pub async fn in_files() -> Self {
        Self::at_noon(Place::files()).await
    }

    /// On these stores.
    pub async fn at_noon(place: Place) -> Self {
        let (clock, hand) = Clock::manual(NOON);
        Self::open_in(place, clock, hand, Terms::default()).await
    }

    pub async fn open_in(place: Place, clock: Clock, hand: Hand, terms: Terms) -> Self {
        let stores = place.stores().clone();
        let accounting = Accounting::open(&stores, no_rates(), clock.clone()).unwrap();
        let bank = BankSim::open(&stores, clock.clone(), MANNERS).unwrap();
        let [bank_faults, account_faults, payout_faults] = std::array::from_fn(|_| Faults::new());
        let accounts: AccountingClient =
            client(&mock::network(said_by("service:payout", accounting.router())).faults(&account_faults));
        let to_bank: BankTransferClient = bank_client(&mock::network(bank.router()).faults(&bank_faults));
        let deps = withdrawal::deps::Deps {
            merchants: Arc::new(MockMerchantApi::new().on_get_merchant(|id| Ok(merchant(*id)))),
            holds: Arc::new(accounts.clone()),
            transactions: Arc::new(accounts.clone()),
            balances: Arc::new(accounts.clone()),
            bank: Arc::new(to_bank),
        };
        let withdrawals = Withdrawals::open(&stores, deps, clock.clone(), vault()).await.unwrap();
        let router = said_by("service:settlement-service", withdrawals.router());
        let payouts: WithdrawalClient = client(&mock::network(router).faults(&payout_faults));
        let deps = settlement::deps::Deps {
            accounts: Arc::new(accounts.clone()),
            claims: Arc::new(accounts.clone()),
            transactions: Arc::new(accounts.clone()),
            withdrawals: Arc::new(payouts.clone()),
            bank_accounts: Arc::new(payouts),
        };
        let settlements = Settlements::open(&stores, deps, clock.clone(), terms).await.unwrap();
        let mut bank_tasks = Tasks::default();
        bank.spawn(&mut bank_tasks);
        Self {
            accounting,
            withdrawals,
            settlements,
            accounts,
            clock,
            hand,
            bank_faults,
            account_faults,
            payout_faults,
            stores,
            _bank_tasks: bank_tasks,
            place,
            currency: Currency::USD,
        }
    }

    /// What a merchant was paid today, as somebody lists it for a settlement; the fees are 3 %.
    pub async fn listed(&self, merchant: MerchantId) -> CreateSettlement {
        let filter = TransactionFilter {
            merchant_id: Some(merchant),
            transaction_type: Some(TransactionType::PaymentIn),
            ..TransactionFilter::default()
        };
        let booked = self.accounts.list_transactions(&filter).await.unwrap().list;
        let transactions = booked.iter().map(|booked| SettledTransaction {
            transaction_id: booked.id,
            order_no: "A-1".into(),
            payment_no: booked.related_no.as_str().into(),
            amount: booked.amount,
            fee: Some(booked.amount * 3 / 100),
            transaction_at: booked.created_at,
        });
        CreateSettlement {
            merchant_id: merchant,
            cycle: SettlementCycle::Manual,
            start_date: "2025-10-24".into(),
            end_date: "2025-10-24".into(),
            currency: Some(self.currency),
            transactions: transactions.collect(),
        }
    }

    /// The same stores with new services, as after a crash: what was in memory is gone.
    pub async fn restart(self) -> Self {
        let Self { accounting, withdrawals, settlements, clock, hand, place, .. } = self;
        for store in [accounting.store(), withdrawals.store(), settlements.store()] {
            store.close().await.unwrap();
        }
        Self::open_in(place, clock, hand, Terms::default()).await
    }

    /// A client of withdrawal-service that speaks in this one's name.
    pub fn payouts_as(&self, principal: &str) -> WithdrawalClient {
        client(&mock::network(said_by(principal, self.withdrawals.router())))
    }

    /// A client of settlement-service that speaks in this one's name.
    pub fn settling_as(&self, principal: &str) -> SettlementClient {
        client(&mock::network(said_by(principal, self.settlements.router())))
    }

    pub fn staff(&self) -> WithdrawalClient {
        self.payouts_as(&format!("admin:{STAFF}"))
    }

    /// A merchant with so much that is paid and not settled, of which settlement-service has heard.
    pub async fn takes(&self, merchant: MerchantId, number: &str, amount: i64) {
        self.takes_quietly(merchant, number, amount).await;
        self.tells().await;
    }

    /// Settlement-service hears what accounting has told so far, again if need be.
    pub async fn tells(&self) {
        let listener = self.settlements.listener().build();
        bring(self.accounting.store(), "accounting-service", &listener, &self.clock).await;
    }

    /// Something is paid, and accounting does not get round to tell of it.
    pub async fn takes_quietly(&self, merchant: MerchantId, number: &str, amount: i64) {
        let (ids, now) = (Ids::new(self.clock.clone()).unwrap(), self.clock.now());
        let money = Money::new(amount, self.currency);
        let paid = Captured { payment_no: number.into(), merchant_id: merchant, channel: "stripe".into(), money };
        let plan = FeePlan::share("standard", 1, 30_000);
        let book = move |tx: &mut Tx<'_>| payments::book_capture(tx, &ids, &paid, &plan, now);
        self.accounting.store().write(book).await.unwrap();
    }

    /// Something is paid back.
    pub async fn pays_back(&self, merchant: MerchantId, payment: &str, refund: &str, amount: i64) {
        let (ids, now) = (Ids::new(self.clock.clone()).unwrap(), self.clock.now());
        let money = Money::new(amount, self.currency);
        let (refund_no, payment_no) = (refund.into(), payment.into());
        let back = Refunded { refund_no, payment_no, merchant_id: merchant, channel: "stripe".into(), money };
        let book = move |tx: &mut Tx<'_>| payments::book_refund(tx, &ids, &back, now);
        self.accounting.store().write(book).await.unwrap();
    }

    /// A merchant with an operating account, and so much on it.
    pub async fn funded(&self, merchant: MerchantId, amount: i64) {
        use payment_clients::apis::accounting::CreateTransaction;

        let account_type = AccountType::Operating;
        let account = CreateAccount { merchant_id: merchant, account_type, currency: self.currency };
        let account = self.accounts.create_account(&account).await.unwrap();
        if amount > 0 {
            let posted = CreateTransaction::new(account.id, TransactionType::Adjustment, amount);
            self.accounts.create_transaction(&posted).await.unwrap();
        }
    }

    /// A verified bank account, whose holder says how the bank behaves.
    pub async fn bank_account(&self, merchant: MerchantId, holder: &str) -> BankAccountId {
        let staff = self.staff();
        let account = staff.create_bank_account(&bank_account(merchant, holder)).await.unwrap();
        let verified = UpdateBankAccount { is_verified: Some(true), ..UpdateBankAccount::default() };
        staff.update_bank_account(&account.id, &verified).await.unwrap();
        account.id
    }

    /// An approved withdrawal of 50.00.
    pub async fn approved(&self, merchant: MerchantId, holder: &str) -> Withdrawal {
        let account = self.bank_account(merchant, holder).await;
        let staff = self.staff();
        let made = staff.create_withdrawal(&withdrawal(merchant, 5_000, account)).await.unwrap();
        staff.approve_withdrawal(&made.id, &by(STAFF)).await.unwrap();
        made
    }

    pub async fn status(&self, id: WithdrawalId) -> WithdrawalStatus {
        self.staff().get_withdrawal(&id).await.unwrap().withdrawal.status
    }

    /// Lets time pass until everything has come to rest.
    pub async fn rest(&self) {
        for _ in 0..70 {
            self.hand.advance(Duration::from_secs(61));
            self.withdrawals.engine().pass().await.unwrap();
            self.settlements.engine().pass().await.unwrap();
            self.withdrawals.ask_the_bank().await.unwrap();
        }
    }

    /// Free and held funds of a merchant.
    pub async fn funds(&self, merchant: MerchantId) -> (i64, i64) {
        use payment_clients::apis::accounting::BalanceApi;

        let balance = self.accounts.get_balance_by_currency(&merchant, self.currency).await.unwrap();
        let operating = balance.accounts.iter().find(|account| account.account_type == AccountType::Operating);
        operating.map_or((0, 0), |account| (account.balance, account.frozen_balance))
    }

    /// Everything that is wrong in the books, each by itself and compared with each other.
    pub fn violations(&self) -> Vec<String> {
        let book = |name: &str| self.stores.book(name).unwrap();
        let [ours, theirs, claims, accounts] = ["withdrawal", "bank-sim", "settlement", "accounting"].map(book);
        let alone: [(&Book, Rule); 7] = [
            (&ours, withdrawal::invariants::always),
            (&ours, withdrawal::invariants::at_rest),
            (&ours, rest::violations),
            (&theirs, bank_sim::invariants::violations),
            (&claims, settlement::invariants::always),
            (&claims, rest::violations),
            (&accounts, invariants::check),
        ];
        let mut found: Vec<_> = alone.into_iter().flat_map(|(book, rule)| book.read(rule).unwrap()).collect();
        found.extend(withdrawal::invariants::with_bank(&ours, &theirs).unwrap());
        found.extend(settlement::invariants::with_withdrawals(&claims, &ours).unwrap());
        let books = Books::open(&self.stores).unwrap();
        let (booked, stated) = (lines::through_banks(&books).unwrap(), lines::of_bank(&books, None).unwrap());
        let items = compare(&booked, &stated, self.clock.now());
        // A line that the bank lists twice is found, and is the bank's mistake.
        let ours = |item: &&Item| !item.is_fine() && item.class != Class::Duplicate;
        let breaks = items.iter().filter(ours).map(ToString::to_string);
        found.iter().map(ToString::to_string).chain(breaks).collect()
    }

    /// How many transfers the bank has, in any state.
    pub fn transfers(&self) -> i64 {
        let book = self.stores.book("bank-sim").unwrap();
        book.read(|view| view.one("SELECT COUNT(*) FROM transfers", &[], |row| row.get(0))).unwrap()
    }
}

/// A router whose calls all come from this one.
pub fn said_by(principal: &str, router: Router) -> Router {
    router.layer(Extension(Principal(principal.to_owned())))
}

/// A client whose calls are made once: the tests look at single answers.
fn client<C: ServiceClient>(network: &mock::Network) -> C {
    let url = format!("http://{}", C::SERVICE.name);
    let builder = BaseClient::builder(C::SERVICE).partner(C::profile()).url(&url);
    let builder = builder.configure(|config| config.all_tiers(|tier| tier.max_attempts = 1));
    C::from(builder.build_on(network).unwrap())
}

/// A client that waits for the bank a moment only, and asks once.
fn bank_client(network: &mock::Network) -> BankTransferClient {
    let builder = BaseClient::builder(BankTransferClient::SERVICE).partner(BankTransferClient::profile());
    let builder = builder.url("http://bank").configure(|config| {
        config.all_tiers(|tier| {
            tier.max_attempts = 1;
            tier.attempt_timeout = Duration::from_secs(1);
        });
    });
    BankTransferClient::from(builder.build_on(network).unwrap())
}

// === what is asked for ===

pub fn shop() -> MerchantId {
    MerchantId::from_u128(7)
}

pub fn merchant(id: MerchantId) -> Merchant {
    let at = Timestamp::from_unix_ms(NOON);
    Merchant {
        id,
        name: "Shop".into(),
        email: "shop@example.com".into(),
        phone: "".into(),
        company_name: "Shop Ltd".into(),
        business_type: BusinessType::Individual,
        country: "DE".into(),
        website: String::new(),
        status: if id == MerchantId::from_u128(66) { MerchantStatus::Suspended } else { MerchantStatus::Active },
        kyc_status: MerchantKycStatus::Verified,
        is_test_mode: false,
        metadata: "{}".into(),
        created_at: at,
        updated_at: at,
        api_keys: Vec::new(),
        channel_configs: Vec::new(),
    }
}

pub fn bank_account(merchant: MerchantId, holder: &str) -> CreateBankAccount {
    let (bank, code) = ("Bank".to_owned(), "COBADEFF".to_owned());
    let number = "DE89370400440532013000".into();
    CreateBankAccount::new(merchant, BankAccountType::Corporate, bank, code, holder.into(), number)
}

pub fn withdrawal(merchant: MerchantId, amount: i64, account: BankAccountId) -> CreateWithdrawal {
    let money = Money::new(amount, Currency::USD);
    CreateWithdrawal::new(merchant, money, WithdrawalType::Normal, account, OperatorId::from_u128(1))
}

pub fn by(approver: &str) -> ApproveWithdrawal {
    ApproveWithdrawal { approver_id: approver.parse().unwrap(), approver_name: "A. Pprover".into(), comments: None }
}

pub fn key(text: &str) -> CallOptions {
    CallOptions::new().key(text.parse().unwrap())
}

/// What a service has told the platform, in order.
pub async fn told(store: &Store) -> Vec<String> {
    let kinds = "SELECT kind FROM outbox ORDER BY id";
    store.read(move |view| view.all(kinds, &[], |row| row.get(0))).await.unwrap()
}
