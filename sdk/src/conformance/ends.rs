//! Both ends at once: the client, the generated router and a handler behind it, and the document that describes what goes
//! to and fro.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde_json::Value;

use super::{
    AnyClient, Arguments, Declaration, Form,
    arguments::text,
    compare::{Extent, difference},
    facts::{Parameter, Place},
    sent::Sent,
    stage::patient,
    suite::Case,
};
use crate::{
    client::BaseClient,
    contract::{
        error::Result,
        headers,
        operation::Operation,
        options::{CallOptions, Scoped},
    },
    mock::{Network, Wire, network},
    transport::{Connection, memory::Memory},
};

/// What went over the wire between both ends, and what came out at each.
struct Passed {
    answer: Result<Value>,
    /// What the handler was called with, as a client writes it.
    handled: Option<Sent>,
    sent: Option<Sent>,
    body_of_answer: Bytes,
}

/// What a wire has carried.
#[derive(Clone, Default)]
struct Tap(Arc<Mutex<(Option<Sent>, Bytes)>>);

/// Proves that both ends of one operation understand each other.
pub(super) async fn check(case: &mut Case<'_>) {
    for (form, extent) in [(Form::Full, Extent::Whole), (Form::Sparse, Extent::Part)] {
        let (arguments, payload) = (case.arguments(form), case.payload(form));
        match pass(case.suite.declaration(), case.operation(), arguments.clone(), payload.clone()).await {
            Ok(passed) => compare(case, &passed, &arguments, &payload, extent),
            Err(error) => case.note(format!("no call through the router: {error}")),
        }
    }
}

async fn pass(
    declaration: &Declaration,
    operation: &'static Operation,
    arguments: Arguments,
    payload: Value,
) -> Result<Passed> {
    let handler = Wire::new().on(operation, move |_| Ok(payload.clone()));
    let tap = Tap::default();
    let client = BaseClient::builder(declaration.service).url("http://router").config(patient(&declaration.service));
    let client = client.build_on(&tap.on(network((declaration.router)(handler.clone()))))?;
    let client = Scoped::new(AnyClient(client), CallOptions::new().max_attempts(1).fresh());
    let answer = (declaration.drive)(client, operation, arguments).await;
    let (sent, body_of_answer) = tap.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(Passed { answer, handled: handler.requests().first().map(Sent::from), sent, body_of_answer })
}

fn compare(case: &mut Case<'_>, passed: &Passed, arguments: &Arguments, payload: &Value, extent: Extent) {
    let mut faults = Vec::new();
    match &passed.answer {
        Ok(answer) => faults.extend(difference("answer", payload, answer, extent)),
        Err(error) => faults.push(format!("the call failed: {error}")),
    }
    match &passed.handled {
        Some(handled) => faults.extend(handled.faults(case.facts, arguments, extent)),
        None => faults.push("the handler was not called".to_owned()),
    }
    if let Some(sent) = &passed.sent {
        faults.extend(undescribed(case, sent));
        faults.extend(body_against_document(case, sent));
    }
    faults.extend(answer_against_document(case, &passed.body_of_answer));
    for fault in faults {
        case.note(format!("between client and handler: {fault}"));
    }
}

// === against the document ===

/// What the document requires and does not find, and what it finds and does not know.
fn undescribed(case: &Case<'_>, sent: &Sent) -> Vec<String> {
    let mut faults = Vec::new();
    for parameter in case.facts.parameters.iter().filter(|each| each.required) {
        if found(case, sent, parameter).is_none() {
            faults.push(format!("the document requires {} argument {}", parameter.place.word(), parameter.name));
        }
    }
    for (name, _) in sent.pairs() {
        if case.facts.parameter(Place::Query, &name).is_none() {
            faults.push(format!("the document knows no query argument {name}"));
        }
    }
    for parameter in &case.facts.parameters {
        let Some(text) = found(case, sent, parameter) else { continue };
        let value = as_described(&parameter.schema, &text);
        let broken = case.suite.against_schema(&parameter.schema, &value, case.document);
        let whose = format!("{} argument {}", parameter.place.word(), parameter.name);
        faults.extend(broken.into_iter().map(|rule| format!("{whose} is not what the document says: {rule}")));
    }
    if case.facts.asks_for_key && sent.header(headers::IDEMPOTENCY_KEY).is_none() {
        faults.push("the document requires the header idempotency-key".to_owned());
    }
    faults
}

fn found(case: &Case<'_>, sent: &Sent, parameter: &Parameter) -> Option<String> {
    let name = &*parameter.name;
    match parameter.place {
        Place::Path => case.facts.path_arguments(&sent.path).ok()?.get(name).and_then(text),
        Place::Query => sent.pairs().into_iter().find(|(found, _)| found == name).map(|(_, text)| text),
        Place::Header => sent.header(name).map(str::to_owned),
    }
}

/// The text of a parameter as the value that the document describes: all but strings are written as in JSON.
fn as_described(schema: &Value, text: &str) -> Value {
    let other = ["integer", "number", "boolean"].into_iter().any(|kind| schema["type"] == kind);
    let value = other.then(|| serde_json::from_str(text).ok()).flatten();
    value.unwrap_or_else(|| text.into())
}

fn body_against_document(case: &Case<'_>, sent: &Sent) -> Vec<String> {
    let Some(schema) = &case.facts.body else { return Vec::new() };
    let Ok(body) = serde_json::from_slice(&sent.body) else { return vec!["the body is no JSON".to_owned()] };
    let broken = case.suite.against_schema(schema, &body, case.document);
    broken.into_iter().map(|rule| format!("the body is not what the document says: {rule}")).collect()
}

fn answer_against_document(case: &Case<'_>, body: &Bytes) -> Vec<String> {
    let Some(schema) = &case.facts.answer else {
        let described = body.is_empty();
        return if described { Vec::new() } else { vec!["the document knows no body of the answer".to_owned()] };
    };
    let Ok(answer) = serde_json::from_slice(body) else { return vec!["the answer is no JSON".to_owned()] };
    let broken = case.suite.against_schema(schema, &answer, case.document);
    broken.into_iter().map(|rule| format!("the answer is not what the document says: {rule}")).collect()
}

// === impl Tap ===

impl Tap {
    /// The same network, heard.
    fn on(&self, network: Network) -> Memory {
        let tap = self.clone();
        Memory::new(move |request: http::Request<Bytes>| {
            let (tap, network) = (tap.clone(), network.clone());
            async move {
                let sent = Sent::from(&request);
                let answer = network.send(request).await?;
                *tap.0.lock().unwrap_or_else(PoisonError::into_inner) = (Some(sent), answer.body().clone());
                Ok(answer)
            }
        })
    }
}
