//! Whose funds wait to be settled, as far as events tell: by merchant, currency and the day on which something came in.
//!
//! A row says whom to ask about, never how much. It goes when accounting was asked for everything up to the end of its
//! day. What is heard meanwhile, or later, makes it wait again: no booking is forgotten because it was told late.

use payment_clients::{
    apis::{accounting::AccountSettlementNo, ids::MerchantId},
    contract::{error::Result, money::Currency},
};

use crate::{
    args,
    kit::{
        days,
        store::{Tx, View},
    },
};

/// The table; `asked` is the cut-off that was asked for last.
pub(super) const TABLE: &str = "CREATE TABLE waiting(
    merchant_id TEXT NOT NULL, currency TEXT NOT NULL CHECK(length(currency) = 3), day {{int}} NOT NULL,
    asked {{int}} NOT NULL DEFAULT 0, PRIMARY KEY(merchant_id, currency, day)) {{clustered}}";

/// Something came in.
pub(super) fn hear(tx: &mut Tx<'_>, merchant: MerchantId, currency: Currency, at: i64) -> Result<()> {
    const HEAR: &str = "INSERT INTO waiting(merchant_id, currency, day) VALUES ($1, $2, $3)
        ON CONFLICT (merchant_id, currency, day) DO UPDATE SET asked = 0";
    tx.execute(HEAR, args![merchant.to_string(), currency, days::midnight(at)]).map(drop)
}

/// A claim was given up: what it held waits again.
pub(super) fn again(tx: &mut Tx<'_>, claim: &AccountSettlementNo, now: i64) -> Result<()> {
    const AGAIN: &str = "INSERT INTO waiting(merchant_id, currency, day)
        SELECT merchant_id, currency, CAST($2 AS BIGINT) FROM settlements WHERE account_settlement_no = $1
        ON CONFLICT (merchant_id, currency, day) DO UPDATE SET asked = 0";
    tx.execute(AGAIN, args![claim.as_str(), days::midnight(now)]).map(drop)
}

/// Who waits for a cut-off and was not asked about yet.
pub(super) fn up_to(view: &View<'_>, cutoff: i64, most: i64) -> Result<Vec<(MerchantId, Currency)>> {
    const FIND: &str = "SELECT DISTINCT merchant_id, currency FROM waiting WHERE day < $1 AND asked < $1
        ORDER BY merchant_id, currency LIMIT $2";
    view.all(FIND, args![cutoff, most], |row| Ok((row.parse(0)?, row.get(1)?)))
}

/// Accounting is being asked for everything up to a cut-off.
pub(super) fn ask(tx: &mut Tx<'_>, merchant: MerchantId, currency: Currency, cutoff: i64) -> Result<()> {
    const ASK: &str = "UPDATE waiting SET asked = $3 WHERE merchant_id = $1 AND currency = $2 AND day < $3";
    tx.execute(ASK, args![merchant.to_string(), currency, cutoff]).map(drop)
}

/// Accounting has answered: nothing up to the cut-off waits, but for what was heard since it was asked.
pub(super) fn answered(tx: &mut Tx<'_>, merchant: MerchantId, currency: Currency, cutoff: i64) -> Result<()> {
    const ANSWERED: &str = "DELETE FROM waiting WHERE merchant_id = $1 AND currency = $2 AND asked = $3";
    tx.execute(ANSWERED, args![merchant.to_string(), currency, cutoff]).map(drop)
}
