//! One effect for one key, whatever happens in between: the claim stands in the same commit as the effect, and the
//! answer is kept for thirty days and given again, byte for byte.
//!
//! * **Local** effects, all in one store: [`local`] claims, works and keeps the answer in one unit. A repeat waits for
//!   the first in the writer's queue and gets its answer.
//! * Effects with **foreign calls**: the handler's first unit [`open`](Slot::open)s the slot and starts a saga that
//!   carries the slot in its input; the saga's last unit [`finish`](Slot::finish)es it. A repeat in between is told
//!   409 and when to come back. After a crash the saga's worker finishes it, never a second handler.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderValue, Method, StatusCode};
use payment_clients::{
    contract::{
        certainty::Certainty,
        context::CallContext,
        error::{Error, ErrorKind, code},
        operation::{EnvelopeKind, Operation, Service, Tier},
    },
    server::Replay,
};
use serde::{Deserialize, Serialize};

use super::{
    clock::{Clock, millis},
    store::{Store, Tx},
};
use crate::args;

/// The table; a service lists it among its migrations.
pub const TABLES: &str = "
CREATE TABLE idem(
  principal TEXT NOT NULL, route TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('in_progress', 'done')), status {{int}}, body TEXT,
  created_at {{int}} NOT NULL, expires_at {{int}} NOT NULL,
  PRIMARY KEY(principal, route, key),
  CHECK((state = 'done') = (status IS NOT NULL AND body IS NOT NULL))
) {{clustered}};
CREATE INDEX idem_expiry ON idem(expires_at) WHERE state = 'done';";

/// Stands for an operation whose answers have no envelope; of an operation, an answer shows nothing else.
static BARE: Operation = Operation::new(Service { name: "", port: None, tier: Tier::Standard }, "", Method::POST, "")
    .envelope(EnvelopeKind::Bare);

/// How long an answer is kept. Natural keys of the domain hold for ever.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);
/// When somebody whose first request still runs may ask again.
const COME_BACK: Duration = Duration::from_secs(1);

/// One key of one principal on one route, and what was asked with it. Sagas carry it in their input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    principal: String,
    route: String,
    key: String,
    fingerprint: String,
    /// Stands in the answer, so that a worker gives the same one as the handler would have.
    request_id: Option<String>,
    /// The answer's payload stands alone in its body.
    bare: bool,
}

/// What a key turned out to be.
#[derive(Debug)]
pub enum Claim {
    /// Never seen: the claim is written, do the work.
    New,
    /// A repeat of a request that was answered.
    Replay(Replay),
    /// A repeat of a request that still runs.
    InProgress,
    /// The key of another request.
    Mismatch,
}

// === impl Slot ===

impl Slot {
    /// The slot of the call being served.
    ///
    /// # Errors
    /// 400 when the call carries no key.
    pub fn of(call: &CallContext, principal: &str) -> Result<Self, Error> {
        let (Some(operation), Some(key), Some(fingerprint)) = (call.operation, &call.key, call.fingerprint) else {
            return Err(Error::invalid_input("Idempotency-Key", "is missing").with_code(code::KEY_MISSING));
        };
        let request_id = call.request_id.as_ref().and_then(|id| id.to_str().ok()).map(str::to_owned);
        Ok(Self {
            principal: principal.to_owned(),
            route: operation.path.to_owned(),
            key: key.as_str().to_owned(),
            fingerprint: fingerprint.to_string(),
            request_id,
            bare: operation.envelope == EnvelopeKind::Bare,
        })
    }

    /// Claims the slot, or says what it holds.
    ///
    /// # Errors
    /// When the store fails.
    pub fn claim(&self, tx: &mut Tx<'_>, now: i64) -> Result<Claim, Error> {
        const FIND: &str = "SELECT fingerprint, status, body, expires_at FROM idem
            WHERE principal = $1 AND route = $2 AND key = $3";
        if self.insert(tx, now)? {
            return Ok(Claim::New);
        }
        let name = args![self.principal, self.route, self.key];
        let (claim, expired) = tx.one(FIND, name, |row| {
            let answer = row.get::<Option<StatusCode>>("status")?.zip(row.get::<Option<String>>("body")?);
            // What still runs does not expire.
            let expired = answer.is_some() && row.get::<i64>("expires_at")? <= now;
            let claim = match answer {
                _ if row.get::<String>("fingerprint")? != self.fingerprint => Claim::Mismatch,
                Some((status, body)) => Claim::Replay(Replay { status, body: Bytes::from(body) }),
                None => Claim::InProgress,
            };
            Ok((claim, expired))
        })?;
        if !expired {
            return Ok(claim);
        }
        self.release(tx)?;
        self.insert(tx, now)?;
        Ok(Claim::New)
    }

    /// Claims the slot and goes on, or answers for it: the stored answer, 409, or 422.
    ///
    /// # Errors
    /// The answer to give in place of doing the work.
    pub fn open(&self, tx: &mut Tx<'_>, now: i64) -> Result<(), Error> {
        match self.claim(tx, now)? {
            Claim::New => Ok(()),
            Claim::Replay(replay) => Err(replay.into()),
            Claim::InProgress => {
                let text = "the first request with this Idempotency-Key still runs; ask again with the same key";
                let error = Error::new(ErrorKind::InProgress, Certainty::PossiblyProcessed, text);
                Err(error.with_code(code::IN_PROGRESS).with_retry_after(COME_BACK))
            }
            Claim::Mismatch => {
                let text = "this Idempotency-Key was used for another request; take a new key for a new request";
                Err(Error::new(ErrorKind::KeyReused, Certainty::Processed, text).with_code(code::KEY_REUSED))
            }
        }
    }

    /// Keeps the answer of a claimed slot. What is no answer for good (a 5xx, a conflict) frees the key again.
    ///
    /// # Errors
    /// When the slot is not claimed, or the store fails.
    pub fn finish<T: Serialize + 'static>(
        &self,
        tx: &mut Tx<'_>,
        now: i64,
        result: Result<&T, &Error>,
    ) -> Result<(), Error> {
        const FINISH: &str = "UPDATE idem SET state = 'done', status = $4, body = $5, expires_at = $6
            WHERE principal = $1 AND route = $2 AND key = $3 AND state = 'in_progress'";
        if result.is_err_and(|error| !is_final(error)) {
            return self.release(tx);
        }
        let Replay { status, body } = self.answer(result)?;
        let body = str::from_utf8(&body).map_err(Error::internal)?;
        let expires_at = now.saturating_add(millis(KEPT));
        let finished = tx.execute(FINISH, args![self.principal, self.route, self.key, status, body, expires_at])?;
        if finished == 1 { Ok(()) } else { Err(Error::internal(format!("{self:?} was finished without a claim"))) }
    }

    /// Frees the key: the work was not done.
    ///
    /// # Errors
    /// When the store fails.
    pub fn release(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const DELETE: &str = "DELETE FROM idem WHERE principal = $1 AND route = $2 AND key = $3";
        tx.execute(DELETE, args![self.principal, self.route, self.key]).map(drop)
    }

    fn insert(&self, tx: &mut Tx<'_>, now: i64) -> Result<bool, Error> {
        const INSERT: &str = "INSERT INTO idem(principal, route, key, fingerprint, state, created_at, expires_at)
            VALUES ($1, $2, $3, $4, 'in_progress', $5, $6) ON CONFLICT (principal, route, key) DO NOTHING";
        let expires_at = now.saturating_add(millis(KEPT));
        let slot = args![self.principal, self.route, self.key, self.fingerprint, now, expires_at];
        tx.execute(INSERT, slot).map(|inserted| inserted == 1)
    }

    /// The answer as the server writes it for the call that opened the slot.
    fn answer<T: Serialize + 'static>(&self, result: Result<&T, &Error>) -> Result<Replay, Error> {
        let mut call = CallContext::default();
        call.operation = self.bare.then_some(&BARE);
        call.request_id = self.request_id.as_deref().and_then(|id| HeaderValue::from_str(id).ok());
        let answer = Arc::new(call).scope(async {
            match result {
                Ok(payload) => Replay::success(payload),
                Err(error) => Ok(Replay::refusal(error)),
            }
        });
        // Nothing in it waits.
        answer.now_or_never().unwrap_or_else(|| Err(Error::internal("writing an answer waited for something")))
    }
}

/// True for a refusal that stays one: the same request would be refused again.
fn is_final(error: &Error) -> bool {
    let status = Replay::refusal(error).status;
    status.is_client_error() && !matches!(status.as_u16(), 400 | 401 | 408 | 409 | 425 | 429)
}

/// Runs a local effect once for its key and keeps the answer in the same commit. A refusal for good is kept as well,
/// its changes undone.
///
/// # Errors
/// What `work` returned, or the answer to a repeat.
pub async fn local<T, F>(store: &Store, clock: &Clock, call: &CallContext, principal: &str, work: F) -> Result<T, Error>
where
    T: Serialize + Send + 'static,
    F: FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
{
    let slot = Slot::of(call, principal)?;
    let now = clock.now();
    let unit = move |tx: &mut Tx<'_>| {
        slot.open(tx, now)?;
        let result = match tx.nested(work) {
            Err(error) if !is_final(&error) => return Err(error),
            result => result,
        };
        slot.finish(tx, now, result.as_ref())?;
        Ok(result)
    };
    store.write(unit).await?
}

/// Forgets answers that have expired, `most` of them. Returns how many.
///
/// # Errors
/// When the store fails.
pub fn purge(tx: &mut Tx<'_>, now: i64, most: u32) -> Result<u64, Error> {
    const PURGE: &str = "DELETE FROM idem WHERE (principal, route, key) IN (SELECT principal, route, key FROM idem
        WHERE state = 'done' AND expires_at <= $1 ORDER BY expires_at LIMIT $2)";
    tx.execute(PURGE, args![now, most])
}
