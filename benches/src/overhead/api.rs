//! A read and a keyed write with small bodies, declared as any API is.

use payment_clients::prelude::*;
use serde::{Deserialize, Serialize};

/// What every answer says.
pub const ANSWER: &str = r#"{"code":"SUCCESS","message":"ok","data":{"id":"7","amount":1999,"currency":"EUR","status":"success"},"trace_id":"r"}"#;
/// The id that is read.
pub const ID: &str = "7";

/// Things.
#[api(service = "bench-service", base_path = "/api/v1", tier = "critical")]
pub trait BenchApi {
    /// Reads a thing.
    #[get("/things/{id}")]
    async fn thing(&self, id: &str) -> Result<Thing>;

    /// Creates a thing. The server honours the idempotency key.
    #[post("/things", keyed)]
    async fn create(&self, thing: &NewThing) -> Result<Thing>;
}

/// A thing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Thing {
    /// Its id.
    pub id: String,
    /// What it costs.
    pub amount: i64,
    /// In which currency.
    pub currency: String,
}

/// A thing to create.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewThing {
    /// What it costs.
    pub amount: i64,
    /// In which currency.
    pub currency: String,
}

impl NewThing {
    /// The one that every bench creates.
    pub fn example() -> Self {
        Self { amount: 1999, currency: "EUR".to_owned() }
    }
}

/// The wrapper that clients without a contract decode by themselves.
#[derive(Debug, Deserialize)]
pub struct Wrapped {
    /// The payload.
    pub data: Thing,
}

/// Client of the bench service.
#[derive(Clone, Debug, ServiceClient)]
#[client(api(BenchApi))]
pub struct BenchClient {
    base: BaseClient,
}

impl BenchClient {
    /// The typed client on a stack that has been built.
    pub fn on(base: BaseClient) -> Self {
        Self { base }
    }
}
