//! One request as it was found on a wire, whoever found it, and how it differs from what was meant to be sent.

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Map, Value};

use super::{
    Arguments,
    arguments::text,
    compare::{Extent, difference},
    facts::{Facts, Place},
};
use crate::contract::{operation::BodyKind, request::Request};

/// Method, encoded path and query, headers and body.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

// === impl Sent ===

impl Sent {
    /// A header as text.
    pub(super) fn header(&self, name: impl http::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The query as decoded pairs.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        form_urlencoded::parse(self.query.as_bytes()).into_owned().collect()
    }

    /// What is wrong with the request as a call of the operation with these arguments.
    pub(super) fn faults(&self, facts: &Facts, arguments: &Arguments, extent: Extent) -> Vec<String> {
        let mut faults = Vec::new();
        if !facts.has_method(&self.method) {
            faults.push(format!("the method is {}, declared is {}", self.method, facts.operation.method));
        }
        match facts.path_arguments(&self.path) {
            Ok(found) => faults.extend(scalars(Place::Path, &arguments.path, &found, extent)),
            Err(fault) => faults.push(fault),
        }
        faults.extend(unencoded("path", &self.path, "/"));
        faults.extend(unencoded("query", &self.query, "=&+"));
        let mut query = Map::new();
        for (name, value) in self.pairs() {
            if query.insert(name.clone(), value.into()).is_some() {
                faults.push(format!("query argument {name} is sent twice"));
            }
        }
        faults.extend(scalars(Place::Query, &arguments.query, &query, extent));
        faults.extend(scalars(Place::Header, &arguments.headers, &self.declared_headers(facts), extent));
        match (facts.operation.body, &arguments.body) {
            (BodyKind::Form, Some(meant)) => {
                let meant = meant.as_object().cloned().unwrap_or_default();
                faults.extend(differing("field", &meant, &self.fields(), extent));
            }
            _ => faults.extend(self.body_fault(arguments, extent)),
        }
        faults
    }

    /// The fields of a form.
    pub(super) fn fields(&self) -> Map<String, Value> {
        form_urlencoded::parse(&self.body).map(|(name, text)| (name.into_owned(), text.into())).collect()
    }

    /// The headers that are arguments.
    fn declared_headers(&self, facts: &Facts) -> Map<String, Value> {
        let declared = facts.parameters.iter().filter(|each| each.place == Place::Header);
        let found = declared.filter_map(|each| Some((each.name.clone(), self.header(&each.name)?.into())));
        found.collect()
    }

    fn body_fault(&self, arguments: &Arguments, extent: Extent) -> Option<String> {
        let Some(meant) = &arguments.body else {
            return (!self.body.is_empty()).then(|| "a body is sent, and none is declared".to_owned());
        };
        match serde_json::from_slice(&self.body) {
            Ok(found) => difference("body", meant, &found, extent),
            Err(error) => Some(format!("the body is no JSON: {error}")),
        }
    }
}

/// Differences among the arguments of one place, which travel as text.
fn scalars(place: Place, meant: &Map<String, Value>, found: &Map<String, Value>, extent: Extent) -> Vec<String> {
    differing(&format!("{} argument", place.word()), meant, found, extent)
}

fn differing(what: &str, meant: &Map<String, Value>, found: &Map<String, Value>, extent: Extent) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, value) in meant {
        let (meant, found) = (text(value), found.get(name).and_then(text));
        if meant != found {
            let shown = |text: Option<String>| text.map_or_else(|| "nothing".to_owned(), |text| format!("`{text}`"));
            faults.push(format!("{what} {name} was {}, arrived is {}", shown(meant), shown(found)));
        }
    }
    if extent == Extent::Whole {
        let strangers = found.keys().filter(|name| !meant.contains_key(*name));
        faults.extend(strangers.map(|name| format!("{what} {name} arrived, and nobody sent it")));
    }
    faults
}

/// Whether anything stands in a path or query that RFC 3986 does not let stand there, `.` and `..` as segments included.
fn unencoded(place: &str, text: &str, delimiters: &str) -> Option<String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._~!$'()*,;:@%".contains(letter);
    let stray = text.chars().find(|letter| !plain(*letter) && !delimiters.contains(*letter));
    let dots = place == "path" && text.split('/').any(|segment| matches!(segment, "." | ".."));
    match stray {
        Some(letter) => Some(format!("`{letter}` stands in the {place} unencoded: {text}")),
        None => dots.then(|| format!("a segment of dots stands in the path: {text}")),
    }
}

// === from the wires ===

impl From<&wiremock::Request> for Sent {
    fn from(request: &wiremock::Request) -> Self {
        Self {
            method: request.method.clone(),
            path: request.url.path().to_owned(),
            query: request.url.query().unwrap_or_default().to_owned(),
            headers: request.headers.clone(),
            body: request.body.clone().into(),
        }
    }
}

impl From<&http::Request<Bytes>> for Sent {
    fn from(request: &http::Request<Bytes>) -> Self {
        Self {
            method: request.method().clone(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
            body: request.body().clone(),
        }
    }
}

impl From<&Request> for Sent {
    fn from(request: &Request) -> Self {
        Self {
            method: request.operation().method.clone(),
            path: request.path().to_owned(),
            query: request.query().to_owned(),
            headers: request.headers().clone(),
            body: request.body().clone(),
        }
    }
}
