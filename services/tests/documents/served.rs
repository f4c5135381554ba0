//! What the documents say of an operation is what its service does, over its own sockets: those that are marked as not
//! served answer 501 and say what to do instead, and no other operation lacks a route.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, StatusCode, header};
use payment_clients::{
    apis::merchant_auth::{OpenSession, SessionInternalApi, VerifySession},
    client::wire::Signer,
    contract::{headers::REQUEST_ID, operation::Operation, timestamp::Timestamp},
    platform::REGISTRY,
    prelude::*,
    transport::{Connection, Transport, http::Http},
};
use payment_services::{
    documents,
    kit::{
        clock::Clock,
        identity::{
            access::{Access, Who},
            directory::Directory,
            token::Issuer,
        },
        not_served,
    },
    platform::{Bound, Ports, Running, Setup, Urls},
    registry::Name,
};
use serde_json::Value;

use crate::support::{self, Place};

/// Who asks with any session is merchant 7.
struct LoggedIn;

#[async_trait]
impl SessionInternalApi for LoggedIn {
    async fn verify_session(&self, _: &VerifySession) -> Result<OpenSession> {
        Ok(OpenSession {
            merchant_id: support::key(7).merchant_id,
            user: None,
            session_id: "S-7".into(),
            expires_at: Timestamp::from_unix_ms(i64::MAX),
            two_factor: true,
        })
    }
}

/// All services, each asked as somebody whom it lets in.
struct Platform {
    urls: Urls,
    issuer: Arc<Issuer>,
    running: Running,
    _place: Place,
}

impl Platform {
    async fn start() -> Self {
        let place = Place::new();
        let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
        let urls = bound.urls().unwrap();
        let clock = Clock::system();
        let issuer = support::issuer(place.path(), &clock);
        let setup = Setup {
            directory: Some(Directory { sessions: Arc::new(LoggedIn), ..support::directory() }),
            ..Setup::new(place.path(), place.stores().clone(), clock)
        };
        let running = bound.start(&setup).await.unwrap();
        Self { urls, issuer, running, _place: place }
    }

    /// Somebody who may call an operation; nobody, where everybody may.
    fn caller(&self, name: Name, operation: &Operation) -> Option<Arc<dyn Signer>> {
        match name.access().line(operation.name)?.first()? {
            Who::Public(_) => None,
            Who::Merchant => Some(support::merchant(7)),
            Who::Session => Some(support::session(&"a-session".into())),
            Who::Service(names) => Some(support::service(&self.issuer, names.first()?, name)),
            Who::Staff => Some(support::staff(&self.issuer, name)),
        }
    }

    async fn send(&self, name: Name, method: &Method, path: &str, caller: Option<Arc<dyn Signer>>) -> Answer {
        let body = if method == Method::GET { "" } else { "{}" };
        let mut request = Request::new(Bytes::from(body));
        *request.method_mut() = method.clone();
        *request.uri_mut() = format!("{}{path}", self.urls[&name]).parse().unwrap();
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("idempotency-key", HeaderValue::from_static("walker-0001-0001"));
        // The same in every answer, so that answers can be compared.
        headers.insert(REQUEST_ID, HeaderValue::from_static("walker"));
        if let Some(caller) = caller {
            caller.sign(&mut request).unwrap();
        }
        let connection = Http::new().open(&self.urls[&name].parse().unwrap(), &Default::default()).unwrap();
        let answer = connection.send(request).await.unwrap();
        Answer { status: answer.status(), text: String::from_utf8_lossy(answer.body()).into_owned() }
    }
}

struct Answer {
    status: StatusCode,
    text: String,
}

/// Every operation that is declared of a service which runs here.
fn operations(name: Name) -> impl Iterator<Item = &'static Operation> {
    let entry = REGISTRY.iter().find(|entry| entry.service == name.service());
    entry.into_iter().flat_map(|entry| entry.operations())
}

/// The path with something in the place of each argument.
fn path(operation: &Operation) -> String {
    let part = |part: &'static str| if part.starts_with('{') { "00000000-0000-4000-8000-000000000001" } else { part };
    operation.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// What a document says of an operation.
fn described<'d>(document: &'d Value, operation: &Operation) -> &'d Value {
    &document["paths"][operation.path][operation.method.as_str().to_ascii_lowercase()]
}

/// The operations that a service's document marks as not served.
fn marked(name: Name) -> BTreeSet<&'static str> {
    let Some(document) = documents::of(name.service().name) else { return BTreeSet::new() };
    let is_marked = |operation: &&Operation| described(&document, operation)["x-not-implemented"] == Value::Bool(true);
    operations(name).filter(is_marked).map(|operation| operation.name).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_the_operations_that_are_marked_answer_501_and_every_other_has_a_route() {
    let platform = Platform::start().await;
    let mut wrong = Vec::new();
    for &name in Name::ALL {
        let marked = marked(name);
        let nowhere = platform.send(name, &Method::GET, "/nowhere", None).await;
        assert!(nowhere.text.contains("GET /nowhere"), "{name}: {}", nowhere.text);
        for operation in operations(name) {
            let (method, path) = (&operation.method, path(operation));
            let answer = platform.send(name, method, &path, platform.caller(name, operation)).await;
            let unrouted = nowhere.text.replace("GET /nowhere", &format!("{method} {path}"));
            let code = format!(r#""code":"{}""#, not_served::CODE);
            let right = match marked.contains(operation.name) {
                true => {
                    let named = answer.text.contains(&code) && answer.text.contains(operation.name);
                    answer.status == StatusCode::NOT_IMPLEMENTED && named
                }
                false => {
                    answer.text != unrouted
                        && ![StatusCode::NOT_IMPLEMENTED, StatusCode::METHOD_NOT_ALLOWED].contains(&answer.status)
                }
            };
            if !right {
                wrong.push(format!("{operation}: {} {}", answer.status, answer.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    platform.running.stop().await.unwrap();
}

#[test]
fn the_list_of_a_service_names_operations_of_its_own_and_is_in_its_document() {
    let mut all = 0;
    for &name in Name::ALL {
        let list: BTreeSet<_> = name.not_served().iter().map(|(operation, _)| *operation).collect();
        assert_eq!(list, marked(name), "{name}");
        assert_eq!(list.len(), name.not_served().len(), "{name} lists an operation twice");
        assert!(name.not_served().iter().all(|(_, remedy)| !remedy.is_empty()), "{name}: say what to do instead");
        all += list.len();
    }
    assert!(all > 0, "nothing is listed, so nothing is proven");
}

#[test]
fn a_mark_stands_beside_an_answer_501_in_the_form_of_every_refusal() {
    for (service, document) in documents::all() {
        for (path, method, operation) in super::operations(&document) {
            let is_marked = operation["x-not-implemented"] == Value::Bool(true);
            let answer = &operation["responses"]["501"];
            assert_eq!(is_marked, answer.is_object(), "{service}: {method} {path}");
            if is_marked {
                assert_eq!(answer["content"], operation["responses"]["default"]["content"], "{method} {path}");
                assert!(answer["description"].as_str().unwrap().contains(not_served::CODE), "{method} {path}");
            }
        }
    }
}

#[test]
fn a_document_names_who_may_call_each_operation_and_says_why_anybody_may() {
    for name in Name::ALL.iter().filter(|name| matches!(name.access(), Access::Lines(_))) {
        let document = documents::of(name.service().name).unwrap();
        for operation in operations(*name) {
            let described = described(&document, operation);
            let mut proofs = described["security"].as_array().unwrap().iter();
            for who in name.access().line(operation.name).unwrap() {
                if let Who::Public(why) = who {
                    assert_eq!(described["x-public"], **why, "{operation}");
                    continue;
                }
                let (scheme, roles) = proofs.next().unwrap().as_object().unwrap().iter().next().unwrap();
                let known = &document["components"]["securitySchemes"][scheme];
                assert!(known["description"].is_string(), "{operation}: no scheme `{scheme}`");
                let named = if let Who::Service(names) = who { *names } else { &[] };
                assert_eq!(*roles, Value::from(named), "{operation}");
            }
            assert_eq!(proofs.next(), None, "{operation} names one caller more than its table");
        }
    }
}
