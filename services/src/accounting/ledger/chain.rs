//! The chain over all transfers: each carries the hash of the one before it, so one that is changed, dropped or slipped
//! in later breaks the chain at its place, whoever did it and whatever the triggers said.

use sha2::{Digest, Sha256};

/// Stands before the first transfer.
pub(super) const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Everything that a transfer says, as its row has it.
pub(super) struct Link<'a> {
    pub(super) seq: i64,
    pub(super) journal_id: &'a str,
    /// Of the journal, so that the chain covers it too.
    pub(super) fingerprint: &'a str,
    pub(super) leg: i64,
    pub(super) how: &'a str,
    pub(super) resolves: Option<i64>,
    pub(super) debit: &'a str,
    pub(super) credit: &'a str,
    pub(super) currency: &'a str,
    pub(super) amount: i64,
    pub(super) dv: i64,
    pub(super) cv: i64,
    pub(super) at: i64,
}

impl Link<'_> {
    /// SHA-256 over the hash before it and all fields, one a line; no field can hold a line break.
    pub(super) fn hash(&self, previous: &str) -> String {
        let Self { seq, journal_id, fingerprint, leg, how, resolves, debit, credit, currency, amount, dv, cv, at } =
            self;
        let resolves = resolves.unwrap_or(0);
        let text = format!(
            "{previous}\n{seq}\n{journal_id}\n{fingerprint}\n{leg}\n{how}\n{resolves}\n{debit}\n{credit}\n{currency}\n\
             {amount}\n{dv}\n{cv}\n{at}"
        );
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
