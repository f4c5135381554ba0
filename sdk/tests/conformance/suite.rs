//! An API with everything that a declaration can say keeps it, and a suite notices what does not fit.

use std::collections::BTreeMap;

use axum::{Router, response::Response};
use bytes::Bytes;
use http::StatusCode;
use payment_clients::{
    conformance::{AnyClient, Arguments, Declaration, Driven, Failures, Suite},
    contract::{call::Call, operation::Operation, options::Scoped},
    mock::Wire,
    prelude::*,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tower::util::MapResponseLayer;

use crate::schemas::against_schema;

/// Everything that a declaration can say.
#[api(service = "thing-service", base_path = "/api/v1")]
pub trait ThingApi {
    /// All places of an argument.
    #[post("/things/{owner}/{number}", keyed, money)]
    async fn make(
        &self,
        owner: &str,
        number: u64,
        #[query] dry_run: Option<bool>,
        #[header("x-reason")] reason: &Word,
        #[header("x-note")] note: Option<&str>,
        thing: &NewThing,
    ) -> Result<Thing>;

    /// Kept.
    #[get("/things", cache = "5s", stale_if_error = "5m")]
    async fn list(&self, #[query] filter: &Filter, page: Option<u32>) -> Result<Page<Thing>>;

    /// Gathered.
    #[post("/events", batch = "tell_all")]
    async fn tell(&self, event: NewThing) -> Result<()>;

    /// Many at once.
    #[post("/events/all")]
    async fn tell_all(&self, events: Vec<NewThing>) -> Result<()>;

    /// Bytes under a signature, and no envelope.
    #[post("/hook", idempotent, envelope = "bare")]
    async fn hook(&self, #[raw(NewThing)] body: Bytes) -> Result<BTreeMap<String, i64>>;

    /// Fields of a form.
    #[post("/forms/{owner}")]
    async fn fill_in(&self, owner: &str, #[form] form: &FilledIn) -> Result<Thing>;

    /// Nothing to say, nothing to hear.
    #[delete("/things", envelope = "bare")]
    async fn clear(&self) -> Result<()>;
}

payment_clients::text_id! {
    /// Any text.
    pub struct Word
}

payment_clients::open_enum! {
    /// How far a thing has come.
    pub enum Status {
        /// Not begun.
        Pending = "pending",
        /// Over.
        Done = "done",
    }
}

/// What is made.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct NewThing {
    /// Required.
    pub name: String,
    /// Has a default.
    #[serde(default)]
    pub count: i32,
    /// May be missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// May be null.
    pub rate: Option<f64>,
    /// Left out when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<NewThing>,
}

/// What a form holds.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
pub struct FilledIn {
    /// Required, and of several words.
    pub full_name: String,
    /// May be missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// Renamed to what is no name elsewhere.
    #[serde(rename = "v:word")]
    pub word: Word,
    /// Has a default.
    #[serde(default)]
    pub is_urgent: bool,
}

/// What was made.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Thing {
    /// Required.
    pub status: Status,
    /// Required.
    pub made_at: Timestamp,
    /// Required, and one of several shapes.
    pub owner: Owner,
    /// Required, and told by a tag among its fields.
    pub end: End,
    /// Null until known.
    pub next: Option<Box<Thing>>,
    /// Has a default.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Required.
    pub place: (i64, String),
}

/// A person or a company.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Owner {
    /// A person.
    Person {
        /// Required.
        name: String,
    },
    /// A company.
    Company {
        /// Required.
        number: i64,
    },
}

/// How a thing ends.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    /// It is moved.
    Moved(Filter),
    /// It lasts.
    Never,
}

/// Which things.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Filter {
    /// Exact match.
    pub status: Option<Status>,
    /// Exact match.
    pub name: Option<String>,
    /// Required.
    pub least: i64,
}

const GOOD: Declaration = thing_api::DECLARATION;

async fn failures(declaration: Declaration) -> String {
    Suite::of(declaration).schemas(against_schema).prove().await.unwrap_err().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_says_everything_keeps_it() {
    Suite::of(GOOD).schemas(against_schema).prove().await.unwrap();
}

#[tokio::test]
async fn a_router_without_the_routes_is_noticed() {
    let text = failures(Declaration { router: |_| Router::new(), ..GOOD }).await;
    assert!(text.contains("thing-service clear: between client and handler: the handler was not called"), "{text}");
}

#[tokio::test]
async fn a_refusal_that_becomes_another_one_is_noticed() {
    fn router(handler: Wire) -> Router {
        let other = |mut response: Response| {
            if response.status() == StatusCode::CONFLICT {
                *response.status_mut() = StatusCode::NOT_FOUND;
            }
            response
        };
        (GOOD.router)(handler).layer(MapResponseLayer::new(other))
    }

    let text = failures(Declaration { router, ..GOOD }).await;
    assert!(text.contains("thing-service clear: a handler's refusal arrives as another one: "), "{text}");
}

#[tokio::test]
async fn arguments_that_are_confused_are_noticed() {
    let drive = |client, operation, mut arguments: Arguments| {
        if let Some(body) = arguments.body.as_mut().filter(|body| body.is_object()) {
            body["count"] = json!(-1);
        }
        arguments.query.shift_remove("name");
        (GOOD.drive)(client, operation, arguments)
    };
    let text = failures(Declaration { drive, ..GOOD }).await;
    assert!(text.contains("thing-service make: body.count was "), "{text}");
    assert!(text.contains("thing-service list: query argument name was `name 2`, arrived is nothing"), "{text}");
}

#[tokio::test]
async fn an_operation_without_its_key_is_noticed() {
    /// The same route, and no word of a key.
    static UNKEYED: Operation =
        Operation::new(thing_api::SERVICE, "make", http::Method::POST, "/api/v1/things/{owner}/{number}")
            .class(Class::Idempotent);

    fn drive(client: Scoped<AnyClient>, operation: &'static Operation, arguments: Arguments) -> Driven {
        if !operation.is(&thing_api::MAKE) {
            return (GOOD.drive)(client, operation, arguments);
        }
        Box::pin(async move {
            let call = async { client.inner().0.call(arguments.request(&UNKEYED)?).await?.decode() };
            client.scope(call).await
        })
    }

    let text = failures(Declaration { drive, ..GOOD }).await;
    assert!(text.contains("thing-service make: header idempotency-key missing on attempt 1"), "{text}");
    assert!(text.contains("thing-service make: header idempotency-key missing on attempt 2"), "{text}");
    assert!(text.contains("the document requires the header idempotency-key"), "{text}");
}

#[tokio::test]
async fn an_api_that_is_not_described_cannot_be_called() {
    let Failures(list) = Suite::of(Declaration { describe: |_| {}, ..GOOD }).prove().await.unwrap_err();
    let makes: Vec<_> = list.iter().filter(|failure| failure.whose == "thing-service make").collect();
    assert_eq!(makes.len(), 1, "one sentence, not one for each proof: {makes:?}");
    assert!(makes[0].what.contains("derive JsonSchema"), "{makes:?}");
}

#[tokio::test]
async fn failures_are_a_list_also_where_a_test_unwraps_them() {
    let router: fn(Wire) -> Router = |_| Router::new();
    let failures = Suite::of(Declaration { router, ..GOOD }).prove().await.unwrap_err();
    let text = format!("{failures:?}");
    assert!(text.starts_with(&format!("{} of the declared promises are not kept:\n  ", failures.0.len())), "{text}");
}
