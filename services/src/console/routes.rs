//! What the console answers: the page, the stream of frames, one payment's story, and the controls.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Extension, Json, Router,
    extract::{Path, Request, State, rejection::JsonRejection},
    middleware::{Next, from_fn_with_state},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post},
};
use futures_util::{Stream, stream};
use http::StatusCode;
use payment_clients::contract::error::{Error, ErrorKind};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Desk, Mode, bundle,
    feed::Feed,
    frame::{Setting, nodes},
    guard::{self, Guard},
    journal::Kind,
    shop::{self, Customer},
    webhooks,
};
use crate::{
    registry::Name,
    story,
    supervisor::{plant::Plant, relay::Weather},
};

/// How much later what is asked arrives at a service that is slow.
const SLOW: Duration = Duration::from_millis(1500);
/// The furthest that the clock is moved at once: 31 days.
const FURTHEST: i64 = 31 * 24 * 3_600_000;
/// Most bytes of a request.
const MOST: usize = 4 * 1024;

/// Why something is not done.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    why: String,
}

type Answer<T = Json<serde_json::Value>> = Result<T, Refusal>;

/// All routes.
pub(super) fn routes(desk: Arc<Desk>, feed: Feed, guard: Guard) -> Router {
    let controls = Router::new()
        .route("/api/pay", post(pay))
        .route("/api/steady", post(steady))
        .route("/api/clock", post(clock))
        .route("/api/webhook", post(webhook))
        .route("/api/services/{name}/{deed}", post(service))
        .layer(axum::extract::DefaultBodyLimit::max(MOST))
        .layer(from_fn_with_state(Arc::clone(&desk), told));
    Router::new()
        .route("/", get(bundle::index))
        .route("/app/{file}", get(bundle::file))
        .route("/api/setting", get(setting))
        .route("/api/payments/{payment_no}", get(payment))
        .route("/events", get(events))
        .merge(controls)
        .fallback(async || Refusal::new(StatusCode::NOT_FOUND, "the console has nothing here"))
        .method_not_allowed_fallback(async || Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "not in this way"))
        .layer(Extension(feed))
        .layer(Extension(guard.clone()))
        .layer(from_fn_with_state(guard, guard::look))
        .with_state(desk)
}

/// What could not be done is told on every page, not only to whoever asked.
async fn told(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if let Some(Why(why)) = response.extensions().get() {
        desk.journal.write(Kind::Bad, format!("not done: {why}"));
    }
    response
}

// === what is shown ===

async fn setting(State(desk): State<Arc<Desk>>, Extension(guard): Extension<Guard>) -> Response {
    let scene = &desk.scene;
    let (mode, processes) = (scene.mode, scene.plant.is_some());
    let up = mode == Mode::Up;
    let nodes = nodes(&scene.urls);
    Json(Setting { mode, token: guard.token(), nodes, processes, clock: processes && up, shop: up }).into_response()
}

async fn events(
    State(desk): State<Arc<Desk>>,
    Extension(feed): Extension<Feed>,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    let full = || Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "too many browsers watch already; close one");
    let seat = feed.seat(desk.closing.clone()).ok_or_else(full)?;
    let frames = stream::unfold(seat, |mut seat| async move {
        let frame = seat.next().await?;
        Some((Ok(Event::default().data(&*frame)), seat))
    });
    Ok(Sse::new(frames).keep_alive(KeepAlive::default()))
}

/// One payment's story, and the trace of its request where that is kept here.
async fn payment(State(desk): State<Arc<Desk>>, Path(payment_no): Path<String>) -> Answer {
    let (stores, number) = (desk.scene.stores.clone(), payment_no.clone());
    let told = tokio::task::spawn_blocking(move || story::tell(&stores, &number));
    let none = || Refusal::new(StatusCode::NOT_FOUND, format!("there is no payment {payment_no}"));
    let story = told.await.map_err(Error::internal)??.ok_or_else(none)?;
    let trace = desk.scene.traces.as_ref().zip(story.trace_id.as_ref());
    let spans = trace.map(|(traces, id)| traces.trace(&id.to_string())).unwrap_or_default();
    Ok(Json(json!({ "story": story, "spans": spans })))
}

// === what is done ===

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    #[serde(default)]
    customer: Customer,
}

async fn pay(State(desk): State<Arc<Desk>>, body: Result<Json<Pay>, JsonRejection>) -> Answer {
    let Json(Pay { customer }) = body?;
    opened(&desk).await?;
    shop::pay(&desk, customer, true);
    done("asked for a payment")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Steady {
    per_second: u64,
}

async fn steady(State(desk): State<Arc<Desk>>, body: Result<Json<Steady>, JsonRejection>) -> Answer {
    let Json(Steady { per_second }) = body?;
    if per_second > shop::MOST {
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, format!("per_second must be 0 to {}", shop::MOST)));
    }
    opened(&desk).await?;
    shop::steady(&desk, per_second);
    let text = if per_second == 0 { "no more payments".to_owned() } else { format!("{per_second} payments a second") };
    desk.journal.write(Kind::Did, text.clone());
    done(text)
}

async fn opened(desk: &Desk) -> Answer<()> {
    if desk.scene.mode != Mode::Up {
        let why = "the demo pays by itself and compares books in the end, so nobody else pays here; use `payments up`";
        return Err(Refusal::new(StatusCode::CONFLICT, why));
    }
    Ok(shop::open(desk).await?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    by_ms: i64,
}

async fn clock(State(desk): State<Arc<Desk>>, body: Result<Json<Move>, JsonRejection>) -> Answer {
    let Json(Move { by_ms }) = body?;
    let plant = plant(&desk)?;
    if desk.scene.mode != Mode::Up {
        return Err(Refusal::new(StatusCode::CONFLICT, "the day moves its clock itself"));
    }
    if by_ms.checked_abs().is_none_or(|far| far > FURTHEST || far == 0) {
        let why = format!("by_ms must be a whole number of milliseconds from -{FURTHEST} to {FURTHEST}, and not 0");
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, why));
    }
    plant.jump(by_ms)?;
    let text = format!("the clock of all services was moved by {} minutes", by_ms / 60_000);
    desk.journal.write(Kind::Did, text.clone());
    done(text)
}

async fn webhook(State(desk): State<Arc<Desk>>) -> Answer {
    let id = webhooks::repeat(&desk).await?;
    let text = format!("the channel said {id} once more, and the platform took it");
    desk.journal.write(Kind::Did, text.clone());
    done(text)
}

async fn service(State(desk): State<Arc<Desk>>, Path((name, deed)): Path<(String, String)>) -> Answer {
    let name: Name = name.parse().map_err(|why: String| Refusal::new(StatusCode::NOT_FOUND, why))?;
    let plant = plant(&desk)?;
    let running = plant.conditions().get(&name).is_some_and(|condition| condition.running);
    let weather = |weather| plant.weather(name, weather);
    let told = match (&*deed, running) {
        ("kill", true) => plant.kill_for_now(&[name]).await.map(|()| "was killed, and stays dead until it is started"),
        ("kill", false) => return Err(Refusal::new(StatusCode::CONFLICT, format!("{name} is dead already"))),
        ("start", false) => plant.restart(&[name]).await.map(|()| "was started again"),
        ("start", true) => return Err(Refusal::new(StatusCode::CONFLICT, format!("{name} runs"))),
        ("fair", _) => weather(Weather::Fair).map(|()| "is reached as always"),
        ("cut", _) => weather(Weather::Cut).map(|()| "is cut off: nobody reaches it"),
        ("slow", _) => weather(Weather::Slow(SLOW)).map(|()| "is slow: what is asked arrives 1.5 s later"),
        ("deaf", _) => weather(Weather::Deaf).map(|()| "does what is asked, and every answer gets lost"),
        _ => {
            let why = format!("`{deed}` is nothing that can be done; use kill, start, cut, slow, deaf or fair");
            return Err(Refusal::new(StatusCode::NOT_FOUND, why));
        }
    };
    let text = format!("{name} {}", told?);
    desk.journal.write(Kind::Did, text.clone());
    done(text)
}

fn plant(desk: &Desk) -> Answer<&Plant> {
    let none = "all services are one process here, with nothing between them; use `payments up --processes`";
    desk.scene.plant.as_deref().ok_or_else(|| Refusal::new(StatusCode::CONFLICT, none))
}

fn done(text: impl Serialize) -> Answer {
    Ok(Json(json!({ "done": text })))
}

// === impl Refusal ===

/// Rides on an answer, for the journal.
#[derive(Clone)]
struct Why(String);

impl Refusal {
    /// A refusal with this status, and the reason in words.
    pub(super) fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self { status, why: why.into() }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "error": self.why }))).into_response();
        response.extensions_mut().insert(Why(self.why));
        response
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self::new(rejection.status(), rejection.body_text())
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status = match error.kind() {
            ErrorKind::InvalidRequest => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            _ => StatusCode::BAD_GATEWAY,
        };
        Self::new(status, error.to_string())
    }
}
