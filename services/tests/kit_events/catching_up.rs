//! Each listener in turn is away for an hour, while payments, refunds and a settlement happen without it; when it is back
//! it has heard of each once, and all figures agree.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use payment_clients::{
    apis::{
        accounting::{AccountApi, AccountType, CreateAccount},
        ids::MerchantId,
        merchant::{
            BusinessType, MerchantKycStatus, MerchantStatus, RegisterMerchant, UpdateMerchantKycStatus,
            UpdateMerchantStatus,
        },
        payment_gateway::{CreatePayment, CreateRefund, PaymentStatus, RefundStatus},
        settlement::{SettlementApi, SettlementFilter, SettlementStatus},
        withdrawal::{BankAccountApi, BankAccountType, CreateBankAccount, UpdateBankAccount},
    },
    client::wire::Signer,
    contract::{
        certainty::Certainty,
        options::{CallOptions, WithOptions},
    },
    prelude::*,
};
use payment_services::{
    channel_sim::Manners,
    check::{check, is_at_rest},
    kit::{
        clock::{Clock, Hand},
        identity::token::Issuer,
    },
    platform::{Bound, Ports, Running, Setup, Urls},
    registry::Name,
};

use super::support::{self, Place};

/// 2025-10-24T20:05:00Z, in milliseconds: the last hour away is the one around midnight, however slow the machine is.
const EVENING: i64 = 1_761_336_300_000;
const HOUR: Duration = Duration::from_secs(3600);
/// The listeners, in the order in which they are away, each with the name of its store.
const LISTENERS: [(Name, &str); 4] = [
    (Name::Accounting, "accounting"),
    (Name::Settlement, "settlement"),
    (Name::Analytics, "analytics"),
    (Name::Notification, "notification"),
];

/// What outlives a run.
struct World {
    place: Place,
    clock: Clock,
    hand: Hand,
    issuer: Arc<Issuer>,
    orders: u32,
}

/// The services that are not away.
struct Services {
    urls: Urls,
    running: Running,
}

impl World {
    fn new() -> Self {
        let place = Place::files();
        let (clock, hand) = Clock::manual(EVENING);
        let issuer = support::issuer(place.path(), &clock);
        Self { place, clock, hand, issuer, orders: 0 }
    }

    async fn start(&self, away: Option<Name>) -> Services {
        let names: Vec<_> = Name::ALL.iter().copied().filter(|name| Some(*name) != away).collect();
        let bound = Bound::bind(&names, Ports::Auto).await.unwrap();
        let urls = bound.urls().unwrap();
        let setup = Setup {
            directory: Some(support::directory()),
            manners: Manners { hang: Duration::from_secs(60), late: Duration::from_millis(50) },
            ..Setup::new(self.place.path(), self.place.stores().clone(), self.clock.clone())
        };
        Services { urls, running: bound.start(&setup).await.unwrap() }
    }

    /// Waits, while time passes ten times as fast as it does here.
    async fn until(&self, what: &str, mut holds: impl AsyncFnMut() -> bool) {
        let wait = async {
            while !holds().await {
                self.hand.advance(Duration::from_millis(200));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(120), wait).await.unwrap_or_else(|_| panic!("{what} does not come"));
    }

    /// Asks under one key until there is an answer: a machine that is slow refuses nothing.
    async fn answered<T>(&self, key: &str, ask: impl AsyncFn(CallOptions) -> Result<T>) -> Result<T> {
        let (options, mut answer) = (CallOptions::new().key(key.parse().unwrap()), None);
        let is_answered = async || {
            answer = match ask(options.clone()).await {
                Err(error) if error.certainty() != Certainty::Processed => None,
                answer => Some(answer),
            };
            answer.is_some()
        };
        self.until(&format!("the answer to {key}"), is_answered).await;
        answer.unwrap()
    }

    /// A shop that can be paid out.
    async fn shop(&self, services: &Services) -> MerchantId {
        let staff = |name| support::staff(&self.issuer, name);
        let merchants = MerchantClient::builder().url(&services.urls[&Name::Merchant]);
        let merchants: MerchantClient = merchants.signer(staff(Name::Merchant)).build().unwrap().into();
        let anybody = MerchantClient::builder().url(&services.urls[&Name::Merchant]);
        let anybody: MerchantClient = anybody.build().unwrap().into();
        let registration = RegisterMerchant {
            name: "Shop".into(),
            email: "shop@example.com".into(),
            password: "correct horse battery".into(),
            company_name: "Shop Ltd".into(),
            business_type: BusinessType::Company,
            country: "DE".into(),
            website: None,
        };
        let register = async |options| anybody.with(options).register_merchant(&registration).await;
        let id = self.answered("shop", register).await.unwrap().data.id;
        let verified = UpdateMerchantKycStatus { kyc_status: MerchantKycStatus::Verified };
        self.answered("papers", async |_| merchants.update_merchant_kyc_status(&id, &verified).await).await.unwrap();
        let active = UpdateMerchantStatus { status: MerchantStatus::Active };
        self.answered("active", async |_| merchants.update_merchant_status(&id, &active).await).await.unwrap();
        let accounts = AccountingClient::builder().url(&services.urls[&Name::Accounting]);
        let accounts: AccountingClient = accounts.signer(staff(Name::Accounting)).build().unwrap().into();
        let account = CreateAccount { merchant_id: id, account_type: AccountType::Operating, currency: Currency::USD };
        let open = async |options| accounts.with(options).create_account(&account).await;
        self.answered("account", open).await.unwrap();
        self.bank_account(services, id).await;
        id
    }

    async fn bank_account(&self, services: &Services, shop: MerchantId) {
        let payouts = WithdrawalClient::builder().url(&services.urls[&Name::Withdrawal]);
        let payouts: WithdrawalClient =
            payouts.signer(support::staff(&self.issuer, Name::Withdrawal)).build().unwrap().into();
        let (bank, code, holder) = ("Bank".to_owned(), "COBADEFF".to_owned(), "Shop Ltd");
        let number = "DE89370400440532013000".into();
        let account = CreateBankAccount::new(shop, BankAccountType::Corporate, bank, code, holder.into(), number);
        let create = async |options| payouts.with(options).create_bank_account(&account).await;
        let id = self.answered("bank-account", create).await.unwrap().id;
        let verified = UpdateBankAccount { is_verified: Some(true), ..UpdateBankAccount::default() };
        self.answered("verified", async |_| payouts.update_bank_account(&id, &verified).await).await.unwrap();
    }

    fn gateway(&self, services: &Services, signer: Arc<dyn Signer>) -> PaymentGatewayClient {
        let gateway = PaymentGatewayClient::builder().url(&services.urls[&Name::PaymentGateway]);
        gateway.signer(signer).build().unwrap().into()
    }

    /// Three payments of 10.00, one of which is declined; of another 4.00 is paid back.
    async fn business(&mut self, services: &Services, shop: MerchantId) {
        let checkout = support::service(&self.issuer, "cashier-service", Name::PaymentGateway);
        let checkout = self.gateway(services, checkout);
        let staff = self.gateway(services, support::staff(&self.issuer, Name::PaymentGateway));
        let mut paid = Vec::new();
        for payer in ["payer", "payer", "decline"] {
            self.orders += 1;
            let order = format!("M-{}", self.orders);
            let request = CreatePayment {
                customer_email: format!("{payer}@example.com").into(),
                notify_url: "https://shop.example/notify".into(),
                return_url: "https://shop.example/back".into(),
                ..CreatePayment::new(shop, order.as_str().into(), Money::new(1000, Currency::USD))
            };
            let create = async |options| checkout.with(options).create_payment(&request).await;
            paid.extend(self.answered(&order, create).await.ok());
        }
        assert_eq!(paid.len(), 2);
        for payment in &paid {
            let is_paid = async || {
                staff.get_payment(&payment.payment_no).await.is_ok_and(|found| found.status == PaymentStatus::Success)
            };
            self.until("the payment's end", is_paid).await;
        }
        let (payment_no, reason) = (paid[0].payment_no.clone(), "one of two returned".to_owned());
        let refund = CreateRefund { payment_no, amount: 400, reason, ..CreateRefund::default() };
        let create = async |options| staff.with(options).create_refund(&refund).await;
        let refund_no = self.answered(&format!("R-{}", self.orders), create).await.unwrap().refund_no;
        let is_paid_back =
            async || staff.get_refund(&refund_no).await.is_ok_and(|found| found.status == RefundStatus::Success);
        self.until("the refund's end", is_paid_back).await;
    }

    /// How many events each listener has taken.
    fn taken(&self) -> BTreeMap<&'static str, i64> {
        let count = |store: &str| {
            let book = self.place.stores().book(store).unwrap();
            book.read(|view| view.one("SELECT COUNT(*) FROM inbox", &[], |row| row.get(0))).unwrap()
        };
        LISTENERS.iter().map(|(_, store)| (*store, count(store))).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_was_away_for_an_hour_has_heard_of_everything_once_and_all_figures_agree() {
    let mut world = World::new();
    let services = world.start(None).await;
    let shop = world.shop(&services).await;
    world.until("rest", async || is_at_rest(world.place.stores()).unwrap()).await;
    services.running.stop().await.unwrap();

    for (away, store) in LISTENERS {
        let before = world.taken();
        let services = world.start(Some(away)).await;
        world.business(&services, shop).await;
        if away != Name::Accounting {
            // Two payments and a refund are booked, so that nothing is on its way while the hour passes.
            world.until("the books", async || world.taken()["accounting"] >= before["accounting"] + 3).await;
        }
        world.hand.advance(HOUR);
        if away == Name::Notification {
            let settlements = SettlementClient::builder().url(&services.urls[&Name::Settlement]);
            let staff = support::staff(&world.issuer, Name::Settlement);
            let settlements: SettlementClient = settlements.signer(staff).build().unwrap().into();
            let done = SettlementFilter { status: Some(SettlementStatus::Completed), ..SettlementFilter::default() };
            let is_paid =
                async || settlements.list_settlements(&done).await.is_ok_and(|page| !page.settlements.is_empty());
            world.until("the settlement of the day", is_paid).await;
        }
        services.running.stop().await.unwrap();
        assert_eq!(world.taken()[store], before[store], "{store} was away");

        let services = world.start(None).await;
        world.until("rest", async || is_at_rest(world.place.stores()).unwrap()).await;
        services.running.stop().await.unwrap();
        let (report, after) = (check(world.place.stores(), false, None).unwrap(), world.taken());
        assert!(report.holds(), "after {store} was away: {report:?}");
        assert!(after[store] >= before[store] + 2, "{store} has caught up: {after:?}");
    }
}
