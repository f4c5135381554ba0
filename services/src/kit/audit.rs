//! Who did what to what, written in the unit that did it, each row chained to the one before by its hash.
//!
//! Rows can be added and nothing else. Whoever changes one nevertheless, with the file in hand, breaks the chain at that
//! row, and [`verify`] names it; whoever recomputes the rest arrives at another [`head`]. States are told by their hashes
//! only, so the table holds no secret and nothing that somebody may ask to be forgotten.

use std::fmt;

use payment_clients::contract::error::{Error, Result};
use sha2::{Digest, Sha256};

use super::{
    invariants::Violation,
    store::{Row, Tx, View},
};
use crate::args;

#[cfg(test)]
mod tests;

/// The table; a service lists it among its migrations.
pub const TABLES: &str = "
CREATE TABLE audit(
  seq {{int}} PRIMARY KEY CHECK(seq >= 1), actor TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL,
  before_hash TEXT NOT NULL, after_hash TEXT NOT NULL, at {{int}} NOT NULL,
  prev_hash TEXT NOT NULL UNIQUE, hash TEXT NOT NULL UNIQUE
) {{strict}};
{{immutable:audit}}";

/// What the first row is chained to.
const ORIGIN: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Rows that are verified at once.
const AT_ONCE: i64 = 1000;

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Who did it: `merchant:<id>`, `service:<name>`, `admin:<id>`.
    pub actor: &'a str,
    /// What was done, such as `password.changed`.
    pub action: &'a str,
    /// To what, such as `merchant:<id>`.
    pub target: &'a str,
    /// The state before, of which the hash is kept; empty when there was none. Never a secret: a hash can be guessed at.
    pub before: &'a str,
    /// The state after it, likewise.
    pub after: &'a str,
}

/// The last row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number; rows are numbered from 1 without a gap.
    pub seq: i64,
    /// Its hash, which stands for all rows up to it.
    pub hash: String,
}

/// The first row that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its number, or that of the row that is missing.
    pub seq: i64,
    /// What is wrong with it.
    pub why: &'static str,
}

/// A row as it is stored.
struct Link {
    seq: i64,
    actor: String,
    action: String,
    target: String,
    before_hash: String,
    after_hash: String,
    at: i64,
    prev_hash: String,
}

/// Appends a row in the unit that does what it tells, and returns its number.
///
/// # Errors
/// When the store fails.
pub fn append(tx: &mut Tx<'_>, entry: &Entry<'_>, now: i64) -> Result<i64> {
    const INSERT: &str = "INSERT INTO audit(seq, actor, action, target, before_hash, after_hash, at, prev_hash, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let Head { seq, hash: prev_hash } = head(tx)?;
    let Entry { actor, action, target, before, after } = *entry;
    let link = Link {
        seq: seq + 1,
        actor: actor.to_owned(),
        action: action.to_owned(),
        target: target.to_owned(),
        before_hash: digest(before),
        after_hash: digest(after),
        at: now,
        prev_hash,
    };
    let hash = link.hash()?;
    let Link { seq, before_hash, after_hash, prev_hash, .. } = &link;
    tx.execute(INSERT, args![seq, actor, action, target, before_hash, after_hash, now, prev_hash, hash])?;
    Ok(*seq)
}

/// The last row, to be written down elsewhere; number 0 before the first.
///
/// # Errors
/// When the store fails.
pub fn head(view: &View<'_>) -> Result<Head> {
    const LAST: &str = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1";
    let last = view.optional(LAST, &[], |row| Ok(Head { seq: row.get("seq")?, hash: row.get("hash")? }))?;
    Ok(last.unwrap_or_else(|| Head { seq: 0, hash: ORIGIN.to_owned() }))
}

/// Follows the chain from its origin, and names the first row that does not hold.
///
/// # Errors
/// When the store fails.
pub fn verify(view: &View<'_>) -> Result<Option<Broken>> {
    const NEXT: &str = "SELECT seq, actor, action, target, before_hash, after_hash, at, prev_hash, hash FROM audit
        WHERE seq > $1 ORDER BY seq LIMIT $2";
    let mut last = Head { seq: 0, hash: ORIGIN.to_owned() };
    loop {
        let rows = view.all(NEXT, args![last.seq, AT_ONCE], |row| Ok((Link::of(row)?, row.get::<String>("hash")?)))?;
        if rows.is_empty() {
            return Ok(None);
        }
        for (link, hash) in rows {
            if let Some(why) = link.fault(&last, &hash)? {
                let seq = if why == MISSING { last.seq + 1 } else { link.seq };
                return Ok(Some(Broken { seq, why }));
            }
            last = Head { seq: link.seq, hash };
        }
    }
}

const MISSING: &str = "it is missing";

// === impl Link ===

impl Link {
    fn of(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            seq: row.get("seq")?,
            actor: row.get("actor")?,
            action: row.get("action")?,
            target: row.get("target")?,
            before_hash: row.get("before_hash")?,
            after_hash: row.get("after_hash")?,
            at: row.get("at")?,
            prev_hash: row.get("prev_hash")?,
        })
    }

    /// What is wrong with this row after that one.
    fn fault(&self, last: &Head, hash: &str) -> Result<Option<&'static str>> {
        Ok(if self.seq != last.seq + 1 {
            Some(MISSING)
        } else if self.hash()? != hash {
            Some("it was changed: its hash is not of what it says")
        } else if self.prev_hash != last.hash {
            Some("it is chained to another row than the one before it")
        } else {
            None
        })
    }

    /// The hash of everything that the row says. JSON keeps neighbouring fields apart.
    fn hash(&self) -> Result<String> {
        let Self { seq, actor, action, target, before_hash, after_hash, at, prev_hash } = self;
        let fields = (seq, actor, action, target, before_hash, after_hash, at, prev_hash);
        Ok(digest(&serde_json::to_string(&fields).map_err(Error::internal)?))
    }
}

/// SHA-256 in hexadecimal; of nothing, nothing.
fn digest(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    data_encoding::HEXLOWER.encode(&Sha256::digest(text))
}

// === impl Broken ===

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {} of the audit: {}", self.seq, self.why)
    }
}

/// I26: the chain breaks here.
impl From<&Broken> for Violation {
    fn from(broken: &Broken) -> Self {
        Self::new("I26", format!("row {} of the audit", broken.seq), broken.why)
    }
}
