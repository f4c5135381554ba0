//! The arguments of a call as JSON, in the places where they travel. The places and names are those of the document.

use std::{fmt::Display, str::FromStr};

use bytes::Bytes;
use http::{HeaderName, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::contract::{
    error::{Error, Result},
    operation::{BodyKind, Operation},
    request::Request,
};

/// Arguments of one call. Generated code reads them by the names that it reads requests by.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arguments {
    /// By the names in the path's template.
    pub path: Map<String, Value>,
    /// By wire name; the fields of a query struct stand among them.
    pub query: Map<String, Value>,
    /// By name, in lower case.
    pub headers: Map<String, Value>,
    /// The body; `None` for operations without one.
    pub body: Option<Value>,
}

// === impl Arguments ===

impl Arguments {
    /// A path argument.
    ///
    /// # Errors
    /// When it is missing or no `T`.
    pub fn path<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T> {
        required("path", name, scalar("path", &self.path, name)?)
    }

    /// A query argument that must be there.
    ///
    /// # Errors
    /// When it is missing or no `T`.
    pub fn query<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T> {
        required("query", name, self.query_opt(name)?)
    }

    /// A query argument that may be absent.
    ///
    /// # Errors
    /// When it is there and no `T`.
    pub fn query_opt<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>> {
        scalar("query", &self.query, name)
    }

    /// All query arguments as one flat struct.
    ///
    /// # Errors
    /// When a field is missing or of another type.
    pub fn query_struct<T: DeserializeOwned>(&self) -> Result<T> {
        read("query", &Value::Object(self.query.clone()))
    }

    /// A header that must be there.
    ///
    /// # Errors
    /// When it is missing or no `T`.
    pub fn header<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T> {
        required("header", name, self.header_opt(name)?)
    }

    /// A header that may be absent.
    ///
    /// # Errors
    /// When it is there and no `T`.
    pub fn header_opt<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>> {
        scalar("header", &self.headers, name)
    }

    /// The body.
    ///
    /// # Errors
    /// When it is not the JSON that `T` is read from.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        read("body", self.body.as_ref().unwrap_or(&Value::Null))
    }

    /// The body of a form.
    ///
    /// # Errors
    /// As [`json`](Self::json).
    pub fn form<T: DeserializeOwned>(&self) -> Result<T> {
        self.json()
    }

    /// A call with these arguments, for callers without the types.
    ///
    /// # Errors
    /// When an argument cannot travel where it stands.
    pub fn request(&self, operation: &'static Operation) -> Result<Request> {
        let mut request = Request::new(operation);
        for (name, value) in &self.path {
            request.path_arg(name, &text(value).unwrap_or_default())?;
        }
        for (name, value) in &self.query {
            request.query_arg(name, text(value).as_ref());
        }
        for (name, value) in &self.headers {
            let Some(text) = text(value) else { continue };
            let unsendable =
                |error: http::Error| Error::invalid_request(format!("header `{name}` = `{text}`: {error}"));
            let header = HeaderName::try_from(name).map_err(|error| unsendable(error.into()))?;
            let text = HeaderValue::from_str(&text).map_err(|error| unsendable(error.into()))?;
            request.headers_mut().insert(header, text);
        }
        if let Some(body) = &self.body {
            match operation.body {
                BodyKind::Json => request.json(body)?,
                BodyKind::Form => request.form(&fields(body))?,
            }
        }
        Ok(request)
    }

    /// The body as bytes.
    pub fn raw(&self) -> Bytes {
        self.body.as_ref().map(|body| body.to_string().into()).unwrap_or_default()
    }
}

/// A scalar as it stands in a path, a query or a header; `None` for null, which stands nowhere.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The fields of a flat body as they stand in a form.
pub(super) fn fields(body: &Value) -> Vec<(&String, String)> {
    let fields = body.as_object().into_iter().flatten();
    fields.filter_map(|(name, value)| Some((name, text(value)?))).collect()
}

fn scalar<T: FromStr<Err: Display>>(place: &str, map: &Map<String, Value>, name: &str) -> Result<Option<T>> {
    let Some(text) = map.get(name).and_then(text) else { return Ok(None) };
    let value = text.parse();
    value.map(Some).map_err(|rule| Error::invalid_request(format!("{place} argument `{name}` = `{text}`: {rule}")))
}

fn required<T>(place: &str, name: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::invalid_request(format!("{place} argument `{name}` is missing")))
}

/// By way of text, as requests are read: no further code is generated for the type.
fn read<T: DeserializeOwned>(place: &str, value: &Value) -> Result<T> {
    serde_json::from_str(&value.to_string())
        .map_err(|error| Error::invalid_request(format!("the {place} cannot be read: {error}")))
}
