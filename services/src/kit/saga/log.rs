//! The two tables of the sagas, and every statement on them.
//!
//! `due_at` is when the worker may touch a saga: the end of the lease while somebody drives it, the next attempt while
//! nobody does. It is never further away than two leases last, whatever the clocks of other instances say: one that is was
//! written before the clock went back, and counts as passed. `version` counts the commits of a saga; a driver that does not
//! hold the newest one has lost its lease.

use std::sync::Arc;

use payment_clients::contract::error::Error;

use super::{
    Direction, Reason, Run, Step,
    decide::{Mark, Next, Position},
    origin::Origin,
};
use crate::{
    args,
    kit::store::{Tx, View},
};

/// The tables; a service lists them among its migrations, with [`incident::TABLES`](crate::kit::incident::TABLES).
pub const TABLES: &str = "
CREATE TABLE saga(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, business_key TEXT NOT NULL,
  state TEXT NOT NULL CHECK(state IN ('running', 'compensating', 'succeeded', 'compensated', 'attention')),
  input TEXT NOT NULL, position {{int}} NOT NULL, reason TEXT,
  version {{int}} NOT NULL, owner TEXT NOT NULL, due_at {{int}} NOT NULL, created_at {{int}} NOT NULL, ended_at {{int}},
  UNIQUE(kind, business_key),
  CHECK((state IN ('running', 'compensating')) = (ended_at IS NULL))
) {{clustered}};
CREATE INDEX saga_due ON saga(due_at) WHERE ended_at IS NULL;
CREATE TABLE saga_step(
  saga_id TEXT NOT NULL REFERENCES saga(id), step TEXT NOT NULL,
  direction TEXT NOT NULL CHECK(direction IN ('fwd', 'comp')),
  seq {{int}} NOT NULL, state TEXT NOT NULL CHECK(state IN ('started', 'done', 'declined', 'unknown')),
  doubt {{int}} NOT NULL, attempts {{int}} NOT NULL, answer TEXT, error TEXT,
  started_at {{int}} NOT NULL, ended_at {{int}},
  PRIMARY KEY(saga_id, step, direction),
  CHECK((state = 'done') = (answer IS NOT NULL))
) {{clustered}};";

/// What was added to them: which request a saga follows from, and its `traceparent`; empty where nobody has asked.
pub const ORIGIN: &str = "
ALTER TABLE saga ADD COLUMN trace TEXT NOT NULL DEFAULT '';
ALTER TABLE saga ADD COLUMN request_id TEXT NOT NULL DEFAULT '';";

/// Who may drive a saga until when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold<'a> {
    pub(super) owner: &'a str,
    pub(super) now: i64,
    pub(super) until: i64,
    /// Later than anybody's `until`, whose clock may be a little ahead.
    pub(super) furthest: i64,
}

/// A saga that was picked up.
pub(super) struct Taken {
    pub(super) business_key: String,
    pub(super) input: String,
    pub(super) origin: Arc<Origin>,
    pub(super) reason: Option<Reason>,
    pub(super) version: i64,
    pub(super) at: Position,
    pub(super) answers: Vec<(&'static str, String)>,
}

// === words ===

impl Direction {
    /// The word in keys and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forward => "fwd",
            Self::Compensate => "comp",
        }
    }

    const fn state(self) -> &'static str {
        match self {
            Self::Forward => "running",
            Self::Compensate => "compensating",
        }
    }
}

impl Mark {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Declined => "declined",
            Self::Unknown => "unknown",
        }
    }
}

// === writing ===

pub(super) fn insert(tx: &mut Tx<'_>, run: &Run, hold: Hold<'_>) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO saga(id, kind, business_key, state, input, position, version, owner, due_at,
        created_at, trace, request_id) VALUES ($1, $2, $3, 'running', $4, 0, 1, $5, $6, $7, $8, $9)
        ON CONFLICT (kind, business_key) DO NOTHING";
    let (Hold { owner, now, until, .. }, Run { id, kind, business_key, input, .. }) = (hold, run);
    let [trace, request_id] = run.origin.texts();
    if tx.execute(INSERT, args![id, kind, business_key, input, owner, until, now, trace, request_id])? == 1 {
        return Ok(());
    }
    let text = format!("there is a saga {} of {} already", run.kind, run.business_key);
    Err(Error::conflict("SAGA_EXISTS", text))
}

/// Writes a call down before it is made.
pub(super) fn start(tx: &mut Tx<'_>, id: &str, seq: i64, step: &str, way: Direction, now: i64) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO saga_step(saga_id, step, direction, seq, state, doubt, attempts, started_at)
        VALUES ($1, $2, $3, $4, 'started', 0, 1, $5)";
    tx.execute(INSERT, args![id, step, way.as_str(), seq, now]).map(drop)
}

/// Writes an outcome down. False when the lease was lost; then nothing is written.
pub(super) fn advance(
    tx: &mut Tx<'_>,
    id: &str,
    version: i64,
    at: Position,
    next: &Next,
    reason: Option<&Reason>,
    hold: Hold<'_>,
) -> Result<bool, Error> {
    const UPDATE: &str = "UPDATE saga SET state = $3, position = $4, reason = $5, due_at = $6, ended_at = $7,
        version = version + 1 WHERE id = $1 AND version = $2";
    let (state, index, ended) = match *next {
        Next::Call(index, way) => (way.state(), index, false),
        Next::Wait(_) => (at.direction.state(), at.index, false),
        Next::Succeed => ("succeeded", at.index, true),
        Next::Compensated => ("compensated", at.index, true),
        Next::Attention => ("attention", at.index, true),
    };
    let position = i64::try_from(index).map_err(Error::internal)?;
    let reason = reason.map(serde_json::to_string).transpose().map_err(Error::internal)?;
    let ended_at = ended.then_some(hold.now);
    let changed = tx.execute(UPDATE, args![id, version, state, position, reason, hold.until, ended_at])?;
    Ok(changed == 1)
}

pub(super) fn mark(
    tx: &mut Tx<'_>,
    id: &str,
    (step, way): (&str, Direction),
    mark: Mark,
    (answer, error): (Option<&str>, Option<&str>),
    now: i64,
) -> Result<(), Error> {
    const UPDATE: &str = "UPDATE saga_step SET state = $4, answer = $5, error = $6, ended_at = $7
        WHERE saga_id = $1 AND step = $2 AND direction = $3";
    let changed = tx.execute(UPDATE, args![id, step, way.as_str(), mark.as_str(), answer, error, now])?;
    if changed == 1 { Ok(()) } else { Err(Error::internal(format!("saga {id}: {step} was not started"))) }
}

/// Makes the leases of an owner void: it has just started, so none of them is alive.
pub(super) fn void(tx: &mut Tx<'_>, owner: &str, now: i64) -> Result<u64, Error> {
    const UPDATE: &str = "UPDATE saga SET due_at = $2 WHERE ended_at IS NULL AND owner = $1 AND due_at > $2";
    tx.execute(UPDATE, args![owner, now])
}

// === picking up ===

/// `furthest` is the latest moment that a due date of now could name.
pub(super) fn due(view: &View<'_>, now: i64, furthest: i64, most: u32) -> Result<Vec<(String, String)>, Error> {
    const FIND: &str = "SELECT id, kind FROM saga WHERE ended_at IS NULL AND (due_at <= $1 OR due_at > $2)
        ORDER BY due_at LIMIT $3";
    view.all(FIND, args![now, furthest, most], |row| Ok((row.get("id")?, row.get("kind")?)))
}

/// Takes the lease of a saga that is due, and counts the attempt that begins with it.
pub(super) fn take(tx: &mut Tx<'_>, id: &str, steps: &'static [Step], hold: Hold<'_>) -> Result<Option<Taken>, Error> {
    const TAKE: &str = "UPDATE saga SET owner = $2, due_at = $3, version = version + 1
        WHERE id = $1 AND ended_at IS NULL AND (due_at <= $4 OR due_at > $5)";
    // A call that was started and never marked may have left before the crash.
    const BEGIN: &str = "UPDATE saga_step SET state = 'started', doubt = 1, attempts = attempts + 1, ended_at = NULL
        WHERE saga_id = $1 AND step = $2 AND direction = $3 AND state IN ('started', 'unknown')";
    const FIND: &str = "SELECT business_key, input, trace, request_id, reason, version, position, state FROM saga
        WHERE id = $1";
    const STEPS: &str = "SELECT step, direction, attempts, answer FROM saga_step WHERE saga_id = $1 ORDER BY seq";

    if tx.execute(TAKE, args![id, hold.owner, hold.until, hold.now, hold.furthest])? == 0 {
        return Ok(None);
    }
    let (mut taken, state) = tx.one(FIND, args![id], |row| {
        let reason = row.get::<Option<String>>("reason")?;
        let index = usize::try_from(row.get::<i64>("position")?).map_err(Error::internal)?;
        let state: String = row.get("state")?;
        let direction = if state == "running" { Direction::Forward } else { Direction::Compensate };
        let taken = Taken {
            business_key: row.get("business_key")?,
            input: row.get("input")?,
            origin: Arc::new(Origin::read(&row.get::<String>("trace")?, &row.get::<String>("request_id")?)),
            reason: reason.as_deref().map(serde_json::from_str).transpose().map_err(Error::internal)?,
            version: row.get("version")?,
            at: Position { index, direction, attempt: 0, doubt: true },
            answers: Vec::new(),
        };
        Ok((taken, state))
    })?;
    let at = taken.at;
    let step = steps.get(at.index).ok_or_else(|| Error::internal(format!("saga {id}: no step {}", at.index)))?;
    if tx.execute(BEGIN, args![id, step.name, at.direction.as_str()])? != 1 {
        return Err(Error::internal(format!("saga {id}: {state}, and {} is not under way", step.name)));
    }
    for (name, way, attempts, answer) in tx.all(STEPS, args![id], |row| {
        let way: String = row.get("direction")?;
        Ok((row.get::<String>("step")?, way, row.get::<u32>("attempts")?, row.get::<Option<String>>("answer")?))
    })? {
        if name == step.name && way == at.direction.as_str() {
            taken.at.attempt = attempts;
        }
        let known = steps.iter().find(|step| step.name == name && way == Direction::Forward.as_str());
        taken.answers.extend(known.map(|step| step.name).zip(answer));
    }
    Ok(Some(taken))
}
