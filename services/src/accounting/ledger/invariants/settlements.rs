//! I12 and I13: fees and claims, compared with the transfers that they are about.

use payment_clients::contract::error::Result;

use crate::{
    accounting::store::fee_plans,
    args,
    kit::{invariants::Violation, store::View},
};

pub(super) fn check(view: &View<'_>) -> Result<Vec<Violation>> {
    let mut found = fees(view)?;
    found.extend(totals(view)?);
    found.extend(claims(view)?);
    found.extend(bookings(view)?);
    Ok(found)
}

/// I12: each kept fee is what its plan gives for the amount.
fn fees(view: &View<'_>) -> Result<Vec<Violation>> {
    const FEES: &str = "SELECT c.payment_no, c.plan, c.plan_version, c.fee, t.amount
        FROM captures c JOIN transfers t ON t.seq = c.transfer";
    let mut found = Vec::new();
    view.all(FEES, args![], |row| {
        let (payment, plan, version): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (fee, amount): (i64, i64) = (row.get(3)?, row.get(4)?);
        let wanted = fee_plans::get(view, &plan, version)?.map(|plan| plan.fee(amount));
        if wanted != Some(fee) || !(0..=amount).contains(&fee) {
            let text = format!("has a fee of {fee} of {amount}; plan {plan} {version} gives {wanted:?}");
            found.push(Violation::new("I12", format!("payment {payment}"), text));
        }
        Ok(())
    })?;
    Ok(found)
}

/// I12, I13: what a settlement says is what its claims add up to.
fn totals(view: &View<'_>) -> Result<Vec<Violation>> {
    const TOTALS: &str = "SELECT s.settlement_no, s.total_amount, s.fee_amount, s.net_amount,
            CAST(COALESCE(SUM(CASE WHEN t.credit = s.pending THEN t.amount ELSE -t.amount END), 0) AS BIGINT) AS total,
            CAST(COALESCE(SUM(p.fee), 0) AS BIGINT) AS fees
        FROM settlements s LEFT JOIN claims c ON c.settlement_no = s.settlement_no
            LEFT JOIN transfers t ON t.seq = c.transfer LEFT JOIN captures p ON p.transfer = c.transfer
        WHERE s.status <> 'cancelled'
        GROUP BY s.settlement_no, s.total_amount, s.fee_amount, s.net_amount";
    let rows = view.all(TOTALS, &[], |row| {
        let kept: [i64; 3] = [row.get(1)?, row.get(2)?, row.get(3)?];
        let claimed: [i64; 2] = [row.get(4)?, row.get(5)?];
        Ok((row.get::<String>(0)?, kept, claimed))
    })?;
    let wrong = rows.into_iter().flat_map(|(number, [total, fee, net], [claimed, fees])| {
        let row = format!("settlement {number}");
        let text = format!("is of {total}, fee {fee}, net {net}; it claims {claimed}, fees {fees}");
        let wrong = [("I12", fee != fees), ("I13", total != claimed || net != total - fee)];
        wrong.into_iter().filter(|(_, is)| *is).map(move |(id, _)| Violation::new(id, &row, &text))
    });
    Ok(wrong.collect())
}

/// I13: a claim is about the merchant's own pending account, its settlement lives, and no other has it.
fn claims(view: &View<'_>) -> Result<Vec<Violation>> {
    const STRAY: &str = "SELECT c.transfer, c.settlement_no
        FROM claims c LEFT JOIN settlements s ON s.settlement_no = c.settlement_no
            LEFT JOIN transfers t ON t.seq = c.transfer
        WHERE s.settlement_no IS NULL OR s.status = 'cancelled' OR t.seq IS NULL OR t.seq > s.cutoff
            OR (t.debit <> s.pending AND t.credit <> s.pending)";
    const TWICE: &str = "SELECT transfer, COUNT(*) FROM claims GROUP BY transfer HAVING COUNT(*) > 1";
    let mut found = view.all(STRAY, &[], |row| {
        let (transfer, number): (i64, String) = (row.get(0)?, row.get(1)?);
        let wrong = format!("is claimed by settlement {number}, which may not have it");
        Ok(Violation::new("I13", format!("transfer {transfer}"), wrong))
    })?;
    found.extend(view.all(TWICE, &[], |row| {
        let (transfer, count): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok(Violation::new("I13", format!("transfer {transfer}"), format!("is claimed by {count} settlements")))
    })?);
    Ok(found)
}

/// I13: a settlement is completed when, and only when, its journal moves what it says out of the pending funds.
fn bookings(view: &View<'_>) -> Result<Vec<Violation>> {
    const BOOKED: &str = "SELECT s.settlement_no, s.status, s.total_amount, s.fee_amount,
            CAST(COALESCE(SUM(t.amount), 0) AS BIGINT) AS moved,
            CAST(COALESCE(SUM(CASE WHEN t.credit LIKE 'fees:%' THEN t.amount ELSE 0 END), 0) AS BIGINT) AS fees
        FROM settlements s LEFT JOIN transfers t ON t.journal_id = 'set:' || s.settlement_no AND t.debit = s.pending
        GROUP BY s.settlement_no, s.status, s.total_amount, s.fee_amount";
    let rows = view.all(BOOKED, &[], |row| {
        let figures: [i64; 4] = [row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?];
        Ok((row.get::<String>(0)?, row.get::<String>(1)?, figures))
    })?;
    let wrong = rows.into_iter().filter_map(|(number, status, [total, fee, moved, fees])| {
        let wanted = if status == "completed" { (total, fee) } else { (0, 0) };
        let text = format!("is {status}, of {total} with fee {fee}; booked are {moved} and {fees}");
        (wanted != (moved, fees)).then(|| Violation::new("I13", format!("settlement {number}"), text))
    });
    Ok(wrong.collect())
}
