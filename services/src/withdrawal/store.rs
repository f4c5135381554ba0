//! Withdrawals: rows, statements, and the one way in which a status changes.

use payment_clients::{
    apis::{
        accounting::TransactionNo,
        ids::{BankTradeNo, MerchantId},
        withdrawal::{
            ApproveWithdrawal, Withdrawal, WithdrawalApproval, WithdrawalApprovalAction, WithdrawalFilter,
            WithdrawalId, WithdrawalPage, WithdrawalStatus, WithdrawalType,
        },
    },
    contract::{
        error::{Error, Result},
        page::Page,
    },
};

use super::{accounts, domain, sagas};
use crate::{
    args,
    kit::{
        clock::millis,
        configuration,
        events::{Kind, withdrawal::WithdrawalPayload},
        idempotency, incident, outbox, paging, saga,
        store::{Row, Tx, View},
    },
};

/// The schema, one step after another; steps are only ever added. A settlement is paid out by one withdrawal for good,
/// however long idempotency keys are kept.
pub const MIGRATIONS: &[&str] = &[
    idempotency::TABLES,
    incident::TABLES,
    saga::TABLES,
    accounts::TABLES,
    "CREATE TABLE withdrawals(
        id TEXT PRIMARY KEY, withdrawal_no TEXT NOT NULL UNIQUE, merchant_id TEXT NOT NULL, settlement_id TEXT UNIQUE,
        currency TEXT NOT NULL CHECK(length(currency) = 3),
        amount {{int}} NOT NULL CHECK(amount BETWEEN 1 AND 1000000000000000),
        fee {{int}} NOT NULL CHECK(fee >= 0 AND fee < amount), kind TEXT NOT NULL,
        status TEXT NOT NULL CHECK(status IN('pending','approved','rejected','processing','completed','failed',
            'cancelled','returned')),
        hold TEXT NOT NULL CHECK(hold IN('placing','held','captured','released','none')),
        bank_account_id TEXT NOT NULL REFERENCES bank_accounts(id), bank_name TEXT NOT NULL,
        bank_account_name TEXT NOT NULL, bank_account_no TEXT NOT NULL, remarks TEXT NOT NULL,
        approval_level {{int}} NOT NULL DEFAULT 0, required_level {{int}} NOT NULL CHECK(required_level BETWEEN 1 AND 3),
        channel_trade_no TEXT NOT NULL DEFAULT '', transaction_no TEXT NOT NULL DEFAULT '',
        failure_reason TEXT NOT NULL DEFAULT '', account_version {{int}} NOT NULL, merchant_version {{int}},
        created_by TEXT NOT NULL, ask_at {{int}}, version {{int}} NOT NULL DEFAULT 0, processed_at {{int}},
        completed_at {{int}}, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
        CHECK(approval_level BETWEEN 0 AND required_level),
        CHECK((status IN('completed','returned')) = (completed_at IS NOT NULL)),
        CHECK((status IN('completed','returned')) = (hold = 'captured'))) {{strict}}",
    "CREATE INDEX withdrawals_of ON withdrawals(merchant_id, created_at)",
    "CREATE INDEX withdrawals_by_age ON withdrawals(created_at)",
    "CREATE INDEX withdrawals_to_ask ON withdrawals(ask_at) WHERE ask_at IS NOT NULL",
    "CREATE TABLE approvals(
        id TEXT PRIMARY KEY, withdrawal_id TEXT NOT NULL REFERENCES withdrawals(id), approver_id TEXT NOT NULL,
        approver_name TEXT NOT NULL, level {{int}} NOT NULL, action TEXT NOT NULL CHECK(action IN('approve','reject')),
        comments TEXT NOT NULL, at {{int}} NOT NULL, UNIQUE(withdrawal_id, approver_id),
        UNIQUE(withdrawal_id, level)) {{clustered}}",
    "CREATE TABLE transitions(
        id TEXT NOT NULL REFERENCES withdrawals(id), version {{int}} NOT NULL, came_from TEXT NOT NULL,
        went_to TEXT NOT NULL, cause TEXT NOT NULL, at {{int}} NOT NULL, PRIMARY KEY(id, version)) {{clustered}}",
    configuration::TABLES,
    outbox::TABLES,
    accounts::MASKED,
    saga::ORIGIN,
];

/// A withdrawal with what no answer shows.
#[derive(Clone, Debug)]
pub struct Kept {
    /// As answers show it.
    pub shown: Withdrawal,
    /// How its hold stands: `placing`, `held`, `captured`, `released`, or `none` when it was refused.
    pub hold: String,
    /// The booking of its capture; empty until then.
    pub transaction_no: TransactionNo,
}

macro_rules! select_withdrawal {
    ($($rest:expr),+) => {
        concat!(
            "SELECT id, withdrawal_no, merchant_id, currency, amount, fee, kind, status, hold, bank_account_id, \
             bank_name, bank_account_name, bank_account_no, remarks, approval_level, required_level, \
             channel_trade_no, transaction_no, failure_reason, processed_at, completed_at, created_by, created_at, \
             updated_at FROM withdrawals ",
            $($rest),+
        )
    };
}

// === writing ===

/// Stores a new withdrawal, whose hold is being placed.
///
/// # Errors
/// `SETTLEMENT_PAID_OUT` when another withdrawal pays the same settlement.
pub fn insert(tx: &mut Tx<'_>, new: &Withdrawal, settlement: Option<&str>, account_version: i64) -> Result<()> {
    const INSERT: &str = "INSERT INTO withdrawals(id, withdrawal_no, merchant_id, settlement_id, currency, amount, fee,
            kind, status, hold, bank_account_id, bank_name, bank_account_name, bank_account_no, remarks,
            required_level, account_version, created_by, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', 'placing', $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)
        ON CONFLICT (settlement_id) DO NOTHING";
    if tx.execute(
        INSERT,
        args![
            new.id.to_string(),
            new.withdrawal_no.as_str(),
            new.merchant_id.to_string(),
            settlement,
            new.currency,
            new.amount,
            new.fee,
            new.kind.as_str(),
            new.bank_account_id.to_string(),
            new.bank_name,
            new.bank_account_name,
            new.bank_account_no,
            new.remarks,
            new.required_level,
            account_version,
            new.created_by.to_string(),
            new.created_at,
        ],
    )? == 1
    {
        return Ok(());
    }
    let text = format!("settlement {} is paid out by another withdrawal already", settlement.unwrap_or_default());
    Err(Error::conflict("SETTLEMENT_PAID_OUT", text))
}

/// Takes a withdrawal from one state to another, and writes it down; false when it is not in the first state any more.
///
/// # Errors
/// When the states have no edge between them, which is a bug of the caller.
pub fn transition(
    tx: &mut Tx<'_>,
    id: WithdrawalId,
    [from, to]: [&WithdrawalStatus; 2],
    cause: &str,
    now: i64,
) -> Result<bool> {
    const UPDATE: &str = "UPDATE withdrawals SET status = $3, version = version + 1, updated_at = $4
        WHERE id = $1 AND status = $2 RETURNING version";
    if !domain::may_become(from, to) {
        return Err(Error::internal(format!("withdrawal {id}: {from} may not become {to}")));
    }
    written_down(tx, id, [from, to], cause, now, UPDATE, args![id.to_string(), from.as_str(), to.as_str(), now])
}

/// The bank has paid and the hold is captured: false when the withdrawal is not at the bank any more.
///
/// # Errors
/// When the store fails.
pub fn complete(tx: &mut Tx<'_>, id: WithdrawalId, booking: &TransactionNo, ask_at: i64, now: i64) -> Result<bool> {
    const UPDATE: &str = "UPDATE withdrawals SET status = $3, version = version + 1, updated_at = $4,
            completed_at = $4, hold = 'captured', transaction_no = $5, ask_at = $6
        WHERE id = $1 AND status = $2 RETURNING version";
    let edge = [&WithdrawalStatus::Processing, &WithdrawalStatus::Completed];
    written_down(
        tx,
        id,
        edge,
        "paid by the bank",
        now,
        UPDATE,
        args![id.to_string(), edge[0].as_str(), edge[1].as_str(), now, booking.as_str(), ask_at],
    )
}

fn written_down(
    tx: &mut Tx<'_>,
    id: WithdrawalId,
    [from, to]: [&WithdrawalStatus; 2],
    cause: &str,
    now: i64,
    update: &'static str,
    changed: &[crate::kit::store::Value<'_>],
) -> Result<bool> {
    const NOTE: &str =
        "INSERT INTO transitions(id, version, came_from, went_to, cause, at) VALUES ($1, $2, $3, $4, $5, $6)";
    let version: Option<i64> = tx.optional(update, changed, |row| row.get(0))?;
    let Some(version) = version else { return Ok(false) };
    tx.execute(NOTE, args![id.to_string(), version, from.as_str(), to.as_str(), cause, now])?;
    Ok(true)
}

/// Notes how the hold stands, and what was looked at when it was placed.
///
/// # Errors
/// When the store fails.
pub fn set_hold(tx: &mut Tx<'_>, id: WithdrawalId, hold: &str, merchant_version: Option<i64>) -> Result<()> {
    const UPDATE: &str =
        "UPDATE withdrawals SET hold = $2, merchant_version = COALESCE($3, merchant_version) WHERE id = $1";
    tx.execute(UPDATE, args![id.to_string(), hold, merchant_version]).map(drop)
}

/// Notes why a withdrawal was given up.
///
/// # Errors
/// When the store fails.
pub fn set_failure(tx: &mut Tx<'_>, id: WithdrawalId, reason: &str) -> Result<()> {
    const UPDATE: &str = "UPDATE withdrawals SET failure_reason = $2, ask_at = NULL WHERE id = $1";
    tx.execute(UPDATE, args![id.to_string(), reason]).map(drop)
}

/// A withdrawal goes to the bank: from now on the bank must be asked before anything else is believed.
///
/// # Errors
/// When the store fails.
pub fn set_sent(tx: &mut Tx<'_>, id: WithdrawalId, merchant_version: i64, ask_at: i64, now: i64) -> Result<()> {
    const UPDATE: &str = "UPDATE withdrawals SET processed_at = $3, ask_at = $4, merchant_version = $2 WHERE id = $1";
    tx.execute(UPDATE, args![id.to_string(), merchant_version, now, ask_at]).map(drop)
}

/// The bank's number of the transfer.
///
/// # Errors
/// When the store fails.
pub fn set_trade_no(tx: &mut Tx<'_>, id: WithdrawalId, number: &BankTradeNo) -> Result<()> {
    const UPDATE: &str = "UPDATE withdrawals SET channel_trade_no = $2 WHERE id = $1";
    tx.execute(UPDATE, args![id.to_string(), number.as_str()]).map(drop)
}

/// When the bank is asked next, if at all.
///
/// # Errors
/// When the store fails.
pub fn ask_next(tx: &mut Tx<'_>, id: WithdrawalId, at: Option<i64>) -> Result<()> {
    const UPDATE: &str = "UPDATE withdrawals SET ask_at = $2 WHERE id = $1";
    tx.execute(UPDATE, args![id.to_string(), at]).map(drop)
}

/// Stores a decision and counts an approval; who has decided already is refused.
///
/// # Errors
/// `ALREADY_DECIDED` when this approver has.
pub fn decide(
    tx: &mut Tx<'_>,
    withdrawal: &Withdrawal,
    action: &WithdrawalApprovalAction,
    decision: &ApproveWithdrawal,
    id: &str,
    now: i64,
) -> Result<()> {
    const INSERT: &str = "INSERT INTO approvals(id, withdrawal_id, approver_id, approver_name, level, action, comments,
            at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (withdrawal_id, approver_id) DO NOTHING";
    const COUNT: &str = "UPDATE withdrawals SET approval_level = approval_level + 1 WHERE id = $1";
    let (of, approver) = (withdrawal.id.to_string(), decision.approver_id.to_string());
    let comments = decision.comments.as_deref().unwrap_or_default();
    let level = withdrawal.approval_level + 1;
    if tx.execute(INSERT, args![id, of, approver, decision.approver_name, level, action.as_str(), comments, now])? != 1
    {
        let text = format!("{approver} has decided about withdrawal {} already", withdrawal.withdrawal_no);
        return Err(Error::conflict("ALREADY_DECIDED", text));
    }
    if *action == WithdrawalApprovalAction::Approve {
        tx.execute(COUNT, args![of])?;
    }
    Ok(())
}

/// Tells the rest of the platform where a withdrawal stands, in the unit that makes it true.
///
/// # Errors
/// When the store fails.
pub fn announce(tx: &mut Tx<'_>, event: Kind<WithdrawalPayload>, withdrawal: &Withdrawal, now: i64) -> Result<()> {
    outbox::append(tx, event, &WithdrawalPayload::of(withdrawal)?, now).map(drop)
}

// === reading ===

/// One withdrawal, which must be there.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when it is not.
pub fn require(view: &View<'_>, id: WithdrawalId) -> Result<Kept> {
    let found = view.optional(select_withdrawal!("WHERE id = $1"), args![id.to_string()], read)?;
    found.ok_or_else(|| missing(id))
}

/// The answer to a name that nobody has, as far as this caller may know.
pub fn missing(id: WithdrawalId) -> Error {
    Error::not_found(format_args!("withdrawal {id}"))
}

/// The decisions about a withdrawal, by level.
///
/// # Errors
/// When the store fails.
pub fn decisions(view: &View<'_>, id: WithdrawalId) -> Result<Vec<WithdrawalApproval>> {
    const FIND: &str =
        "SELECT id, withdrawal_id, approver_id, approver_name, level, action, comments, at FROM approvals
        WHERE withdrawal_id = $1 ORDER BY level, at";
    view.all(FIND, args![id.to_string()], |row| {
        let action: WithdrawalApprovalAction = row.parse("action")?;
        let status = match action {
            WithdrawalApprovalAction::Approve => WithdrawalStatus::Approved,
            _ => WithdrawalStatus::Rejected,
        };
        Ok(WithdrawalApproval {
            id: row.parse("id")?,
            withdrawal_id: row.parse("withdrawal_id")?,
            approver_id: row.parse("approver_id")?,
            approver_name: row.get("approver_name")?,
            level: row.get("level")?,
            action,
            status,
            comments: row.get("comments")?,
            approved_at: row.get("at")?,
            created_at: row.get("at")?,
        })
    })
}

/// Withdrawals that the bank is to be asked about, the most overdue first. What is due later than anything can be was
/// noted before the clock went back.
///
/// # Errors
/// When the store fails.
pub fn to_ask(view: &View<'_>, now: i64, most: i64) -> Result<Vec<Kept>> {
    let furthest = now.saturating_add(millis(sagas::RETURNS));
    let due = select_withdrawal!("WHERE ask_at <= $1 OR ask_at > $2 ORDER BY ask_at LIMIT $3");
    view.all(due, args![now, furthest, most], read)
}

/// One page of the withdrawals that a filter lets through, newest first.
///
/// # Errors
/// When the store fails.
pub fn list(
    view: &View<'_>,
    merchant: Option<MerchantId>,
    filter: &WithdrawalFilter,
    [page, page_size]: [i64; 2],
) -> Result<WithdrawalPage> {
    macro_rules! matching {
        () => {
            "WHERE ($1 IS NULL OR merchant_id = $1) AND ($2 IS NULL OR status = $2) AND ($3 IS NULL OR kind = $3) \
             AND ($4 IS NULL OR withdrawal_no = $4)"
        };
    }
    let merchant = merchant.map(|id| id.to_string());
    let status = filter.status.as_ref().map(WithdrawalStatus::as_str);
    let kind = filter.kind.as_ref().map(WithdrawalType::as_str);
    let number = filter.withdrawal_no.as_ref().map(|number| number.as_str());
    let matching = args![merchant, status, kind, number];
    let count = concat!("SELECT COUNT(*) FROM withdrawals ", matching!());
    let newest = select_withdrawal!(matching!(), " ORDER BY created_at DESC, id DESC LIMIT $5 OFFSET $6");
    let Page { list: withdrawals, total, page, page_size } =
        paging::read(view, [count, newest], matching, (page, page_size), |row| Ok(read(row)?.shown))?;
    Ok(WithdrawalPage { withdrawals, total, page, page_size })
}

fn read(row: &Row<'_>) -> Result<Kept> {
    let (amount, fee): (i64, i64) = (row.get("amount")?, row.get("fee")?);
    let shown = Withdrawal {
        id: row.parse("id")?,
        withdrawal_no: row.parse("withdrawal_no")?,
        merchant_id: row.parse("merchant_id")?,
        currency: Some(row.get("currency")?),
        amount,
        fee,
        actual_amount: amount - fee,
        kind: row.parse("kind")?,
        status: row.parse("status")?,
        bank_account_id: row.parse("bank_account_id")?,
        bank_name: row.get("bank_name")?,
        bank_account_name: row.get("bank_account_name")?,
        bank_account_no: row.get("bank_account_no")?,
        remarks: row.get("remarks")?,
        approval_level: row.get("approval_level")?,
        required_level: row.get("required_level")?,
        channel_trade_no: row.parse("channel_trade_no")?,
        failure_reason: row.get("failure_reason")?,
        processed_at: row.get("processed_at")?,
        completed_at: row.get("completed_at")?,
        created_by: row.parse("created_by")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    };
    Ok(Kept { shown, hold: row.get("hold")?, transaction_no: row.parse("transaction_no")? })
}
