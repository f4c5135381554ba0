//! Transactions: what a journal did to one account of a merchant, as its owner reads it. Rows never change; whether one
//! was reversed is whether another says so.

use payment_clients::{
    apis::{
        accounting::{
            AccountTransaction, RelatedId, RelatedNo, TransactionFilter, TransactionNo, TransactionStatus,
            TransactionType,
        },
        ids::{MerchantId, TransactionId},
    },
    contract::{
        error::{Error, Result},
        page::Page,
        timestamp::Timestamp,
    },
};

use crate::{
    accounting::{domain, events, ledger::Account},
    args,
    kit::{
        ids::Ids,
        paging,
        store::{Row, Tx, View},
    },
};

pub(super) const TABLES: &str = "
CREATE TABLE transactions(
  transaction_no TEXT NOT NULL PRIMARY KEY, id TEXT NOT NULL, account TEXT NOT NULL REFERENCES ledger_accounts(id),
  merchant_id TEXT NOT NULL, kind TEXT NOT NULL, journal_id TEXT NOT NULL REFERENCES journals(id),
  related_id TEXT NOT NULL, related_no TEXT NOT NULL, amount {{int}} NOT NULL CHECK(amount <> 0),
  balance_before {{int}} NOT NULL, balance_after {{int}} NOT NULL, currency TEXT NOT NULL, description TEXT NOT NULL,
  extra TEXT NOT NULL, reverses TEXT REFERENCES transactions(transaction_no), created_at {{int}} NOT NULL,
  CHECK(balance_before + amount = balance_after)
) {{strict}};
CREATE UNIQUE INDEX one_transaction_a_number ON transactions(account, kind, related_no) WHERE related_no <> '';
CREATE UNIQUE INDEX one_reversal ON transactions(reverses) WHERE reverses IS NOT NULL;
CREATE INDEX transactions_by_merchant ON transactions(merchant_id, created_at);
CREATE INDEX transactions_by_account ON transactions(account, created_at);
{{immutable:transactions}}";

/// What is said about a movement beside its amount.
#[derive(Clone, Debug)]
pub struct Note {
    /// Number of the transaction.
    pub number: TransactionNo,
    /// Its id in other tables.
    pub id: TransactionId,
    /// Why money moved.
    pub kind: TransactionType,
    /// What it is about.
    pub related_id: RelatedId,
    /// Number of that; posted once for an account and kind, unless it is empty.
    pub related_no: RelatedNo,
    /// For people.
    pub description: String,
    /// A JSON object, or empty.
    pub extra: String,
    /// The transaction that it takes back.
    pub reverses: Option<TransactionNo>,
}

/// A journal's effect on one account.
#[derive(Clone, Debug)]
pub struct Movement<'a> {
    /// The journal.
    pub journal: &'a str,
    /// The account.
    pub account: &'a Account,
    /// Minor units, signed.
    pub amount: i64,
    /// Free funds after it.
    pub free: i64,
}

macro_rules! select {
    ($($rest:expr),*) => {
        concat!(
            "SELECT t.transaction_no, t.id, t.account, t.kind, t.journal_id, t.related_id, t.related_no, t.amount, \
             t.balance_before, t.balance_after, t.description, t.created_at, \
             CASE WHEN EXISTS(SELECT 1 FROM transactions r WHERE r.reverses = t.transaction_no) \
             THEN 'reversed' ELSE 'completed' END AS status FROM transactions t "
            $(, $rest)*
        )
    };
}

// === impl Note ===

impl Note {
    /// A transaction about what `related_no` names.
    pub fn new(ids: &Ids, kind: TransactionType, related_no: impl Into<RelatedNo>) -> Self {
        Self {
            number: ids.next("TX").into(),
            id: ids.uuid().into(),
            kind,
            related_id: RelatedId::default(),
            related_no: related_no.into(),
            description: String::new(),
            extra: String::new(),
            reverses: None,
        }
    }
}

/// Writes down what a journal of this unit has done to an account.
///
/// # Errors
/// 409 when the number was posted for this account and kind, or the original is reversed already.
pub fn insert(tx: &mut Tx<'_>, note: &Note, movement: &Movement<'_>, now: i64) -> Result<AccountTransaction> {
    const INSERT: &str = "INSERT INTO transactions(transaction_no, id, account, merchant_id, kind, journal_id,
        related_id, related_no, amount, balance_before, balance_after, currency, description, extra, reverses, created_at)
        VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT DO NOTHING";
    let Movement { journal, account, amount, free } = *movement;
    let booked = AccountTransaction {
        id: note.id,
        account_id: account.number().into(),
        merchant_id: domain::owner(account)?,
        transaction_no: note.number.clone(),
        transaction_type: note.kind.clone(),
        related_id: note.related_id,
        related_no: note.related_no.clone(),
        amount,
        // What a hold had set aside was free before it.
        balance_before: free - amount,
        balance_after: free,
        currency: account.currency(),
        description: note.description.clone(),
        status: TransactionStatus::Completed,
        created_at: Timestamp::from_unix_ms(now),
    };
    let inserted = tx.execute(
        INSERT,
        args![
            note.number.as_str(),
            note.id.to_string(),
            account.id(),
            booked.merchant_id.to_string(),
            note.kind.as_str(),
            journal,
            note.related_id.to_string(),
            note.related_no.as_str(),
            amount,
            booked.balance_before,
            free,
            booked.currency,
            note.description,
            note.extra,
            note.reverses.as_ref().map(TransactionNo::as_str),
            now,
        ],
    )?;
    if inserted == 1 {
        events::transaction_created(tx, &booked, now)?;
        return Ok(booked);
    }
    let text = match &note.reverses {
        Some(original) => format!("transaction {original} is reversed already"),
        None => format!("`{}` of {} is posted on this account already", note.kind, note.related_no),
    };
    Err(Error::conflict("ALREADY_POSTED", text))
}

/// One transaction; of this merchant, if one is named.
///
/// # Errors
/// 404 when there is none.
pub fn require(view: &View<'_>, number: &TransactionNo, merchant: Option<MerchantId>) -> Result<AccountTransaction> {
    let sql = select!("WHERE t.transaction_no = $1 AND ($2 IS NULL OR t.merchant_id = $2)");
    let merchant = merchant.map(|merchant| merchant.to_string());
    let found = view.optional(sql, args![number.as_str(), merchant], read)?;
    found.ok_or_else(|| Error::not_found(format_args!("transaction {number}")))
}

/// The journal that a transaction shows one side of.
///
/// # Errors
/// 404 when there is no such transaction.
pub fn journal_of(view: &View<'_>, number: &TransactionNo) -> Result<String> {
    const FIND: &str = "SELECT journal_id FROM transactions WHERE transaction_no = $1";
    let found = view.optional(FIND, args![number.as_str()], |row| row.get(0))?;
    found.ok_or_else(|| Error::not_found(format_args!("transaction {number}")))
}

/// One page of the transactions that a filter lets through, newest first.
///
/// # Errors
/// 400 when a day of the filter is none.
pub fn list(
    view: &View<'_>,
    filter: &TransactionFilter,
    page: i64,
    page_size: i64,
) -> Result<Page<AccountTransaction>> {
    macro_rules! matching {
        () => {
            "JOIN ledger_accounts a ON a.id = t.account WHERE ($1 IS NULL OR a.number = $1) \
             AND ($2 IS NULL OR t.merchant_id = $2) AND ($3 IS NULL OR t.kind = $3) \
             AND ($4 IS NULL OR t.currency = $4) AND ($5 IS NULL OR t.created_at >= $5) \
             AND ($6 IS NULL OR t.created_at <= $6) AND ($7 IS NULL OR t.created_at >= $7) \
             AND ($8 IS NULL OR t.created_at < $8)"
        };
    }
    let account = filter.account_id.map(|id| id.to_string());
    let merchant = filter.merchant_id.map(|id| id.to_string());
    let kind = filter.transaction_type.as_ref().map(TransactionType::as_str);
    let start = filter.start.as_deref().map(|text| domain::day("start", text)).transpose()?;
    let end = filter.end.as_deref().map(|text| domain::day_after("end", text)).transpose()?;
    let matching = args![account, merchant, kind, filter.currency, filter.start_time, filter.end_time, start, end];
    let count = concat!("SELECT COUNT(*) FROM transactions t ", matching!());
    let newest = select!(matching!(), " ORDER BY t.created_at DESC, t.transaction_no DESC LIMIT $9 OFFSET $10");
    paging::read(view, [count, newest], matching, (page, page_size), read)
}

fn read(row: &Row<'_>) -> Result<AccountTransaction> {
    let account: Account = row.parse("account")?;
    Ok(AccountTransaction {
        id: row.parse("id")?,
        account_id: account.number().into(),
        merchant_id: domain::owner(&account)?,
        transaction_no: row.parse("transaction_no")?,
        transaction_type: row.parse("kind")?,
        related_id: row.parse("related_id")?,
        related_no: row.parse("related_no")?,
        amount: row.get("amount")?,
        balance_before: row.get("balance_before")?,
        balance_after: row.get("balance_after")?,
        currency: account.currency(),
        description: row.get("description")?,
        status: row.parse("status")?,
        created_at: row.get("created_at")?,
    })
}
