//! The mistakes that the invariants must find, one at a time: a program with the feature `mutants` can be run with any of
//! them, and `payments check` names what is broken afterwards. Without the feature nothing of this is compiled.
//!
//! Most are a statement that was written another way, so they are made where statements pass, in `kit/store/mistaken.rs`;
//! the rest is asked for in the one place that would have been written another way.

use std::{
    collections::BTreeMap,
    fmt,
    str::FromStr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use payment_clients::{
    apis::accounting::{CaptureHold, Hold, HoldApi, HoldReference, HoldStatus, PlaceHold},
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
};

use crate::{accounting::ledger::fees::FeePlan, kit::saga::Outcome};

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// What a unit did before it failed stays.
    NoTransaction,
    /// An event is written after the commit that makes it true, and the process dies in between.
    OutboxAfterCommit,
    /// A hold may end more than once.
    NoOneResolution,
    /// Nothing keeps a balance from dipping below zero.
    NoCheck,
    /// No answer is taken for a no.
    CompensateOnTimeout,
    /// A repeat is a call of its own.
    NewKeyOnRetry,
    /// The bank pays, and then the amount is held.
    BankBeforeHold,
    /// A settlement takes what is in its days, whoever has it.
    SettleByDate,
    /// A webhook is believed before its signature is looked at.
    VerifyAfterParse,
    /// Fees are computed in binary fractions.
    FloatFee,
    /// Events are read behind the highest number that was seen.
    IdAfterLast,
    /// A nonce is looked for, and written later.
    NonceCheckThenSet,
    /// Later news overwrite how a payment ended.
    TerminalOverwrite,
    /// A settlement is the sum of the first page.
    SumOverPageOne,
}

impl Mutant {
    /// All of them, by the names under which they are asked for.
    pub const ALL: [(&str, Self); 14] = [
        ("no-transaction", Self::NoTransaction),
        ("outbox-after-commit", Self::OutboxAfterCommit),
        ("no-one-resolution", Self::NoOneResolution),
        ("no-check", Self::NoCheck),
        ("compensate-on-timeout", Self::CompensateOnTimeout),
        ("new-key-on-retry", Self::NewKeyOnRetry),
        ("bank-before-hold", Self::BankBeforeHold),
        ("settle-by-date", Self::SettleByDate),
        ("verify-after-parse", Self::VerifyAfterParse),
        ("float-fee", Self::FloatFee),
        ("id-after-last", Self::IdAfterLast),
        ("nonce-check-then-set", Self::NonceCheckThenSet),
        ("terminal-overwrite", Self::TerminalOverwrite),
        ("sum-over-page-one", Self::SumOverPageOne),
    ];

    /// The invariant that finds it.
    pub const fn breaks(self) -> &'static str {
        match self {
            Self::NoTransaction => "I2",
            Self::NoCheck => "I3",
            Self::NoOneResolution => "I4",
            Self::FloatFee => "I12",
            Self::NewKeyOnRetry | Self::SettleByDate | Self::SumOverPageOne => "I13",
            Self::CompensateOnTimeout => "I14",
            Self::BankBeforeHold => "I16",
            Self::TerminalOverwrite => "I18",
            Self::OutboxAfterCommit | Self::IdAfterLast => "I19",
            Self::VerifyAfterParse => "I21",
            Self::NonceCheckThenSet => "I27",
        }
    }

    /// The statements that are written another way: what stands there, and what does instead.
    const fn rewrites(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::NoTransaction => &[("ROLLBACK TO part", "RELEASE part; SAVEPOINT part")],
            Self::NoOneResolution => &[
                ("AND NOT EXISTS(SELECT 1 FROM transfers WHERE resolves = $7)", "AND CAST($7 AS BIGINT) >= 0"),
                ("CREATE UNIQUE INDEX one_resolution", "CREATE INDEX one_resolution"),
                ("ended_at = $6 WHERE reference = $1 AND status = 'held'", "ended_at = $6 WHERE reference = $1"),
            ],
            Self::NoCheck => &[
                ("rule <> 'credit_balance_ge_0' OR cp - dp - dh >= CAST($3 AS BIGINT) + CAST($4 AS BIGINT)", "1 = 1"),
                ("CHECK(rule <> 'credit_balance_ge_0' OR cp - dp - dh >= 0)", "CHECK(1 = 1)"),
            ],
            Self::SettleByDate => &[
                ("AND NOT EXISTS(SELECT 1 FROM claims c WHERE c.transfer = t.seq)", ""),
                ("PRIMARY KEY REFERENCES transfers(seq)", "REFERENCES transfers(seq)"),
            ],
            // Numbers are given before the commit, as a sequence gives them: of each two, the later one is committed first.
            Self::IdAfterLast => &[
                (
                    "WHERE published_at IS NULL AND pub_seq IS NULL ORDER BY id",
                    "WHERE id > (SELECT COALESCE(MAX(id), 0) FROM outbox WHERE published_at IS NOT NULL) ORDER BY id",
                ),
                (
                    "VALUES((SELECT COALESCE(MAX(id), 0) + 1 FROM outbox), $1, $2, $3, $4, $5, $6, $7)",
                    "VALUES((SELECT COUNT(*) + 2 * (1 - COUNT(*) % 2) FROM outbox), $1, $2, $3, $4, $5, $6, $7)",
                ),
            ],
            // The check has passed for both when the second one sets.
            Self::NonceCheckThenSet => &[(
                "ON CONFLICT (key_id, nonce) DO NOTHING",
                "ON CONFLICT (key_id, nonce) DO UPDATE SET expires_at = excluded.expires_at",
            )],
            Self::SumOverPageOne => &[(
                "FROM claims c JOIN settlements s ON s.settlement_no = c.settlement_no\n            JOIN transfers t",
                "FROM (SELECT transfer, settlement_no FROM claims WHERE settlement_no = $1 ORDER BY transfer LIMIT 20) c
            JOIN settlements s ON s.settlement_no = c.settlement_no JOIN transfers t",
            )],
            _ => &[],
        }
    }
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(_, mutant)| mutant == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

impl FromStr for Mutant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, mutant)| *mutant);
        let names = || Self::ALL.map(|(name, _)| name).join(", ");
        found.ok_or_else(|| format!("`{text}` is no mutant; use one of {}", names()))
    }
}

// === which one is on ===

/// Its place among all, from 1; 0 for none.
static ON: AtomicUsize = AtomicUsize::new(0);

/// From now on this process makes this mistake, or none.
pub fn turn_on(mutant: Option<Mutant>) {
    let place = mutant.and_then(|mutant| Mutant::ALL.iter().position(|(_, other)| *other == mutant));
    ON.store(place.map_or(0, |place| place + 1), Ordering::SeqCst);
}

/// The mistake that this process makes.
fn on() -> Option<Mutant> {
    let place = ON.load(Ordering::SeqCst).checked_sub(1)?;
    Mutant::ALL.get(place).map(|(_, mutant)| *mutant)
}

/// True when this process makes this mistake.
pub fn is_on(mutant: Mutant) -> bool {
    on() == Some(mutant)
}

// === mistakes of statements ===

/// The statement as the mistake has it, kept for good as all statements are.
pub(crate) fn written(sql: &'static str) -> &'static str {
    static KEPT: Mutex<BTreeMap<(usize, &'static str), &'static str>> = Mutex::new(BTreeMap::new());
    if on().is_none_or(|mutant| mutant.rewrites().iter().all(|(right, _)| !sql.contains(right))) {
        return sql;
    }
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.entry((ON.load(Ordering::SeqCst), sql)).or_insert_with(|| rewritten(sql).leak())
}

/// The same for a text that is run once.
pub(crate) fn rewritten(sql: &str) -> String {
    let rewrites = on().map_or(&[][..], Mutant::rewrites);
    rewrites.iter().fold(sql.to_owned(), |text, (right, wrong)| text.replace(right, wrong))
}

// === mistakes of code ===

/// The outcome of a call, as the mistake takes it.
pub(crate) fn outcome(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Unknown(error) if is_on(Mutant::CompensateOnTimeout) => {
            let text = error.message().to_owned();
            Outcome::Declined(Error::declined("TIMEOUT", text))
        }
        outcome => outcome,
    }
}

/// The key of a call, as the mistake makes it.
pub(crate) fn key(key: String, attempt: u32) -> String {
    if is_on(Mutant::NewKeyOnRetry) { format!("{key}:{attempt}") } else { key }
}

/// The fee of an amount, if it is mistaken.
#[allow(clippy::float_arithmetic, clippy::cast_precision_loss, clippy::cast_possible_truncation)]
#[allow(clippy::as_conversions, reason = "this is the mistake")]
pub(crate) fn fee(plan: &FeePlan, amount: i64) -> Option<i64> {
    is_on(Mutant::FloatFee).then(|| (amount as f64 * (plan.ppm as f64 / 10_000.0) / 100.0 + plan.fixed as f64) as i64)
}

/// Holds, as the mistake places them.
pub(crate) fn holds(right: Arc<dyn HoldApi>) -> Arc<dyn HoldApi> {
    Arc::new(HoldsLater { right, asked: Mutex::default() })
}

/// Says that an amount is held, and holds it when it is to be booked.
struct HoldsLater {
    right: Arc<dyn HoldApi>,
    asked: Mutex<BTreeMap<HoldReference, PlaceHold>>,
}

impl HoldsLater {
    fn asked(&self, reference: &HoldReference) -> Option<PlaceHold> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).get(reference).cloned()
    }
}

#[async_trait]
impl HoldApi for HoldsLater {
    async fn place_hold(&self, hold: &PlaceHold) -> Result<Hold> {
        if !is_on(Mutant::BankBeforeHold) {
            return self.right.place_hold(hold).await;
        }
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(hold.reference.clone(), hold.clone());
        Ok(promised(hold))
    }

    async fn get_hold(&self, reference: &HoldReference) -> Result<Hold> {
        match self.asked(reference) {
            Some(asked) => Ok(promised(&asked)),
            None => self.right.get_hold(reference).await,
        }
    }

    async fn capture_hold(&self, reference: &HoldReference, capture: &CaptureHold) -> Result<Hold> {
        if let Some(asked) = self.asked(reference) {
            self.right.place_hold(&asked).await?;
        }
        self.right.capture_hold(reference, capture).await
    }

    async fn release_hold(&self, reference: &HoldReference) -> Result<Hold> {
        match self.asked(reference) {
            Some(asked) => Ok(Hold { status: HoldStatus::Released, ..promised(&asked) }),
            None => self.right.release_hold(reference).await,
        }
    }
}

fn promised(asked: &PlaceHold) -> Hold {
    Hold {
        reference: asked.reference.clone(),
        merchant_id: asked.merchant_id,
        currency: asked.currency,
        amount: asked.amount,
        captured_amount: 0,
        fee_amount: 0,
        purpose: asked.purpose.clone(),
        status: HoldStatus::Held,
        related_no: asked.related_no.clone().unwrap_or_default(),
        transaction_no: Default::default(),
        created_at: Timestamp::from_unix_ms(0),
        ended_at: None,
    }
}
