//! The console's server: who may use it, what it says to browsers, and what comes of pressing its buttons. What the page makes
//! of it is tried in a real browser by `scripts/console.sh`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod processes;
mod stage;
#[path = "../support/mod.rs"]
mod support;

use payment_services::console::Mode;
use serde_json::json;
use stage::{Stage, nothing, says};

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_keeps_the_page_to_itself() {
    let stage = Stage::open(Mode::Up).await;
    for (path, status, kind) in [
        ("/", 200, "text/html"),
        ("/app/app.js", 200, "text/javascript"),
        ("/app/base.css", 200, "text/css"),
        ("/app/icon.svg", 200, "image/svg+xml"),
        ("/api/setting", 200, "application/json"),
        ("/app/../mod.rs", 404, "application/json"),
        ("/app/mod.rs", 404, "text/plain"),
        ("/nothing", 404, "application/json"),
    ] {
        let answer = stage.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert!(answer.head.contains(&format!("content-type: {kind}")), "{path}: {}", answer.head);
        let policy = "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; ";
        for line in
            [policy, "x-content-type-options: nosniff", "referrer-policy: no-referrer", "cache-control: no-store"]
        {
            assert!(answer.head.contains(line), "{path} without `{line}`: {}", answer.head);
        }
        assert!(!answer.head.contains("unsafe-inline"), "{}", answer.head);
    }
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_our_own_page_does_anything() {
    let stage = Stage::open(Mode::Up).await;
    let (host, token) = (stage.host(), stage.token.clone());
    let (origin, local) = (format!("http://{host}"), format!("localhost:{}", stage.port));
    let (local_origin, elsewhere) = (format!("http://{local}"), "http://evil.example");
    for (lines, why) in [
        (vec![("host", &*host), ("x-console-token", &*token)], "Origin"),
        (vec![("host", &host), ("origin", elsewhere), ("x-console-token", &token)], "Origin"),
        (vec![("host", &host), ("origin", "null"), ("x-console-token", &token)], "Origin"),
        (vec![("host", &host), ("origin", &local_origin), ("x-console-token", &token)], "Origin"),
        (vec![("host", &host), ("origin", &origin)], "token"),
        (vec![("host", &host), ("origin", &origin), ("x-console-token", "0")], "token"),
        (vec![("host", "evil.example"), ("origin", elsewhere), ("x-console-token", &token)], "127.0.0.1"),
    ] {
        let answer = stage.send("POST", "/api/pay", &lines, "{}").await;
        assert_eq!(answer.status, 403, "{lines:?}: {}", answer.body);
        assert!(answer.body.contains(why), "{lines:?}: {}", answer.body);
    }
    // A name of somebody else's that leads here shows nothing either, the token least of all.
    let foreign = stage.send("GET", "/api/setting", &[("host", "evil.example")], "").await;
    assert_eq!((foreign.status, foreign.body.contains(&token)), (403, false));
    assert_eq!(stage.send("GET", "/api/setting", &[("host", &local)], "").await.status, 200);
    let frame = stage.watch().await.frame().await;
    assert_eq!(frame["shop"]["open"], false, "nobody was let in: {frame}");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn browsers_share_one_look_and_one_that_is_slow_or_goes_costs_nothing() {
    let stage = Stage::open(Mode::Up).await;
    let (mut one, mut other) = (stage.watch().await, stage.watch().await);
    // It never reads.
    let slow = stage.watch().await;
    let mut first = one.until("three that watch", |frame| frame["browsers"] == 3).await;
    let mut same = other.frame().await;
    // Whoever is late may miss some.
    while first["number"] != same["number"] {
        let behind = if first["number"].as_u64() < same["number"].as_u64() { &mut one } else { &mut other };
        let next = behind.frame().await;
        if first["number"].as_u64() < same["number"].as_u64() { first = next } else { same = next }
    }
    assert_eq!(first, same);
    let services = first["picture"]["services"].as_array().unwrap();
    assert_eq!(services.len(), 22);
    assert!(services.iter().all(|service| service["up"] == true), "{first}");
    drop((slow, other));
    let next = one.until("that the others are gone", |frame| frame["browsers"] == 1).await;
    assert!(next["number"].as_u64() > first["number"].as_u64());
    drop(one);
    let mut late = stage.watch().await;
    late.until("a frame of its own", |frame| frame["browsers"] == 1).await;
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_only_so_many_seats() {
    let stage = Stage::open(Mode::Up).await;
    let mut seats = Vec::new();
    for _ in 0..32 {
        let mut browser = stage.watch().await;
        browser.frame().await;
        seats.push(browser);
    }
    let answer = stage.get("/events").await;
    assert_eq!(answer.status, 503);
    assert!(answer.body.contains("too many browsers"), "{}", answer.body);
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_made_shown_and_told() {
    let stage = Stage::open(Mode::Up).await;
    let mut browser = stage.watch().await;
    let answer = stage.press("/api/pay", &json!({ "customer": "usual" })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let paid = browser.until("a payment", |frame| frame["latest"]["payments"][0]["status"] == "success").await;
    assert!(says(&paid, "let in as a merchant") && says(&paid, "paid console-"), "{paid}");
    assert_eq!(paid["shop"]["done"], 1);
    let number = paid["latest"]["payments"][0]["payment_no"].as_str().unwrap();
    let told = stage.get(&format!("/api/payments/{number}")).await;
    let told: serde_json::Value = serde_json::from_str(&told.body).unwrap();
    assert_eq!(told["story"]["payment_no"], number);
    assert!(told["story"]["steps"].as_array().unwrap().len() > 3, "{told}");
    // What the channel has said once may be said again, and changes nothing.
    let repeated = stage.press("/api/webhook", &nothing()).await;
    assert_eq!(repeated.status, 200, "{}", repeated.body);
    let after = browser.until("that it was repeated", |frame| says(frame, "once more")).await;
    assert_eq!(after["latest"]["payments"].as_array().unwrap().len(), 1);
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_go_on_until_they_are_stopped() {
    let stage = Stage::open(Mode::Up).await;
    let mut browser = stage.watch().await;
    assert_eq!(stage.press("/api/steady", &json!({ "per_second": 2 })).await.status, 200);
    browser.until("some payments", |frame| frame["shop"]["done"].as_u64() >= Some(4)).await;
    assert_eq!(stage.press("/api/steady", &json!({ "per_second": 0 })).await.status, 200);
    let rested =
        browser.until("rest", |frame| frame["shop"]["per_second"] == 0 && frame["shop"]["under_way"] == 0).await;
    let done = rested["shop"]["done"].clone();
    let checked = browser.until("a check", |frame| !frame["checks"]["at_ms"].is_null()).await;
    assert_eq!(checked["shop"]["done"], done, "nothing more was paid");
    assert_eq!(checked["checks"]["violated"], json!([]), "{checked}");
    assert!(checked["checks"]["held"].as_u64() > Some(20), "{checked}");
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_here_is_refused_with_the_reason() {
    let stage = Stage::open(Mode::Up).await;
    let hostile = "/api/services/%3Cimg%20src=x%20onerror=alert(1)%3E/kill";
    for (path, body, status, why) in [
        ("/api/services/risk/kill", nothing(), 409, "payments up --processes"),
        ("/api/clock", json!({ "by_ms": 60_000 }), 409, "payments up --processes"),
        ("/api/steady", json!({ "per_second": 21 }), 422, "per_second must be 0 to 20"),
        ("/api/steady", json!({ "per_second": -1 }), 422, "per_second"),
        ("/api/pay", json!({ "customer": "nobody" }), 422, "customer"),
        ("/api/pay", json!({ "who": "nobody" }), 422, "who"),
        ("/api/webhook", nothing(), 409, "pay once"),
        (hostile, nothing(), 404, "`<img src=x onerror=alert(1)>` is no service"),
    ] {
        let answer = stage.press(path, &body).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert!(answer.body.contains(why), "{path}: {}", answer.body);
    }
    // It is a text of an object on its way to the page, and the page makes text of it.
    let told = stage.watch().await.until("what was refused", |frame| says(frame, "<img src=x onerror=alert(1)>")).await;
    assert!(says(&told, "not done: "), "{told}");
    let unknown = stage.get("/api/payments/%3Cb%3E").await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.head.contains("content-type: application/json"), "{}", unknown.head);
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_pays_beside_a_demo_whose_books_are_compared() {
    let stage = Stage::open(Mode::Demo).await;
    let answer = stage.press("/api/pay", &nothing()).await;
    assert_eq!(answer.status, 409);
    assert!(answer.body.contains("compares books"), "{}", answer.body);
    let setting = stage.setting().await;
    assert_eq!((&setting["shop"], &setting["processes"]), (&json!(false), &json!(false)));
    stage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_that_is_dropped_is_gone() {
    let stage = Stage::open(Mode::Up).await;
    let mut browser = stage.watch().await;
    browser.frame().await;
    let port = stage.port;
    stage.close().await;
    browser.ended().await;
    let closed = async {
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(stage::PATIENCE, closed).await.unwrap();
}
