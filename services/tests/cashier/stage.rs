//! A cashier with a mocked gateway, behind its own router, and a typed client for each who asks.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::Extension;
use payment_clients::{
    apis::{
        cashier::{CompleteSession, CreateSession, CreatedSession, PaySession, SessionPayment},
        ids::MerchantId,
        payment_gateway::{CreatePayment, MockPaymentApi, Payment, PaymentStatus},
    },
    contract::secret::AddressKey,
    mock,
    prelude::*,
    server::Principal,
};
use payment_services::{
    cashier::{Cashier, deps::Deps, invariants},
    kit::{
        clock::{Clock, Hand},
        saga::rest,
        store::View,
    },
};

use crate::support::Place;

/// 2025-10-24T12:00:00Z, in milliseconds.
pub const NOON: i64 = 1_761_307_200_000;
pub const SHOP: MerchantId = MerchantId::from_u128(7);
pub const OTHER: MerchantId = MerchantId::from_u128(8);

/// What the gateway does with the next payments, and what it has made.
#[derive(Default)]
pub struct World {
    /// Answers to give before any other, the first one first.
    pub failures: Vec<Error>,
    /// The next answer is lost, after its payment was made.
    pub loses_answer: bool,
    /// Payments by the order that they are for: the gateway takes each order once.
    pub payments: BTreeMap<String, Payment>,
    /// How often it was asked to make one.
    pub asked: usize,
}

pub struct Stage {
    pub cashier: Cashier,
    pub world: Arc<Mutex<World>>,
    pub hand: Hand,
    _place: Place,
}

impl Stage {
    pub async fn new() -> Self {
        let (clock, hand) = Clock::manual(NOON);
        let (place, world) = (Place::new(), Arc::new(Mutex::new(World::default())));
        let deps = Deps { payments: Arc::new(gateway(&world)) };
        let cashier = Cashier::open(place.stores(), deps, clock).await.unwrap();
        Self { cashier, world, hand, _place: place }
    }

    /// Somebody whom the platform knows by this name.
    pub fn client(&self, principal: &str) -> CashierClient {
        mock::client(self.cashier.router().layer(Extension(Principal(principal.to_owned())))).unwrap()
    }

    pub fn shop(&self) -> CashierClient {
        self.client(&format!("merchant:{SHOP}"))
    }

    pub fn other(&self) -> CashierClient {
        self.client(&format!("merchant:{OTHER}"))
    }

    pub fn staff(&self) -> CashierClient {
        self.client("admin:1")
    }

    /// An open session of the shop.
    pub async fn open(&self, order_no: &str) -> (CreatedSession, AddressKey) {
        let created = self.shop().create_session(&session(order_no)).await.unwrap();
        let token = created.session_token.expose().into();
        (created, token)
    }

    /// Pays a session, in one attempt.
    pub async fn pay(&self, token: &AddressKey) -> Result<SessionPayment> {
        self.shop().with(CallOptions::new().max_attempts(1)).pay_session(token, &choice()).await
    }

    /// Completes a session, in one attempt.
    pub async fn complete(&self, token: &AddressKey, number: &str) -> Result<()> {
        let completion = CompleteSession { payment_no: number.into() };
        self.shop().with(CallOptions::new().max_attempts(1)).complete_session(token, &completion).await
    }

    /// Lets a second pass, and goes on with the sagas that wait.
    pub async fn go_on(&self) {
        self.hand.advance(Duration::from_secs(1));
        self.cashier.engine().pass().await.unwrap();
    }

    /// How a payment ended.
    pub fn payment_becomes(&self, order_no: &str, status: PaymentStatus) -> String {
        let mut world = self.world.lock().unwrap();
        let payment = world.payments.get_mut(order_no).unwrap();
        payment.status = status;
        payment.payment_no.to_string()
    }

    pub fn with_world<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.world.lock().unwrap())
    }

    /// What is wrong in the store, at every moment and at rest.
    pub async fn violations(&self) -> Vec<String> {
        let find = |view: &View<'_>| Ok([invariants::histories(view)?, rest::violations(view)?].concat());
        let found = self.cashier.store().read(find).await.unwrap();
        found.iter().map(ToString::to_string).collect()
    }
}

/// A gateway that makes one payment for an order, and gives its answer again.
fn gateway(world: &Arc<Mutex<World>>) -> MockPaymentApi {
    let (making, looking) = (Arc::clone(world), Arc::clone(world));
    MockPaymentApi::new()
        .on_create_payment(move |asked| {
            let mut world = making.lock().unwrap();
            world.asked += 1;
            if !world.failures.is_empty() {
                return Err(world.failures.remove(0));
            }
            let number = format!("PY{}", world.payments.len() + 1);
            let payment = world.payments.entry(asked.order_no.to_string()).or_insert_with(|| made(asked, &number));
            let payment = payment.clone();
            if std::mem::take(&mut world.loses_answer) {
                return Err(lost());
            }
            Ok(payment)
        })
        .on_get_payment(move |number| {
            let world = looking.lock().unwrap();
            let found = world.payments.values().find(|payment| payment.payment_no == *number);
            found.cloned().ok_or_else(|| Error::not_found(format_args!("payment {number}")))
        })
}

/// Nobody knows whether the payment was made.
pub fn lost() -> Error {
    Error::new(ErrorKind::Gateway, Certainty::PossiblyProcessed, "the answer is lost")
}

pub fn made(asked: &CreatePayment, number: &str) -> Payment {
    let mut payment: Payment = serde_json::from_str(
        r#"{"id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
            "order_no": "", "payment_no": "", "channel": "stripe", "channel_order_no": "", "amount": 1,
            "currency": "USD", "status": "processing", "pay_method": "card", "customer_email": "payer@example.com",
            "customer_name": "", "customer_phone": "", "customer_ip": "", "description": "",
            "notify_url": "https://shop.example/notify", "return_url": "https://shop.example/back",
            "extra": "{\"payment_url\":\"https://channel.example/p\",\"qr_code_url\":\"\",\"client_secret\":\"pi_1\"}",
            "error_code": "", "error_msg": "", "notify_status": "pending", "notify_times": 0, "last_notify_at": null,
            "paid_at": null, "expired_at": null, "created_at": "2025-10-24T12:00:00Z",
            "updated_at": "2025-10-24T12:00:00Z"}"#,
    )
    .unwrap();
    payment.merchant_id = asked.merchant_id;
    payment.order_no = asked.order_no.clone();
    payment.payment_no = number.into();
    (payment.amount, payment.currency) = (asked.amount, asked.currency);
    payment
}

pub fn session(order_no: &str) -> CreateSession {
    CreateSession {
        order_no: Some(order_no.into()),
        amount: Some(1999),
        currency: Some("JPY".parse().unwrap()),
        customer_email: Some("payer@example.com".into()),
        ..CreateSession::default()
    }
}

pub fn choice() -> PaySession {
    PaySession {
        notify_url: "https://shop.example/notify".into(),
        return_url: Some("https://shop.example/back".into()),
        ..PaySession::default()
    }
}

#[track_caller]
pub fn refused<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind, code: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.code()), (kind, Some(code)), "{error}");
}

#[track_caller]
pub fn missing<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
}

#[track_caller]
pub fn not_theirs<T: std::fmt::Debug>(result: Result<T>) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
}

#[track_caller]
pub fn names<T: std::fmt::Debug>(result: Result<T>, field: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().contains(&format!("`{field}`")), "{field} is to be named: {error}");
}

/// Spoils a request, and the field that the refusal is to name.
pub type Spoilt<T> = (&'static str, fn(&mut T));
