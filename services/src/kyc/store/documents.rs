//! Documents, their numbers sealed.

use payment_clients::{
    apis::{
        ids::{MerchantId, OperatorId},
        kyc::{
            AlertSeverity, DocumentFilter, DocumentPage, KycDocument, KycDocumentId, KycDocumentType, KycStatus,
            SubmitDocument,
        },
    },
    contract::{error::Result, page::Page},
};

use super::{Scope, missing, of, one, step};
use crate::{
    args,
    kit::{
        paging,
        store::{Row, Tx, View},
        vault::{About, Column, Vault},
    },
    kyc::domain::reviews::Verdict,
};

/// What is decided was decided by another than the submitter.
pub(super) const TABLE: &str = "
CREATE TABLE documents(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, document_type TEXT NOT NULL, number TEXT,
    number_masked TEXT NOT NULL, url TEXT NOT NULL, front_image_url TEXT NOT NULL, back_image_url TEXT NOT NULL,
    issue_date {{int}}, expiry_date {{int}}, issuing_country TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending' CHECK(status IN('pending','approved','rejected','expired')),
    reviewer_id TEXT, reviewer_name TEXT NOT NULL DEFAULT '', review_comments TEXT NOT NULL DEFAULT '',
    rejection_reason TEXT NOT NULL DEFAULT '', reviewed_at {{int}}, submitted_by TEXT NOT NULL,
    version {{int}} NOT NULL DEFAULT 0, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
    CHECK(status = 'pending' OR reviewer_id IS NOT NULL), CHECK((reviewer_id IS NULL) = (reviewed_at IS NULL)),
    CHECK(reviewer_id IS NULL OR submitted_by <> 'admin:' || reviewer_id),
    CHECK((number IS NULL) = (number_masked = ''))) {{strict}};
CREATE INDEX documents_of_merchant ON documents(merchant_id, created_at);
CREATE INDEX documents_by_age ON documents(created_at);
CREATE INDEX documents_ending ON documents(expiry_date) WHERE status = 'approved' AND expiry_date IS NOT NULL;";

/// Takes a document one step.
pub const STATUS: &str = step!("documents");

/// How numbers lie here.
pub const NUMBERS: Column = Column {
    kind: "document_number",
    select: "SELECT merchant_id AS owner, id, number AS sealed FROM documents
        WHERE number IS NOT NULL AND substr(number, 1, length($1)) <> $1 ORDER BY id LIMIT $2",
    update: "UPDATE documents SET number = $2 WHERE id = $1 AND number = $3",
};

macro_rules! select {
    ($($rest:expr),*) => {
        concat!(
            "SELECT id, merchant_id, document_type, number_masked, url, front_image_url, back_image_url, issue_date, \
             expiry_date, issuing_country, status, reviewer_id, reviewer_name, review_comments, rejection_reason, \
             reviewed_at, submitted_by, created_at, updated_at FROM documents " $(, $rest)*
        )
    };
}

/// A document with what no answer shows.
#[derive(Clone, Debug)]
pub struct Kept {
    /// As answers show it.
    pub shown: KycDocument,
    /// Who submitted it: `merchant:<id>`, `service:<name>`, `admin:<id>`.
    pub submitted_by: String,
}

/// Seals the number of a document, if it has one.
///
/// # Errors
/// When the machine has no randomness to give.
pub fn sealed(vault: &Vault, asked: &SubmitDocument, id: KycDocumentId) -> Result<Option<String>> {
    let Some(number) = &asked.document_number else { return Ok(None) };
    let (owner, id) = (asked.merchant_id.to_string(), id.to_string());
    vault.seal(About { owner: &owner, kind: NUMBERS.kind, id: &id }, number.expose().as_bytes()).map(Some)
}

// === writing ===

/// Stores a new document, its number sealed.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, document: &KycDocument, number: Option<&str>, submitted_by: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO documents(id, merchant_id, document_type, number, number_masked, url, front_image_url,
            back_image_url, issue_date, expiry_date, issuing_country, submitted_by, created_at, updated_at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)",
        args![
            document.id.to_string(),
            document.merchant_id.to_string(),
            document.document_type.as_str(),
            number,
            document.document_number.expose(),
            document.document_url,
            document.front_image_url,
            document.back_image_url,
            document.issue_date,
            document.expiry_date,
            document.issuing_country,
            submitted_by,
            document.created_at,
        ],
    )
    .map(drop)
}

/// Writes who has looked at a document and what they say, in the unit that then takes the step.
///
/// # Errors
/// When the statement fails.
pub fn review(tx: &mut Tx<'_>, id: KycDocumentId, verdict: &Verdict, now: i64) -> Result<()> {
    const REVIEW: &str = "UPDATE documents SET reviewer_id = $2, reviewer_name = $3, review_comments = $4,
        rejection_reason = $5, reviewed_at = $6 WHERE id = $1";
    let Verdict { reviewer_id, reviewer_name, comments, reason, .. } = verdict;
    let reviewed =
        tx.execute(REVIEW, args![id.to_string(), reviewer_id.to_string(), reviewer_name, comments, reason, now])?;
    one(reviewed, "document", id)
}

// === reading ===

/// One document.
///
/// # Errors
/// 404 when there is none in this scope.
pub fn require(view: &View<'_>, id: KycDocumentId, scope: Scope) -> Result<Kept> {
    let sql = select!("WHERE id = $1 AND ($2 IS NULL OR merchant_id = $2)");
    let read = |row: &Row<'_>| Ok(Kept { shown: read(row)?, submitted_by: row.get("submitted_by")? });
    let found = view.optional(sql, args![id.to_string(), of(scope)], read)?;
    found.ok_or_else(|| missing("document", id))
}

/// One page of the documents that a filter lets through, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, scope: Scope, filter: &DocumentFilter, page: (i64, i64)) -> Result<DocumentPage> {
    macro_rules! matching {
        () => {
            "WHERE ($1 IS NULL OR merchant_id = $1) AND ($2 IS NULL OR document_type = $2) \
             AND ($3 IS NULL OR status = $3)"
        };
    }
    let merchant = of(scope);
    let kind = filter.document_type.as_ref().map(KycDocumentType::as_str);
    let status = filter.status.as_ref().map(KycStatus::as_str);
    let matching = args![merchant, kind, status];
    let count = concat!("SELECT COUNT(*) FROM documents ", matching!());
    let newest = select!(matching!(), " ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5");
    let Page { list, total, page, page_size } = paging::read(view, [count, newest], matching, page, read)?;
    Ok(DocumentPage { documents: list, total, page, page_size })
}

/// The kinds of which a merchant has an approved document.
///
/// # Errors
/// When the statement fails.
pub fn approved_kinds(view: &View<'_>, merchant: MerchantId) -> Result<Vec<KycDocumentType>> {
    const APPROVED: &str =
        "SELECT DISTINCT document_type FROM documents WHERE merchant_id = $1 AND status = 'approved'";
    view.all(APPROVED, args![merchant.to_string()], |row| row.parse(0))
}

/// Approved documents whose last day begins at this time or before, the first to end first: those that lack an alert of
/// this severity, or all.
///
/// # Errors
/// When the statement fails.
pub fn ending(view: &View<'_>, by: i64, lacking: Option<&AlertSeverity>, most: i64) -> Result<Vec<KycDocument>> {
    let sql = select!(
        "WHERE status = 'approved' AND expiry_date <= $1 AND ($2 IS NULL OR NOT EXISTS(SELECT 1 FROM alerts
            WHERE alerts.document_id = documents.id AND alerts.severity = $2))
         ORDER BY expiry_date, id LIMIT $3"
    );
    view.all(sql, args![by, lacking.map(AlertSeverity::as_str), most], read)
}

fn read(row: &Row<'_>) -> Result<KycDocument> {
    Ok(KycDocument {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        document_type: row.parse("document_type")?,
        document_number: row.get::<String>("number_masked")?.into(),
        document_url: row.get("url")?,
        front_image_url: row.get("front_image_url")?,
        back_image_url: row.get("back_image_url")?,
        issue_date: row.get("issue_date")?,
        expiry_date: row.get("expiry_date")?,
        issuing_country: row.get("issuing_country")?,
        status: row.parse("status")?,
        reviewer_id: reviewer(row, "reviewer_id")?,
        reviewer_name: row.get("reviewer_name")?,
        review_comments: row.get("review_comments")?,
        reviewed_at: row.get("reviewed_at")?,
        rejection_reason: row.get("rejection_reason")?,
        ocr_data: String::new(),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// Who of the staff it was, if anybody yet.
pub(super) fn reviewer(row: &Row<'_>, column: &'static str) -> Result<Option<OperatorId>> {
    row.get::<Option<String>>(column)?.map(|_| row.parse(column)).transpose()
}
