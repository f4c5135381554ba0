//! What a merchant's withdrawals add up to: sums of the database, never of a page.

use payment_clients::{
    apis::{ids::MerchantId, withdrawal::WithdrawalReport},
    contract::error::Result,
};

use crate::{args, kit::store::View};

/// The totals of the withdrawals that a merchant asked for in a range.
///
/// # Errors
/// When the store fails, or a sum passes 64 bits.
pub fn report(view: &View<'_>, merchant: MerchantId, [from, to]: [i64; 2]) -> Result<WithdrawalReport> {
    const SUMS: &str = "SELECT COUNT(*) AS count, CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS amount,
            CAST(COALESCE(SUM(fee), 0) AS BIGINT) AS fee,
            CAST(COALESCE(SUM(CASE WHEN status = 'completed' THEN 1 ELSE 0 END), 0) AS BIGINT) AS completed,
            CAST(COALESCE(SUM(CASE WHEN status = 'completed' THEN amount - fee ELSE 0 END), 0) AS BIGINT) AS paid,
            CAST(COALESCE(SUM(CASE WHEN status = 'completed' THEN completed_at - processed_at ELSE 0 END), 0) AS BIGINT)
                AS took,
            CAST(COALESCE(SUM(CASE WHEN status = 'pending' THEN 1 ELSE 0 END), 0) AS BIGINT) AS pending,
            CAST(COALESCE(SUM(CASE WHEN status = 'pending' THEN amount ELSE 0 END), 0) AS BIGINT) AS waiting,
            CAST(COALESCE(SUM(CASE WHEN status = 'rejected' THEN 1 ELSE 0 END), 0) AS BIGINT) AS rejected,
            CAST(COALESCE(SUM(CASE WHEN status = 'failed' THEN 1 ELSE 0 END), 0) AS BIGINT) AS failed
        FROM withdrawals WHERE merchant_id = $1 AND created_at >= $2 AND created_at < $3";
    view.one(SUMS, args![merchant.to_string(), from, to], |row| {
        let (count, completed): (i64, i64) = (row.get("count")?, row.get("completed")?);
        let (total_amount, took): (i64, i64) = (row.get("amount")?, row.get("took")?);
        Ok(WithdrawalReport {
            total_amount,
            total_count: row.get("count")?,
            total_fee: row.get("fee")?,
            completed_count: row.get("completed")?,
            completed_amount: row.get("paid")?,
            pending_count: row.get("pending")?,
            pending_amount: row.get("waiting")?,
            rejected_count: row.get("rejected")?,
            failed_count: row.get("failed")?,
            avg_amount: total_amount.checked_div(count).unwrap_or(0),
            avg_processing_time: took.checked_div(completed).unwrap_or(0) / 1000,
        })
    })
}
