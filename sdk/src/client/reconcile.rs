//! Finds out what became of an effect in doubt: in the process that asked for it, or after a restart.
//!
//! Ask first. An answer of the status query settles it; a 404 proves nothing, because the first request may still be
//! under way. Then, if the call is keyed and the server is sure to remember the key, repeat it with the same key and the
//! same bytes: the server answers with what it has stored, or does it now, and either way it has happened once. What is
//! not keyed is only asked for.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::{StreamExt, future::BoxFuture, stream};
use tracing::debug;

use super::{
    base::BaseClient,
    journal::{Entry, State},
};
use crate::{
    contract::{
        call::Call,
        certainty::Certainty,
        context::CallContext,
        error::{Error, ErrorKind, Result},
        facts::CallFacts,
        idempotency::IdempotencyKey,
        indeterminate::{EntryId, Indeterminate, PATIENCE, Resolution, Resolver},
        operation::{Class, Operation},
        options::CallOptions,
        partner::Profile,
        request::Request,
        response::Response,
    },
    resilience::retry::policy,
};

/// When the first question is asked, as what lost the answer is often over by then; each later one at twice the time.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Longest time between questions, so that the last one is asked when most of the patience has passed.
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// Cases that are recovered at once: a restarted process must not fall upon the service with all of them.
const AT_ONCE: usize = 16;

/// One call in doubt, and the client that can ask for it.
pub(super) struct Case {
    client: BaseClient,
    call: Request,
    key: Option<IdempotencyKey>,
    /// What was promised when the call was made: a promise that was made since is none about it.
    promised: Profile,
    sent_at: SystemTime,
    entry: Option<EntryId>,
    /// Whether the call is complete, headers included.
    whole: bool,
    first_wait: Duration,
}

/// What became of one entry of the journal.
#[derive(Debug)]
pub struct Recovered {
    /// The entry, as it was found.
    pub entry: Entry,
    /// What was learned. After an error the entry is open as before.
    pub outcome: Result<Resolution>,
}

// === making a case ===

impl Case {
    /// A call of this process that has just ended in doubt.
    pub(super) fn ended(client: BaseClient, call: Request, sent_at: SystemTime) -> Self {
        let (key, entry) = (call.state.settled().key.clone(), call.state.record.entry());
        let promised = client.config().partner;
        Self { client, call, key, promised, sent_at, entry, whole: true, first_wait: FIRST_WAIT }
    }

    /// A call that an earlier process has left open.
    fn left(client: BaseClient, entry: &Entry, operations: &[&'static Operation]) -> Result<Self> {
        let sent_at =
            SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(entry.sent_at.unix_ms()).unwrap_or_default());
        let promised = client.config().partner;
        Ok(Self {
            client,
            promised,
            call: entry.to_request(operations)?,
            key: entry.to_key()?,
            sent_at,
            entry: Some(entry.id),
            whole: entry.repeatable && !entry.headers,
            first_wait: Duration::ZERO,
        })
    }
}

/// Without the call itself, whose body may be personal.
impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Case({})", self.call.operation())
    }
}

// === finding out ===

impl Resolver for Case {
    fn reconcile(&self, unknown: Indeterminate, patience: Duration) -> BoxFuture<'_, Result<Resolution>> {
        // What is left of the call being served, its time and its attempts, was for the call in doubt; its trace goes on.
        let mut context = CallContext::current().map(|context| CallContext::clone(&context)).unwrap_or_default();
        (context.deadline, context.retries_spent) = (None, false);
        context.trace = context.trace.or(self.call.state.settled().trace);
        Box::pin(Arc::new(context).scope(self.resolve(unknown, patience)))
    }

    fn park(&self) -> BoxFuture<'_, Result<EntryId>> {
        Box::pin(self.leave())
    }
}

impl Case {
    async fn resolve(&self, unknown: Indeterminate, patience: Duration) -> Result<Resolution> {
        let status = self.call.operation().status.map(|query| query.about(&self.call, self.key.as_ref())).transpose();
        let status = match status {
            Ok(status) => status,
            Err(error) => return Err(unknown.still(error)),
        };
        let clock = self.client.clock();
        let began = clock.now();
        let left = || (began + patience).saturating_duration_since(clock.now());
        let mut due = self.first_wait.min(patience / 2);
        let mut absent = false;
        while due < patience && (status.is_some() || self.may_repeat()) {
            let passed = clock.now().saturating_duration_since(began);
            tokio::time::sleep(self.jittered(due.saturating_sub(passed))).await;
            if let Some(query) = &status {
                match self.ask(query, left()).await {
                    Ok(answer) => return Ok(self.settled(Resolution::Found(answer)).await),
                    Err(error) => absent = error.kind() == ErrorKind::NotFound,
                }
            }
            if let Some(resolution) = self.repeat(left()).await {
                return Ok(self.settled(resolution).await);
            }
            due = (due * 2).max(FIRST_WAIT).min(due + LONGEST_WAIT);
        }
        Ok(if absent { Resolution::NotFound(unknown) } else { Resolution::Unresolved(unknown) })
    }

    async fn ask(&self, query: &Request, left: Duration) -> Result<Response> {
        let call = self.call.operation();
        let answer = self.client.call(query.again(call, self.options(query.operation(), left))).await;
        answer.inspect_err(|error| debug!(%call, %error, "asked for an effect in doubt"))
    }

    /// Repeats the call, if that is safe. Nothing when its answer settles nothing.
    async fn repeat(&self, left: Duration) -> Option<Resolution> {
        let operation = self.call.operation();
        if left.is_zero() || !self.may_repeat() {
            return None;
        }
        let options = self.options(operation, left).key(self.key.clone()?);
        match self.client.call(self.call.again(operation, options)).await {
            Ok(answer) => Some(Resolution::Answered(answer)),
            Err(error) => {
                debug!(call = %operation, %error, "repeated a call in doubt with its own key");
                // The first request is one more that may have had an effect.
                let error = policy::conclude(operation.class, &self.client.config().partner, error, 1);
                (error.certainty() == Certainty::Processed).then_some(Resolution::Refused(error))
            }
        }
    }

    /// A key that the server has forgotten would make a second effect. So would one of an age that nobody knows, when the
    /// clock was set back.
    fn may_repeat(&self) -> bool {
        let class = self.call.operation().class;
        let Ok(age) = self.client.clock().wall().duration_since(self.sent_at) else { return false };
        let promises = |partner: &Profile| partner.class(class) == Class::Keyed && partner.remembers(age);
        self.key.is_some() && self.whole && promises(&self.promised) && promises(&self.client.config().partner)
    }

    /// No call made on the way outlasts the patience, and no answer is taken that is older than the question.
    fn options(&self, operation: &Operation, left: Duration) -> CallOptions {
        let usual = self.client.config().total(operation, operation.tier);
        CallOptions::new().deadline(usual.min(left)).fresh()
    }

    /// A tenth off or on, so that calls that failed together are not asked for together.
    fn jittered(&self, wait: Duration) -> Duration {
        wait - wait / 10 + self.client.rng().up_to(wait / 5)
    }

    async fn settled(&self, resolution: Resolution) -> Resolution {
        if let Some(entry) = self.entry {
            self.client.mark(entry, State::Done).await;
        }
        resolution
    }

    async fn leave(&self) -> Result<EntryId> {
        let journal = self.client.journal()?;
        if let Some(id) = self.entry {
            return journal.mark(id, State::Parked).await.map(|()| id);
        }
        let id = EntryId::new(self.client.rng().unique()?);
        let mut entry = Entry::new(id, &self.call, self.key.as_ref(), &self.promised, self.sent_at)?;
        entry.state = State::Parked;
        journal.begin(entry).await.map(|()| id)
    }
}

// === after a restart ===

impl BaseClient {
    /// Resolves what this service's calls left open in the journal, by the rules of [`Indeterminate::reconcile`], and
    /// says what became of each. `operations` are those that the calls may have been of, such as
    /// `payment_api::OPERATIONS`. Call it when the process starts, before new calls are made.
    ///
    /// **A keyed call that never arrived is done now.** Whoever must not have that resolves its entries by hand.
    ///
    /// # Errors
    /// When the client has no journal, or it cannot be read.
    pub async fn recover(&self, operations: &[&'static Operation]) -> Result<Vec<Recovered>> {
        let mut entries = self.journal()?.open().await?;
        entries.retain(|entry| entry.service == self.service().name);
        let cases = entries.into_iter().map(|entry| self.recover_one(entry, operations));
        Ok(stream::iter(cases).buffered(AT_ONCE).collect().await)
    }

    async fn recover_one(&self, entry: Entry, operations: &[&'static Operation]) -> Recovered {
        let lost = Error::new(ErrorKind::Interrupted, Certainty::PossiblyProcessed, "nobody heard an outcome");
        let unknown = Case::left(self.clone(), &entry, operations).and_then(|case| {
            let mut facts = CallFacts::new(case.call.operation());
            (facts.key, facts.sent_at) = (case.key.clone(), Some(case.sent_at));
            facts.resolver = Some(Arc::new(case));
            lost.with_facts(facts).into_indeterminate()
        });
        let outcome = match unknown {
            Ok(unknown) => unknown.reconcile_within(PATIENCE).await,
            Err(error) => Err(error.with_certainty(Certainty::PossiblyProcessed)),
        };
        Recovered { entry, outcome }
    }
}
