//! Verifications: which documents were submitted together. Their status is that of the documents.

use payment_clients::{
    apis::{
        ids::MerchantId,
        kyc::{KycDocumentId, KycLevel, KycStatus, Verification, VerificationId},
    },
    contract::{error::Result, timestamp::Timestamp},
};

use super::{levels, missing};
use crate::{
    args,
    kit::store::{Row, Tx, View},
    kyc::domain::verifications::status,
};

pub(super) const TABLES: &str = "
CREATE TABLE verifications(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, company_name TEXT NOT NULL, legal_rep_name TEXT NOT NULL,
    created_at {{int}} NOT NULL) {{strict}};
CREATE INDEX verifications_of_merchant ON verifications(merchant_id, created_at);
CREATE TABLE verification_documents(
    verification_id TEXT NOT NULL REFERENCES verifications(id), place {{int}} NOT NULL,
    document_id TEXT NOT NULL UNIQUE REFERENCES documents(id), PRIMARY KEY(verification_id, place)) {{clustered}};";

/// What a verification says beside its documents.
#[derive(Clone, Debug)]
pub struct Started {
    /// Its id.
    pub id: VerificationId,
    /// Who is verified.
    pub merchant_id: MerchantId,
    /// Its name.
    pub company_name: String,
    /// Who represents it; empty when not given.
    pub legal_rep_name: String,
    /// What was submitted with it, in order.
    pub documents: Vec<KycDocumentId>,
}

/// Stores a verification, whose documents are stored already.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, started: &Started, now: i64) -> Result<()> {
    const INSERT: &str = "INSERT INTO verifications(id, merchant_id, company_name, legal_rep_name, created_at)
        VALUES($1, $2, $3, $4, $5)";
    const LINK: &str = "INSERT INTO verification_documents(verification_id, place, document_id) VALUES($1, $2, $3)";
    let Started { id, merchant_id, company_name, legal_rep_name, documents } = started;
    let id = id.to_string();
    tx.execute(INSERT, args![id, merchant_id.to_string(), company_name, legal_rep_name, now])?;
    for (place, document) in (1_i64..).zip(documents) {
        tx.execute(LINK, args![id, place, document.to_string()])?;
    }
    Ok(())
}

// === reading ===

/// What rows say of a verification.
type Found = (VerificationId, MerchantId, String, String, Timestamp);

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, merchant_id, company_name, legal_rep_name, created_at FROM verifications ", $rest)
    };
}

/// One verification, with what became of it.
///
/// # Errors
/// 404 when there is none.
pub fn require(view: &View<'_>, id: VerificationId) -> Result<Verification> {
    let found = view.optional(select!("WHERE id = $1"), args![id.to_string()], read)?;
    whole(view, found.ok_or_else(|| missing("verification", id))?)
}

/// The newest verification of a merchant, with what became of it.
///
/// # Errors
/// 404 when there is none.
pub fn newest(view: &View<'_>, merchant: MerchantId) -> Result<Verification> {
    let newest = select!("WHERE merchant_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1");
    let found = view.optional(newest, args![merchant.to_string()], read)?;
    whole(view, found.ok_or_else(|| missing("verification of merchant", merchant))?)
}

fn read(row: &Row<'_>) -> Result<Found> {
    let (id, merchant) = (row.parse("id")?, row.parse("merchant_id")?);
    Ok((id, merchant, row.get("company_name")?, row.get("legal_rep_name")?, row.get("created_at")?))
}

fn whole(view: &View<'_>, found: Found) -> Result<Verification> {
    const DOCUMENTS: &str = "SELECT d.id, d.status, d.updated_at FROM verification_documents v
        JOIN documents d ON d.id = v.document_id WHERE v.verification_id = $1 ORDER BY v.place";
    let (id, merchant_id, company_name, legal_rep_name, created_at) = found;
    let documents: Vec<(KycDocumentId, KycStatus, Timestamp)> =
        view.all(DOCUMENTS, args![id.to_string()], |row| Ok((row.parse(0)?, row.parse(1)?, row.get(2)?)))?;
    let statuses: Vec<_> = documents.iter().map(|(_, status, _)| status.clone()).collect();
    Ok(Verification {
        id,
        merchant_id,
        company_name,
        legal_rep_name,
        status: status(&statuses),
        current_level: levels::find(view, merchant_id)?.map_or(KycLevel::Basic, |level| level.current_level),
        updated_at: documents.iter().map(|(.., at)| *at).fold(created_at, Timestamp::max),
        document_ids: documents.into_iter().map(|(id, ..)| id).collect(),
        created_at,
    })
}
