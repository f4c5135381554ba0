//! A new client in thirty lines: a trait declares the API, a derive makes the client. The contract test at the foot of
//! this file holds it against wiremock.
//!
//! Run: `cargo run -p payment-examples --example 02_new_client`
//! Test: `cargo test -p payment-examples --example 02_new_client`
//!
//! ```text
//! POST /api/v1/points keyed
//! GET /api/v1/points/{customer_id} safe
//! customer c-7 holds 30 points
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use payment_clients::prelude::*;
use payment_examples::serve;
use serde::{Deserialize, Serialize};

/// Loyalty points of a merchant's customers.
#[api(service = "loyalty-service", base_path = "/api/v1", port = 40020, tier = "best_effort")]
pub trait LoyaltyApi {
    /// Adds points. The server honours the idempotency key.
    #[post("/points", keyed)]
    async fn award(&self, award: &AwardPoints) -> Result<Points>;

    /// Points that a customer holds now.
    #[get("/points/{customer_id}")]
    async fn points(&self, customer_id: &str) -> Result<Points>;
}

/// Points to add.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AwardPoints {
    /// Who gets them.
    pub customer_id: String,
    /// How many.
    pub points: u32,
}

/// What a customer holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Points {
    /// How many.
    pub points: u32,
}

/// Client of the loyalty service.
#[derive(Clone, Debug, ServiceClient)]
#[client(api(LoyaltyApi))]
pub struct LoyaltyClient {
    base: BaseClient,
}

#[tokio::main]
async fn main() -> Result<()> {
    for operation in loyalty_api::OPERATIONS {
        println!("{} {} {}", operation.method, operation.path, operation.class.as_str());
    }
    let server = MockLoyaltyApi::new().on_points(|_| Ok(Points { points: 30 }));
    let loyalty = LoyaltyClient::connect(&serve(loyalty_api::router(server)).await?)?;
    println!("customer c-7 holds {} points", loyalty.points("c-7").await?.points);
    Ok(())
}

#[cfg(test)]
mod tests {
    use payment_clients::prelude::*;
    use wiremock::MockServer;

    use super::{AwardPoints, LoyaltyApi, LoyaltyClient, Points, loyalty_api};

    #[tokio::test]
    async fn an_award_is_sent_as_declared_and_its_answer_read() {
        let server = MockServer::start().await;
        loyalty_api::stubs::award().answers(&Points { points: 30 }).expect(1).mount(&server).await;
        let loyalty = LoyaltyClient::connect(&server.uri()).unwrap();

        let award = AwardPoints { customer_id: "c-7".into(), points: 30 };
        assert_eq!(loyalty.award(&award).await.unwrap(), Points { points: 30 });

        let sent = &server.received_requests().await.unwrap()[0];
        assert_eq!((sent.method.as_str(), sent.url.path()), ("POST", "/api/v1/points"));
        assert_eq!(sent.body_json::<AwardPoints>().unwrap(), award);
        assert!(sent.headers.contains_key("idempotency-key"), "a keyed operation carries a key");
    }

    #[tokio::test]
    async fn a_hostile_id_stays_one_path_segment() {
        let server = MockServer::start().await;
        loyalty_api::stubs::points().answers(&Points { points: 0 }).expect(1).mount(&server).await;
        let loyalty = LoyaltyClient::connect(&server.uri()).unwrap();
        loyalty.points("a/b?c").await.unwrap();
        assert_eq!(server.received_requests().await.unwrap()[0].url.path(), "/api/v1/points/a%2Fb%3Fc");
        let refused = loyalty.points("..").await.unwrap_err();
        assert_eq!(refused.certainty(), Certainty::NotSent);
    }
}
