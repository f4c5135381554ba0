//! Checks with their decisions, and how often who was checked.

use payment_clients::{
    apis::{
        ids::MerchantId,
        risk::{
            Decision, MerchantRisk, PaymentCheck, RelatedType, RiskCheck, RiskCheckFilter, RiskDecision, RiskLevel,
        },
    },
    contract::{
        error::{Error, Result},
        page::Page,
    },
};
use serde::Serialize;

use crate::{
    args,
    kit::{
        paging,
        store::{Row, Tx, View},
    },
    risk::domain::{self, SUBJECTS},
};

/// What a check was asked about, as sent; one column, as JSON.
#[derive(Serialize)]
struct CheckData<'a> {
    amount: i64,
    currency: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer_ip: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer_email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payer_phone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_method: Option<&'a str>,
}

/// When a decision was made, and by which version of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// Milliseconds since 1970.
    pub at: i64,
    /// The version.
    pub by_version: i64,
}

macro_rules! select_check {
    ($($rest:expr),*) => {
        concat!(
            "SELECT id, merchant_id, related_id, related_type, check_data, risk_score, risk_level, check_result, \
             decision, reason, created_at FROM checks "
            $(, $rest)*
        )
    };
}

// === writing ===

/// Counts a check for each of its subjects, and answers how many each has had in this minute of the clock.
///
/// # Errors
/// When the statement fails.
pub fn count(tx: &mut Tx<'_>, check: &PaymentCheck, now: i64) -> Result<[i64; SUBJECTS]> {
    let subjects = domain::subjects(check);
    let [ip, email, merchant, device] = &subjects;
    let counted = tx.all(
        "INSERT INTO frequency(subject, minute, checks)
         SELECT column1, $5, 1 FROM (VALUES($1), ($2), ($3), ($4)) AS subjects WHERE column1 IS NOT NULL
         ON CONFLICT(subject) DO UPDATE SET minute = excluded.minute,
            checks = CASE WHEN frequency.minute = excluded.minute THEN frequency.checks + 1 ELSE 1 END
         RETURNING subject, checks",
        args![ip, email, merchant, device, now.div_euclid(60_000)],
        |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)),
    )?;
    let of = |subject: &String| counted.iter().find(|(counted, _)| counted == subject).map_or(0, |(_, checks)| *checks);
    Ok(subjects.each_ref().map(|subject| subject.as_ref().map_or(0, of)))
}

/// Stores a check with its decision.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, id: &str, check: &PaymentCheck, decision: &RiskDecision, made: Made) -> Result<()> {
    let data = CheckData {
        amount: check.amount,
        currency: check.currency.as_str(),
        payer_ip: check.payer_ip.as_deref(),
        payer_email: check.payer_email.as_deref(),
        payer_phone: check.payer_phone.as_deref(),
        device_id: check.device_id.as_deref(),
        payment_method: check.payment_method.as_deref(),
    };
    tx.execute(
        "INSERT INTO checks(id, merchant_id, related_id, related_type, check_data, risk_score, risk_level,
            check_result, decision, reason, created_at, config_version)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        args![
            id,
            check.merchant_id.to_string(),
            check.related_id.to_string(),
            check.related_type.as_str(),
            serde_json::to_string(&data).map_err(Error::internal)?,
            decision.score,
            decision.risk_level.as_str(),
            serde_json::to_string(&decision.extra).map_err(Error::internal)?,
            decision.decision.as_str(),
            decision.reasons.join("; "),
            made.at,
            made.by_version,
        ],
    )
    .map(drop)
}

// === reading ===

/// One check.
///
/// # Errors
/// When the statement fails.
pub fn get(view: &View<'_>, id: &str) -> Result<Option<RiskCheck>> {
    view.optional(select_check!("WHERE id = $1"), args![id], check)
}

/// One page of the checks that a filter lets through, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, filter: &RiskCheckFilter, page: i64, page_size: i64) -> Result<Page<RiskCheck>> {
    macro_rules! matching {
        () => {
            "WHERE ($1 IS NULL OR related_type = $1) AND ($2 IS NULL OR decision = $2) \
             AND ($3 IS NULL OR risk_level = $3) AND ($4 IS NULL OR merchant_id = $4) \
             AND ($5 IS NULL OR created_at >= $5) AND ($6 IS NULL OR created_at <= $6)"
        };
    }
    let related_type = filter.related_type.as_ref().map(RelatedType::as_str);
    let decision = filter.decision.as_ref().map(Decision::as_str);
    let risk_level = filter.risk_level.as_ref().map(RiskLevel::as_str);
    let merchant = filter.merchant_id.map(|id| id.to_string());
    let matching = args![related_type, decision, risk_level, merchant, filter.start_time, filter.end_time];
    let count = concat!("SELECT COUNT(*) FROM checks ", matching!());
    let newest = select_check!(matching!(), " ORDER BY created_at DESC, id DESC LIMIT $7 OFFSET $8");
    paging::read(view, [count, newest], matching, (page, page_size), check)
}

/// What the checks of a merchant say about it. Its score is the average of its latest hundred.
///
/// # Errors
/// When a statement fails.
pub fn merchant(view: &View<'_>, merchant_id: &MerchantId) -> Result<MerchantRisk> {
    let merchant = merchant_id.to_string();
    let (checks, scores, last_updated_at) = view.one(
        "SELECT COUNT(*), CAST(COALESCE(SUM(risk_score), 0) AS BIGINT), MAX(created_at) FROM
            (SELECT risk_score, created_at FROM checks WHERE merchant_id = $1 ORDER BY created_at DESC LIMIT 100)
         AS latest",
        args![merchant],
        |row| Ok((row.get::<i32>(0)?, row.get::<i32>(1)?, row.get(2)?)),
    )?;
    let (pending_reviews, blocked_count) = view.one(
        "SELECT COALESCE(SUM(CASE decision WHEN 'review' THEN 1 ELSE 0 END), 0),
            COALESCE(SUM(CASE decision WHEN 'reject' THEN 1 ELSE 0 END), 0)
         FROM checks WHERE merchant_id = $1 AND decision <> 'pass'",
        args![merchant],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let risk_score = scores / checks.max(1);
    Ok(MerchantRisk {
        risk_level: domain::level(risk_score),
        risk_score,
        pending_reviews,
        blocked_count,
        last_updated_at,
    })
}

fn check(row: &Row<'_>) -> Result<RiskCheck> {
    let (data, result): (String, String) = (row.get("check_data")?, row.get("check_result")?);
    Ok(RiskCheck {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        related_id: row.parse("related_id")?,
        related_type: row.parse("related_type")?,
        check_data: serde_json::from_str(&data).map_err(Error::internal)?,
        risk_score: row.get("risk_score")?,
        risk_level: row.parse("risk_level")?,
        check_result: serde_json::from_str(&result).map_err(Error::internal)?,
        decision: row.parse("decision")?,
        reason: row.get("reason")?,
        created_at: row.get("created_at")?,
    })
}
