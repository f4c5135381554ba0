//! What is done with the canaries: calls that succeed, calls that are refused, calls that nobody answers in time.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use payment_clients::{
    apis::{
        admin::{AdminLogin, CreateAdmin, CreateSystemConfig, SystemConfigCategory, SystemConfigType},
        cashier::CreateSession,
        ids::MerchantId,
        kyc::{KycDocumentType, SubmitDocument},
        merchant::{
            AccountType, BusinessType, CreateApiKey, CreateSettlementAccount, Environment, MerchantKycStatus,
            MerchantStatus, RegisterMerchant, UpdateMerchant, UpdateMerchantKycStatus, UpdateMerchantStatus,
        },
        merchant_auth::{LoginOutcome, MerchantLogin, VerifyTwoFactor},
        merchant_config::CreateChannelConfig,
        notification::{DeliveryChannel, EventType, NewPreference, NewWebhookEndpoint},
        payment_gateway::{CreatePayment, CreateRefund, PaymentStatus},
        risk::{AddBlacklist, BlacklistFilter, EntityType},
        withdrawal::{BankAccountType, CreateBankAccount},
        words::Channel,
    },
    client::{signer::MerchantSigner, wire::Signer},
    contract::secret::SecretText,
    platform::Platform,
    prelude::*,
};
use payment_services::{
    day::cast,
    host::Secrets,
    kit::{clock::Clock, identity::token::Issuer, webhook},
    platform::{Urls, clients},
};

use super::{planted::*, support};

/// What came of it.
#[derive(Default)]
pub struct Played {
    /// The Debug of what was asked and answered.
    pub shown: Vec<String>,
    /// What callers were told of what failed: texts, Debug, causes, explanations.
    pub errors: Vec<String>,
    /// Secrets that services have made: what each is, and its value.
    pub made: Vec<(&'static str, String)>,
}

impl Played {
    fn show(&mut self, value: &(impl std::fmt::Debug + ?Sized)) {
        self.shown.push(format!("{value:?} {value:#?}"));
    }

    /// An answer, whose Debug is kept.
    #[track_caller]
    fn done<T: std::fmt::Debug>(&mut self, answer: Result<T>) -> T {
        let answer = answer.unwrap();
        self.show(&answer);
        answer
    }

    /// A refusal, with everything that can be read off it.
    #[track_caller]
    fn refused<T: std::fmt::Debug>(&mut self, answer: Result<T>) -> Error {
        let error = answer.unwrap_err();
        let mut told = format!("{error} {error:?} {error:#?} {:?}", error.explain());
        let mut cause = std::error::Error::source(&error);
        while let Some(next) = cause {
            told.push_str(&format!(" {next} {next:?}"));
            cause = next.source();
        }
        self.errors.push(told);
        error
    }

    /// An answer or a refusal: a machine that has much to do may be too slow for the one, which is the other.
    fn either<T: std::fmt::Debug>(&mut self, answer: Result<T>) {
        match answer {
            Ok(_) => drop(self.done(answer)),
            Err(_) => drop(self.refused(answer)),
        }
    }

    fn made(&mut self, name: &'static str, secret: &SecretText) {
        self.made.push((name, secret.expose().to_owned()));
    }
}

fn signed(urls: &Urls, signer: &Arc<dyn Signer>) -> Platform {
    clients(urls, None, |_| Some(Arc::clone(signer))).unwrap()
}

pub async fn play(urls: &Urls, secrets: &Secrets, issuer: &Arc<Issuer>) -> Played {
    let mut played = Played::default();
    let (id, own, shop) = merchant(&mut played, urls, issuer).await;
    papers(&mut played, id, &own).await;
    payments(&mut played, id, &shop, urls).await;
    blacklist(&mut played, urls, issuer).await;
    administrators(&mut played, urls, secrets).await;
    webhooks(&mut played, urls, secrets).await;
    played
}

/// A merchant who registers, logs in, and gets a key.
async fn merchant(played: &mut Played, urls: &Urls, issuer: &Arc<Issuer>) -> (MerchantId, Platform, Platform) {
    let anybody = clients(urls, None, |_| None).unwrap();
    let staff = clients(urls, None, |name| Some(support::staff(issuer, name))).unwrap().merchant().unwrap();
    let registration = RegisterMerchant {
        name: MERCHANT_NAME.into(),
        email: MERCHANT_EMAIL.into(),
        password: PASSWORD.into(),
        company_name: "Shop Ltd".into(),
        business_type: BusinessType::Company,
        country: "DE".into(),
        website: None,
    };
    played.show(&registration);
    let merchants = anybody.merchant().unwrap();
    let id = played.done(merchants.register_merchant(&registration).await).data.id;
    played.refused(merchants.register_merchant(&registration).await);
    let nowhere = RegisterMerchant { country: "Atlantis".into(), ..registration.clone() };
    played.refused(merchants.register_merchant(&nowhere).await);
    let odd = RegisterMerchant { email: format!("{MERCHANT_NAME}; {PASSWORD}").into(), ..registration };
    played.refused(merchants.register_merchant(&odd).await);
    let phone = UpdateMerchant { phone: Some(MERCHANT_PHONE.into()), ..UpdateMerchant::default() };
    played.show(&phone);
    played.done(staff.update_merchant(&id, &phone).await);
    let verified = UpdateMerchantKycStatus { kyc_status: MerchantKycStatus::Verified };
    staff.update_merchant_kyc_status(&id, &verified).await.unwrap();
    staff.update_merchant_status(&id, &UpdateMerchantStatus { status: MerchantStatus::Active }).await.unwrap();

    let logins = anybody.merchant_auth().unwrap();
    let wrong = MerchantLogin { merchant_id: id, password: WRONG_PASSWORD.into() };
    played.show(&wrong);
    played.refused(logins.login(&wrong).await);
    let login = MerchantLogin { merchant_id: id, password: PASSWORD.into() };
    let LoginOutcome::Complete(session) = played.done(logins.login(&login).await) else {
        panic!("no second factor yet")
    };
    played.made("the token of a session", &session.access_token);
    let own = signed(urls, &support::session(&session.access_token));
    let factors = own.merchant_auth().unwrap();
    let factor = played.done(factors.enable_two_factor().await);
    played.made("the seed of a second factor", &factor.secret);
    played.made("a code in reserve", &factor.backup_codes[0]);
    played.refused(factors.verify_two_factor(&VerifyTwoFactor { code: CODE.into() }).await);
    let asked = CreateApiKey { name: "Shop".into(), environment: Environment::Production, expires_at: None };
    let key = played.done(own.merchant().unwrap().create_api_key(&asked).await).data;
    played.made("the secret of an API key", &key.api_secret);
    let right: Arc<dyn Signer> = Arc::new(MerchantSigner::v2(&key.api_key, key.api_secret.clone()).unwrap());
    let wrong: Arc<dyn Signer> = Arc::new(MerchantSigner::v2(&key.api_key, WRONG_API_SECRET.into()).unwrap());
    played.show(&right);
    played.show(&wrong);
    let by_another = signed(urls, &wrong).payment_gateway().unwrap();
    played.refused(by_another.create_payment(&payment(id, "W-1")).await);
    (id, own, signed(urls, &right))
}

/// What a merchant tells about itself.
async fn papers(played: &mut Played, id: MerchantId, own: &Platform) {
    let account = CreateSettlementAccount {
        merchant_id: None,
        account_type: AccountType::BankAccount,
        bank_name: Some("Bank".into()),
        account_number: SETTLEMENT_ACCOUNT.into(),
        account_name: HOLDER.into(),
        swift_code: None,
        iban: Some(IBAN.into()),
        currency: None,
        country: Some("DE".into()),
    };
    played.show(&account);
    played.done(own.merchant().unwrap().create_settlement_account(&account).await);
    let odd = CreateSettlementAccount { account_name: "".into(), ..account };
    played.refused(own.merchant().unwrap().create_settlement_account(&odd).await);
    let (bank, code) = ("Bank".to_owned(), "DEUTDEFF".to_owned());
    let account = CreateBankAccount::new(id, BankAccountType::Personal, bank, code, HOLDER.into(), ACCOUNT.into());
    played.show(&account);
    played.done(own.withdrawal().unwrap().create_bank_account(&account).await);
    let odd = CreateBankAccount { bank_code: String::new(), ..account };
    played.refused(own.withdrawal().unwrap().create_bank_account(&odd).await);
    let paper = SubmitDocument {
        document_number: Some(PAPER.into()),
        ..SubmitDocument::new(id, KycDocumentType::Passport, "https://files.example/passport.pdf".into())
    };
    played.show(&paper);
    played.done(own.kyc().unwrap().submit_document(&paper).await);
    let config = CreateChannelConfig {
        merchant_id: id,
        channel: Channel::Stripe,
        config: format!(r#"{{"client_id":"c1","api_key":"{CHANNEL_SECRET}"}}"#).into(),
        is_test_mode: Some(false),
    };
    played.show(&config);
    played.done(own.merchant_config().unwrap().create_channel_config(&config).await);
    played.refused(own.merchant_config().unwrap().create_channel_config(&config).await);
    let endpoint = NewWebhookEndpoint {
        name: "Shop".into(),
        url: "https://shop.example/hook".into(),
        secret: Some(WEBHOOK_SECRET.into()),
        events: Some(r#"["*"]"#.into()),
        ..NewWebhookEndpoint::default()
    };
    played.show(&endpoint);
    played.done(own.notification().unwrap().create_webhook_endpoint(&endpoint).await);
    let preference = NewPreference {
        channel: Some(DeliveryChannel::Email),
        event_type: Some(EventType::PaymentSuccess),
        extra: Some(format!(r#"{{"to": "{RECIPIENT}"}}"#).into()),
        ..NewPreference::default()
    };
    played.show(&preference);
    played.done(own.notification().unwrap().create_preference(&preference).await);
}

fn payment(id: MerchantId, order_no: &str) -> CreatePayment {
    CreatePayment {
        customer_email: CUSTOMER_EMAIL.into(),
        customer_name: Some(CUSTOMER_NAME.into()),
        customer_phone: Some(CUSTOMER_PHONE.into()),
        customer_ip: Some(CUSTOMER_IP.into()),
        description: Some(format!("by card {CARD}")),
        notify_url: format!("https://{USERINFO}@shop.example/notify"),
        return_url: "https://shop.example/back".into(),
        ..CreatePayment::new(id, order_no.into(), Money::new(1000, Currency::USD))
    }
}

/// Somebody from whom no payment is taken.
async fn blacklist(played: &mut Played, urls: &Urls, issuer: &Arc<Issuer>) {
    let risk = clients(urls, None, |name| Some(support::staff(issuer, name))).unwrap().risk().unwrap();
    let entry = AddBlacklist::new(EntityType::Email, BLOCKED.into(), "fraud".into());
    played.show(&entry);
    played.done(risk.add_blacklist(&entry).await);
    played.refused(risk.add_blacklist(&entry).await);
    played.done(risk.list_blacklist(&BlacklistFilter::default()).await);
    played.done(risk.check_blacklist(EntityType::Email, BLOCKED).await);
}

/// Customers who pay, or do not.
async fn payments(played: &mut Played, id: MerchantId, shop: &Platform, urls: &Urls) {
    let gateway = shop.payment_gateway().unwrap();
    let asked = payment(id, "M-1");
    played.show(&asked);
    let key = |key: &str| CallOptions::new().key(key.parse().unwrap());
    let paid = support::patiently(async || gateway.with(key("key-M-1")).create_payment(&asked).await).await;
    let paid = played.done(paid);
    let ended = async {
        while !matches!(gateway.get_payment(&paid.payment_no).await, Ok(found) if found.status == PaymentStatus::Success)
        {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), ended).await.expect("it is paid");
    played.refused(gateway.create_payment(&asked).await);
    let refund =
        CreateRefund { payment_no: paid.payment_no.clone(), amount: 1, reason: "back".into(), ..Default::default() };
    let back = support::patiently(async || gateway.with(key("key-R-1")).create_refund(&refund).await).await;
    played.done(back);
    played.refused(gateway.create_refund(&CreateRefund { amount: 5000, ..refund }).await);
    for (number, change) in (2..).zip([
        CreatePayment { amount: 0, ..payment(id, "B-1") },
        CreatePayment { customer_email: format!("{CUSTOMER_NAME} {CARD}").into(), ..payment(id, "B-2") },
        CreatePayment { notify_url: format!("ftp://{USERINFO}@shop.example"), ..payment(id, "B-3") },
        CreatePayment { customer_name: Some(CUSTOMER_NAME.repeat(20).into()), ..payment(id, "B-4") },
        CreatePayment { customer_email: format!("decline@{CUSTOMER_DOMAIN}").into(), ..payment(id, "B-5") },
    ]) {
        let of_order = || key(&format!("key-{}", change.order_no));
        let refused = support::patiently(async || gateway.with(of_order()).create_payment(&change).await).await;
        let error = played.refused(refused);
        assert!(error.status().is_some_and(|status| status.is_client_error()), "{number}: {error}");
    }
    for payer in ["lose_answer", "refuse_once", "fail"] {
        let asked = CreatePayment { customer_email: format!("{payer}@{CUSTOMER_DOMAIN}").into(), ..payment(id, payer) };
        played.either(gateway.create_payment(&asked).await);
    }
    let late = CreatePayment { customer_email: format!("hang@{CUSTOMER_DOMAIN}").into(), ..payment(id, "H-1") };
    let soon = CallOptions::new().deadline(Duration::from_millis(500));
    played.refused(gateway.with(soon).create_payment(&late).await);
    let session = CreateSession {
        order_no: Some("C-1".into()),
        amount: Some(500),
        currency: Some(Currency::USD),
        customer_email: Some(CUSTOMER_EMAIL.into()),
        customer_name: Some(CUSTOMER_NAME.into()),
        ..CreateSession::default()
    };
    played.show(&session);
    let opened = played.done(shop.cashier().unwrap().create_session(&session).await);
    played.made("the token of a checkout page", &opened.session_token);
    // A client of a service that is not there, at an address with a password in it.
    let nobody = PaymentGatewayClient::builder().url(&format!("http://{USERINFO}@127.0.0.1:1"));
    match nobody.build() {
        Ok(nobody) => drop(played.refused(PaymentGatewayClient::from(nobody).create_payment(&asked).await)),
        Err(error) => drop(played.refused(Err::<(), _>(error))),
    }
    assert!(!urls.is_empty());
}

/// Those who run the platform.
async fn administrators(played: &mut Played, urls: &Urls, secrets: &Secrets) {
    let desk = cast::log_in_admin(urls, secrets).await.unwrap().admin().unwrap();
    let admin = CreateAdmin {
        username: "canary".into(),
        email: ADMIN_EMAIL.into(),
        password: ADMIN_PASSWORD.into(),
        full_name: Some(ADMIN_NAME.into()),
        phone: Some(ADMIN_PHONE.into()),
        role_ids: None,
    };
    played.show(&admin);
    played.done(desk.create_admin(&admin).await);
    played.refused(desk.create_admin(&admin).await);
    let login = AdminLogin { username: "canary".into(), password: WRONG_PASSWORD.into(), code: Some(CODE.into()) };
    played.show(&login);
    played.refused(desk.login_admin(&login).await);
    let login = AdminLogin { password: ADMIN_PASSWORD.into(), code: None, ..login };
    let session = played.done(desk.login_admin(&login).await);
    played.made("the token of an administrator", &session.token);
    let (text, of) = (SystemConfigType::Text, SystemConfigCategory::Notification);
    let setting = CreateSystemConfig::new("smtp.canary".into(), SETTING.into(), text, of);
    played.show(&setting);
    played.done(desk.create_system_config(&setting).await);
}

/// Webhooks that no channel has sent, and one about a payment that nobody knows, which a person has to look at.
async fn webhooks(played: &mut Played, urls: &Urls, secrets: &Secrets) {
    let adapter = clients(urls, None, |_| None).unwrap().channel_adapter().unwrap();
    let body = Bytes::from(format!(r#"{{"id":"evt_1","email":"{CUSTOMER_EMAIL}"}}"#));
    played.refused(adapter.handle_stripe_webhook(&format!("t=1,v1={FORGED}"), body.clone()).await);
    let seconds = Clock::system().now() / 1000;
    let signed = |body: &Bytes| webhook::sign(&secrets.get(Secrets::CHANNEL).unwrap(), seconds, body);
    played.refused(adapter.handle_stripe_webhook(&signed(&body), body).await);
    let body = serde_json::json!({
        "id": "evt_2", "api_version": "2023-10-16", "type": "payment_intent.succeeded",
        "data": { "object": {
            "id": "pi_canary", "object": "payment_intent", "amount": 1000, "currency": "usd", "receipt_email": CUSTOMER_EMAIL,
            "metadata": { "payment_no": "PY-nobody-knows", "customer": CUSTOMER_NAME },
        } },
    });
    let body = Bytes::from(body.to_string());
    played.done(adapter.handle_stripe_webhook(&signed(&body), body).await);
}
