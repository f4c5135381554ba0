//! Reviews: who has decided what about which paper, for good.

use payment_clients::{apis::kyc::KycStatus, contract::error::Result};
use uuid::Uuid;

use crate::{args, kit::store::Tx, kyc::domain::reviews::Verdict};

pub(super) const TABLE: &str = "
CREATE TABLE reviews(
    id TEXT PRIMARY KEY, entity TEXT NOT NULL CHECK(entity IN('document','qualification')), subject TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK(verdict IN('approved','rejected')), reviewer_id TEXT NOT NULL,
    reviewer_name TEXT NOT NULL, said TEXT NOT NULL, at {{int}} NOT NULL) {{strict}};
CREATE INDEX reviews_of ON reviews(entity, subject);
{{immutable:reviews}}";

/// Keeps a decision about a paper.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, id: Uuid, (entity, subject): (&str, &str), verdict: &Verdict, now: i64) -> Result<()> {
    const INSERT: &str = "INSERT INTO reviews(id, entity, subject, verdict, reviewer_id, reviewer_name, said, at)
        VALUES($1, $2, $3, $4, $5, $6, $7, $8)";
    let Verdict { to, reviewer_id, reviewer_name, comments, reason } = verdict;
    let said = if *to == KycStatus::Approved { comments } else { reason };
    let (id, reviewer) = (id.to_string(), reviewer_id.to_string());
    tx.execute(INSERT, args![id, entity, subject, to.as_str(), reviewer, reviewer_name, said, now]).map(drop)
}
