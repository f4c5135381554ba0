//! Documents and licences of the merchants.

use payment_clients::{
    apis::{
        ids::{MerchantId, OperatorId},
        merchant::{DocumentType, KycDocument, KycDocumentId, Qualification, QualificationId},
    },
    contract::error::Result,
};

use super::{Scope, missing, one, step};
use crate::{
    args,
    kit::store::{Row, Tx, View},
};

pub(super) const DOCUMENTS: &str = "
CREATE TABLE documents(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL REFERENCES merchants(id), document_type TEXT NOT NULL,
    file_url TEXT NOT NULL, file_hash TEXT NOT NULL, file_size {{int}} NOT NULL CHECK(file_size >= 0),
    mime_type TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending' CHECK(status IN('pending','approved','rejected')),
    version {{int}} NOT NULL DEFAULT 0, reviewed_by TEXT, review_notes TEXT NOT NULL DEFAULT '',
    reviewed_at {{int}}, expiry_date {{int}}, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
    CHECK(status = 'pending' OR reviewed_at IS NOT NULL)) {{strict}};
CREATE INDEX documents_of_merchant ON documents(merchant_id, created_at);";

pub(super) const LICENCES: &str = "
CREATE TABLE licences(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL REFERENCES merchants(id), qualification_type TEXT NOT NULL,
    license_number TEXT NOT NULL, license_name TEXT NOT NULL, issued_by TEXT NOT NULL, file_url TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending' CHECK(status IN('pending','verified','rejected','expired')),
    version {{int}} NOT NULL DEFAULT 0, verified_by TEXT, verified_at {{int}}, created_at {{int}} NOT NULL,
    updated_at {{int}} NOT NULL, CHECK(status = 'pending' OR verified_at IS NOT NULL)) {{strict}};
CREATE INDEX licences_of_merchant ON licences(merchant_id, created_at);";

/// Takes a document one step.
pub const DOCUMENT: &str = step!("documents", "status");

/// Takes a licence one step.
pub const LICENCE: &str = step!("licences", "status");

// === documents ===

macro_rules! select_document {
    ($rest:literal) => {
        concat!(
            "SELECT id, merchant_id, document_type, file_url, file_hash, file_size, mime_type, status, reviewed_by, \
             review_notes, reviewed_at, expiry_date, created_at, updated_at FROM documents ",
            $rest
        )
    };
}

/// Stores a new document.
///
/// # Errors
/// When the statement fails.
pub fn insert_document(tx: &mut Tx<'_>, document: &KycDocument) -> Result<()> {
    tx.execute(
        "INSERT INTO documents(id, merchant_id, document_type, file_url, file_hash, file_size, mime_type, expiry_date,
            created_at, updated_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        args![
            document.id.to_string(),
            document.merchant_id.to_string(),
            document.document_type.as_str(),
            document.file_url,
            document.file_hash,
            document.file_size,
            document.mime_type,
            document.expiry_date,
            document.created_at,
        ],
    )
    .map(drop)
}

/// Writes who has looked at a document and what they say, in the unit that then takes the step.
///
/// # Errors
/// When the statement fails.
pub fn review(tx: &mut Tx<'_>, id: KycDocumentId, by: Option<OperatorId>, notes: &str, now: i64) -> Result<()> {
    let reviewed = tx.execute(
        "UPDATE documents SET reviewed_by = $2, review_notes = $3, reviewed_at = $4 WHERE id = $1",
        args![id.to_string(), by.map(|by| by.to_string()), notes, now],
    )?;
    one(reviewed, "document", id)
}

/// Deletes a document.
///
/// # Errors
/// When the statement fails.
pub fn delete_document(tx: &mut Tx<'_>, id: KycDocumentId) -> Result<()> {
    let deleted = tx.execute("DELETE FROM documents WHERE id = $1", args![id.to_string()])?;
    one(deleted, "document", id)
}

/// One document.
///
/// # Errors
/// 404 when there is none in this scope.
pub fn document(view: &View<'_>, id: KycDocumentId, scope: &Scope) -> Result<KycDocument> {
    let sql = select_document!("WHERE id = $1 AND ($2 IS NULL OR merchant_id = $2)");
    let found = view.optional(sql, args![id.to_string(), scope], read_document)?;
    found.ok_or_else(|| missing("document", id))
}

/// A merchant's documents, newest first.
///
/// # Errors
/// When the statement fails.
pub fn documents(view: &View<'_>, owner: MerchantId, of: Option<&DocumentType>) -> Result<Vec<KycDocument>> {
    view.all(
        select_document!(
            "WHERE merchant_id = $1 AND ($2 IS NULL OR document_type = $2) ORDER BY created_at DESC, id DESC"
        ),
        args![owner.to_string(), of.map(DocumentType::as_str)],
        read_document,
    )
}

fn read_document(row: &Row<'_>) -> Result<KycDocument> {
    Ok(KycDocument {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        document_type: row.parse("document_type")?,
        file_url: row.get("file_url")?,
        file_hash: row.get("file_hash")?,
        file_size: row.get("file_size")?,
        mime_type: row.get("mime_type")?,
        status: row.parse("status")?,
        reviewed_by: operator(row, "reviewed_by")?,
        review_notes: row.get("review_notes")?,
        reviewed_at: row.get("reviewed_at")?,
        expiry_date: row.get("expiry_date")?,
        ocr_data: "{}".to_owned(),
        metadata: "{}".to_owned(),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

// === licences ===

macro_rules! select_licence {
    ($rest:literal) => {
        concat!(
            "SELECT id, merchant_id, qualification_type, license_number, license_name, issued_by, file_url, status, \
             verified_by, verified_at, created_at, updated_at FROM licences ",
            $rest
        )
    };
}

/// Stores a new licence.
///
/// # Errors
/// When the statement fails.
pub fn insert_licence(tx: &mut Tx<'_>, licence: &Qualification) -> Result<()> {
    tx.execute(
        "INSERT INTO licences(id, merchant_id, qualification_type, license_number, license_name, issued_by, file_url,
            created_at, updated_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        args![
            licence.id.to_string(),
            licence.merchant_id.to_string(),
            licence.qualification_type.as_str(),
            licence.license_number,
            licence.license_name,
            licence.issued_by,
            licence.file_url,
            licence.created_at,
        ],
    )
    .map(drop)
}

/// Writes who has looked at a licence, in the unit that then takes the step.
///
/// # Errors
/// When the statement fails.
pub fn verify(tx: &mut Tx<'_>, id: QualificationId, by: Option<OperatorId>, now: i64) -> Result<()> {
    const VERIFY: &str = "UPDATE licences SET verified_by = $2, verified_at = $3 WHERE id = $1";
    let verified = tx.execute(VERIFY, args![id.to_string(), by.map(|by| by.to_string()), now])?;
    one(verified, "licence", id)
}

/// Deletes a licence.
///
/// # Errors
/// When the statement fails.
pub fn delete_licence(tx: &mut Tx<'_>, id: QualificationId) -> Result<()> {
    let deleted = tx.execute("DELETE FROM licences WHERE id = $1", args![id.to_string()])?;
    one(deleted, "licence", id)
}

/// One licence.
///
/// # Errors
/// 404 when there is none in this scope.
pub fn licence(view: &View<'_>, id: QualificationId, scope: &Scope) -> Result<Qualification> {
    let sql = select_licence!("WHERE id = $1 AND ($2 IS NULL OR merchant_id = $2)");
    let found = view.optional(sql, args![id.to_string(), scope], read_licence)?;
    found.ok_or_else(|| missing("licence", id))
}

/// A merchant's licences, newest first.
///
/// # Errors
/// When the statement fails.
pub fn licences(view: &View<'_>, owner: MerchantId) -> Result<Vec<Qualification>> {
    let sql = select_licence!("WHERE merchant_id = $1 ORDER BY created_at DESC, id DESC");
    view.all(sql, args![owner.to_string()], read_licence)
}

fn read_licence(row: &Row<'_>) -> Result<Qualification> {
    Ok(Qualification {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        qualification_type: row.parse("qualification_type")?,
        license_number: row.get("license_number")?,
        license_name: row.get("license_name")?,
        issued_by: row.get("issued_by")?,
        issued_date: None,
        expiry_date: None,
        file_url: row.get("file_url")?,
        status: row.parse("status")?,
        verified_by: operator(row, "verified_by")?,
        verified_at: row.get("verified_at")?,
        metadata: "{}".to_owned(),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// Who it was; somebody of another service has no number here.
fn operator(row: &Row<'_>, column: &'static str) -> Result<Option<OperatorId>> {
    let id: Option<String> = row.get(column)?;
    Ok(id.and_then(|id| id.parse().ok()))
}
