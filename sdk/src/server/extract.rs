//! The arguments of a call as generated routers read them. Every refusal is a 400 that names the field and its rule.

use std::{fmt::Display, str::FromStr};

use axum::extract::RawPathParams;
use bytes::Bytes;
use http::{HeaderMap, Uri};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::contract::{
    error::{Error, Result},
    operation::Operation,
};

/// One request, admitted and read.
#[derive(Debug)]
pub struct Incoming {
    pub(super) operation: &'static Operation,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) path: Option<RawPathParams>,
    pub(super) body: Bytes,
}

// === impl Incoming ===

impl Incoming {
    /// A path argument, percent-decoded.
    ///
    /// # Errors
    /// When the text is no `T`.
    pub fn path<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T> {
        let position = path_arguments(self.operation).position(|argument| argument == name);
        let arguments = self.path.iter().flat_map(RawPathParams::iter);
        let text = position.and_then(|position| arguments.map(|(_, text)| text).nth(position));
        parse(name, text.ok_or_else(|| Error::invalid_input(name, "is missing from the path"))?)
    }

    /// A query argument that must be there.
    ///
    /// # Errors
    /// When it is missing or no `T`.
    pub fn query<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T> {
        let text = self.pairs().find(|(key, _)| key == name).map(|(_, text)| text);
        parse(name, &text.ok_or_else(|| Error::invalid_input(name, "is missing from the query"))?)
    }

    /// A query argument that may be absent. `name=` counts as absent, since that is what an empty form field sends.
    ///
    /// # Errors
    /// When it is there and no `T`.
    pub fn query_opt<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>> {
        let text = self.pairs().find(|(key, text)| key == name && !text.is_empty());
        text.map(|(_, text)| parse(name, &text)).transpose()
    }

    /// All query arguments as one flat struct. `name=` counts as absent.
    ///
    /// # Errors
    /// When a field is missing or of another type.
    pub fn query_struct<T: DeserializeOwned>(&self) -> Result<T> {
        flat("query", self.uri.query().unwrap_or_default())
    }

    /// The body as a form. `name=` counts as absent.
    ///
    /// # Errors
    /// When it is no text, or a field is missing or of another type.
    pub fn form<T: DeserializeOwned>(&self) -> Result<T> {
        let text =
            str::from_utf8(&self.body).map_err(|_| Error::invalid_input("body", "must be the fields of a form"))?;
        flat("body", text)
    }

    /// A header that must be there.
    ///
    /// # Errors
    /// When it is missing, not ASCII, or no `T`.
    pub fn header<T: FromStr<Err: Display>>(&self, name: &str) -> Result<T> {
        self.header_opt(name)?.ok_or_else(|| Error::invalid_input(name, "is missing from the headers"))
    }

    /// A header that may be absent.
    ///
    /// # Errors
    /// When it is there and not ASCII, or no `T`.
    pub fn header_opt<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>> {
        let Some(value) = self.headers.get(name) else { return Ok(None) };
        let text = value.to_str().map_err(|_| Error::invalid_input(name, "must be visible ASCII"))?;
        parse(name, text).map(Some)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is no JSON, or not the JSON that `T` is written as; the text names line and column, or the field.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| match error.classify() {
            _ if self.body.is_empty() => Error::invalid_input("body", "is missing; send JSON"),
            Category::Data => self.locate::<T>(&error),
            Category::Syntax | Category::Eof | Category::Io => {
                Error::invalid_input("body", format!("is no JSON: {error}"))
            }
        })
    }

    /// The body as it stands.
    pub fn raw(&self) -> Bytes {
        self.body.clone()
    }

    fn pairs(&self) -> form_urlencoded::Parse<'_> {
        form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes())
    }

    /// Reads the body once more to find the path of the field; only refusals pay for it.
    fn locate<T: DeserializeOwned>(&self, first: &serde_json::Error) -> Error {
        let mut json = serde_json::Deserializer::from_slice(&self.body);
        let located = serde_path_to_error::deserialize::<_, T>(&mut json).err();
        let path = located.as_ref().map_or_else(String::new, |error| error.path().to_string());
        broken_rule("body", &path, &located.map_or_else(|| first.to_string(), |error| error.inner().to_string()))
    }
}

/// The names of a path's arguments, in order. Routes know them by position alone, so that two APIs may name the same
/// argument differently.
pub(super) fn path_arguments(operation: &'static Operation) -> impl Iterator<Item = &'static str> {
    operation.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

/// The pairs of `name=value&…` as a flat struct; those without a value count as absent.
fn flat<T: DeserializeOwned>(whole: &str, text: &str) -> Result<T> {
    let kept: String;
    let blank = |pair: &str| pair.split_once('=').is_none_or(|(_, value)| value.is_empty());
    let text = if text.split('&').any(blank) {
        kept = text.split('&').filter(|pair| !blank(pair)).collect::<Vec<_>>().join("&");
        &kept
    } else {
        text
    };
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let (path, text) = (error.path().to_string(), error.inner().to_string());
        broken_rule(whole, &path, &text)
    })
}

fn parse<T: FromStr<Err: Display>>(name: &str, text: &str) -> Result<T> {
    text.parse().map_err(|error| Error::invalid_input(name, format!("cannot be read: {error}")))
}

/// A serde error as field and rule. What was expected is told and what was found is not: it may be a secret that the
/// caller put into the wrong field, and refusals are logged.
fn broken_rule(whole: &str, path: &str, text: &str) -> Error {
    let path = if path == "." { "" } else { path };
    let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
    if let Some((field, _)) = missing {
        let dot = if path.is_empty() { "" } else { "." };
        return Error::invalid_input(&format!("{path}{dot}{field}"), "is missing");
    }
    let field = if path.is_empty() { whole } else { path };
    match text.rsplit_once(", expected ") {
        Some((_, wanted)) => Error::invalid_input(field, format!("must be {wanted}")),
        None => Error::invalid_input(field, format!("cannot be read: {text}")),
    }
}
