//! Fallbacks: for which failures they answer, in time, and what may have none. Time is virtual throughout.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use http::Method;
use payment_clients::{
    client::{BaseClient, ClientBuilder},
    contract::{
        error::{Error, ErrorKind},
        operation::{Operation, Service, Tier},
        request::Request,
    },
    resilience::rate::RateSettings,
};
use serde_json::{Value, json};
use support::{DONE, PAY, PUT, READ, SEND, SERVICE, Script, Step, broken, call, refused};
use tokio::time::Instant;

fn with_fallback(builder: ClientBuilder) -> ClientBuilder {
    let once = builder.configure(|config| config.all_tiers(|tier| tier.max_attempts = 1));
    once.fallback(&READ, |request: &Request, error: &Error| {
        Some(json!({ "path": request.path(), "kind": format!("{:?}", error.kind()) }))
    })
}

#[tokio::test(start_paused = true)]
async fn a_fallback_answers_for_a_service_that_cannot() {
    let outages = [
        (Step::Fail(refused), "Unreachable"),
        (Step::Fail(broken), "Interrupted"),
        (Step::Hang, "Timeout"),
        (Step::Answer(503, &[], ""), "Unavailable"),
        (Step::Answer(429, &[], ""), "RateLimited"),
        (Step::Answer(504, &[], ""), "Gateway"),
        (Step::Answer(500, &[], ""), "Internal"),
    ];
    for (step, kind) in outages {
        let client = Script::new([step]).client_with(with_fallback);
        let answer = call(&client, &READ).await.unwrap().decode::<Value>().unwrap();
        assert_eq!(answer, json!({ "path": "/things/7", "kind": kind }));
    }
}

#[tokio::test(start_paused = true)]
async fn a_fallback_answers_for_a_call_that_this_process_refused() {
    let script = Script::new([DONE]);
    let client = script.client_with(|builder| {
        let rate = Some(RateSettings::new(1, 1));
        with_fallback(builder).configure(|config| {
            config.rate = rate;
            config.queue.tiers.iter_mut().for_each(|tier| tier.wait = Duration::ZERO);
        })
    });
    call(&client, &READ).await.unwrap();
    let answer = call(&client, &READ).await.unwrap().decode::<Value>().unwrap();
    assert_eq!(answer["kind"], "Rejected");
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_the_service_is_never_replaced() {
    for status in [400, 401, 403, 404, 409, 422, 501] {
        let step = match status {
            400 => Step::Answer(400, &[], ""),
            401 => Step::Answer(401, &[], ""),
            403 => Step::Answer(403, &[], ""),
            404 => Step::Answer(404, &[], ""),
            409 => Step::Answer(409, &[], ""),
            422 => Step::Answer(422, &[], ""),
            _ => Step::Answer(501, &[], ""),
        };
        let client = Script::new([step]).client_with(with_fallback);
        let error = call(&client, &READ).await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), status);
    }
    let client = Script::new([Step::Answer(200, &[], "<html>")]).client_with(with_fallback);
    assert_eq!(call(&client, &READ).await.unwrap_err().kind(), ErrorKind::Unreadable);
}

#[tokio::test(start_paused = true)]
async fn a_fallback_has_its_turn_before_the_deadline() {
    let client = Script::new([Step::Hang, Step::Hang, Step::Hang]).client_with(|builder| {
        with_fallback(builder).configure(|config| {
            config.all_tiers(|tier| tier.attempt_timeout = tier.total);
            config.fallback_reserve = Duration::from_millis(30);
        })
    });
    let begun = Instant::now();
    let answer = call(&client, &READ).await.unwrap().decode::<Value>().unwrap();
    assert_eq!(answer["kind"], "Timeout");
    assert_eq!(begun.elapsed().as_millis(), 2970, "30 ms of the critical tier's three seconds are kept");
}

#[tokio::test(start_paused = true)]
async fn where_a_fallback_has_nothing_to_say_the_failure_stands() {
    let client = Script::new([Step::Fail(refused), Step::Fail(refused), Step::Fail(refused)])
        .client_with(|builder| builder.fallback(&READ, |_: &Request, _: &Error| None::<Value>));
    assert_eq!(call(&client, &READ).await.unwrap_err().kind(), ErrorKind::Unreachable);
}

#[tokio::test(start_paused = true)]
async fn a_fallback_may_ask_somebody_else_in_the_time_that_is_kept_for_it() {
    const KEPT: Duration = Duration::from_secs(1);
    for (takes, answers) in [(Duration::from_millis(990), true), (Duration::from_millis(1010), false)] {
        let client = Script::new([Step::Hang]).client_with(|builder| {
            let asking = builder.fallback_asking(&READ, move |request: Request, _| async move {
                tokio::time::sleep(takes).await;
                Some(json!({ "id": request.path_argument("id") }))
            });
            asking.configure(|config| {
                config.all_tiers(|tier| tier.attempt_timeout = tier.total);
                config.fallback_reserve = KEPT;
            })
        });
        let begun = Instant::now();
        let answer = call(&client, &READ).await;
        assert_eq!(answer.is_ok(), answers, "{answer:?}");
        assert!(begun.elapsed() <= Duration::from_secs(3), "{:?}", begun.elapsed());
        if let Ok(answer) = answer {
            assert_eq!(answer.decode::<Value>().unwrap(), json!({ "id": "7" }));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_without_fallback_has_its_whole_deadline() {
    let client = Script::new([Step::Hang]).client_with(|builder| {
        with_fallback(builder).configure(|config| config.all_tiers(|tier| tier.attempt_timeout = tier.total))
    });
    let begun = Instant::now();
    assert_eq!(call(&client, &PUT).await.unwrap_err().kind(), ErrorKind::Timeout);
    assert_eq!(begun.elapsed().as_millis(), 3000);
}

#[test]
fn what_may_have_no_fallback_is_refused_when_the_client_is_built() {
    const OTHER: Service = Service { name: "other-service", port: None, tier: Tier::Standard };
    static FOREIGN: Operation = Operation::new(OTHER, "read", Method::GET, "/things");
    let build = |operations: &[&'static Operation]| {
        let builder = BaseClient::builder(SERVICE).url("http://test");
        let all = operations
            .iter()
            .fold(builder, |builder, operation| builder.fallback(operation, |_: &Request, _: &Error| Some(1)));
        all.build().unwrap_err()
    };
    for (operations, why) in [
        (&[&PAY][..], "it moves money"),
        (&[&SEND], "it moves money"),
        (&[&PUT], "it changes something"),
        (&[&FOREIGN], "another service"),
        (&[&READ, &READ], "it has one already"),
    ] {
        let error = build(operations);
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.message().contains(why), "{error}");
    }
}
