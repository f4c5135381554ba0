//! Where to ask for an effect in doubt: a safe operation that answers for the effect of another one.
//!
//! Its arguments are found by name in the call whose answer is missing, so that nobody has to be asked for them again,
//! not even after a restart.

use serde_json::{Map, Value};

use super::{
    error::{Error, Result},
    idempotency::IdempotencyKey,
    operation::{BodyKind, Operation},
    request::Request,
};

/// The argument that is filled with the idempotency key of the call in doubt.
pub const KEY_ARGUMENT: &str = "idempotency_key";

/// The operation that answers for the effect of another one; a declaration writes it as `status = "…"`.
///
/// An answer means that the server knows of the effect, a 404 that it does not know of it yet.
#[derive(Clone, Copy, Debug)]
pub struct StatusQuery {
    /// What to call: a safe operation of the same service.
    pub operation: &'static Operation,
    /// Names of the query arguments to give. Those of the path arguments stand in its path.
    pub query: &'static [&'static str],
}

impl StatusQuery {
    /// Asks by `operation`, which requires the query arguments of these names.
    pub const fn new(operation: &'static Operation, query: &'static [&'static str]) -> Self {
        Self { operation, query }
    }

    /// The query for the effect of `call`, which carried `key`. The value of an argument is the path argument of that
    /// name, or else the field of that name at the top of the body; [`KEY_ARGUMENT`] is the key.
    ///
    /// # Errors
    /// When the call has no such value; the text names it.
    pub fn about(&self, call: &Request, key: Option<&IdempotencyKey>) -> Result<Request> {
        let known = Known::of(call, key);
        let mut request = Request::new(self.operation);
        for name in parameters(self.operation.path) {
            request.path_arg(name, &known.value(name, self)?)?;
        }
        for name in self.query {
            request.query_arg(name, Some(&known.value(name, self)?));
        }
        Ok(request)
    }
}

/// What a call says about itself.
struct Known<'a> {
    call: &'a Request,
    key: Option<&'a IdempotencyKey>,
    body: Map<String, Value>,
}

impl<'a> Known<'a> {
    fn of(call: &'a Request, key: Option<&'a IdempotencyKey>) -> Self {
        let body = match call.operation().body {
            BodyKind::Json => serde_json::from_slice(call.body()),
            BodyKind::Form => serde_urlencoded::from_bytes(call.body()).map_err(serde::de::Error::custom),
        };
        let body = body.unwrap_or_default();
        Self { call, key, body }
    }

    fn value(&self, name: &str, query: &StatusQuery) -> Result<String> {
        let key = self.key.filter(|_| name == KEY_ARGUMENT).map(ToString::to_string);
        let from_path = || self.call.path_argument(name).map(Into::into);
        let value = key.or_else(from_path).or_else(|| self.field(name));
        value.ok_or_else(|| {
            let (of, asked) = (self.call.operation().name, query.operation.name);
            let text = format!(
                "`{asked}` cannot be asked for the effect of `{of}`: neither its path nor its body gives `{name}` as a \
                 text or a number"
            );
            Error::invalid_request(text)
        })
    }

    fn field(&self, name: &str) -> Option<String> {
        match self.body.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

/// The parameters of a path template.
fn parameters(template: &str) -> impl Iterator<Item = &str> {
    template.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::Method;
    use serde_json::json;

    use super::*;
    use crate::contract::operation::{Class, Service, Tier};

    const SERVICE: Service = Service { name: "bank", port: None, tier: Tier::Standard };
    static GET: Operation = Operation::new(SERVICE, "get", Method::GET, "/accounts/{account}/transfers/{number}");
    static FIND: Operation = Operation::new(SERVICE, "find", Method::GET, "/transfers");
    static SEND: Operation =
        Operation::new(SERVICE, "send", Method::POST, "/accounts/{account}/transfers").class(Class::Keyed);

    fn sent(body: &Value) -> Request {
        let mut call = Request::new(&SEND);
        call.path_arg("account", "a/1").unwrap();
        call.json(body).unwrap();
        call
    }

    #[test]
    fn arguments_come_from_path_body_and_key_encoded_anew() {
        let call = sent(&json!({ "number": 17, "account": "another" }));
        let asked = StatusQuery::new(&GET, &[]).about(&call, None).unwrap();
        assert_eq!(asked.path(), "/accounts/a%2F1/transfers/17", "the path comes before the body");

        let key = IdempotencyKey::new("k&1").unwrap();
        let query = StatusQuery::new(&FIND, &["idempotency_key", "number"]);
        assert_eq!(query.about(&call, Some(&key)).unwrap().query(), "idempotency_key=k%261&number=17");
    }

    #[test]
    fn what_a_call_does_not_say_is_named() {
        for body in [json!({}), json!({ "number": null }), json!({ "number": { "n": 1 } }), json!([1])] {
            let error = StatusQuery::new(&GET, &[]).about(&sent(&body), None).unwrap_err();
            assert!(error.message().contains("gives `number`"), "{error}");
        }
    }
}
