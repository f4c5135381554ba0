//! Settlements of a period. What they settle is claimed, row by row, and a transfer can be claimed once: neither two
//! settlements at the same time nor periods that overlap pay it out twice.

use payment_clients::{
    apis::{
        accounting::{
            AccountSettlement, AccountSettlementFilter, AccountSettlementId, AccountSettlementNo,
            AccountSettlementStatus, CreateAccountSettlement, TransactionType,
        },
        ids::MerchantId,
    },
    contract::{
        error::{Error, Result},
        page::Page,
    },
};

use super::transactions::{self, Movement, Note};
use crate::{
    accounting::{
        domain,
        ledger::{self, Account, Booked, Class, Journal, Kind, Leg, Outcome},
    },
    args,
    kit::{
        ids::Ids,
        paging,
        store::{Row, Tx, View},
    },
};

pub(super) const TABLES: &str = "
CREATE TABLE settlements(
  settlement_no TEXT NOT NULL PRIMARY KEY, id TEXT NOT NULL, merchant_id TEXT NOT NULL,
  account TEXT NOT NULL REFERENCES ledger_accounts(id), pending TEXT NOT NULL, currency TEXT NOT NULL,
  period_start {{int}} NOT NULL, period_end {{int}} NOT NULL CHECK(period_end > period_start),
  cutoff {{int}} NOT NULL, total_amount {{int}} NOT NULL DEFAULT 0, fee_amount {{int}} NOT NULL DEFAULT 0,
  net_amount {{int}} NOT NULL DEFAULT 0, payment_count {{int}} NOT NULL DEFAULT 0,
  refund_count {{int}} NOT NULL DEFAULT 0,
  status TEXT NOT NULL DEFAULT 'pending' CHECK(status IN ('pending', 'completed', 'cancelled')),
  version {{int}} NOT NULL DEFAULT 0, settled_at {{int}}, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
  CHECK(net_amount = total_amount - fee_amount), CHECK(net_amount >= 0), CHECK(fee_amount >= 0),
  CHECK((status = 'completed') = (settled_at IS NOT NULL))
) {{strict}};
CREATE INDEX settlements_by_merchant ON settlements(merchant_id, created_at);
CREATE TABLE claims(
  transfer {{int}} PRIMARY KEY REFERENCES transfers(seq),
  settlement_no TEXT NOT NULL REFERENCES settlements(settlement_no)
) {{strict}};
CREATE INDEX claims_by_settlement ON claims(settlement_no);
CREATE TABLE settlement_transitions(
  settlement_no TEXT NOT NULL REFERENCES settlements(settlement_no), version {{int}} NOT NULL,
  came_from TEXT NOT NULL, went_to TEXT NOT NULL, claims {{int}} NOT NULL, actor TEXT NOT NULL, at {{int}} NOT NULL,
  PRIMARY KEY(settlement_no, version)
) {{clustered}};
{{immutable:settlement_transitions}}";

/// What was paid back of it, beside how often.
pub(super) const REFUNDS: &str =
    "ALTER TABLE settlements ADD COLUMN refund_amount {{int}} NOT NULL DEFAULT 0 CHECK(refund_amount >= 0)";

macro_rules! select {
    ($($rest:expr),*) => {
        concat!(
            "SELECT settlement_no, id, merchant_id, account, period_start, period_end, total_amount, fee_amount, \
             net_amount, currency, status, payment_count, refund_count, refund_amount, settled_at, created_at, updated_at \
             FROM settlements "
            $(, $rest)*
        )
    };
}

// === steps ===

/// Claims what came into the pending funds in a period and what went out of them since its beginning, and adds it up.
///
/// # Errors
/// 400 when the period is none or the account does not fit, 404 when it is somebody else's, 422 when nothing is left to
/// be settled, or less than its fees: it stays for the next settlement.
pub fn create(
    tx: &mut Tx<'_>,
    (number, id): (&AccountSettlementNo, AccountSettlementId),
    request: &CreateAccountSettlement,
    now: i64,
) -> Result<AccountSettlement> {
    // All transfers of now are in the books: units run one after another.
    const INSERT: &str = "INSERT INTO settlements(settlement_no, id, merchant_id, account, pending, currency,
        period_start, period_end, created_at, updated_at, cutoff)
        SELECT $1, $2, $3, $4, $5, $6, CAST($7 AS BIGINT), CAST($8 AS BIGINT), CAST($9 AS BIGINT), CAST($9 AS BIGINT),
            COALESCE((SELECT seq FROM transfers ORDER BY seq DESC LIMIT 1), 0)";
    let account = target(tx, request)?;
    let pending = domain::merchants(Class::MerchantPending, request.merchant_id, request.currency);
    tx.execute(
        INSERT,
        args![
            number.as_str(),
            id.to_string(),
            request.merchant_id.to_string(),
            account.id(),
            pending.id(),
            request.currency,
            request.period_start,
            request.period_end,
            now,
        ],
    )?;
    claim(tx, number)?;
    require(tx, number, None)
}

/// The merchant's own account that free funds go to.
fn target(view: &View<'_>, request: &CreateAccountSettlement) -> Result<Account> {
    domain::check_owner(request.merchant_id, request.currency)?;
    domain::period(request.period_start, request.period_end)?;
    let account = super::accounts::in_ledger(view, request.account_id)?;
    if domain::owner(&account)? != request.merchant_id {
        return Err(Error::not_found(format_args!("account {}", request.account_id)));
    }
    if account.class() != Class::MerchantAvailable || account.currency() != request.currency {
        let rule = format!("must be the merchant's operating account in {}", request.currency);
        return Err(Error::invalid_input("account_id", rule));
    }
    Ok(account)
}

/// Claims everything on the pending account that is posted, in the period, and no settlement's; then the settlement is
/// the sum of its claims. What went back after the period is among them, since the funds that it took are gone: without
/// it, a refund just after midnight would leave less than the day is to pay out.
fn claim(tx: &mut Tx<'_>, number: &AccountSettlementNo) -> Result<()> {
    const CLAIM: &str = "INSERT INTO claims(transfer, settlement_no)
        SELECT t.seq, s.settlement_no FROM settlements s
            JOIN transfers t ON t.debit = s.pending OR t.credit = s.pending
            JOIN journals j ON j.id = t.journal_id
        WHERE s.settlement_no = $1 AND t.seq <= s.cutoff AND t.at >= s.period_start
            AND (t.at < s.period_end OR t.debit = s.pending) AND t.how IN ('single', 'post')
            AND j.kind <> 'settlement'
            AND NOT EXISTS(SELECT 1 FROM claims c WHERE c.transfer = t.seq)";
    const SUM: &str = "SELECT
            CAST(COALESCE(SUM(CASE WHEN t.credit = s.pending THEN t.amount ELSE -t.amount END), 0) AS BIGINT) AS total,
            CAST(COALESCE(SUM(p.fee), 0) AS BIGINT) AS fees,
            CAST(COALESCE(SUM(CASE WHEN t.credit = s.pending THEN 1 ELSE 0 END), 0) AS BIGINT) AS payments,
            CAST(COALESCE(SUM(CASE WHEN t.credit = s.pending THEN 0 ELSE t.amount END), 0) AS BIGINT) AS refunded,
            COUNT(*) AS claims
        FROM claims c JOIN settlements s ON s.settlement_no = c.settlement_no
            JOIN transfers t ON t.seq = c.transfer LEFT JOIN captures p ON p.transfer = c.transfer
        WHERE c.settlement_no = $1";
    const KEEP: &str = "UPDATE settlements SET total_amount = $2, fee_amount = $3, net_amount = $4, payment_count = $5,
        refund_count = $6, refund_amount = $7 WHERE settlement_no = $1";
    tx.execute(CLAIM, args![number.as_str()])?;
    let [total, fee, payments, refunded, claims] = tx.one(SUM, args![number.as_str()], |row| {
        let [total, fee, payments] = [row.get("total")?, row.get("fees")?, row.get("payments")?];
        Ok([total, fee, payments, row.get("refunded")?, row.get::<i64>("claims")?])
    })?;
    let net = total - fee;
    if total <= 0 || net < 0 {
        let text = format!("{claims} transactions of the period come to {total}, their fees to {fee}: they stay");
        return Err(Error::declined("NOTHING_TO_SETTLE", text));
    }
    tx.execute(KEEP, args![number.as_str(), total, fee, net, payments, claims - payments, refunded]).map(drop)
}

/// Books a pending settlement.
///
/// # Errors
/// 404 when there is none, 409 when it is not pending, or refunds have taken from what it would pay.
pub fn process(tx: &mut Tx<'_>, ids: &Ids, number: &AccountSettlementNo, actor: &str, now: i64) -> Result<()> {
    let settlement = require(tx, number, None)?;
    let own = |class| domain::merchants(class, settlement.merchant_id, settlement.currency);
    let (pending, available) = (own(Class::MerchantPending), own(Class::MerchantAvailable));
    let fees = Account::new(Class::Fees, "payment", settlement.currency);
    step(tx, &settlement, &AccountSettlementStatus::Completed, actor, now)?;
    let parts = [(&available, settlement.net_amount), (&fees, settlement.fee_amount)];
    let parts = parts.into_iter().filter(|(_, amount)| *amount > 0);
    let legs = parts.map(|(to, amount)| Leg::single(pending.clone(), to.clone(), amount)).collect();
    let journal = Journal::new(format!("set:{number}"), Kind::Settlement, number.as_str(), legs)?;
    let booked = ledger::book(tx, &journal, now).map_err(|error| match error.code() {
        Some(ledger::INSUFFICIENT) => {
            let text = format!("refunds have taken from what {number} would pay; cancel it and create another");
            Error::conflict("SETTLEMENT_OVERTAKEN", text)
        }
        _ => error,
    })?;
    let Outcome::Booked(Booked { entries }) = booked else {
        return Err(Error::internal(format!("settlement {number} is booked and does not say so")));
    };
    let mut record = |account, amount, free| {
        let movement = Movement { journal: journal.id(), account, amount, free };
        transactions::insert(tx, &Note::new(ids, TransactionType::Settlement, number.as_str()), &movement, now)
    };
    if let Some(last) = entries.last() {
        record(&pending, -settlement.total_amount, last.debit_free)?;
    }
    match entries.first() {
        Some(first) if settlement.net_amount > 0 => {
            record(&available, settlement.net_amount, first.credit_free).map(drop)
        }
        _ => Ok(()),
    }
}

/// Gives up a pending settlement and frees what it has claimed.
///
/// # Errors
/// 404 when there is none, 409 when it is not pending.
pub fn cancel(tx: &mut Tx<'_>, number: &AccountSettlementNo, actor: &str, now: i64) -> Result<()> {
    let settlement = require(tx, number, None)?;
    step(tx, &settlement, &AccountSettlementStatus::Cancelled, actor, now)?;
    tx.execute("DELETE FROM claims WHERE settlement_no = $1", args![number.as_str()]).map(drop)
}

/// The one place where a settlement changes its status.
fn step(
    tx: &mut Tx<'_>,
    settlement: &AccountSettlement,
    to: &AccountSettlementStatus,
    actor: &str,
    now: i64,
) -> Result<()> {
    const STEP: &str = "UPDATE settlements SET status = $2, settled_at = $3, version = version + 1, updated_at = $4
        WHERE settlement_no = $1 AND status = 'pending' RETURNING version";
    const WRITE: &str =
        "INSERT INTO settlement_transitions(settlement_no, version, came_from, went_to, claims, actor, at)
        VALUES($1, $2, 'pending', $3, $4, $5, $6)";
    let number = settlement.settlement_no.as_str();
    let settled_at = (*to == AccountSettlementStatus::Completed).then_some(now);
    let version: Option<i64> = tx.optional(STEP, args![number, to.as_str(), settled_at, now], |row| row.get(0))?;
    let Some(version) = version else {
        let text = format!("settlement {number} is {}; only a pending one can be {to}", settlement.status);
        return Err(Error::conflict("SETTLEMENT_NOT_PENDING", text));
    };
    let claims = settlement.payment_count.saturating_add(settlement.refund_count);
    tx.execute(WRITE, args![number, version, to.as_str(), claims, actor, now]).map(drop)
}

// === reading ===

/// One settlement; of this merchant, if one is named.
///
/// # Errors
/// 404 when there is none.
pub fn require(
    view: &View<'_>,
    number: &AccountSettlementNo,
    merchant: Option<MerchantId>,
) -> Result<AccountSettlement> {
    let sql = select!("WHERE settlement_no = $1 AND ($2 IS NULL OR merchant_id = $2)");
    let merchant = merchant.map(|merchant| merchant.to_string());
    let found = view.optional(sql, args![number.as_str(), merchant], read)?;
    found.ok_or_else(|| Error::not_found(format_args!("settlement {number}")))
}

/// One page of the settlements that a filter lets through, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(
    view: &View<'_>,
    filter: &AccountSettlementFilter,
    page: i64,
    page_size: i64,
) -> Result<Page<AccountSettlement>> {
    macro_rules! matching {
        () => {
            "WHERE ($1 IS NULL OR merchant_id = $1) AND ($2 IS NULL OR status = $2) \
             AND ($3 IS NULL OR period_start >= $3) AND ($4 IS NULL OR period_end <= $4)"
        };
    }
    let merchant = filter.merchant_id.map(|id| id.to_string());
    let status = filter.status.as_ref().map(AccountSettlementStatus::as_str);
    let matching = args![merchant, status, filter.start_time, filter.end_time];
    let count = concat!("SELECT COUNT(*) FROM settlements ", matching!());
    let newest = select!(matching!(), " ORDER BY created_at DESC, settlement_no DESC LIMIT $5 OFFSET $6");
    paging::read(view, [count, newest], matching, (page, page_size), read)
}

fn read(row: &Row<'_>) -> Result<AccountSettlement> {
    let account: Account = row.parse("account")?;
    Ok(AccountSettlement {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        settlement_no: row.parse("settlement_no")?,
        account_id: account.number().into(),
        period_start: row.get("period_start")?,
        period_end: row.get("period_end")?,
        total_amount: row.get("total_amount")?,
        fee_amount: row.get("fee_amount")?,
        net_amount: row.get("net_amount")?,
        currency: row.get("currency")?,
        status: row.parse("status")?,
        payment_count: row.get("payment_count")?,
        refund_count: row.get("refund_count")?,
        refund_amount: row.get("refund_amount")?,
        settled_at: row.get("settled_at")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
