//! What payers did on the pages.

use std::collections::BTreeMap;

use payment_clients::{
    apis::{
        cashier::{CashierSessionId, RecordCashierLog},
        ids::MerchantId,
        words::Channel,
    },
    contract::error::Result,
};

use super::text;
use crate::{
    args,
    kit::store::{Tx, View},
};

pub(super) const TABLES: &str = "
CREATE TABLE logs(
    id TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES sessions(id), merchant_id TEXT NOT NULL,
    channel TEXT NOT NULL, content TEXT NOT NULL, at {{int}} NOT NULL) {{strict}};
CREATE INDEX logs_of ON logs(merchant_id, at);";

/// Stores a line. The token of its session is not kept with it.
///
/// # Errors
/// When the statement fails.
pub fn insert(
    tx: &mut Tx<'_>,
    id: &str,
    (session, owner): (CashierSessionId, MerchantId),
    log: &RecordCashierLog,
    now: i64,
) -> Result<()> {
    const INSERT: &str = "INSERT INTO logs(id, session_id, merchant_id, channel, content, at)
        VALUES($1, $2, $3, $4, $5, $6)";
    let channel = log.selected_channel.as_ref().map_or("", Channel::as_str);
    let content = text(&RecordCashierLog { session_token: None, ..log.clone() })?;
    tx.execute(INSERT, args![id, session.to_string(), owner.to_string(), channel, content, now]).map(drop)
}

/// How often each channel was selected on a merchant's page.
///
/// # Errors
/// When the statement fails.
pub fn channels(view: &View<'_>, owner: MerchantId, [from, before]: [i64; 2]) -> Result<BTreeMap<String, i64>> {
    const CHANNELS: &str = "SELECT channel, COUNT(*) FROM logs
        WHERE merchant_id = $1 AND at >= $2 AND at < $3 AND channel <> '' GROUP BY channel";
    let rows = view.all(CHANNELS, args![owner.to_string(), from, before], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.into_iter().collect())
}
