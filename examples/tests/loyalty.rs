//! The contract test of a client made by derive, that of example 02: what it sends, what it reads, and what it does when
//! no answer comes. The stubs are generated from the declaration, so a stub answers what the service would.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../examples/02_new_client.rs"]
#[allow(dead_code, reason = "the program that comes with the declaration")]
mod loyalty;

use loyalty::{AwardPoints, LoyaltyApi, LoyaltyClient, MockLoyaltyApi, Points, loyalty_api};
use payment_clients::{
    conformance::{Failures, Suite},
    mock::{self, Fault, Faults, Wire, Witness},
    prelude::*,
};
use wiremock::{MockServer, ResponseTemplate};

async fn server() -> (MockServer, LoyaltyClient) {
    let server = MockServer::start().await;
    let loyalty = LoyaltyClient::connect(&server.uri()).unwrap();
    (server, loyalty)
}

fn award() -> AwardPoints {
    AwardPoints { customer_id: "c-7".into(), points: 30 }
}

// === what every declaration promises ===

#[tokio::test]
async fn the_declaration_keeps_what_every_api_promises() -> Result<(), Failures> {
    Suite::of(loyalty_api::DECLARATION).prove().await
}

// === over a socket ===

#[tokio::test]
async fn an_award_is_sent_as_declared_and_its_answer_read() {
    let (server, loyalty) = server().await;
    loyalty_api::stubs::award().answers(&Points { points: 30 }).expect(1).mount(&server).await;
    assert_eq!(loyalty.award(&award()).await.unwrap(), Points { points: 30 });

    let sent = &server.received_requests().await.unwrap()[0];
    assert_eq!((sent.method.as_str(), sent.url.path()), ("POST", "/api/v1/points"));
    assert_eq!(sent.body, br#"{"customer_id":"c-7","points":30}"#);
    assert!(sent.headers.contains_key("idempotency-key"), "a keyed operation carries a key");
}

#[tokio::test]
async fn a_hostile_id_stays_one_path_segment() {
    let (server, loyalty) = server().await;
    loyalty_api::stubs::points().answers(&Points { points: 0 }).expect(1).mount(&server).await;
    loyalty.points("a/b?c").await.unwrap();
    assert_eq!(server.received_requests().await.unwrap()[0].url.path(), "/api/v1/points/a%2Fb%3Fc");
    let refused = loyalty.points("..").await.unwrap_err();
    assert_eq!(refused.certainty(), Certainty::NotSent);
}

#[tokio::test]
async fn refusals_are_read_back_with_their_code() {
    let (server, loyalty) = server().await;
    let refusal = Error::declined("CUSTOMER_BLOCKED", "no points for this customer");
    loyalty_api::stubs::award().fails(&refusal).expect(1).mount(&server).await;
    let error = loyalty.award(&award()).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Declined, Some("CUSTOMER_BLOCKED")));
    assert_eq!(error.certainty(), Certainty::Processed);
}

#[tokio::test]
async fn without_a_word_of_the_service_the_effect_is_in_doubt() {
    let (server, loyalty) = server().await;
    loyalty_api::stubs::award().breaks().expect(1).up_to_n_times(1).mount(&server).await;
    loyalty_api::stubs::award().responds(ResponseTemplate::new(502)).expect(1).mount(&server).await;
    for _ in 0..2 {
        let error = loyalty.award(&award()).await.unwrap_err();
        assert_eq!(error.certainty(), Certainty::PossiblyProcessed, "best effort has one attempt: {error}");
    }
}

// === without one ===

#[tokio::test]
async fn both_ends_agree_on_the_declaration() {
    let handled = Witness::new();
    let service = MockLoyaltyApi::new()
        .on_award(|award| Ok(Points { points: award.points }))
        .on_points(|_| Ok(Points { points: 7 }))
        .seen_by(&handled);
    let loyalty: LoyaltyClient = mock::client(loyalty_api::router(service)).unwrap();
    assert_eq!(loyalty.award(&award()).await.unwrap().points, 30);
    assert_eq!(loyalty.points("a/b?c").await.unwrap().points, 7);
    assert_eq!(handled.of(&loyalty_api::AWARD)[0].json::<AwardPoints>().unwrap(), award());
    assert_eq!(handled.of(&loyalty_api::POINTS)[0].arg("customer_id").as_deref(), Some("a/b?c"));
}

#[tokio::test]
async fn a_declaration_asks_for_nothing_else() {
    let wire = Wire::new().on(&loyalty_api::POINTS, |_| Ok(Points { points: 30 }));
    wire.points("c-7").await.unwrap();
    let asked = &wire.requests()[0];
    assert_eq!((asked.path(), asked.query(), asked.body().len()), ("/api/v1/points/c-7", "", 0));
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_answers_for_the_service_proves_nothing() {
    let faults = Faults::new().on(&loyalty_api::AWARD, Fault::status(mock::StatusCode::GATEWAY_TIMEOUT).once());
    let service = loyalty_api::router(MockLoyaltyApi::new());
    let loyalty: LoyaltyClient = mock::client(mock::network(service).faults(&faults)).unwrap();
    let error = loyalty.award(&award()).await.unwrap_err();
    assert!(error.into_indeterminate().is_ok());
}

// === the page about it ===

#[test]
fn every_block_of_the_page_stands_in_the_example_or_here() {
    let page = include_str!("../../docs/new-client.md");
    let sources = [include_str!("../examples/02_new_client.rs"), include_str!("loyalty.rs")];
    let blocks: Vec<&str> = page.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 6);
    for block in blocks {
        assert!(sources.iter().any(|source| source.contains(block)), "docs/new-client.md has its own:\n{block}");
    }
}
