//! What a merchant's settlements add up to: sums of the database, never of a page.

use payment_clients::{
    apis::{ids::MerchantId, settlement::SettlementReport},
    contract::error::Result,
};

use crate::{args, kit::store::View};

/// The totals of the settlements that were made in a range.
///
/// # Errors
/// When the store fails, or a sum passes 64 bits.
pub fn report(view: &View<'_>, merchant: MerchantId, [from, to]: [i64; 2]) -> Result<SettlementReport> {
    const SUMS: &str = "SELECT CAST(COALESCE(SUM(total_amount + refund_amount), 0) AS BIGINT) AS amount,
            CAST(COALESCE(SUM(total_count), 0) AS BIGINT) AS transactions,
            CAST(COALESCE(SUM(fee_amount), 0) AS BIGINT) AS fee,
            CAST(COALESCE(SUM(settlement_amount), 0) AS BIGINT) AS net,
            CAST(COALESCE(SUM(CASE WHEN status = 'completed' THEN 1 ELSE 0 END), 0) AS BIGINT) AS completed,
            CAST(COALESCE(SUM(CASE WHEN status = 'completed' THEN settlement_amount ELSE 0 END), 0) AS BIGINT) AS paid,
            CAST(COALESCE(SUM(CASE WHEN status = 'pending' THEN 1 ELSE 0 END), 0) AS BIGINT) AS pending,
            CAST(COALESCE(SUM(CASE WHEN status = 'rejected' THEN 1 ELSE 0 END), 0) AS BIGINT) AS rejected
        FROM settlements WHERE claimed = 1 AND merchant_id = $1 AND created_at >= $2 AND created_at < $3";
    view.one(SUMS, args![merchant.to_string(), from, to], |row| {
        let (paid, completed): (i64, i64) = (row.get("paid")?, row.get("completed")?);
        Ok(SettlementReport {
            total_amount: row.get("amount")?,
            total_count: row.get("transactions")?,
            total_fee: row.get("fee")?,
            total_settlement: row.get("net")?,
            completed_count: row.get("completed")?,
            pending_count: row.get("pending")?,
            rejected_count: row.get("rejected")?,
            avg_settlement_amount: paid.checked_div(completed).unwrap_or(0),
        })
    })
}
