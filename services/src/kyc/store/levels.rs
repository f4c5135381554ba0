//! Levels of the merchants. Who has reached one has reached those below it.

use payment_clients::{
    apis::{
        ids::MerchantId,
        kyc::{KycLevel, MerchantKycLevel, MerchantKycLevelId},
    },
    contract::{error::Result, timestamp::Timestamp},
};

use super::{Step, advance, documents, note, qualifications};
use crate::{
    args,
    kit::store::{Row, Tx, View},
    kyc::domain::levels::{LIFECYCLE, Proofs, YEAR, limits},
};

pub(super) const TABLE: &str = "
CREATE TABLE levels(
    merchant_id TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL DEFAULT 'basic' CHECK(status IN('basic','intermediate','advanced','enterprise')),
    basic_at {{int}} NOT NULL, intermediate_at {{int}}, advanced_at {{int}}, enterprise_at {{int}},
    version {{int}} NOT NULL DEFAULT 0, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
    CHECK((status <> 'basic') = (intermediate_at IS NOT NULL)),
    CHECK((status IN('advanced','enterprise')) = (advanced_at IS NOT NULL)),
    CHECK((status = 'enterprise') = (enterprise_at IS NOT NULL))) {{clustered}};";

/// Raises a level: from `$2` to `$3`, at `$4`.
const RAISE: &str = "UPDATE levels SET status = $3, version = version + 1, updated_at = $4,
        intermediate_at = COALESCE(intermediate_at, $4),
        advanced_at = CASE WHEN $3 IN('advanced','enterprise') THEN COALESCE(advanced_at, $4) END,
        enterprise_at = CASE WHEN $3 = 'enterprise' THEN $4 END
    WHERE merchant_id = $1 AND status = $2 RETURNING version";

/// Raises a merchant to the level that its approved papers are worth, if that is a higher one.
///
/// # Errors
/// When the store fails.
pub fn raise(tx: &mut Tx<'_>, id: MerchantKycLevelId, merchant: MerchantId, actor: &str, now: i64) -> Result<()> {
    const INSERT: &str = "INSERT INTO levels(merchant_id, id, basic_at, created_at, updated_at)
        VALUES($1, $2, $3, $3, $3) ON CONFLICT (merchant_id) DO NOTHING";
    const FIND: &str = "SELECT status FROM levels WHERE merchant_id = $1";
    let earned = proofs(tx, merchant)?.level();
    let merchant = merchant.to_string();
    if tx.execute(INSERT, args![merchant, id.to_string(), now])? == 1 {
        note(tx, actor, "opened", (LIFECYCLE.of, &merchant), ("", "basic"), now)?;
    }
    let reached: KycLevel = tx.one(FIND, args![merchant], |row| row.parse(0))?;
    let (from, to) = (reached.as_str(), earned.as_str());
    // Papers that have run out may be worth less than what was reached; a level does not fall by itself.
    if LIFECYCLE.allows(from, to) {
        let cause = "what is approved";
        let step = Step { lifecycle: &LIFECYCLE, id: &merchant, from, to, actor, cause, at: now };
        advance(tx, RAISE, &step)?;
    }
    Ok(())
}

/// What is approved of a merchant's papers.
///
/// # Errors
/// When the statement fails.
pub fn proofs(view: &View<'_>, merchant: MerchantId) -> Result<Proofs> {
    let documents = documents::approved_kinds(view, merchant)?;
    Ok(Proofs { documents, company: qualifications::is_approved(view, merchant)? })
}

/// The level of a merchant, if anything was ever approved of it.
///
/// # Errors
/// When the statement fails.
pub fn find(view: &View<'_>, merchant: MerchantId) -> Result<Option<MerchantKycLevel>> {
    const FIND: &str = "SELECT merchant_id, id, status, basic_at, intermediate_at, advanced_at, enterprise_at,
        created_at, updated_at FROM levels WHERE merchant_id = $1";
    view.optional(FIND, args![merchant.to_string()], read)
}

fn read(row: &Row<'_>) -> Result<MerchantKycLevel> {
    let (level, updated_at): (KycLevel, Timestamp) = (row.parse("status")?, row.get("updated_at")?);
    let [basic, intermediate, advanced, enterprise] = [
        row.get::<Option<Timestamp>>("basic_at")?,
        row.get("intermediate_at")?,
        row.get("advanced_at")?,
        row.get("enterprise_at")?,
    ];
    let [transaction_limit, daily_limit, monthly_limit] = limits(&level);
    Ok(MerchantKycLevel {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        approved_level: level.clone(),
        current_level: level,
        has_basic: basic.is_some(),
        has_intermediate: intermediate.is_some(),
        has_advanced: advanced.is_some(),
        has_enterprise: enterprise.is_some(),
        basic_approved_at: basic,
        intermediate_approved_at: intermediate,
        advanced_approved_at: advanced,
        enterprise_approved_at: enterprise,
        transaction_limit,
        daily_limit,
        monthly_limit,
        next_review_date: Some(Timestamp::from_unix_ms(updated_at.unix_ms().saturating_add(YEAR))),
        created_at: row.get("created_at")?,
        updated_at,
    })
}
