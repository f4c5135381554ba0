//! A new client in thirty lines: a trait declares the API, a derive makes the client. `docs/new-client.md` goes through it
//! step by step; `examples/tests/loyalty.rs` is its contract test.
//!
//! Run: `cargo run -p payment-examples --example 02_new_client`
//! Test: `cargo test -p payment-examples --test loyalty`
//!
//! ```text
//! POST /api/v1/points keyed
//! GET /api/v1/points/{customer_id} safe
//! customer c-7 holds 30 points
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use payment_clients::prelude::*;
use payment_examples::serve;
use schemars::JsonSchema;
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AwardPoints {
    /// Who gets them.
    pub customer_id: String,
    /// How many.
    pub points: u32,
}

/// What a customer holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
