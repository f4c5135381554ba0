//! What no caller should send, sent to every operation of every service: each place of a request is spoilt alone. It is
//! refused in words that name the place, nothing breaks, and a new operation is found by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod sample;
mod schema;
mod spoil;
mod stage;
#[path = "../support/mod.rs"]
mod support;

use http::{HeaderValue, Method, StatusCode, header};
use payment_clients::contract::operation::Class;
use sample::Samples;
use spoil::{Rule, Spoilt};
use stage::{Answer, Sent, Stage};
use support::{Platform, Route};

/// Places where what is too long or too much is refused as something wrong, or not looked at.
const EXCEPTIONS: &[(&str, &str)] = &[
    // Whoever does not know the password learns nothing else.
    ("login", "password"),
    ("login_admin", "password"),
    ("disable_two_factor", "password"),
    // There is no second factor to turn off, so the code is not asked for.
    ("disable_two_factor", "code"),
    // A number that nobody has.
    ("query_channel_payment_by_body", "payment_no"),
    // What the reference knows and the service has no use for.
    ("query_channel_payment_by_body", "channel_order_no"),
    ("query_channel_payment_by_body", "channel"),
    // Its declaration says what another page or size means.
    ("list_login_activities", "page"),
    ("list_login_activities", "page_size"),
    // Money that went back is a line below zero.
    ("create_reconciliation", "internal_amount"),
    ("create_reconciliation", "external_amount"),
];

/// Operations for which no sample can be right: only an authenticator knows the code of the moment.
const UNKNOWABLE: &[&str] = &["verify_two_factor"];

/// What is wrong with an answer to a spoilt request.
fn fault(route: Route, spoilt: &Spoilt, good: &Answer, answer: &Answer) -> Option<String> {
    let Spoilt { rule, place, .. } = spoilt;
    let refused = answer.status == StatusCode::BAD_REQUEST && answer.names(place);
    let fine = match rule {
        // The sender of a signed message is proven before it is read.
        _ if good.status == StatusCode::UNAUTHORIZED => answer.status.is_client_error(),
        Rule::Refused => refused,
        Rule::RefusedWhereFound if EXCEPTIONS.contains(&(route.operation.name, place)) => true,
        Rule::RefusedWhereFound if good.status.is_success() => refused,
        // Who asks for what is not there may be told so first.
        Rule::RefusedWhereFound => answer.status.is_client_error(),
        Rule::NotDone => answer.status.is_client_error() || EXCEPTIONS.contains(&(route.operation.name, place)),
        Rule::Survived => answer.status != StatusCode::BAD_REQUEST || answer.names(place),
    };
    (!fine).then(|| format!("{rule:?}, and the answer is {answer}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_that_is_spoilt_in_one_place_is_refused_by_the_name_of_the_place() {
    let stage = Stage::start().await;
    let mut samples = Samples::new(&stage);
    let (mut faults, mut sent, mut served, mut done) = (Vec::new(), 0_u32, 0_u32, 0_u32);
    for route in sample::in_order(Platform::routes()) {
        let mut sample = samples.of(route);
        let stranger = match &*sample.path {
            [] => None,
            _ => stage.send_as_stranger(route, Sent::of(&sample.arguments, route)).await,
        };
        let mut good = stage.send(route, Sent::of(&sample.arguments, route)).await;
        while good.status.is_client_error() && sample.without(&good) {
            good = stage.send(route, Sent::of(&sample.arguments, route)).await;
        }
        samples.learn(route, &good);
        if good.status == StatusCode::BAD_REQUEST && !UNKNOWABLE.contains(&route.operation.name) {
            faults.push(format!("{}: the sample itself is refused: {good}\n  {:?}", route.operation, sample.arguments));
        }
        if !good.is_served() {
            continue;
        }
        served += 1;
        done += u32::from(good.status.is_success());
        // What is not there is deleted already.
        let harmless = route.operation.method == Method::DELETE;
        if let Some(stranger) = stranger.filter(|answer| answer.status.is_success() && !harmless) {
            faults.push(format!("{}: another merchant is answered {stranger}", route.operation));
        }
        for spoilt in spoil::each(&sample) {
            let answer = stage.send(route, Sent::of(&spoilt.arguments, route)).await;
            sent += 1;
            let broken = answer.breach().or_else(|| fault(route, &spoilt, &good, &answer));
            faults.extend(broken.map(|fault| format!("{}: {}: {fault}", route.operation, spoilt.what)));
        }
    }
    assert!(faults.is_empty(), "{} faults in {sent} requests\n{}", faults.len(), faults.join("\n"));
    assert!(done * 3 > served * 2, "only {done} of {served} samples are done as they are, so little is proven");
    stage.platform.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_for_its_shape_leaves_no_row_behind() {
    let stage = Stage::without_merchant().await;
    let samples = Samples::new(&stage);
    let before = stage.rows();
    for route in Platform::routes() {
        for spoilt in spoil::each(&samples.of(route)).filter(|spoilt| spoilt.rule == Rule::Refused) {
            stage.send(route, Sent::of(&spoilt.arguments, route)).await;
        }
    }
    assert_eq!(stage.rows(), before);
    stage.platform.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_no_json_or_too_large_is_refused() {
    let stage = Stage::start().await;
    let samples = Samples::new(&stage);
    let mut faults = Vec::new();
    for route in Platform::routes() {
        let sample = samples.of(route);
        let whole = Sent::of(&sample.arguments, route);
        let deep = "[".repeat(100_000);
        let text = String::from_utf8(whole.body.to_vec()).unwrap();
        let bodies = [
            ("too large", format!("{{\"x\": \"{}\"}}", "x".repeat(300_000)), 413),
            ("missing", String::new(), 400),
            ("cut off", text.trim_end_matches(['}', ']']).to_owned(), 400),
            ("not JSON", "amount=1".to_owned(), 400),
            ("deep", deep, 400),
            ("an array", "[]".to_owned(), 400),
            ("a text", "\"text\"".to_owned(), 400),
        ];
        let good = stage.send(route, whole.clone()).await;
        if !good.is_served() {
            continue;
        }
        let bodies = bodies.into_iter().filter(|_| sample.arguments.body.is_some());
        for (what, body, status) in bodies {
            let answer = stage.send(route, Sent { body: body.into(), ..whole.clone() }).await;
            // The sender of a signed message is proven before it is read.
            let unread = good.status == StatusCode::UNAUTHORIZED && answer.status == good.status;
            if !(unread || answer.status.as_u16() == status) || answer.breach().is_some() {
                faults.push(format!("{} with a body that is {what}: {answer}", route.operation));
            }
        }
        let mut otherwise = whole.clone();
        otherwise.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        if let Some(breach) = stage.send(route, otherwise).await.breach() {
            faults.push(format!("{} as text/plain: {breach}", route.operation));
        }
        if route.operation.class == Class::Keyed {
            for (what, key) in [("no", ""), ("an endless", &*"k".repeat(1000))] {
                let mut keyless = whole.clone();
                keyless.headers.insert("idempotency-key", HeaderValue::from_str(key).unwrap());
                let answer = stage.send(route, keyless).await;
                if answer.status != StatusCode::BAD_REQUEST || answer.breach().is_some() {
                    faults.push(format!("{} with {what} key: {answer}", route.operation));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    stage.platform.running.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_path_of_nonsense_breaks_nothing() {
    let stage = Stage::start().await;
    let samples = Samples::new(&stage);
    let mut faults = Vec::new();
    for route in Platform::routes().into_iter().filter(|route| route.operation.path.contains('{')) {
        let whole = Sent::of(&samples.of(route).arguments, route);
        for part in ["%00", "%2e%2e%2f%2e%2e", "%ff%fe", "-1", "%F0%9F%92%B8", "'%20OR%201=1--", &"x".repeat(5000)] {
            let fill = |piece: &'static str| if piece.starts_with('{') { part } else { piece };
            let path = route.operation.path.split('/').map(fill).collect::<Vec<_>>().join("/");
            let answer = stage.send(route, Sent { path, ..whole.clone() }).await;
            faults.extend(answer.breach().map(|breach| format!("{} at {part:.40}: {breach}", route.operation)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    stage.platform.running.stop().await.unwrap();
}
