//! Settlements: rows, statements, and the one way in which a status changes.

use payment_clients::{
    apis::{
        accounting::{AccountSettlement, AccountSettlementNo},
        ids::{MerchantId, OperatorId, WithdrawalNo},
        settlement::{
            ApproveSettlement, SettledTransaction, Settlement, SettlementApproval, SettlementApprovalAction,
            SettlementCycle, SettlementFilter, SettlementId, SettlementItem, SettlementNo, SettlementPage,
            SettlementStatus,
        },
    },
    contract::{
        error::{Error, Result},
        money::Currency,
        page::Page,
    },
};
use serde::{Deserialize, Serialize};

use super::{domain, events, waiting};
use crate::{
    args,
    kit::{
        configuration,
        days::DAY,
        events::settlement,
        idempotency, inbox, incident, outbox, paging, saga,
        store::{Row, Tx, View},
    },
};

/// The schema, one step after another; steps are only ever added. `claimed` is 0 while accounting is being asked what
/// there is to settle; until then the row stands for its period, and nobody sees it.
pub const MIGRATIONS: &[&str] = &[
    idempotency::TABLES,
    incident::TABLES,
    saga::TABLES,
    "CREATE TABLE settlements(
        id TEXT PRIMARY KEY, settlement_no TEXT NOT NULL UNIQUE, merchant_id TEXT NOT NULL,
        currency TEXT NOT NULL CHECK(length(currency) = 3), cycle TEXT NOT NULL, start_at {{int}} NOT NULL,
        end_at {{int}} NOT NULL, account_settlement_no TEXT NOT NULL DEFAULT '',
        total_amount {{int}} NOT NULL DEFAULT 0, total_count {{int}} NOT NULL DEFAULT 0,
        fee_amount {{int}} NOT NULL DEFAULT 0, refund_count {{int}} NOT NULL DEFAULT 0,
        settlement_amount {{int}} NOT NULL DEFAULT 0,
        status TEXT NOT NULL CHECK(status IN('pending','approved','rejected','processing','completed','failed')),
        claimed {{int}} NOT NULL DEFAULT 0 CHECK(claimed IN(0, 1)), created_by TEXT NOT NULL,
        withdrawal_no TEXT NOT NULL DEFAULT '', approved_at {{int}}, approved_by TEXT, processed_at {{int}},
        completed_at {{int}}, error_message TEXT NOT NULL DEFAULT '', version {{int}} NOT NULL DEFAULT 0,
        created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL, CHECK(start_at < end_at),
        CHECK(claimed = 0 OR (settlement_amount > 0 AND settlement_amount = total_amount - fee_amount
            AND account_settlement_no <> '')),
        CHECK(claimed = 1 OR status = 'pending'), CHECK((status = 'completed') = (completed_at IS NOT NULL)),
        CHECK(status <> 'completed' OR withdrawal_no <> '')) {{strict}}",
    "CREATE UNIQUE INDEX settlements_once ON settlements(merchant_id, currency, cycle, end_at)
        WHERE status <> 'rejected'",
    "CREATE INDEX settlements_of ON settlements(merchant_id, created_at)",
    "CREATE INDEX settlements_by_age ON settlements(created_at)",
    "CREATE TABLE items(
        id TEXT PRIMARY KEY, settlement_id TEXT NOT NULL REFERENCES settlements(id), transaction_id TEXT NOT NULL,
        order_no TEXT NOT NULL, payment_no TEXT NOT NULL, amount {{int}} NOT NULL CHECK(amount > 0),
        fee {{int}} NOT NULL CHECK(fee BETWEEN 0 AND amount), transaction_at {{int}} NOT NULL,
        created_at {{int}} NOT NULL, UNIQUE(settlement_id, transaction_id)) {{clustered}}",
    "CREATE TABLE approvals(
        id TEXT PRIMARY KEY, settlement_id TEXT NOT NULL UNIQUE REFERENCES settlements(id), approver_id TEXT NOT NULL,
        approver_name TEXT NOT NULL, action TEXT NOT NULL CHECK(action IN('approve','reject')), comments TEXT NOT NULL,
        at {{int}} NOT NULL) {{clustered}}",
    "CREATE TABLE transitions(
        id TEXT NOT NULL REFERENCES settlements(id), version {{int}} NOT NULL, came_from TEXT NOT NULL,
        went_to TEXT NOT NULL, cause TEXT NOT NULL, at {{int}} NOT NULL, PRIMARY KEY(id, version)) {{clustered}}",
    "CREATE TABLE runs(cutoff {{int}} PRIMARY KEY, done_at {{int}} NOT NULL) {{clustered}}",
    configuration::TABLES,
    outbox::TABLES,
    inbox::TABLES,
    waiting::TABLE,
    // Who waits says what is to be done.
    "DROP TABLE runs",
    "ALTER TABLE settlements ADD COLUMN refund_amount {{int}} NOT NULL DEFAULT 0 CHECK(refund_amount >= 0)",
    saga::ORIGIN,
];

/// A settlement to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct New {
    /// Names it.
    pub id: SettlementId,
    /// Its number.
    pub number: SettlementNo,
    /// Whose.
    pub merchant_id: MerchantId,
    /// Currency of everything in it.
    pub currency: Currency,
    /// How often.
    pub cycle: SettlementCycle,
    /// First moment of the first day.
    pub start_at: i64,
    /// First moment behind the last day.
    pub end_at: i64,
    /// Who makes it.
    pub created_by: String,
}

/// A settlement with what no answer shows.
#[derive(Clone, Debug)]
pub struct Kept {
    /// As answers show it.
    pub shown: Settlement,
    /// What accounting calls its claim.
    pub claim: AccountSettlementNo,
    /// Who made it: an operator's id, `service:` and a name, or the schedule.
    pub created_by: String,
}

macro_rules! select_settlement {
    ($($rest:expr),+) => {
        concat!(
            "SELECT id, settlement_no, merchant_id, currency, cycle, start_at, end_at, account_settlement_no, \
             total_amount, total_count, fee_amount, refund_amount, refund_count, settlement_amount, status, created_by, \
             withdrawal_no, approved_at, approved_by, processed_at, completed_at, error_message, created_at, \
             updated_at FROM settlements ",
            $($rest),+
        )
    };
}

// === writing ===

/// Stores a new settlement whose transactions are not claimed yet; false when the period has one.
///
/// # Errors
/// When the store fails.
pub fn insert(tx: &mut Tx<'_>, new: &New, now: i64) -> Result<bool> {
    const INSERT: &str = "INSERT INTO settlements(id, settlement_no, merchant_id, currency, cycle, start_at, end_at,
            status, created_by, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $9)
        ON CONFLICT (merchant_id, currency, cycle, end_at) WHERE status <> 'rejected' DO NOTHING";
    let New { currency, start_at, end_at, created_by, .. } = new;
    let (id, number, merchant) = (new.id.to_string(), new.number.as_str(), new.merchant_id.to_string());
    tx.execute(INSERT, args![id, number, merchant, currency, new.cycle.as_str(), start_at, end_at, created_by, now])
        .map(|inserted| inserted == 1)
}

/// Notes what accounting has claimed and added up.
///
/// # Errors
/// When the store fails, or the claim is worth nothing.
pub fn set_claim(tx: &mut Tx<'_>, id: SettlementId, claim: &AccountSettlement) -> Result<()> {
    const UPDATE: &str = "UPDATE settlements SET account_settlement_no = $2, total_amount = $3, total_count = $4,
            fee_amount = $5, refund_count = $6, settlement_amount = $7, refund_amount = $8, claimed = 1
        WHERE id = $1 AND claimed = 0";
    let AccountSettlement { total_amount, payment_count, fee_amount, refund_count, net_amount, refund_amount, .. } =
        claim;
    let (id, number) = (id.to_string(), claim.settlement_no.as_str());
    let figures = args![id, number, total_amount, payment_count, fee_amount, refund_count, net_amount, refund_amount];
    tx.execute(UPDATE, figures).map(drop)
}

/// Forgets a settlement that turned out to have nothing in it: its period is free again.
///
/// # Errors
/// When the store fails.
pub fn forget(tx: &mut Tx<'_>, id: SettlementId) -> Result<()> {
    tx.execute("DELETE FROM settlements WHERE id = $1 AND claimed = 0", args![id.to_string()]).map(drop)
}

/// Stores what a caller has listed, once it is known to be what was claimed.
///
/// # Errors
/// When the store fails.
pub fn insert_item(tx: &mut Tx<'_>, of: SettlementId, id: &str, item: &SettledTransaction, now: i64) -> Result<()> {
    const INSERT: &str = "INSERT INTO items(id, settlement_id, transaction_id, order_no, payment_no, amount, fee,
            transaction_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let SettledTransaction { order_no, payment_no, amount, fee, transaction_at, .. } = item;
    let (of, transaction, fee) = (of.to_string(), item.transaction_id.to_string(), fee.unwrap_or(0));
    tx.execute(
        INSERT,
        args![id, of, transaction, order_no.as_str(), payment_no.as_str(), amount, fee, transaction_at, now],
    )
    .map(drop)
}

/// Takes a settlement from one state to another, and writes it down; false when it is not in the first state any more.
///
/// # Errors
/// When the states have no edge between them, which is a bug of the caller.
pub fn transition(
    tx: &mut Tx<'_>,
    id: SettlementId,
    [from, to]: [&SettlementStatus; 2],
    cause: &str,
    now: i64,
) -> Result<bool> {
    const UPDATE: &str = "UPDATE settlements SET status = $3, version = version + 1, updated_at = $4,
            processed_at = CASE WHEN $3 = 'processing' THEN $4 ELSE processed_at END,
            completed_at = CASE WHEN $3 = 'completed' THEN $4 ELSE completed_at END,
            error_message = CASE WHEN $3 = 'failed' THEN $5 ELSE error_message END
        WHERE id = $1 AND status = $2 AND claimed = 1 RETURNING version";
    const NOTE: &str =
        "INSERT INTO transitions(id, version, came_from, went_to, cause, at) VALUES ($1, $2, $3, $4, $5, $6)";
    if !domain::may_become(from, to) {
        return Err(Error::internal(format!("settlement {id}: {from} may not become {to}")));
    }
    let id = id.to_string();
    let version: Option<i64> =
        tx.optional(UPDATE, args![id, from.as_str(), to.as_str(), now, cause], |row| row.get(0))?;
    let Some(version) = version else { return Ok(false) };
    tx.execute(NOTE, args![id, version, from.as_str(), to.as_str(), cause, now])?;
    Ok(true)
}

/// Decides about a pending settlement; false when it is not pending any more.
///
/// # Errors
/// When the store fails.
pub fn decide(
    tx: &mut Tx<'_>,
    subject: SettlementId,
    action: &SettlementApprovalAction,
    decision: &ApproveSettlement,
    id: &str,
    now: i64,
) -> Result<bool> {
    const NOTE: &str = "UPDATE settlements SET approved_at = $2, approved_by = $3 WHERE id = $1";
    const INSERT: &str = "INSERT INTO approvals(id, settlement_id, approver_id, approver_name, action, comments, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (to, event) = match action {
        SettlementApprovalAction::Approve => (SettlementStatus::Approved, settlement::APPROVED),
        _ => (SettlementStatus::Rejected, settlement::REJECTED),
    };
    if !transition(tx, subject, [&SettlementStatus::Pending, &to], action.as_str(), now)? {
        return Ok(false);
    }
    let (of, approver) = (subject.to_string(), decision.approver_id.to_string());
    let comments = decision.comments.as_deref().unwrap_or_default();
    tx.execute(NOTE, args![of, now, approver])?;
    tx.execute(INSERT, args![id, of, approver, decision.approver_name, action.as_str(), comments, now])?;
    events::announce(tx, event, subject, now)?;
    Ok(true)
}

/// Notes which withdrawal pays a settlement out.
///
/// # Errors
/// When the store fails.
pub fn set_withdrawal(tx: &mut Tx<'_>, id: SettlementId, number: &WithdrawalNo) -> Result<()> {
    const UPDATE: &str = "UPDATE settlements SET withdrawal_no = $2 WHERE id = $1";
    tx.execute(UPDATE, args![id.to_string(), number.as_str()]).map(drop)
}

// === reading ===

/// One settlement, which must be there.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when it is not.
pub fn require(view: &View<'_>, id: SettlementId) -> Result<Kept> {
    let found = view.optional(select_settlement!("WHERE id = $1 AND claimed = 1"), args![id.to_string()], read)?;
    found.ok_or_else(|| missing(id))
}

/// The answer to a name that nobody has, as far as this caller may know.
pub fn missing(id: SettlementId) -> Error {
    Error::not_found(format_args!("settlement {id}"))
}

/// Settlements that an approver has approved and nobody has paid out, oldest first.
///
/// # Errors
/// When the store fails.
pub fn approved_by(view: &View<'_>, approver: OperatorId, most: i64) -> Result<Vec<Kept>> {
    let sql = select_settlement!("WHERE status = 'approved' AND approved_by = $1 ORDER BY created_at, id LIMIT $2");
    view.all(sql, args![approver.to_string(), most], read)
}

/// What a caller has listed, latest transaction first.
///
/// # Errors
/// When the store fails.
pub fn items(view: &View<'_>, of: SettlementId) -> Result<Vec<SettlementItem>> {
    const FIND: &str = "SELECT id, settlement_id, transaction_id, order_no, payment_no, amount, fee, transaction_at,
            created_at
        FROM items WHERE settlement_id = $1 ORDER BY transaction_at DESC, id";
    view.all(FIND, args![of.to_string()], |row| {
        let (amount, fee): (i64, i64) = (row.get("amount")?, row.get("fee")?);
        Ok(SettlementItem {
            id: row.parse("id")?,
            settlement_id: row.parse("settlement_id")?,
            transaction_id: row.parse("transaction_id")?,
            order_no: row.parse("order_no")?,
            payment_no: row.parse("payment_no")?,
            amount,
            fee,
            settle_amount: amount - fee,
            transaction_at: row.get("transaction_at")?,
            created_at: row.get("created_at")?,
        })
    })
}

/// What was decided about a settlement.
///
/// # Errors
/// When the store fails.
pub fn decisions(view: &View<'_>, of: SettlementId) -> Result<Vec<SettlementApproval>> {
    const FIND: &str = "SELECT id, settlement_id, approver_id, approver_name, action, comments, at FROM approvals
        WHERE settlement_id = $1 ORDER BY at DESC";
    view.all(FIND, args![of.to_string()], |row| {
        let action: SettlementApprovalAction = row.parse("action")?;
        let status = match action {
            SettlementApprovalAction::Approve => SettlementStatus::Approved,
            _ => SettlementStatus::Rejected,
        };
        Ok(SettlementApproval {
            id: row.parse("id")?,
            settlement_id: row.parse("settlement_id")?,
            approver_id: row.parse("approver_id")?,
            approver_name: row.get("approver_name")?,
            action,
            status,
            comments: row.get("comments")?,
            approved_at: row.get("at")?,
            created_at: row.get("at")?,
        })
    })
}

/// One page of the settlements that a filter lets through, newest first.
///
/// # Errors
/// When the store fails.
pub fn list(
    view: &View<'_>,
    merchant: Option<MerchantId>,
    filter: &SettlementFilter,
    [page, page_size]: [i64; 2],
) -> Result<SettlementPage> {
    macro_rules! matching {
        () => {
            "WHERE claimed = 1 AND ($1 IS NULL OR merchant_id = $1) AND ($2 IS NULL OR status = $2) \
             AND ($3 IS NULL OR cycle = $3)"
        };
    }
    let merchant = merchant.map(|id| id.to_string());
    let status = filter.status.as_ref().map(SettlementStatus::as_str);
    let cycle = filter.cycle.as_ref().map(SettlementCycle::as_str);
    let matching = args![merchant, status, cycle];
    let count = concat!("SELECT COUNT(*) FROM settlements ", matching!());
    let newest = select_settlement!(matching!(), " ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5");
    let Page { list: settlements, total, page, page_size } =
        paging::read(view, [count, newest], matching, (page, page_size), |row| Ok(read(row)?.shown))?;
    Ok(SettlementPage { settlements, total, page, page_size })
}

fn read(row: &Row<'_>) -> Result<Kept> {
    use payment_clients::contract::timestamp::Timestamp;

    let approved_by: Option<String> = row.get("approved_by")?;
    // Accounting's total, which the row holds, is less the refunds already.
    let (total, refunds): (i64, i64) = (row.get("total_amount")?, row.get("refund_amount")?);
    let shown = Settlement {
        id: row.parse("id")?,
        settlement_no: row.parse("settlement_no")?,
        merchant_id: row.parse("merchant_id")?,
        cycle: row.parse("cycle")?,
        start_date: row.get("start_at")?,
        end_date: Timestamp::from_unix_ms(row.get::<i64>("end_at")? - DAY),
        currency: Some(row.get("currency")?),
        total_amount: total + refunds,
        total_count: row.get("total_count")?,
        fee_amount: row.get("fee_amount")?,
        refund_amount: refunds,
        refund_count: row.get("refund_count")?,
        settlement_amount: row.get("settlement_amount")?,
        status: row.parse("status")?,
        withdrawal_no: row.parse("withdrawal_no")?,
        approved_at: row.get("approved_at")?,
        approved_by: approved_by.map(|id| id.parse().map_err(Error::internal)).transpose()?,
        processed_at: row.get("processed_at")?,
        completed_at: row.get("completed_at")?,
        remarks: String::new(),
        error_message: row.get("error_message")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    };
    Ok(Kept { shown, claim: row.parse("account_settlement_no")?, created_by: row.get("created_by")? })
}
