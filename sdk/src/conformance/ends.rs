//! Both ends at once: the client, the generated router and a handler behind it, and the document that describes what goes
//! to and fro.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde_json::Value;

use super::{
    AnyClient, Arguments, Form,
    arguments::text,
    compare::{Extent, difference},
    example::resolve,
    facts::{Parameter, Place},
    sent::Sent,
    stage::patient,
    suite::Case,
};
use crate::{
    client::BaseClient,
    contract::{
        error::{Error, Result},
        headers,
        operation::BodyKind,
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
        let answer = payload.clone();
        let answer = Wire::new().on(case.operation(), move |_| Ok(answer.clone()));
        match pass(case, arguments.clone(), answer).await {
            Ok(passed) => compare(case, &passed, &arguments, &payload, extent),
            Err(error) => case.note(format!("no call through the router: {error}")),
        }
    }
    a_refusal_arrives_as_the_handler_meant_it(case).await;
}

async fn a_refusal_arrives_as_the_handler_meant_it(case: &mut Case<'_>) {
    let refuse = || Error::conflict("NOT_NOW", "it is over").with_details("since yesterday");
    let handler = Wire::new().on(case.operation(), move |_| Err::<Value, _>(refuse()));
    let passed = match pass(case, case.arguments(Form::Full), handler).await {
        Ok(passed) => passed,
        Err(error) => return case.note(format!("no call through the router: {error}")),
    };
    let meant = |error: &Error| (error.kind(), error.code().map(str::to_owned), error.message().to_owned());
    match &passed.answer {
        Err(error) if meant(error) == meant(&refuse()) => {}
        Err(error) => case.note(format!("a handler's refusal arrives as another one: {error}")),
        Ok(_) => case.note("a handler's refusal arrives as a success"),
    }
    for fault in against_document(case, "the refusal", case.facts.refusal.as_ref(), &passed.body_of_answer) {
        case.note(format!("between client and handler: {fault}"));
    }
}

/// One call, answered by this handler.
async fn pass(case: &Case<'_>, arguments: Arguments, handler: Wire) -> Result<Passed> {
    let declaration = case.suite.declaration();
    let tap = Tap::default();
    let client = BaseClient::builder(declaration.service).url("http://router").config(patient(&declaration.service));
    let client = client.build_on(&tap.on(network((declaration.router)(handler.clone()))))?;
    let client = Scoped::new(AnyClient(client), CallOptions::new().max_attempts(1).fresh());
    let answer = (declaration.drive)(client, case.operation(), arguments).await;
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
        faults.extend(against_document(case, "the body", case.facts.body.as_ref(), &described_body(case, sent)));
    }
    faults.extend(against_document(case, "the answer", case.facts.answer.as_ref(), &passed.body_of_answer));
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
    let is_of =
        |kind: &str| schema["type"] == kind || schema["type"].as_array().is_some_and(|of| of.contains(&kind.into()));
    let other = ["integer", "number", "boolean"].into_iter().any(is_of);
    let value = other.then(|| serde_json::from_str(text).ok()).flatten();
    value.unwrap_or_else(|| text.into())
}

/// The body as the document describes it: of a form, each field as the value that it stands for.
fn described_body(case: &Case<'_>, sent: &Sent) -> Bytes {
    let Some(schema) = case.facts.body.as_ref().filter(|_| case.operation().body == BodyKind::Form) else {
        return sent.body.clone();
    };
    let schema = schema["$ref"].as_str().and_then(|path| resolve(case.document, path)).unwrap_or(schema);
    let fields = sent.fields().into_iter().map(|(name, text)| {
        let value = as_described(&schema["properties"][&name], text.as_str().unwrap_or_default());
        (name, value)
    });
    Value::Object(fields.collect()).to_string().into()
}

/// What a body breaks of its schema; no schema describes no body.
fn against_document(case: &Case<'_>, whose: &str, schema: Option<&Value>, body: &Bytes) -> Vec<String> {
    let Some(schema) = schema else {
        let stranger = || format!("{whose} is there, and the document knows of none");
        return if body.is_empty() { Vec::new() } else { vec![stranger()] };
    };
    let Ok(value) = serde_json::from_slice(body) else { return vec![format!("{whose} is no JSON")] };
    let broken = case.suite.against_schema(schema, &value, case.document);
    broken.into_iter().map(|rule| format!("{whose} is not what the document says: {rule}")).collect()
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
