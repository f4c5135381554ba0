//! Makes the calls and commits what they brought. One loop, the same for the handler that waits and for the worker.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use payment_clients::contract::{
    context::CallContext,
    error::{Error, code},
    idempotency::IdempotencyKey,
};
use serde::Serialize;

use super::{
    Call, Direction, End, Json, Outcome, Run, Saga,
    decide::{ATTEMPTS, Decision, Mark, NOT_BEGUN, Next, Position, decide, reason},
    log::{self, Hold},
    origin::Origin,
};
use crate::kit::{
    clock::{Clock, millis},
    ids::Ids,
    incident,
    store::{Store, Tx},
};

/// How long a driver may be silent before the worker takes over; longer than any call, and than any pause.
const LEASE: Duration = Duration::from_secs(60);
/// Pause between attempts that certainly did nothing.
const BREATH: Duration = Duration::from_millis(100);

/// Starts and drives the sagas of one service. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    clock: Clock,
    ids: Ids,
    /// Who drives here; leases of the same owner are void when it starts again.
    owner: String,
    kinds: BTreeMap<&'static str, Arc<dyn Saga>>,
}

/// The right and the duty to drive a saga. Whoever drops it leaves the saga to the worker, after the lease.
#[must_use = "the saga stands still until its lease ends; give it to `Engine::run`"]
pub struct Lease {
    saga: Arc<dyn Saga>,
    run: Run,
    at: Position,
    version: i64,
}

/// How far a drive came.
#[derive(Debug)]
pub enum Progress {
    /// To the end, and what [`Saga::ended`] left for the waiting handler.
    Ended(End, Option<Json>),
    /// The outcome of a call is unknown; the worker goes on. What the caller is to be told: the effect may happen yet.
    Unresolved(Error),
}

/// What a commit led to.
enum Step {
    Go(Lease),
    Stop(Progress),
}

// === impl Lease ===

impl Lease {
    /// The saga.
    pub fn run(&self) -> &Run {
        &self.run
    }

    fn step(&self) -> &'static str {
        self.saga.steps()[self.at.index].name
    }

    fn call(&self) -> Result<Call, Error> {
        let Position { direction, attempt, doubt, .. } = self.at;
        let key = format!("{}:{}:{}", self.run.id, self.step(), direction.as_str());
        #[cfg(feature = "mutants")]
        let key = crate::mutants::key(key, attempt);
        let key = IdempotencyKey::new(key).map_err(Error::internal)?;
        Ok(Call { step: self.step(), direction, key, attempt, doubt })
    }
}

// === impl Engine ===

impl Engine {
    /// An engine on a service's store, for these kinds. `owner` names the instance, the same after a restart.
    pub fn new(
        store: Store,
        clock: Clock,
        ids: Ids,
        owner: &str,
        kinds: impl IntoIterator<Item = Arc<dyn Saga>>,
    ) -> Self {
        let kinds = kinds.into_iter().map(|saga| (saga.kind(), saga)).collect();
        Self { shared: Arc::new(Shared { store, clock, ids, owner: owner.to_owned(), kinds }) }
    }

    /// Writes a saga and the start of its first step into the caller's unit. When the unit is committed, give the
    /// lease to [`run`](Self::run).
    ///
    /// # Errors
    /// `Conflict` when there is a saga of this kind and business key; `Internal` for an unknown kind.
    pub fn start(
        &self,
        tx: &mut Tx<'_>,
        kind: &str,
        business_key: &str,
        input: &impl Serialize,
    ) -> Result<Lease, Error> {
        let saga = Arc::clone(self.kind(kind)?);
        let input = serde_json::to_string(input).map_err(Error::internal)?;
        let id = self.shared.ids.next("SG");
        let run = Run {
            id,
            kind: saga.kind(),
            business_key: business_key.to_owned(),
            origin: Arc::new(Origin::current()),
            input,
            answers: Vec::new(),
            reason: None,
        };
        let hold = self.hold();
        let first = saga.steps().first().ok_or_else(|| Error::internal(format!("saga kind {kind} has no steps")))?;
        log::insert(tx, &run, hold)?;
        log::start(tx, &run.id, 1, first.name, Direction::Forward, hold.now)?;
        let at = Position { index: 0, direction: Direction::Forward, attempt: 1, doubt: false };
        Ok(Lease { saga, run, at, version: 1 })
    }

    /// Drives a saga as far as it gets: to its end, or to a call whose outcome nobody knows.
    ///
    /// The deadline of the call being served does not reach the steps: a saga ends what it began, and each of its calls
    /// has a timeout of its own. Where no call is being served, it is driven on behalf of the request that it follows from.
    ///
    /// # Errors
    /// When an outcome cannot be committed. The saga is where it was; the worker picks it up when the lease ends.
    pub async fn run(&self, lease: Lease) -> Result<Progress, Error> {
        if CallContext::current().is_some() {
            return self.drive(lease).await;
        }
        let run = lease.run.clone();
        run.on_behalf(self.drive(lease)).await
    }

    /// As [`run`](Self::run), on behalf of whoever is being served.
    pub(super) async fn drive(&self, mut lease: Lease) -> Result<Progress, Error> {
        loop {
            let call = lease.call()?;
            let outcome = self.attempt(&lease, &call).await;
            match self.record(lease, call, outcome).await? {
                Step::Go(next) => lease = next,
                Step::Stop(progress) => return Ok(progress),
            }
        }
    }

    /// Makes the leases of this owner void. To be called once, before the first saga is started or driven: what an
    /// earlier process of the same name was driving is picked up at once.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn recover(&self) -> Result<u64, Error> {
        let (owner, now) = (self.shared.owner.clone(), self.shared.clock.now());
        self.shared.store.write(move |tx| log::void(tx, &owner, now)).await
    }

    /// The sagas that are due, oldest first: their ids and kinds.
    pub(super) async fn due(&self, most: u32) -> Result<Vec<(String, String)>, Error> {
        let Hold { now, furthest, .. } = self.hold();
        self.shared.store.read(move |view| log::due(view, now, furthest, most)).await
    }

    /// Takes the lease of a saga that is due; `None` when somebody else was faster.
    pub(super) async fn take(&self, id: String, kind: &str) -> Result<Option<Lease>, Error> {
        let saga = Arc::clone(self.kind(kind)?);
        let engine = self.clone();
        let take = move |tx: &mut Tx<'_>| {
            let Some(taken) = log::take(tx, &id, saga.steps(), engine.hold())? else { return Ok(None) };
            let log::Taken { business_key, input, origin, reason, version, at, answers } = taken;
            let run = Run { id, kind: saga.kind(), business_key, origin, input, answers, reason };
            Ok(Some(Lease { saga, run, at, version }))
        };
        self.shared.store.write(take).await
    }

    fn kind(&self, kind: &str) -> Result<&Arc<dyn Saga>, Error> {
        self.shared.kinds.get(kind).ok_or_else(|| Error::internal(format!("no saga kind `{kind}` is registered")))
    }

    fn hold(&self) -> Hold<'_> {
        let now = self.shared.clock.now();
        let after = |leases| now.saturating_add(millis(LEASE * leases));
        Hold { owner: &self.shared.owner, now, until: after(1), furthest: after(2) }
    }
}

// === calling ===

impl Engine {
    async fn attempt(&self, lease: &Lease, call: &Call) -> Outcome {
        // A saga that crashes its process each time must not do so for ever.
        if call.attempt > ATTEMPTS {
            return Outcome::Unknown(Error::internal(format!("gave up after {ATTEMPTS} attempts")));
        }
        let mut made = 1;
        loop {
            let outcome = guarded(lease, call).await;
            let harmless = matches!(outcome, Outcome::NotBegun(_)) && !call.doubt;
            if !harmless || made == NOT_BEGUN {
                return outcome;
            }
            tokio::time::sleep(BREATH * made).await;
            made += 1;
        }
    }
}

/// Makes one call; a panic in it is an unknown outcome like any other.
async fn guarded(lease: &Lease, call: &Call) -> Outcome {
    let mut context = CallContext::current().map(|context| (*context).clone()).unwrap_or_default();
    context.deadline = None;
    let made = async {
        match call.direction {
            Direction::Forward => lease.saga.forward(&lease.run, call).await,
            Direction::Compensate => lease.saga.compensate(&lease.run, call).await,
        }
    };
    let made = AssertUnwindSafe(Arc::new(context).scope(made)).catch_unwind().await;
    made.unwrap_or_else(|_| Outcome::Unknown(Error::internal(format!("the call of step {} panicked", call.step))))
}

// === recording ===

impl Engine {
    /// Commits an outcome, what the domain makes of it, and the start of what follows, in one unit.
    async fn record(&self, lease: Lease, call: Call, outcome: Outcome) -> Result<Step, Error> {
        let engine = self.clone();
        self.shared.store.write(move |tx| engine.write(tx, lease, &call, outcome)).await
    }

    fn write(&self, tx: &mut Tx<'_>, mut lease: Lease, call: &Call, outcome: Outcome) -> Result<Step, Error> {
        let steps = lease.saga.steps();
        let Decision { mark, next, answer, error } = decide(steps, lease.at, outcome);
        if let Some(error) = error.as_ref().filter(|_| lease.run.reason.is_none() && !matches!(next, Next::Wait(_))) {
            lease.run.reason = Some(reason(steps, lease.at, error));
        }
        let mut hold = self.hold();
        if let Next::Wait(pause) = next {
            hold.until = hold.now.saturating_add(millis(pause));
        }
        let id = lease.run.id.clone();
        if !log::advance(tx, &id, lease.version, lease.at, &next, lease.run.reason.as_ref(), hold)? {
            return Ok(Step::Stop(Progress::Unresolved(lost(&id))));
        }
        lease.version += 1;
        let text = error.as_ref().map(ToString::to_string);
        log::mark(tx, &id, (call.step, call.direction), mark, (answer.as_deref(), text.as_deref()), hold.now)?;
        if mark == Mark::Done {
            if call.direction == Direction::Forward {
                lease.run.answers.extend(answer.map(|answer| (call.step, answer)));
            }
            lease.saga.recorded(tx, &lease.run, call)?;
        }
        self.follow(tx, lease, next, error, hold.now)
    }

    fn follow(
        &self,
        tx: &mut Tx<'_>,
        mut lease: Lease,
        next: Next,
        error: Option<Error>,
        now: i64,
    ) -> Result<Step, Error> {
        let end = match (next, lease.run.reason.clone()) {
            (Next::Call(index, direction), _) => {
                lease.at = Position { index, direction, attempt: 1, doubt: false };
                log::start(tx, &lease.run.id, lease.version, lease.step(), direction, now)?;
                return Ok(Step::Go(lease));
            }
            (Next::Wait(_), _) => {
                let error = error.unwrap_or_else(|| Error::internal("an unknown outcome without a cause"));
                return Ok(Step::Stop(Progress::Unresolved(error)));
            }
            (Next::Succeed, _) => End::Succeeded,
            (Next::Compensated, Some(reason)) => End::Compensated(reason),
            (Next::Attention, Some(reason)) => {
                incident::open(tx, &lease.run.id, "SAGA_ATTENTION", &reason.message, now)?;
                End::Attention(reason)
            }
            (Next::Compensated | Next::Attention, None) => {
                return Err(Error::internal(format!("saga {} failed without a reason", lease.run.id)));
            }
        };
        let answer = lease.saga.ended(tx, &lease.run, &end)?;
        Ok(Step::Stop(Progress::Ended(end, answer)))
    }
}

fn lost(id: &str) -> Error {
    Error::conflict(code::IN_PROGRESS, format!("saga {id} is being driven by somebody else"))
}
