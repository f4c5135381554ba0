//! One payment's story, told from the stores: whole, while services run, and with nothing in it that is personal or secret.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{
    process::{Command, Output},
    sync::{self, Arc},
    time::Duration,
};

use payment_clients::{
    apis::{
        ids::MerchantId,
        payment_gateway::{CreatePayment, CreateRefund, Payment, Refund},
    },
    contract::trace::TraceContext,
    observe::recorder::{AttemptEnd, CallEnd, Recorder},
    prelude::*,
};
use payment_services::{
    channel_sim::Manners,
    check,
    kit::{clock::Clock, store::Stores},
    platform::{Bound, Ports, Running, Setup},
    registry::Name,
    story::{self, Story},
};
use support::{Place, tampered};
use tokio::sync::{Mutex, MutexGuard};

/// Remembers the trace of each call.
#[derive(Debug, Default)]
struct Traces(sync::Mutex<Vec<TraceContext>>);

impl Recorder for Traces {
    fn attempt_ended(&self, _: &AttemptEnd<'_>) {}

    fn call_ended(&self, call: &CallEnd<'_>) {
        self.0.lock().unwrap().extend(call.trace);
    }
}

/// The platform in a folder.
struct Platform {
    place: Place,
    running: Running,
    gateway: String,
    traces: Arc<Traces>,
    _alone: MutexGuard<'static, ()>,
}

impl Platform {
    /// One at a time: each has all services.
    async fn start(place: Place) -> Self {
        static ONE: Mutex<()> = Mutex::const_new(());
        let alone = ONE.lock().await;
        let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
        let gateway = bound.url(Name::PaymentGateway).unwrap();
        // Longer than any of these tests lasts.
        let late = Duration::from_secs(600);
        let setup = Setup {
            directory: Some(support::directory()),
            manners: Manners { hang: late, late },
            ..Setup::new(place.path(), place.stores().clone(), Clock::system())
        };
        let running = bound.start(&setup).await.unwrap();
        Self { place, running, gateway, traces: Arc::default(), _alone: alone }
    }

    fn client(&self, merchant: u128) -> PaymentGatewayClient {
        let builder = PaymentGatewayClient::builder().url(&self.gateway).recorder(Arc::clone(&self.traces) as _);
        builder.signer(support::merchant(merchant)).build().unwrap().into()
    }

    /// Pays under a key that is named after the order.
    async fn pay(&self, merchant: u128, request: &CreatePayment) -> Result<Payment> {
        self.pay_under(&format!("key-{}", request.order_no), merchant, request).await
    }

    async fn pay_under(&self, key: &str, merchant: u128, request: &CreatePayment) -> Result<Payment> {
        let client = self.client(merchant);
        let options = || CallOptions::new().key(key.parse().unwrap());
        support::patiently(async || client.with(options()).create_payment(request).await).await
    }

    async fn pay_back(&self, refund: &CreateRefund) -> Refund {
        let client = self.client(7);
        let options = || CallOptions::new().key("refund-1".parse().unwrap());
        support::patiently(async || client.with(options()).create_refund(refund).await).await.unwrap()
    }

    /// The story once it is as it should become.
    async fn story(&self, number: &str, until: impl Fn(&Story) -> bool) -> Story {
        let mut last = None;
        let wait = async {
            loop {
                let told = story::tell(self.place.stores(), number).unwrap();
                match told {
                    Some(story) if until(&story) => return story,
                    other => last = other,
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let told = tokio::time::timeout(Duration::from_secs(60), wait).await;
        told.unwrap_or_else(|_| {
            panic!("the story does not come to this: {}", last.map(|story| story.to_string()).unwrap_or_default())
        })
    }

    /// Waits until nothing is on its way.
    async fn rest(&self) {
        let wait = async {
            while check::moving(self.place.stores()).unwrap().is_some() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), wait).await.expect("everything comes to rest");
    }
}

fn request(merchant: u128, order_no: &str, payer: &str) -> CreatePayment {
    CreatePayment {
        customer_email: format!("{payer}@example.com").into(),
        notify_url: "https://shop.example/notify".into(),
        return_url: "https://shop.example/back".into(),
        ..CreatePayment::new(MerchantId::from_u128(merchant), order_no.into(), Money::new(1234, Currency::USD))
    }
}

fn status(story: &Story, is: &str) -> bool {
    story.status.as_str() == is
}

/// Where in the story something was done by a service, with these words among its facts.
#[track_caller]
fn at(story: &Story, service: &str, what: &str, facts: &[&str]) -> usize {
    let has = |step: &story::Told| {
        let told: Vec<_> = step.facts.iter().map(|(name, fact)| format!("{name} {fact}")).collect();
        step.service == service
            && step.what.contains(what)
            && facts.iter().all(|fact| told.iter().any(|told| told.contains(fact)))
    };
    story.steps.iter().position(has).unwrap_or_else(|| panic!("no `{what}` of {service} with {facts:?} in\n{story}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_was_paid_and_paid_back_is_told_whole_while_services_run() {
    let platform = Platform::start(Place::new()).await;
    let payment = platform.pay(7, &request(7, "M-1", "duplicate")).await.unwrap();
    let number = payment.payment_no.as_str();
    platform.story(number, |story| status(story, "success")).await;
    platform.rest().await;
    let back =
        CreateRefund { payment_no: number.into(), amount: 234, reason: "Ada asked".into(), ..CreateRefund::default() };
    let refund = platform.pay_back(&back).await;
    platform.rest().await;

    let story = story::tell(platform.place.stores(), number).unwrap().unwrap();
    let refund_no = refund.refund_no.as_str();
    let traces: Vec<_> =
        platform.traces.0.lock().unwrap().iter().map(|trace| format!("{:032x}", trace.trace_id)).collect();
    assert!(traces.iter().any(|trace| story.trace_id.as_ref().is_some_and(|told| told.as_str() == trace)), "{story}");
    assert_eq!(story.key.as_ref().unwrap().as_str(), "key-M-1");
    assert!(story.request_id.is_some());
    assert_eq!((story.money.as_str(), story.order_no.as_str()), ("12.34 USD", "M-1"));
    let order = [
        at(&story, "payment-gateway", "asks for the payment", &["key key-M-1", "amount 12.34 USD"]),
        at(&story, "risk-service", "risk decides", &["decision pass"]),
        at(&story, "order-service", "the order is made", &[]),
        at(&story, "channel-adapter", "the channel is asked", &["channel stripe"]),
        at(&story, "channel-adapter", "a webhook comes in", &["from stripe"]),
        at(&story, "payment-gateway", "goes on", &["to success"]),
        at(&story, "accounting-service", "it is booked", &["kind capture", "sum of debits and credits 0"]),
        at(&story, "payment-gateway", "a refund is asked for", &[refund_no, "2.34 USD"]),
        at(&story, "accounting-service", "it is booked", &["kind refund"]),
    ];
    assert!(order.is_sorted(), "{order:?} in\n{story}");
    at(&story, "channel-sim", "sent the webhook more than once", &[]);
    for step in ["risk", "order", "channel"] {
        at(&story, "payment-gateway", "a step of the saga", &[&format!("create/{step}"), "state done"]);
    }
    at(
        &story,
        "accounting-service",
        "a leg",
        &["debit psp_receivable:stripe:USD", "credit merchant_pending:", "12.34 USD"],
    );
    at(&story, "accounting-service", "fee is decided", &["fee "]);
    for listener in [
        "accounting-service",
        "analytics-service",
        "merchant-config-service",
        "notification-service",
        "settlement-service",
    ] {
        at(&story, listener, "the event is taken", &["payment.completed"]);
    }
    at(&story, "notification-service", "the merchant is told", &["way in_app", "payment.completed"]);
    assert!(story.missing.is_empty() && story.incidents.is_empty(), "{story}");
    let why = story.why.join(" ");
    assert!(why.contains("It is paid") && why.contains("2.34 USD of 12.34 USD went back"), "{why}");
    assert!(!story.to_string().contains("Ada"), "the merchant's reason may name a person");
    platform.running.stop().await.unwrap();
    assert_eq!(story::tell(platform.place.stores(), number).unwrap().unwrap(), story, "the same from stores at rest");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_waits_says_for_what() {
    let platform = Platform::start(Place::files()).await;
    let waiting = platform.pay(7, &request(7, "M-1", "late")).await.unwrap();
    let story = platform.story(waiting.payment_no.as_str(), |story| status(story, "processing")).await;
    assert!(story.why[0].contains("has not said yet that anybody paid"), "{story}");
    assert!(story.next.as_ref().unwrap().contains("lapses at 20"), "{story}");

    // The channel answers nobody; the merchant's call waits meanwhile.
    let client = platform.client(7);
    let asking = tokio::spawn(async move { client.create_payment(&request(7, "M-2", "hang")).await });
    let number = async {
        loop {
            if let Some(found) = story::find(platform.place.stores(), "M-2").unwrap().into_iter().next() {
                return found.payment_no.to_string();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let number = tokio::time::timeout(Duration::from_secs(60), number).await.unwrap();
    // Its webhook is faster than its answer: the payment is paid, and the channel is asked until the step is known.
    let is_known = |story: &Story| {
        story.steps.iter().any(|step| step.what == "the saga ends" && step.facts[0].1.as_str().starts_with("create/"))
    };
    let story = platform.story(&number, is_known).await;
    at(&story, "payment-gateway", "a step of the saga", &["create/channel", "state done"]);
    assert!(status(&story, "success"), "{story}");
    asking.abort();
    platform.running.stop().await.unwrap();

    // Whether the gateway itself came to doubt depends on how soon the adapter knew.
    let doubtful = "UPDATE saga_step SET doubt = 1 WHERE step = 'channel'";
    let copy = tampered(platform.place.path(), "gateway", doubtful);
    let story = story::tell(&Stores::folder(copy.path()), &number).unwrap().unwrap();
    at(&story, "payment-gateway", "a step of the saga", &["create/channel", "in doubt yes", "state done"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_that_was_refused_says_by_whom_and_that_nothing_was_taken() {
    let platform = Platform::start(Place::new()).await;
    let refused = platform.pay(7, &request(7, "M-1", "decline")).await.unwrap_err();
    assert_eq!(refused.code(), Some("CHANNEL_DECLINED"));
    let found = story::find(platform.place.stores(), "M-1").unwrap();
    let story = story::tell(platform.place.stores(), found[0].payment_no.as_str()).unwrap().unwrap();
    assert!(status(&story, "failed"));
    assert!(story.why[0].contains("CHANNEL_DECLINED") && story.why[1].contains("Nothing was taken"), "{story}");
    at(&story, "payment-gateway", "a step of the saga", &["create/channel", "state declined", "error "]);
    at(&story, "payment-gateway", "is undone", &["create/order", "state done"]);
    at(&story, "order-service", "goes on", &["to cancelled"]);
    assert_eq!(story::tell(platform.place.stores(), "PY-none").unwrap(), None);
    platform.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_personal_and_no_secret_is_in_a_story() {
    const PLANTED: [&str; 9] = [
        "normal.canary@mail.example",
        "Ada Canary Lovelace",
        "+49 170 7654321",
        "203.0.113.77",
        "4242424242424242",
        "canary-user:canary-pass",
        "canary-token-1",
        "canary-extra-1",
        "canary-reason",
    ];
    let platform = Platform::start(Place::new()).await;
    let [email, name, phone, ip, card, userinfo, token, extra, reason] = PLANTED;
    let planted = CreatePayment {
        customer_email: email.into(),
        customer_name: Some(name.into()),
        customer_phone: Some(phone.into()),
        customer_ip: Some(ip.into()),
        description: Some(format!("paid with {card}")),
        notify_url: format!("https://{userinfo}@shop.example/notify"),
        return_url: format!("https://shop.example/back?token={token}"),
        extra: serde_json::json!({ "note": extra }).as_object().cloned(),
        ..request(7, card, "any")
    };
    let payment = platform.pay_under("key-of-planted", 7, &planted).await.unwrap();
    let number = payment.payment_no.as_str();
    platform.story(number, |story| status(story, "success")).await;
    let refund =
        CreateRefund { payment_no: number.into(), amount: 1, reason: reason.into(), ..CreateRefund::default() };
    platform.pay_back(&refund).await;
    platform.rest().await;
    let story = story::tell(platform.place.stores(), number).unwrap().unwrap();
    let kept = platform.place.stores().book("gateway").unwrap();
    let kept: String = kept.read(|view| {
        view.one(
            "SELECT customer_email || customer_name || details || order_no || (SELECT reason FROM refunds) FROM payments",
            &[],
            |row| row.get(0),
        )
    })
    .unwrap();
    for (told, as_what) in
        [(story.to_string(), "text"), (serde_json::to_string(&story).unwrap(), "JSON"), (format!("{story:?}"), "Debug")]
    {
        for canary in PLANTED {
            assert!(kept.contains(canary), "{canary} did pass");
            assert!(!told.contains(canary), "{canary} is in the story as {as_what}");
        }
    }
    // Nor what only the payer may have.
    let kept = platform.place.stores().book("channel-adapter").unwrap();
    let secret: String =
        kept.read(|view| view.one("SELECT client_secret FROM payments", &[], |row| row.get(0))).unwrap();
    assert!(!secret.is_empty() && !story.to_string().contains(&secret));
    platform.running.stop().await.unwrap();
}

// === the command ===

fn explain(place: &Place, arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_payments"))
        .arg("explain")
        .args(arguments)
        .args(["--dir", place.path().to_str().unwrap()])
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_takes_either_number_and_says_what_it_lacks() {
    let platform = Platform::start(Place::files()).await;
    let payment = platform.pay(7, &request(7, "M-1", "any")).await.unwrap();
    let of_both: Vec<Payment> = vec![
        platform.pay(7, &request(7, "M-2", "any")).await.unwrap(),
        platform.pay(8, &request(8, "M-2", "any")).await.unwrap(),
    ];
    let number = payment.payment_no.as_str();
    platform.story(number, |story| status(story, "success")).await;
    platform.rest().await;
    platform.running.stop().await.unwrap();

    let (code, by_own, _) = explain(&platform.place, &[number]);
    assert!(
        code == 0 && by_own.starts_with(&format!("payment {number}: 12.34 USD over stripe, success\n")),
        "{by_own}"
    );
    assert_eq!(explain(&platform.place, &["M-1"]).1, by_own);
    let (_, json, _) = explain(&platform.place, &["M-1", "--json"]);
    let story: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&story["payment_no"], &story["status"]), (&number.into(), &"success".into()));
    assert!(story["steps"][0]["facts"]["order_no"] == "M-1" && story["steps"][0]["at_ms"].is_i64(), "{json}");

    let (code, told, why) = explain(&platform.place, &["M-2"]);
    assert!(code == 1 && told.is_empty(), "{told}");
    assert!(why.contains("2 payments have the order number M-2"), "{why}");
    for payment in &of_both {
        assert!(why.contains(payment.payment_no.as_str()), "{why}");
    }
    let (code, _, why) = explain(&platform.place, &["PY-none"]);
    assert!(
        code == 1 && why.contains("holds no payment PY-none") && why.contains("payments explain --list --dir"),
        "{why}"
    );
    let (code, listed, _) = explain(&platform.place, &["--list"]);
    assert!(code == 0 && listed.lines().count() == 3 && listed.contains(number), "{listed}");
    let empty = Place::files();
    let (code, _, why) = explain(&empty, &["M-1"]);
    assert!(code == 1 && why.contains("holds no store of ours"), "{why}");
}
