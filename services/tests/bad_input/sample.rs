//! Requests that are as they should be, from the schemas: what an answer has named is asked for later.

use std::collections::BTreeMap;

use http::Method;
use payment_clients::conformance::{Arguments, Form, example};
use payment_services::documents;
use serde_json::{Value, json};

use crate::{
    schema::{Place, Schema},
    stage::{Answer, PASSWORD, Stage},
    support::Route,
};

/// What fields of these names hold, where a schema does not say it.
fn words() -> Vec<(&'static str, Value)> {
    let day = || json!("2025-10-24");
    vec![
        ("account_no", json!("DE89370400440532013000")),
        ("actions", json!({"decision": "review"})),
        ("amount", json!(1000)),
        ("code", json!("welcome")),
        ("conditions", json!({"amount_min": 1})),
        ("config", json!(r#"{"api_key": "sk_1"}"#)),
        ("country", json!("DE")),
        ("currency", json!("USD")),
        ("customer_email", json!("payer@example.com")),
        ("date", day()),
        ("document_number", json!("X1234567")),
        ("email", json!("payer@example.com")),
        ("end", day()),
        ("end_date", day()),
        ("established_date", day()),
        ("expiry_date", json!("2030-01-31")),
        ("issue_date", day()),
        ("legal_person_id_card", json!("L01X00T471")),
        ("notify_url", json!("https://shop.example/notify")),
        ("password", json!(PASSWORD)),
        ("password_hash", json!(HASH)),
        ("new_password", json!("Another-horse-battery-2")),
        ("payment_no", json!("PY-1")),
        // The first that comes with the platform.
        ("permission_ids", json!(["ad310000-0000-4000-8000-000000000000"])),
        ("provider", json!("mock")),
        ("refund_no", json!("RF-1")),
        ("return_url", json!("https://shop.example/back")),
        ("source_currency", json!("USD")),
        ("start", day()),
        ("start_date", day()),
        ("swift_code", json!("COBADEFFXXX")),
        ("target_currency", json!("EUR")),
        ("template_code", json!("order_cancelled")),
        ("template_data", json!({"order_no": "M-1"})),
        ("to", json!("+4930123456")),
        ("to", json!(["payer@example.com"])),
        ("url", json!("https://shop.example/hook")),
    ]
}

/// Of a password that nobody has.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b4dWRWJTmaaJObGRdescudvJCs";

pub struct Samples {
    documents: BTreeMap<&'static str, Value>,
    /// By the names of fields and, for `id`, by the path of what it is the id of.
    known: Vec<(String, Value)>,
}

/// A request that nothing is wrong with, and its places.
pub struct Sample {
    pub arguments: Arguments,
    pub query: Vec<Place>,
    pub path: Vec<Place>,
    pub body: Vec<Place>,
}

// === impl Sample ===

impl Sample {
    /// Leaves out what a refusal names, if it need not be there; false when nothing can be left out.
    pub fn without(&mut self, refusal: &Answer) -> bool {
        let Some(path) = refusal.message().split('`').nth(1) else { return false };
        let name = path.split('.').next().unwrap_or_default();
        let optional = |places: &mut Vec<Place>| {
            let found = places.iter().position(|place| place.name == name && !place.required)?;
            Some(places.remove(found).pointer)
        };
        if let Some(pointer) = optional(&mut self.body) {
            let (owner, name) = pointer.rsplit_once('/').unwrap();
            let body = self.arguments.body.as_mut().unwrap();
            body.pointer_mut(owner).unwrap().as_object_mut().unwrap().remove(name);
            self.body.retain(|place| !place.pointer.starts_with(&format!("{pointer}/")));
            return true;
        }
        optional(&mut self.query).is_some_and(|name| self.arguments.query.remove(&name).is_some())
    }
}

/// The last words of paths that end what they are about.
const ENDS: [&str; 6] = ["cancel", "complete", "deregister", "disable", "reject", "revoke"];

/// What is made before what is done with it, and ended or removed at last.
pub fn in_order(mut routes: Vec<Route>) -> Vec<Route> {
    routes.sort_by_key(|Route { name, operation }| {
        let path = operation.path;
        let ends = ENDS.iter().any(|end| path.ends_with(end));
        (
            *name,
            operation.method == Method::DELETE,
            ends,
            path.matches('{').count(),
            operation.method != Method::POST,
            path,
        )
    });
    routes
}

// === impl Samples ===

impl Samples {
    pub fn new(stage: &Stage) -> Self {
        let merchant = ("merchant_id", json!(stage.merchant.to_string()));
        let known = words().into_iter().chain([merchant]).map(|(name, value)| (name.to_owned(), value)).collect();
        Self { documents: documents::all().collect(), known }
    }

    pub fn of(&self, route: Route) -> Sample {
        let document = &self.documents[route.name.service().name];
        let entry = &document["paths"][route.operation.path][route.operation.method.as_str().to_ascii_lowercase()];
        let mut sample =
            Sample { arguments: Arguments::default(), query: Vec::new(), path: Vec::new(), body: Vec::new() };
        for parameter in entry["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            let schema = Schema { document, schema: &parameter["schema"] };
            let made = example(schema.schema, document, Form::Full);
            let required = parameter["required"] == true;
            let place = Place { pointer: name.to_owned(), name: name.to_owned(), required, schema: schema.flat() };
            let value = self.known(route, name, &made).unwrap_or(made);
            let arguments = &mut sample.arguments;
            let (values, places) = match parameter["in"].as_str() {
                Some("path") => (&mut arguments.path, &mut sample.path),
                Some("query") => (&mut arguments.query, &mut sample.query),
                _ if name == "Idempotency-Key" => continue,
                _ => {
                    arguments.headers.insert(name.to_ascii_lowercase(), value);
                    continue;
                }
            };
            values.insert(name.to_owned(), value);
            places.push(place);
        }
        if let Some(schema) = entry["requestBody"]["content"]["application/json"].get("schema") {
            let mut body = example(schema, document, Form::Full);
            self.replace(route, &mut body);
            sample.body = Schema { document, schema }.places(&body, "");
            sample.arguments.body = Some(body);
        }
        sample
    }

    /// Remembers the ids and numbers in a success.
    pub fn learn(&mut self, route: Route, answer: &Answer) {
        if !answer.status.is_success() || route.operation.method == Method::DELETE {
            return;
        }
        let mut payload = &answer.body;
        while let Some(inner) = payload.get("data").filter(|inner| inner.is_object()) {
            payload = inner;
        }
        let Some(fields) = payload.as_object() else { return };
        if route.operation.method == Method::POST
            && let Some(id) = fields.get("id")
        {
            let path = route.operation.path;
            let thing = path.rsplit('/').next().unwrap_or_default().trim_end_matches('s').replace('-', "_");
            // The merchant who calls stays the one whose things these are.
            if thing != "merchant" {
                self.known.push((format!("{thing}_id"), id.clone()));
            }
            self.known.push((path.to_owned(), id.clone()));
        }
        let numbers = fields.iter().filter(|(name, value)| {
            (name.ends_with("_no") || name.ends_with("_id") || *name == "reference")
                && *name != "merchant_id"
                && value.as_str().is_some_and(|text| !text.is_empty())
        });
        self.known.extend(numbers.map(|(name, value)| (name.clone(), value.clone())));
    }

    /// What was learned last of a place that holds the same kind of JSON as `made`.
    fn known(&self, route: Route, name: &str, made: &Value) -> Option<Value> {
        let owner = route.operation.path.split_once(&format!("/{{{name}}}")).map(|(owner, _)| owner);
        let owner = owner.filter(|_| made.is_string());
        // A merchant is created at `/merchant` and found among `/merchants`.
        let owns = |known: &str| owner.is_some_and(|owner| owner == known || owner.strip_suffix('s') == Some(known));
        let same = |known: &str| known == name || owns(known);
        let alike = |value: &Value| std::mem::discriminant(value) == std::mem::discriminant(made);
        let mut known = self.known.iter().rev();
        known.find(|(known, value)| same(known) && alike(value)).map(|(_, value)| value.clone())
    }

    fn replace(&self, route: Route, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match self.known(route, name, value) {
                        Some(known) => *value = known,
                        None => self.replace(route, value),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.replace(route, item)),
            _ => {}
        }
    }
}
