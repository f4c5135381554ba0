//! Types that break a promise each, and the sentence that the suite has for it.

use payment_clients::{conformance::Suite, prelude::*};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schemas::against_schema;

/// One mistake an operation.
#[api(service = "wrong-service")]
pub trait WrongApi {
    /// Refuses fields that it does not know.
    #[get("/closed-object")]
    async fn closed_object(&self) -> Result<Closed>;

    /// Refuses words that it does not know.
    #[get("/closed-word")]
    async fn closed_word(&self) -> Result<Light>;

    /// Is written under one name and read under another.
    #[get("/renamed")]
    async fn renamed(&self) -> Result<Renamed>;

    /// Loses a field on its way out.
    #[post("/lossy")]
    async fn lossy(&self, body: &Lossy) -> Result<()>;

    /// Takes an answer without a field that the document requires.
    #[get("/careless")]
    async fn careless(&self) -> Result<Careless>;

    /// Is documented as something else.
    #[post("/misdescribed")]
    async fn misdescribed(&self, body: &Misdescribed) -> Result<Misdescribed>;

    /// Hides a segment from the document.
    #[get("/untold")]
    async fn untold(&self, #[query] filter: &Untold) -> Result<()>;
}

/// Refuses what is newer.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    /// A field.
    pub name: String,
}

/// A word that must be known, under a schema that says otherwise.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Light {
    /// Stop.
    Red,
}

impl JsonSchema for Light {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Light".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        payment_clients::openapi::words(&["red"])
    }
}

/// Two names for one field.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Renamed {
    /// A field.
    #[serde(default, rename(serialize = "full_name"))]
    pub name: String,
}

/// A field that is read and never written.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Lossy {
    /// A field.
    pub kept: String,
    /// Another one.
    #[serde(default, skip_serializing)]
    #[allow(dead_code, reason = "that is what is wrong with it")]
    pub lost: String,
}

/// A field with a default of which the schema does not know.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Careless {
    /// A field.
    #[serde(default)]
    pub name: String,
}

impl JsonSchema for Careless {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Careless".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"],
        })
    }
}

/// A number that the document bounds and nobody checks.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Misdescribed {
    /// A field.
    #[schemars(range(max = 0))]
    pub amount: i64,
}

/// A query of which the document knows nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Untold {
    /// A field.
    #[serde(default)]
    pub name: i64,
}

#[tokio::test]
async fn each_broken_promise_has_its_sentence() {
    let failures = Suite::of(wrong_api::DECLARATION).schemas(against_schema).prove().await.unwrap_err();
    let of = |operation: &str| -> Vec<&str> {
        let whose = format!("wrong-service {operation}");
        failures.0.iter().filter(|failure| failure.whose == whose).map(|failure| &*failure.what).collect()
    };
    for (operation, sentence) in [
        ("closed_object", "a field of a newer version in the answer is not tolerated"),
        ("closed_word", "a word of a newer version in the answer is not tolerated"),
        ("renamed", "answer.full_name was \"full_name 1\", arrived is \"\""),
        ("lossy", "body.lost was \"lost 2\", arrived is nothing"),
        ("careless", "an answer without /name is taken, though the document requires the field"),
        ("misdescribed", "the body is not what the document says: /amount: 1 is greater than the maximum of 0"),
        ("misdescribed", "the answer is not what the document says: /data/amount: 1 is greater than the maximum of 0"),
        ("untold", "the document knows no query argument name"),
    ] {
        let found = of(operation);
        assert!(found.iter().any(|what| what.contains(sentence)), "{operation}: {sentence} is not among {found:#?}");
    }
}
