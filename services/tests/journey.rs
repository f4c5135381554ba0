//! Whole payments through all services over real sockets, with a channel that declines, loses answers, repeats itself or
//! says nothing; afterwards the four books agree.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use payment_clients::{
    apis::{
        config_service::CreateConfig,
        ids::MerchantId,
        merchant::{
            ApiKey, BusinessType, CreateApiKey, Environment, MerchantKycStatus, MerchantStatus, RegisterMerchant,
            UpdateMerchantKycStatus, UpdateMerchantStatus,
        },
        merchant_auth::{LoginOutcome, MerchantLogin},
        payment_gateway::{CreatePayment, CreateRefund, Payment, PaymentStatus, RefundStatus},
        words::Channel,
    },
    client::{BaseClient, ClientBuilder, signer::MerchantSigner, wire::Signer},
    contract::{error::ErrorKind, secret::SecretText},
    platform::ConfigClient,
    prelude::*,
};
use payment_services::{
    channel_sim::Manners,
    demo::books,
    kit::{clock::Clock, identity::token::Issuer},
    platform::{Bound, Ports, Running, Setup, Urls},
    registry::Name,
};
use support::Place;

/// The platform in a folder, and a merchant's client of it.
struct Platform {
    running: Running,
    client: PaymentGatewayClient,
}

async fn platform(place: &Place) -> Platform {
    let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
    let client = client(&bound);
    let manners = Manners { hang: Duration::from_secs(60), late: Duration::from_millis(50) };
    Platform { running: bound.start(&setup(place, manners)).await.unwrap(), client }
}

/// The client of merchant 7.
fn client(bound: &Bound) -> PaymentGatewayClient {
    let client = PaymentGatewayClient::builder().url(&bound.url(Name::PaymentGateway).unwrap());
    client.signer(support::merchant(7)).build().unwrap().into()
}

fn setup(place: &Place, manners: Manners) -> Setup {
    Setup {
        directory: Some(support::directory()),
        manners,
        ..Setup::new(place.path(), place.stores().clone(), Clock::system())
    }
}

fn request(order_no: &str, payer: &str, amount: i64) -> CreatePayment {
    CreatePayment {
        customer_email: format!("{payer}@example.com").into(),
        notify_url: "https://shop.example/notify".into(),
        return_url: "https://shop.example/back".into(),
        ..CreatePayment::new(MerchantId::from_u128(7), order_no.into(), Money::new(amount, Currency::USD))
    }
}

impl Platform {
    async fn pay(&self, order_no: &str, payer: &str, amount: i64) -> Result<Payment> {
        self.client.create_payment(&request(order_no, payer, amount)).await
    }

    /// Asks until the payment is final. A platform that was too slow for a moment is asked again.
    async fn end_of(&self, payment: &Payment) -> PaymentStatus {
        let mut heard = None;
        let wait = async {
            loop {
                let answer = self.client.get_payment(&payment.payment_no).await;
                if let Ok(Payment { status, .. }) = &answer
                    && !matches!(status, PaymentStatus::Pending | PaymentStatus::Processing)
                {
                    return status.clone();
                }
                heard = Some(answer);
                tokio::task::yield_now().await;
            }
        };
        let end = tokio::time::timeout(Duration::from_secs(30), wait).await;
        end.unwrap_or_else(|_| panic!("the payment does not end: {heard:?}"))
    }
}

/// Minor units that each book holds as paid, in the order gateway, order, adapter, channel.
fn sums(place: &Place) -> Vec<i64> {
    let sum = |book: &books::Book| book.totals.get(&Currency::USD).copied().unwrap_or_default().amount;
    books::read(place.stores()).unwrap().iter().map(sum).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_misbehaves_costs_no_cent() {
    let place = Place::new();
    let platform = platform(&place).await;

    let names: Vec<_> = (0..20).map(|number| format!("M-{number}")).collect();
    let paid = join_all(names.iter().map(|name| platform.pay(name, "payer", 1000))).await;
    for payment in paid {
        assert_eq!(platform.end_of(&payment.unwrap()).await, PaymentStatus::Success);
    }
    // The effect happens, the answer is lost: asked about, not charged twice.
    let lost = platform.pay("L-1", "lose_answer", 500).await.unwrap();
    assert_eq!(platform.end_of(&lost).await, PaymentStatus::Success);
    let repeated = platform.pay("D-1", "duplicate", 70).await.unwrap();
    assert_eq!(platform.end_of(&repeated).await, PaymentStatus::Success);
    let late = platform.pay("T-1", "late", 5).await.unwrap();
    assert_eq!(platform.end_of(&late).await, PaymentStatus::Success);

    let declined = platform.pay("X-1", "decline", 9999).await.unwrap_err();
    assert_eq!((declined.kind(), declined.code()), (ErrorKind::Declined, Some("CHANNEL_DECLINED")));
    let failed = platform.pay("F-1", "fail", 8888).await.unwrap();
    assert_eq!(platform.end_of(&failed).await, PaymentStatus::Failed);

    platform.running.stop().await.unwrap();
    assert_eq!(sums(&place), [20_575; 4]);
    assert!(books::differences(place.stores(), 10).unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_goes_through_every_service_once() {
    let place = Place::new();
    let platform = platform(&place).await;
    let payment = platform.pay("M-1", "payer", 1000).await.unwrap();
    assert_eq!(platform.end_of(&payment).await, PaymentStatus::Success);

    let part = CreateRefund {
        payment_no: payment.payment_no.clone(),
        amount: 400,
        reason: "one of two returned".into(),
        ..CreateRefund::default()
    };
    let client = platform.client.with(CallOptions::new().key("refund-1".parse().unwrap()));
    let first = client.create_refund(&part).await.unwrap();
    assert_eq!(first.status, RefundStatus::Success);
    assert_eq!(client.create_refund(&part).await.unwrap(), first, "the same key is the same refund");
    let too_much = CreateRefund { amount: 601, ..part };
    let refused = platform.client.create_refund(&too_much).await.unwrap_err();
    assert_eq!(refused.code(), Some("REFUND_AMOUNT_EXCEEDS"));
    platform.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_asked_before_a_restart_is_the_same_payment_after_it() {
    let place = Place::new();
    let key = || CallOptions::new().key("order-1".parse().unwrap());
    let before = platform(&place).await;
    let first = before.client.with(key()).create_payment(&request("M-1", "payer", 1000)).await.unwrap();
    before.running.stop().await.unwrap();

    let after = platform(&place).await;
    let again = after.client.with(key()).create_payment(&request("M-1", "payer", 1000)).await.unwrap();
    assert_eq!(again.payment_no, first.payment_no);
    assert_eq!(after.end_of(&again).await, PaymentStatus::Success);
    after.running.stop().await.unwrap();
    assert_eq!(sums(&place)[0], 1000);
    assert_eq!(sums(&place)[3], 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_down_refuses_payments_and_takes_none_of_the_money() {
    let place = Place::new();
    // Order, risk, adapter and channel are not started; their fixed ports are nobody's here.
    let bound = Bound::bind(&[Name::PaymentGateway], Ports::Auto).await.unwrap();
    let client = client(&bound);
    let running = bound.start(&setup(&place, Manners::default())).await.unwrap();
    let error = client.create_payment(&request("M-1", "payer", 1000)).await.unwrap_err();
    assert!(error.certainty() == Certainty::Processed, "the payment is refused for good: {error}");
    let failed = client.list_payments(&Default::default()).await.unwrap();
    assert_eq!(failed.list[0].status, PaymentStatus::Failed);
    running.stop().await.unwrap();
}

/// Clients of a platform that asks its own services who somebody is.
struct People {
    urls: Urls,
    issuer: Arc<Issuer>,
}

impl People {
    fn builder(&self, builder: ClientBuilder, name: Name, signer: Option<Arc<dyn Signer>>) -> BaseClient {
        let builder = builder.url(&self.urls[&name]);
        let builder = match signer {
            Some(signer) => builder.signer(signer),
            None => builder,
        };
        builder.build().unwrap()
    }

    fn merchants(&self, signer: Option<Arc<dyn Signer>>) -> MerchantClient {
        self.builder(MerchantClient::builder(), Name::Merchant, signer).into()
    }

    fn logins(&self, signer: Option<Arc<dyn Signer>>) -> MerchantAuthClient {
        self.builder(MerchantAuthClient::builder(), Name::MerchantAuth, signer).into()
    }

    fn staff(&self, name: Name) -> Option<Arc<dyn Signer>> {
        Some(support::staff(&self.issuer, name))
    }

    fn gateway(&self, key: &ApiKey) -> PaymentGatewayClient {
        let signer = MerchantSigner::v2(&key.api_key, key.api_secret.clone()).unwrap();
        self.builder(PaymentGatewayClient::builder(), Name::PaymentGateway, Some(Arc::new(signer))).into()
    }
}

/// Asks again until an answer is a refusal, which must come soon.
async fn refused<T>(mut ask: impl AsyncFnMut() -> Result<T>) -> Error {
    let wait = async {
        loop {
            match ask().await {
                Ok(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(error) => return error,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it is refused")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merchant_registers_and_pays_until_its_key_is_revoked_and_is_out_when_it_is_deleted() {
    let place = Place::new();
    let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
    let people = People { urls: bound.urls().unwrap(), issuer: support::issuer(place.path(), &Clock::system()) };
    let setup = Setup { directory: None, ..setup(&place, Manners::default()) };
    let running = bound.start(&setup).await.unwrap();

    let password = || SecretText::from("correct horse battery");
    let registration = RegisterMerchant {
        name: "Shop".into(),
        email: "shop@example.com".into(),
        password: password(),
        company_name: "Shop Ltd".into(),
        business_type: BusinessType::Company,
        country: "DE".into(),
        website: None,
    };
    let id = people.merchants(None).register_merchant(&registration).await.unwrap().data.id;
    let staff = people.merchants(people.staff(Name::Merchant));
    let verified = UpdateMerchantKycStatus { kyc_status: MerchantKycStatus::Verified };
    staff.update_merchant_kyc_status(&id, &verified).await.unwrap();
    let active = UpdateMerchantStatus { status: MerchantStatus::Active };
    staff.update_merchant_status(&id, &active).await.unwrap();

    let login = MerchantLogin { merchant_id: id, password: password() };
    let LoginOutcome::Complete(session) = people.logins(None).login(&login).await.unwrap() else {
        panic!("nobody has set up a second factor")
    };
    let session = support::session(&session.access_token);
    let own = people.merchants(Some(Arc::clone(&session)));
    let asked = CreateApiKey { name: "Shop".into(), environment: Environment::Production, expires_at: None };
    let key = own.create_api_key(&asked).await.unwrap().data;

    let gateway = people.gateway(&key);
    let payment = CreatePayment { merchant_id: id, ..request("M-1", "payer", 1000) };
    let paid = gateway.create_payment(&payment).await.unwrap();
    let found = || gateway.get_payment(&paid.payment_no);
    assert_eq!(found().await.unwrap().merchant_id, id);
    let other = CreatePayment { merchant_id: MerchantId::from_u128(8), ..request("M-2", "payer", 1000) };
    assert_eq!(gateway.create_payment(&other).await.unwrap_err().kind(), ErrorKind::NotFound);

    own.revoke_api_key(&key.id).await.unwrap();
    let revoked = refused(async || found().await).await;
    assert_eq!((revoked.kind(), revoked.code()), (ErrorKind::Unauthenticated, Some("API_KEY_REVOKED")));

    let logins = people.logins(Some(session));
    logins.list_sessions().await.unwrap();
    staff.delete_merchant(&id).await.unwrap();
    let out = refused(async || logins.list_sessions().await).await;
    assert_eq!((out.kind(), out.code()), (ErrorKind::Unauthenticated, Some("INVALID_TOKEN")));
    running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_costs_what_was_set_just_now_and_its_fee_names_the_version() {
    let place = Place::new();
    let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
    let (client, urls) = (client(&bound), bound.urls().unwrap());
    let running = bound.start(&setup(&place, Manners::default())).await.unwrap();
    let platform = Platform { running, client };
    let staff = support::staff(&support::issuer(place.path(), &Clock::system()), Name::Config);
    let config: ConfigClient = ConfigClient::builder().url(&urls[&Name::Config]).signer(staff).build().unwrap().into();
    let rates = CreateConfig {
        service_name: "platform".into(),
        config_key: "fee_rates".into(),
        config_value: r#"{"default": {"rate_ppm": 50000, "fixed": {"USD": 7}}}"#.into(),
        ..CreateConfig::default()
    };
    config.create_config(&rates).await.unwrap();
    let book = place.stores().book("accounting").unwrap();
    let charged = || {
        let last = "SELECT fee, plan, plan_version FROM captures WHERE plan_version = 1";
        book.read(|view| view.optional(last, &[], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))).unwrap()
    };
    let paying = async {
        for number in 1.. {
            platform.pay(&format!("M-{number}"), "payer", 1000).await.unwrap();
            if charged().is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), paying).await.expect("the rates take effect");
    assert_eq!(charged(), Some((57_i64, "stripe:USD".to_owned(), 1_i64)));
    platform.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_channel_takes_what_it_is_asked_for_and_what_the_first_did_not_begin() {
    let place = Place::new();
    let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
    let (client, urls) = (client(&bound), bound.urls().unwrap());
    let running = bound.start(&setup(&place, Manners::default())).await.unwrap();
    let platform = Platform { running, client };
    let staff = support::staff(&support::issuer(place.path(), &Clock::system()), Name::Config);
    let config: ConfigClient = ConfigClient::builder().url(&urls[&Name::Config]).signer(staff).build().unwrap().into();
    let channels = CreateConfig {
        service_name: "platform".into(),
        config_key: "payment_channels_enabled".into(),
        config_value: r#"{"enabled": {"stripe": {}, "paypal": {}}}"#.into(),
        ..CreateConfig::default()
    };
    config.create_config(&channels).await.unwrap();
    // Until gateway and adapter have read it, the channel is refused.
    let paying = async {
        let mut number = 0;
        loop {
            number += 1;
            let order = request(&format!("M-{number}"), "payer", 1000);
            let payment = CreatePayment { channel: Some(Channel::Paypal), ..order };
            match platform.client.create_payment(&payment).await {
                Ok(payment) => return payment,
                Err(error) => assert_eq!(error.kind(), ErrorKind::Declined, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let paid = tokio::time::timeout(Duration::from_secs(30), paying).await.expect("the channel is enabled");
    assert_eq!(platform.end_of(&paid).await, PaymentStatus::Success);
    let moved = platform.pay("C-1", "stripe_closed", 500).await.unwrap();
    assert_eq!(platform.end_of(&moved).await, PaymentStatus::Success);

    platform.running.stop().await.unwrap();
    assert_eq!(sums(&place), [1500; 4]);
    assert!(books::differences(place.stores(), 10).unwrap().is_empty());
}

#[tokio::test]
async fn a_port_in_use_is_named_with_its_service_and_the_way_out() {
    // Whoever has it, we or somebody else, it is taken.
    let _taken = tokio::net::TcpListener::bind(("127.0.0.1", Name::Risk.port())).await;
    let error = Bound::bind(&[Name::Risk], Ports::Fixed).await.unwrap_err().to_string();
    assert!(error.contains("risk") && error.contains("40006") && error.contains("--ports auto"), "{error}");
}
