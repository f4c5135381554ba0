//! Qualifications of companies, one a merchant; the number of the legal person's identity card is sealed.

use payment_clients::{
    apis::{
        ids::MerchantId,
        kyc::{KycStatus, Qualification, QualificationFilter, QualificationId, QualificationPage, SubmitQualification},
    },
    contract::{error::Result, page::Page},
};

use super::{Scope, documents::reviewer, missing, of, one, step};
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
CREATE TABLE qualifications(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL UNIQUE, company_name TEXT NOT NULL, license_no TEXT NOT NULL,
    license_url TEXT NOT NULL, person_name TEXT NOT NULL, id_card TEXT NOT NULL, id_card_masked TEXT NOT NULL,
    id_card_front_url TEXT NOT NULL, id_card_back_url TEXT NOT NULL, address TEXT NOT NULL,
    capital {{int}} NOT NULL CHECK(capital >= 0), established_date {{int}}, scope TEXT NOT NULL, industry TEXT NOT NULL,
    tax_no TEXT NOT NULL, tax_url TEXT NOT NULL, organization_code TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending' CHECK(status IN('pending','approved','rejected')),
    reviewer_id TEXT, reviewer_name TEXT NOT NULL DEFAULT '', review_comments TEXT NOT NULL DEFAULT '',
    rejection_reason TEXT NOT NULL DEFAULT '', reviewed_at {{int}}, submitted_by TEXT NOT NULL,
    version {{int}} NOT NULL DEFAULT 0, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
    CHECK(status = 'pending' OR reviewer_id IS NOT NULL), CHECK((reviewer_id IS NULL) = (reviewed_at IS NULL)),
    CHECK(reviewer_id IS NULL OR submitted_by <> 'admin:' || reviewer_id)) {{strict}};
CREATE INDEX qualifications_by_age ON qualifications(created_at);";

/// Takes a qualification one step.
pub const STATUS: &str = step!("qualifications");

/// How numbers of identity cards lie here.
pub const ID_CARDS: Column = Column {
    kind: "legal_person_id_card",
    select: "SELECT merchant_id AS owner, id, id_card AS sealed FROM qualifications
        WHERE substr(id_card, 1, length($1)) <> $1 ORDER BY id LIMIT $2",
    update: "UPDATE qualifications SET id_card = $2 WHERE id = $1 AND id_card = $3",
};

macro_rules! select {
    ($($rest:expr),*) => {
        concat!(
            "SELECT id, merchant_id, company_name, license_no, license_url, person_name, id_card_masked, \
             id_card_front_url, id_card_back_url, address, capital, established_date, scope, industry, tax_no, \
             tax_url, organization_code, status, reviewer_id, reviewer_name, review_comments, rejection_reason, \
             reviewed_at, submitted_by, created_at, updated_at FROM qualifications " $(, $rest)*
        )
    };
}

/// A qualification with what no answer shows.
#[derive(Clone, Debug)]
pub struct Kept {
    /// As answers show it.
    pub shown: Qualification,
    /// Who submitted it: `merchant:<id>`, `service:<name>`, `admin:<id>`.
    pub submitted_by: String,
}

/// Seals the number of the identity card.
///
/// # Errors
/// When the machine has no randomness to give.
pub fn sealed(vault: &Vault, asked: &SubmitQualification, id: QualificationId) -> Result<String> {
    let (owner, id) = (asked.merchant_id.to_string(), id.to_string());
    let about = About { owner: &owner, kind: ID_CARDS.kind, id: &id };
    vault.seal(about, asked.legal_person_id_card.expose().as_bytes())
}

// === writing ===

/// What a submission says, as both statements number it.
macro_rules! said {
    ($new:expr, $id_card:expr, $submitted_by:expr) => {
        args![
            $new.id.to_string(),
            $new.merchant_id.to_string(),
            $new.company_name,
            $new.business_license_no.as_str(),
            $new.business_license_url,
            $new.legal_person_name,
            $id_card,
            $new.legal_person_id_card.expose(),
            $new.legal_person_id_card_front_url,
            $new.legal_person_id_card_back_url,
            $new.registered_address,
            $new.registered_capital,
            $new.established_date,
            $new.business_scope,
            $new.industry,
            $new.tax_registration_no.as_str(),
            $new.tax_registration_url,
            $new.organization_code,
            $submitted_by,
            $new.updated_at,
        ]
    };
}

/// Stores a new qualification.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, new: &Qualification, id_card: &str, submitted_by: &str) -> Result<()> {
    const INSERT: &str =
        "INSERT INTO qualifications(id, merchant_id, company_name, license_no, license_url, person_name,
            id_card, id_card_masked, id_card_front_url, id_card_back_url, address, capital, established_date, scope,
            industry, tax_no, tax_url, organization_code, submitted_by, created_at, updated_at)
        VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $20)";
    tx.execute(INSERT, said!(new, id_card, submitted_by)).map(drop)
}

/// Writes another submission over a rejected one, in the unit that has taken the step back: nobody has looked at it yet.
///
/// # Errors
/// When the statement fails.
pub fn replace(tx: &mut Tx<'_>, new: &Qualification, id_card: &str, submitted_by: &str) -> Result<()> {
    const REPLACE: &str = "UPDATE qualifications SET company_name = $3, license_no = $4, license_url = $5,
            person_name = $6, id_card = $7, id_card_masked = $8, id_card_front_url = $9, id_card_back_url = $10,
            address = $11, capital = $12, established_date = $13, scope = $14, industry = $15, tax_no = $16,
            tax_url = $17, organization_code = $18, submitted_by = $19, updated_at = $20, reviewer_id = NULL,
            reviewer_name = '', review_comments = '', rejection_reason = '', reviewed_at = NULL
        WHERE id = $1 AND merchant_id = $2 AND status = 'pending'";
    let replaced = tx.execute(REPLACE, said!(new, id_card, submitted_by))?;
    one(replaced, "qualification", new.id)
}

/// Writes who has looked at a qualification and what they say, in the unit that then takes the step.
///
/// # Errors
/// When the statement fails.
pub fn review(tx: &mut Tx<'_>, id: QualificationId, verdict: &Verdict, now: i64) -> Result<()> {
    const REVIEW: &str = "UPDATE qualifications SET reviewer_id = $2, reviewer_name = $3, review_comments = $4,
        rejection_reason = $5, reviewed_at = $6 WHERE id = $1";
    let Verdict { reviewer_id, reviewer_name, comments, reason, .. } = verdict;
    let reviewed =
        tx.execute(REVIEW, args![id.to_string(), reviewer_id.to_string(), reviewer_name, comments, reason, now])?;
    one(reviewed, "qualification", id)
}

// === reading ===

/// One qualification.
///
/// # Errors
/// 404 when there is none.
pub fn require(view: &View<'_>, id: QualificationId) -> Result<Kept> {
    let read = |row: &Row<'_>| Ok(Kept { shown: read(row)?, submitted_by: row.get("submitted_by")? });
    let found = view.optional(select!("WHERE id = $1"), args![id.to_string()], read)?;
    found.ok_or_else(|| missing("qualification", id))
}

/// The qualification of a merchant, if it has submitted one.
///
/// # Errors
/// When the statement fails.
pub fn of_merchant(view: &View<'_>, merchant: MerchantId) -> Result<Option<Qualification>> {
    view.optional(select!("WHERE merchant_id = $1"), args![merchant.to_string()], read)
}

/// Whether the qualification of a merchant is approved.
///
/// # Errors
/// When the statement fails.
pub fn is_approved(view: &View<'_>, merchant: MerchantId) -> Result<bool> {
    const APPROVED: &str = "SELECT COUNT(*) FROM qualifications WHERE merchant_id = $1 AND status = 'approved'";
    view.one(APPROVED, args![merchant.to_string()], |row| row.get(0))
}

/// One page of the qualifications that a filter lets through, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(
    view: &View<'_>,
    scope: Scope,
    filter: &QualificationFilter,
    page: (i64, i64),
) -> Result<QualificationPage> {
    macro_rules! matching {
        () => {
            "WHERE ($1 IS NULL OR merchant_id = $1) AND ($2 IS NULL OR status = $2) AND ($3 IS NULL OR industry = $3)"
        };
    }
    let (merchant, status) = (of(scope), filter.status.as_ref().map(KycStatus::as_str));
    let matching = args![merchant, status, filter.industry];
    let count = concat!("SELECT COUNT(*) FROM qualifications ", matching!());
    let newest = select!(matching!(), " ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5");
    let Page { list, total, page, page_size } = paging::read(view, [count, newest], matching, page, read)?;
    Ok(QualificationPage { qualifications: list, total, page, page_size })
}

fn read(row: &Row<'_>) -> Result<Qualification> {
    Ok(Qualification {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        company_name: row.get("company_name")?,
        business_license_no: row.parse("license_no")?,
        business_license_url: row.get("license_url")?,
        legal_person_name: row.get("person_name")?,
        legal_person_id_card: row.get::<String>("id_card_masked")?.into(),
        legal_person_id_card_front_url: row.get("id_card_front_url")?,
        legal_person_id_card_back_url: row.get("id_card_back_url")?,
        registered_address: row.get("address")?,
        registered_capital: row.get("capital")?,
        established_date: row.get("established_date")?,
        business_scope: row.get("scope")?,
        industry: row.get("industry")?,
        tax_registration_no: row.parse("tax_no")?,
        tax_registration_url: row.get("tax_url")?,
        organization_code: row.get("organization_code")?,
        status: row.parse("status")?,
        reviewer_id: reviewer(row, "reviewer_id")?,
        reviewer_name: row.get("reviewer_name")?,
        review_comments: row.get("review_comments")?,
        reviewed_at: row.get("reviewed_at")?,
        rejection_reason: row.get("rejection_reason")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
