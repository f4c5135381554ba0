//! A server that follows a script: workers, a queue, service times, and states that change with time.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header::RETRY_AFTER};
use payment_clients::{
    contract::{context::CallContext, deadline::Deadline, headers, operation::Class, operation::Tier},
    transport::failure::Failure,
};
use tokio::sync::Semaphore;

use super::{
    book::{Entry, Event},
    caller::{Ask, Handle},
    dice::Dice,
    network::HEALTH,
    world::World,
};

/// Answer of every success.
const DONE: &str = r#"{"code":"SUCCESS","message":"ok","data":null}"#;

/// What a server is like at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Serves.
    Healthy,
    /// Serves, `times` as slowly and then `plus` more.
    Slow {
        /// Factor of the service time.
        times: u32,
        /// Added to each service time.
        plus: Duration,
    },
    /// Answers at once with this status and does nothing.
    Failing(u16),
    /// Does so to this many of a thousand calls, by chance, and serves the others.
    FailingAtTimes(u16, usize),
    /// Its machine refuses connections.
    Refusing,
    /// Takes requests and never answers.
    BlackHole,
    /// Does the work, then drops the connection instead of answering.
    LosesAnswers,
}

/// How long the work of one call takes.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// Always the same.
    Constant(Duration),
    /// Exponentially distributed, with this mean.
    Exponential(Duration),
    /// Log-normally distributed: median and sigma.
    LogNormal(Duration, f64),
}

/// What a server is made of.
#[derive(Clone)]
pub struct Plan {
    /// Calls that it works on at a time.
    pub workers: usize,
    /// Calls that may wait for a worker; more are refused with 503 and `x-nack: retry`.
    pub queue: usize,
    /// Service time.
    pub work: Work,
    /// States, each from a time on; healthy before the first.
    pub script: Vec<(Duration, State)>,
    /// Drops a call whose `x-deadline-ms` has passed when a worker takes it up.
    pub honours_deadlines: bool,
    /// The call that a worker makes to the next service, after its own work.
    pub next: Option<Handle>,
    /// Quota of the account, shared by all servers that hold it: calls in each whole second.
    pub quota: Option<Arc<Quota>>,
}

/// A quota that counts the whole account, whichever server is asked.
#[derive(Debug)]
pub struct Quota {
    per_second: usize,
    second: AtomicUsize,
    used: AtomicUsize,
}

/// A running server.
pub struct Server {
    number: usize,
    plan: Plan,
    world: World,
    dice: Dice,
    workers: Arc<Semaphore>,
    waiting: AtomicUsize,
}

// === impl Plan ===

impl Default for Plan {
    /// Enough of everything, 10 ms of work.
    fn default() -> Self {
        Self {
            workers: 1000,
            queue: usize::MAX,
            work: Work::Constant(Duration::from_millis(10)),
            script: Vec::new(),
            honours_deadlines: false,
            next: None,
            quota: None,
        }
    }
}

impl Plan {
    /// The same server in `state` between two times.
    #[must_use]
    pub fn between(mut self, from: Duration, to: Duration, state: State) -> Self {
        self.script.extend([(from, state), (to, State::Healthy)]);
        self
    }

    fn state(&self, now: Duration) -> State {
        self.script.iter().rev().find(|(from, _)| *from <= now).map_or(State::Healthy, |(_, state)| *state)
    }
}

// === impl Quota ===

impl Quota {
    /// So many calls in each second.
    pub fn new(per_second: usize) -> Self {
        Self { per_second, second: AtomicUsize::new(0), used: AtomicUsize::new(0) }
    }

    fn take(&self, now: Duration) -> bool {
        let second = usize::try_from(now.as_secs()).unwrap_or(usize::MAX);
        if self.second.swap(second, Ordering::Relaxed) != second {
            self.used.store(0, Ordering::Relaxed);
        }
        self.used.fetch_add(1, Ordering::Relaxed) < self.per_second
    }
}

// === impl Server ===

impl Server {
    /// Starts server `number` of a world.
    pub fn new(world: &World, number: usize, plan: Plan) -> Self {
        let workers = Arc::new(Semaphore::new(plan.workers));
        let dice = world.dice(1000 + number as u64);
        Self { number, plan, world: world.clone(), dice, workers, waiting: AtomicUsize::new(0) }
    }

    /// Takes one request. Work goes on when the caller hangs up, as it does behind HTTP/1.1.
    pub async fn serve(self: Arc<Self>, request: Request<Bytes>) -> Result<Response<Bytes>, Failure> {
        let probe = request.uri().path() == HEALTH;
        let ask = ask_of(&request);
        self.write(ask.id, if probe { Event::Probed } else { Event::Arrived });
        match self.plan.state(self.world.now()) {
            State::Refusing => return Err(Failure::Connect("connection refused".into())),
            State::BlackHole => pending().await,
            State::Failing(status) => return Ok(answer(status)),
            _ if probe => return Ok(answer(200)),
            State::FailingAtTimes(status, permille) if self.dice.below(1000) < permille => return Ok(answer(status)),
            State::FailingAtTimes(..) | State::Healthy | State::Slow { .. } | State::LosesAnswers => {}
        }
        if self.plan.quota.as_ref().is_some_and(|quota| !quota.take(self.world.now())) {
            let mut limited = answer(429);
            limited.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            return Ok(limited);
        }
        if self.waiting.load(Ordering::Relaxed) >= self.plan.queue {
            return Ok(nack(503, "retry"));
        }
        let context = context_of(&request, ask, &self.world);
        let worked = tokio::spawn(Arc::clone(&self).work(ask, context)).await;
        worked.unwrap_or_else(|stopped| Err(Failure::Broken(stopped.into())))
    }

    async fn work(self: Arc<Self>, ask: Ask, context: CallContext) -> Result<Response<Bytes>, Failure> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let worker = self.workers.acquire().await;
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        let _worker = worker.map_err(|closed| Failure::Broken(closed.into()))?;
        let too_late = context.deadline.is_some_and(|deadline| deadline.has_passed(self.world.clock().now()));
        if self.plan.honours_deadlines && too_late {
            return Ok(nack(503, "final"));
        }
        self.write(ask.id, Event::Began);
        let state = self.plan.state(self.world.now());
        let own = self.plan.work.take(&self.dice);
        tokio::time::sleep(if let State::Slow { times, plus } = state { own * times + plus } else { own }).await;
        if let Some(next) = &self.plan.next
            && !Arc::new(context).scope(next.call(ask)).await
        {
            return Ok(upstream_failed());
        }
        self.write(ask.id, Event::Committed);
        if state == State::LosesAnswers {
            return Err(Failure::Broken("connection reset".into()));
        }
        Ok(answer(200))
    }

    fn write(&self, call: u64, event: Event) {
        self.world.book().write(Entry { at: self.world.now(), server: self.number, call, event });
    }
}

impl Work {
    fn take(self, dice: &Dice) -> Duration {
        match self {
            Self::Constant(time) => time,
            Self::Exponential(mean) => dice.exponential(mean),
            Self::LogNormal(median, sigma) => dice.log_normal(median, sigma),
        }
    }
}

// === the wire ===

fn answer(status: u16) -> Response<Bytes> {
    let body = if status == 200 { DONE } else { "" };
    let mut response = Response::new(Bytes::from_static(body.as_bytes()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

fn nack(status: u16, word: &'static str) -> Response<Bytes> {
    let mut response = answer(status);
    response.headers_mut().insert(headers::NACK, HeaderValue::from_static(word));
    response
}

/// What a server of the SDK answers when a call that it made got no usable answer: whoever asked us need not ask again.
fn upstream_failed() -> Response<Bytes> {
    let mut response = answer(502);
    response.headers_mut().insert(headers::RETRY_BUDGET, HeaderValue::from_static("none"));
    response
}

/// What the call asks for, as far as the wire says it. A number that is none is a probe's 0.
fn ask_of(request: &Request<Bytes>) -> Ask {
    let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let id = request.uri().path().rsplit('/').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    let tier = text(headers::CRITICALITY).and_then(|word| word.parse().ok()).unwrap_or(Tier::Standard);
    let keyed = request.headers().contains_key(headers::IDEMPOTENCY_KEY);
    let class = match request.method().as_str() {
        "GET" => Class::Safe,
        "PUT" => Class::Idempotent,
        _ if keyed => Class::Keyed,
        _ => Class::Unsafe,
    };
    Ask { id, class, tier }
}

/// What a server of the SDK hands to the calls that it makes.
fn context_of(request: &Request<Bytes>, ask: Ask, world: &World) -> CallContext {
    let now = world.clock().now();
    let mut context = CallContext::default();
    context.deadline =
        request.headers().get(headers::DEADLINE_MS).and_then(|left| Deadline::from_header(left, now).ok());
    context.tier = Some(ask.tier);
    let attempt = request.headers().get(headers::ATTEMPT).and_then(|value| value.to_str().ok());
    context.attempt = attempt.and_then(|text| text.split('/').next()?.parse().ok()).unwrap_or(1);
    context.retries_spent = context.attempt > 1 || headers::is_retry_budget_spent(request.headers());
    context
}
