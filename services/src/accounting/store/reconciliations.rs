//! Reconciliation sheets: somebody has laid our books beside another's, and here is what came of it, line by line, until
//! each difference has its reason.

use payment_clients::{
    apis::{
        accounting::{
            CreateReconciliation, ExternalTransactionNo, NewReconciliationItem, Reconciliation, ReconciliationFilter,
            ReconciliationId, ReconciliationItem, ReconciliationItemId, ReconciliationItemStatus, ReconciliationNo,
            ReconciliationStatus,
        },
        ids::OperatorId,
    },
    contract::{
        error::{Error, Result},
        page::Page,
    },
};

use crate::{
    accounting::domain::{
        self,
        reconciliations::{self as rules, Compared},
    },
    args,
    kit::{
        ids::Ids,
        paging,
        store::{Row, Tx, View},
    },
};

pub(super) const TABLES: &str = "
CREATE TABLE reconciliations(
  reconciliation_no TEXT NOT NULL PRIMARY KEY, id TEXT NOT NULL UNIQUE, merchant_id TEXT NOT NULL,
  channel TEXT NOT NULL, day {{int}} NOT NULL, period_start {{int}} NOT NULL,
  period_end {{int}} NOT NULL CHECK(period_end > period_start), currency TEXT NOT NULL,
  internal_count {{int}} NOT NULL, internal_amount {{int}} NOT NULL, external_count {{int}} NOT NULL,
  external_amount {{int}} NOT NULL,
  status TEXT NOT NULL CHECK(status IN ('matched', 'mismatched', 'processing', 'completed')),
  reconciled_by TEXT, reconciled_at {{int}}, version {{int}} NOT NULL DEFAULT 0, created_at {{int}} NOT NULL,
  updated_at {{int}} NOT NULL, CHECK((status = 'completed') = (reconciled_at IS NOT NULL))
) {{strict}};
CREATE INDEX reconciliations_by_day ON reconciliations(merchant_id, day);
CREATE TABLE reconciliation_items(
  id TEXT NOT NULL PRIMARY KEY, reconciliation_id TEXT NOT NULL REFERENCES reconciliations(id),
  line {{int}} NOT NULL, transaction_no TEXT NOT NULL, external_tx_no TEXT NOT NULL,
  kind TEXT NOT NULL CHECK(kind IN ('payment', 'refund', 'fee')), internal_amount {{int}} NOT NULL,
  external_amount {{int}} NOT NULL,
  status TEXT NOT NULL CHECK(status IN ('matched', 'mismatched', 'missing', 'duplicate', 'resolved')),
  description TEXT NOT NULL, created_at {{int}} NOT NULL, UNIQUE(reconciliation_id, line),
  CHECK(status <> 'matched' OR internal_amount = external_amount)
) {{strict}};
CREATE TABLE reconciliation_transitions(
  reconciliation_no TEXT NOT NULL REFERENCES reconciliations(reconciliation_no), version {{int}} NOT NULL,
  came_from TEXT NOT NULL, went_to TEXT NOT NULL, actor TEXT NOT NULL, at {{int}} NOT NULL,
  PRIMARY KEY(reconciliation_no, version)
) {{clustered}};
{{immutable:reconciliation_transitions}}";

macro_rules! select {
    ($($rest:expr),*) => {
        concat!(
            "SELECT r.id, r.reconciliation_no, r.merchant_id, r.channel, r.day, r.period_start, r.period_end, \
             r.currency, r.internal_count, r.internal_amount, r.external_count, r.external_amount, \
             (SELECT COUNT(*) FROM reconciliation_items i WHERE i.reconciliation_id = r.id \
             AND i.status IN ('mismatched', 'missing')) AS mismatched, \
             r.status, r.reconciled_by, r.reconciled_at, r.created_at, r.updated_at FROM reconciliations r "
            $(, $rest)*
        )
    };
}

// === steps ===

/// Creates a sheet with its lines.
///
/// # Errors
/// The first field that breaks a rule.
pub fn create(
    tx: &mut Tx<'_>,
    ids: &Ids,
    number: &ReconciliationNo,
    request: &CreateReconciliation,
    now: i64,
) -> Result<Reconciliation> {
    const INSERT: &str = "INSERT INTO reconciliations(reconciliation_no, id, merchant_id, channel, day, period_start,
        period_end, currency, internal_count, internal_amount, external_count, external_amount, status, created_at,
        updated_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)";
    let compared = rules::compare(request)?;
    let (sums, status) = rules::sums(&compared)?;
    let id = ReconciliationId::from(ids.uuid());
    tx.execute(
        INSERT,
        args![
            number.as_str(),
            id.to_string(),
            request.merchant_id.to_string(),
            request.channel,
            request.reconciliation_date,
            request.period_start,
            request.period_end,
            request.currency,
            sums.internal_count,
            sums.internal_amount,
            sums.external_count,
            sums.external_amount,
            status.as_str(),
            now,
        ],
    )?;
    for (line, (item, compared)) in (0..).zip(request.items.iter().zip(&compared)) {
        insert_item(tx, (ReconciliationItemId::from(ids.uuid()), id), line, (item, compared), now)?;
    }
    require(tx, number)
}

fn insert_item(
    tx: &mut Tx<'_>,
    (id, sheet): (ReconciliationItemId, ReconciliationId),
    line: i64,
    (item, compared): (&NewReconciliationItem, &Compared),
    now: i64,
) -> Result<()> {
    const INSERT: &str = "INSERT INTO reconciliation_items(id, reconciliation_id, line, transaction_no, external_tx_no,
        kind, internal_amount, external_amount, status, description, created_at)
        VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    tx.execute(
        INSERT,
        args![
            id.to_string(),
            sheet.to_string(),
            line,
            item.transaction_no.as_str(),
            item.external_tx_no.as_ref().map_or("", ExternalTransactionNo::as_str),
            item.item_type.as_str(),
            compared.internal,
            compared.external,
            compared.status.as_str(),
            item.description.as_deref().unwrap_or_default(),
            now,
        ],
    )
    .map(drop)
}

/// Begins to clear up a sheet on which something differs. Nothing happens to one that is being cleared up.
///
/// # Errors
/// 404 when there is none, 409 when nothing differs or it is closed.
pub fn process(tx: &mut Tx<'_>, number: &ReconciliationNo, actor: &str, now: i64) -> Result<()> {
    let sheet = require(tx, number)?;
    match sheet.status {
        ReconciliationStatus::Processing => Ok(()),
        ReconciliationStatus::Mismatched => step(tx, &sheet, &ReconciliationStatus::Processing, (actor, None), now),
        _ => Err(wrong_state(&sheet, "a mismatched one is cleared up")),
    }
}

/// Closes a sheet that matches, or on which every difference has its reason. Nothing happens to one that is closed.
///
/// # Errors
/// 404 when there is none, 409 when it is not being cleared up, or lines are left.
pub fn complete(
    tx: &mut Tx<'_>,
    number: &ReconciliationNo,
    (actor, operator): (&str, Option<OperatorId>),
    now: i64,
) -> Result<()> {
    let sheet = require(tx, number)?;
    match sheet.status {
        ReconciliationStatus::Completed => return Ok(()),
        ReconciliationStatus::Matched | ReconciliationStatus::Processing => {}
        _ => return Err(wrong_state(&sheet, "one that matches or is being cleared up is closed")),
    }
    let left = sheet.items.iter().filter(|item| is_open(&item.status)).count();
    if left > 0 {
        let text = format!("{left} lines of sheet {number} differ; resolve them, then close it");
        return Err(Error::conflict("RECONCILIATION_OPEN", text));
    }
    step(tx, &sheet, &ReconciliationStatus::Completed, (actor, operator), now)
}

/// Says why a line differs. The same said again changes nothing.
///
/// # Errors
/// 404 when there is no such line, 409 when its sheet is not being cleared up, it matches, or something else was said.
pub fn resolve(tx: &mut Tx<'_>, id: ReconciliationItemId, resolution: &str, now: i64) -> Result<()> {
    const FIND: &str = "SELECT r.reconciliation_no FROM reconciliations r
        JOIN reconciliation_items i ON i.reconciliation_id = r.id WHERE i.id = $1";
    const RESOLVE: &str = "UPDATE reconciliation_items SET status = 'resolved', description = $2
        WHERE id = $1 AND status IN ('mismatched', 'missing', 'duplicate')";
    const TOUCH: &str = "UPDATE reconciliations SET updated_at = $2 WHERE reconciliation_no = $1";
    let missing = || Error::not_found(format_args!("reconciliation item {id}"));
    let number = tx.optional(FIND, args![id.to_string()], |row| row.parse(0))?.ok_or_else(missing)?;
    let sheet = require(tx, &number)?;
    let item = sheet.items.iter().find(|item| item.id == id).ok_or_else(missing)?;
    if item.status == ReconciliationItemStatus::Resolved && item.description == resolution {
        return Ok(());
    }
    if sheet.status != ReconciliationStatus::Processing {
        return Err(wrong_state(&sheet, "lines are resolved while it is being cleared up"));
    }
    if tx.execute(RESOLVE, args![id.to_string(), resolution])? == 0 {
        let text = format!("item {id} is {}; only one that differs is resolved, and once", item.status);
        return Err(Error::conflict("ITEM_NOT_OPEN", text));
    }
    tx.execute(TOUCH, args![number.as_str(), now]).map(drop)
}

fn is_open(status: &ReconciliationItemStatus) -> bool {
    use ReconciliationItemStatus::{Duplicate, Mismatched, Missing};
    matches!(status, Mismatched | Missing | Duplicate)
}

fn wrong_state(sheet: &Reconciliation, rule: &str) -> Error {
    let text = format!("sheet {} is {}; {rule}", sheet.reconciliation_no, sheet.status);
    Error::conflict("RECONCILIATION_STATE", text)
}

/// The one place where a sheet changes its status; `operator` closes it.
fn step(
    tx: &mut Tx<'_>,
    sheet: &Reconciliation,
    to: &ReconciliationStatus,
    (actor, operator): (&str, Option<OperatorId>),
    now: i64,
) -> Result<()> {
    const STEP: &str = "UPDATE reconciliations SET status = $3, reconciled_by = $4, reconciled_at = $5,
        version = version + 1, updated_at = $6 WHERE reconciliation_no = $1 AND status = $2 RETURNING version";
    const WRITE: &str =
        "INSERT INTO reconciliation_transitions(reconciliation_no, version, came_from, went_to, actor, at)
        VALUES($1, $2, $3, $4, $5, $6)";
    let (number, from) = (sheet.reconciliation_no.as_str(), sheet.status.as_str());
    let (state, closed_at) = (to.as_str(), (*to == ReconciliationStatus::Completed).then_some(now));
    let closed_by = operator.map(|operator| operator.to_string());
    let columns = args![number, from, state, closed_by, closed_at, now];
    let Some(version) = tx.optional(STEP, columns, |row| row.get::<i64>(0))? else {
        return Err(wrong_state(sheet, "it has changed meanwhile"));
    };
    tx.execute(WRITE, args![number, version, from, state, actor, now]).map(drop)
}

// === reading ===

/// One sheet with its lines.
///
/// # Errors
/// 404 when there is none.
pub fn require(view: &View<'_>, number: &ReconciliationNo) -> Result<Reconciliation> {
    const ITEMS: &str = "SELECT id, transaction_no, external_tx_no, kind, internal_amount, external_amount, status,
        description, created_at FROM reconciliation_items WHERE reconciliation_id = $1 ORDER BY line";
    let found = view.optional(select!("WHERE r.reconciliation_no = $1"), args![number.as_str()], read)?;
    let mut sheet = found.ok_or_else(|| Error::not_found(format_args!("reconciliation {number}")))?;
    sheet.items = view.all(ITEMS, args![sheet.id.to_string()], |row| read_item(row, sheet.id))?;
    Ok(sheet)
}

/// One page of the sheets that a filter lets through, newest day first, without their lines.
///
/// # Errors
/// 400 when a day of the filter is none.
pub fn list(view: &View<'_>, filter: &ReconciliationFilter, page: i64, page_size: i64) -> Result<Page<Reconciliation>> {
    macro_rules! matching {
        () => {
            "WHERE ($1 IS NULL OR r.merchant_id = $1) AND ($2 IS NULL OR r.channel = $2) \
             AND ($3 IS NULL OR r.status = $3) AND ($4 IS NULL OR r.day >= $4) AND ($5 IS NULL OR r.day < $5) "
        };
    }
    let merchant = filter.merchant_id.map(|id| id.to_string());
    let status = filter.status.as_ref().map(ReconciliationStatus::as_str);
    let start = filter.start_date.as_deref().map(|text| domain::day("start_date", text)).transpose()?;
    let end = filter.end_date.as_deref().map(|text| domain::day_after("end_date", text)).transpose()?;
    let matching = args![merchant, filter.channel, status, start, end];
    let count = concat!("SELECT COUNT(*) FROM reconciliations r ", matching!());
    let newest =
        select!(matching!(), "ORDER BY r.day DESC, r.created_at DESC, r.reconciliation_no DESC LIMIT $6 OFFSET $7");
    paging::read(view, [count, newest], matching, (page, page_size), read)
}

fn read(row: &Row<'_>) -> Result<Reconciliation> {
    let [ours, theirs]: [i32; 2] = [row.get("internal_count")?, row.get("external_count")?];
    let [internal, external]: [i64; 2] = [row.get("internal_amount")?, row.get("external_amount")?];
    let closed_by: Option<String> = row.get("reconciled_by")?;
    Ok(Reconciliation {
        id: row.parse("id")?,
        reconciliation_no: row.parse("reconciliation_no")?,
        merchant_id: row.parse("merchant_id")?,
        channel: row.get("channel")?,
        reconciliation_date: row.get("day")?,
        period_start: row.get("period_start")?,
        period_end: row.get("period_end")?,
        currency: row.get("currency")?,
        internal_count: ours,
        internal_amount: internal,
        external_count: theirs,
        external_amount: external,
        diff_count: ours - theirs,
        diff_amount: internal.saturating_sub(external),
        mismatched_count: row.get("mismatched")?,
        status: row.parse("status")?,
        reconciled_by: closed_by.map(|id| id.parse()).transpose().map_err(|cause: String| Error::internal(cause))?,
        reconciled_at: row.get("reconciled_at")?,
        notes: String::new(),
        items: Vec::new(),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn read_item(row: &Row<'_>, reconciliation_id: ReconciliationId) -> Result<ReconciliationItem> {
    let [internal, external]: [i64; 2] = [row.get("internal_amount")?, row.get("external_amount")?];
    Ok(ReconciliationItem {
        id: row.parse("id")?,
        reconciliation_id,
        transaction_no: row.parse("transaction_no")?,
        external_tx_no: row.parse("external_tx_no")?,
        item_type: row.parse("kind")?,
        internal_amount: internal,
        external_amount: external,
        // Each is far below half of the range.
        diff_amount: internal - external,
        status: row.parse("status")?,
        description: row.get("description")?,
        created_at: row.get("created_at")?,
    })
}
