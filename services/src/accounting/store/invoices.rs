//! Invoices, their lines, and what was paid of them. Nothing is booked: an invoice says what is owed, and the transfer that
//! pays it has a transaction of its own.

use payment_clients::{
    apis::{
        accounting::{
            CreateInvoice, Invoice, InvoiceFilter, InvoiceId, InvoiceItem, InvoiceNo, InvoiceStatus, InvoiceType,
            NewInvoiceItem, RelatedNo,
        },
        ids::MerchantId,
    },
    contract::{
        error::{Error, Result},
        page::Page,
    },
};

use crate::{
    accounting::domain::invoices::{self as rules, Totals},
    args,
    kit::{
        ids::Ids,
        paging,
        store::{Row, Tx, View},
    },
};

pub(super) const TABLES: &str = "
CREATE TABLE invoices(
  invoice_no TEXT NOT NULL PRIMARY KEY, id TEXT NOT NULL UNIQUE, merchant_id TEXT NOT NULL, kind TEXT NOT NULL,
  period_start {{int}} NOT NULL, period_end {{int}} NOT NULL CHECK(period_end > period_start), currency TEXT NOT NULL,
  subtotal_amount {{int}} NOT NULL CHECK(subtotal_amount > 0), tax_amount {{int}} NOT NULL CHECK(tax_amount >= 0),
  total_amount {{int}} NOT NULL, paid_amount {{int}} NOT NULL DEFAULT 0 CHECK(paid_amount BETWEEN 0 AND total_amount),
  status TEXT NOT NULL DEFAULT 'pending'
    CHECK(status IN ('pending', 'partial_paid', 'paid', 'cancelled', 'voided')),
  due_date {{int}} NOT NULL, paid_at {{int}}, notes TEXT NOT NULL, version {{int}} NOT NULL DEFAULT 0,
  created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
  CHECK(total_amount = subtotal_amount + tax_amount), CHECK((status = 'paid') = (paid_at IS NOT NULL)),
  CHECK((status = 'paid') = (paid_amount = total_amount)), CHECK(status <> 'cancelled' OR paid_amount = 0)
) {{strict}};
CREATE INDEX invoices_by_merchant ON invoices(merchant_id, created_at);
CREATE TABLE invoice_items(
  invoice_id TEXT NOT NULL REFERENCES invoices(id), line {{int}} NOT NULL, id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL, description TEXT NOT NULL, quantity {{int}} NOT NULL CHECK(quantity > 0),
  unit_price {{int}} NOT NULL CHECK(unit_price > 0), amount {{int}} NOT NULL CHECK(amount = quantity * unit_price),
  related_id TEXT, related_no TEXT NOT NULL, created_at {{int}} NOT NULL, PRIMARY KEY(invoice_id, line)
) {{clustered}};
CREATE TABLE invoice_transitions(
  invoice_no TEXT NOT NULL REFERENCES invoices(invoice_no), version {{int}} NOT NULL, came_from TEXT NOT NULL,
  went_to TEXT NOT NULL, paid {{int}} NOT NULL, actor TEXT NOT NULL, at {{int}} NOT NULL,
  PRIMARY KEY(invoice_no, version)
) {{clustered}};
{{immutable:invoice_items}}
{{immutable:invoice_transitions}}";

/// Unpaid after its day is overdue, without anybody having to come by and say so; `$1` is now.
macro_rules! status {
    () => {
        "CASE WHEN status IN ('pending', 'partial_paid') AND due_date < $1 THEN 'overdue' ELSE status END"
    };
}

macro_rules! select {
    ($($rest:expr),*) => {
        concat!(
            "SELECT invoice_no, id, merchant_id, kind, period_start, period_end, currency, subtotal_amount, tax_amount, \
             total_amount, paid_amount, ", status!(), " AS status, due_date, paid_at, notes, created_at, updated_at \
             FROM invoices "
            $(, $rest)*
        )
    };
}

// === steps ===

/// Creates an invoice with its lines.
///
/// # Errors
/// The first field that breaks a rule.
pub fn create(tx: &mut Tx<'_>, ids: &Ids, number: &InvoiceNo, request: &CreateInvoice, now: i64) -> Result<Invoice> {
    const INSERT: &str = "INSERT INTO invoices(invoice_no, id, merchant_id, kind, period_start, period_end, currency,
        subtotal_amount, tax_amount, total_amount, due_date, notes, created_at, updated_at)
        VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)";
    let Totals { subtotal, tax, total } = rules::totals(request)?;
    let id = InvoiceId::from(ids.uuid());
    tx.execute(
        INSERT,
        args![
            number.as_str(),
            id.to_string(),
            request.merchant_id.to_string(),
            request.invoice_type.as_str(),
            request.period_start,
            request.period_end,
            request.currency,
            subtotal,
            tax,
            total,
            request.due_date,
            request.notes.as_deref().unwrap_or_default(),
            now,
        ],
    )?;
    for (line, item) in (0..).zip(&request.items) {
        insert_item(tx, ids, id, (line, item), now)?;
    }
    require(tx, number, now)
}

fn insert_item(
    tx: &mut Tx<'_>,
    ids: &Ids,
    invoice: InvoiceId,
    (line, item): (i64, &NewInvoiceItem),
    now: i64,
) -> Result<()> {
    const INSERT: &str =
        "INSERT INTO invoice_items(invoice_id, line, id, kind, description, quantity, unit_price, amount,
        related_id, related_no, created_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    tx.execute(
        INSERT,
        args![
            invoice.to_string(),
            line,
            ids.uuid().to_string(),
            item.item_type,
            item.description.as_deref().unwrap_or_default(),
            item.quantity,
            item.unit_price,
            rules::amount(item)?,
            item.related_id.map(|id| id.to_string()),
            item.related_no.as_ref().map_or("", RelatedNo::as_str),
            now,
        ],
    )
    .map(drop)
}

/// Writes down that so much more of an invoice was paid.
///
/// # Errors
/// 404 when there is none, 409 when nothing can be paid of it any more, 422 when it is more than is outstanding.
pub fn pay(tx: &mut Tx<'_>, number: &InvoiceNo, amount: i64, actor: &str, now: i64) -> Result<()> {
    let invoice = require(tx, number, now)?;
    if !is_open(&invoice.status) {
        return Err(closed(&invoice, "be paid"));
    }
    if amount > invoice.outstanding_amount {
        let text =
            format!("{} is outstanding of invoice {number}, and {amount} would be paid", invoice.outstanding_amount);
        return Err(Error::declined("MORE_THAN_OUTSTANDING", text));
    }
    let to = if amount == invoice.outstanding_amount { InvoiceStatus::Paid } else { InvoiceStatus::PartialPaid };
    step(tx, &invoice, &to, amount, actor, now)
}

/// Gives up an invoice of which nothing is paid. Nothing happens to one that is given up.
///
/// # Errors
/// 404 when there is none, 409 when something was paid of it or it is void.
pub fn cancel(tx: &mut Tx<'_>, number: &InvoiceNo, actor: &str, now: i64) -> Result<()> {
    let invoice = require(tx, number, now)?;
    match invoice.status {
        InvoiceStatus::Cancelled => Ok(()),
        ref status if is_open(status) && invoice.paid_amount == 0 => {
            step(tx, &invoice, &InvoiceStatus::Cancelled, 0, actor, now)
        }
        _ => Err(closed(&invoice, "be cancelled; an invoice with payments is voided")),
    }
}

/// Declares an invoice void that is not paid in full. Nothing happens to one that is void.
///
/// # Errors
/// 404 when there is none, 409 when it is paid.
pub fn void(tx: &mut Tx<'_>, number: &InvoiceNo, actor: &str, now: i64) -> Result<()> {
    let invoice = require(tx, number, now)?;
    match invoice.status {
        InvoiceStatus::Voided => Ok(()),
        InvoiceStatus::Paid => Err(closed(&invoice, "be void")),
        _ => step(tx, &invoice, &InvoiceStatus::Voided, 0, actor, now),
    }
}

fn is_open(status: &InvoiceStatus) -> bool {
    matches!(status, InvoiceStatus::Pending | InvoiceStatus::PartialPaid | InvoiceStatus::Overdue)
}

fn closed(invoice: &Invoice, what: &str) -> Error {
    let Invoice { invoice_no, status, paid_amount, .. } = invoice;
    let text = format!("invoice {invoice_no} is {status}, {paid_amount} paid, and cannot {what}");
    Error::conflict("INVOICE_NOT_OPEN", text)
}

/// The one place where an invoice changes: its status, and what is paid of it.
fn step(tx: &mut Tx<'_>, invoice: &Invoice, to: &InvoiceStatus, paid: i64, actor: &str, now: i64) -> Result<()> {
    const STEP: &str = "UPDATE invoices SET status = $2, paid_amount = paid_amount + $3, paid_at = $4,
        version = version + 1, updated_at = $5
        WHERE invoice_no = $1 AND paid_amount = $6 AND status NOT IN ('paid', 'voided') RETURNING version";
    const WRITE: &str = "INSERT INTO invoice_transitions(invoice_no, version, came_from, went_to, paid, actor, at)
        VALUES($1, $2, $3, $4, $5, $6, $7)";
    let number = invoice.invoice_no.as_str();
    let (state, paid_at) = (to.as_str(), (*to == InvoiceStatus::Paid).then_some(now));
    let columns = args![number, state, paid, paid_at, now, invoice.paid_amount];
    let Some(version) = tx.optional(STEP, columns, |row| row.get::<i64>(0))? else {
        return Err(closed(invoice, "change"));
    };
    tx.execute(WRITE, args![number, version, invoice.status.as_str(), state, paid, actor, now]).map(drop)
}

// === reading ===

/// One invoice with its lines.
///
/// # Errors
/// 404 when there is none.
pub fn require(view: &View<'_>, number: &InvoiceNo, now: i64) -> Result<Invoice> {
    const ITEMS: &str = "SELECT id, kind, description, quantity, unit_price, amount, related_id, related_no, created_at
        FROM invoice_items WHERE invoice_id = $1 ORDER BY line";
    let found = view.optional(select!("WHERE invoice_no = $2"), args![now, number.as_str()], read)?;
    let mut invoice = found.ok_or_else(|| Error::not_found(format_args!("invoice {number}")))?;
    invoice.items = view.all(ITEMS, args![invoice.id.to_string()], |row| read_item(row, invoice.id))?;
    Ok(invoice)
}

/// One page of the invoices that a filter lets through, newest first, without their lines.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, filter: &InvoiceFilter, now: i64, page: i64, page_size: i64) -> Result<Page<Invoice>> {
    macro_rules! matching {
        () => {
            concat!(
                "WHERE ($2 IS NULL OR merchant_id = $2) AND ($3 IS NULL OR kind = $3) AND ($4 IS NULL OR $4 = ",
                status!(),
                ") AND ($5 IS NULL OR period_start >= $5) AND ($6 IS NULL OR period_end <= $6) "
            )
        };
    }
    let merchant = filter.merchant_id.map(|id: MerchantId| id.to_string());
    let kind = filter.invoice_type.as_ref().map(InvoiceType::as_str);
    let status = filter.status.as_ref().map(InvoiceStatus::as_str);
    let matching = args![now, merchant, kind, status, filter.start_time, filter.end_time];
    let count = concat!("SELECT COUNT(*) FROM invoices ", matching!());
    let newest = select!(matching!(), "ORDER BY created_at DESC, invoice_no DESC LIMIT $7 OFFSET $8");
    paging::read(view, [count, newest], matching, (page, page_size), read)
}

fn read(row: &Row<'_>) -> Result<Invoice> {
    let (total, paid): (i64, i64) = (row.get("total_amount")?, row.get("paid_amount")?);
    Ok(Invoice {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        invoice_no: row.parse("invoice_no")?,
        invoice_type: row.parse("kind")?,
        period_start: row.get("period_start")?,
        period_end: row.get("period_end")?,
        currency: row.get("currency")?,
        subtotal_amount: row.get("subtotal_amount")?,
        tax_amount: row.get("tax_amount")?,
        total_amount: total,
        paid_amount: paid,
        outstanding_amount: total - paid,
        status: row.parse("status")?,
        due_date: row.get("due_date")?,
        paid_at: row.get("paid_at")?,
        notes: row.get("notes")?,
        items: Vec::new(),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn read_item(row: &Row<'_>, invoice_id: InvoiceId) -> Result<InvoiceItem> {
    let related: Option<String> = row.get("related_id")?;
    Ok(InvoiceItem {
        id: row.parse("id")?,
        invoice_id,
        item_type: row.get("kind")?,
        description: row.get("description")?,
        quantity: row.get("quantity")?,
        unit_price: row.get("unit_price")?,
        amount: row.get("amount")?,
        related_id: related.map(|id| id.parse()).transpose().map_err(|cause: String| Error::internal(cause))?,
        related_no: row.parse("related_no")?,
        created_at: row.get("created_at")?,
    })
}
