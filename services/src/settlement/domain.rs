//! Which states follow each other, what is settled, and who may agree. Pure.

use payment_clients::{
    apis::{
        accounting::AccountSettlement,
        ids::OperatorId,
        settlement::{ApproveSettlement, CreateSettlement, Settlement, SettlementCycle, SettlementStatus},
    },
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        money::Currency,
    },
};

use super::Terms;
use crate::kit::text;

/// Who approves what is made by schedule and below the threshold: the platform's policy, which is nobody else.
pub const POLICY: OperatorId = OperatorId::from_u128(0x5e77_1e00_0000_4000_8000_0000_0000_0001);
/// Its name.
pub const POLICY_NAME: &str = "policy: small settlements by schedule";
/// Who makes settlements by schedule.
pub const SCHEDULE: &str = "schedule";
/// Code of the refusal to settle what is nothing.
pub const NOTHING_TO_SETTLE: &str = "NOTHING_TO_SETTLE";
/// Most transactions that a caller may list.
const MOST_ITEMS: usize = 10_000;

/// Whether a settlement may go from one state to another.
pub fn may_become(from: &SettlementStatus, to: &SettlementStatus) -> bool {
    use SettlementStatus::{Approved, Completed, Failed, Pending, Processing, Rejected};
    match from {
        Pending => matches!(to, Approved | Rejected),
        Approved => matches!(to, Processing),
        // Back to approved only while nothing has been booked.
        Processing => matches!(to, Approved | Completed | Failed),
        Rejected | Completed | Failed | SettlementStatus::Other(_) => false,
    }
}

/// The refusal of a step that a settlement's state does not allow.
pub fn not_now(settlement: &Settlement, step: &str) -> Error {
    let text = format!("settlement {} is {} and cannot be {step}", settlement.settlement_no, settlement.status);
    Error::conflict("INVALID_STATUS", text)
}

/// The answer while nobody knows how a step ends: the effect may happen yet.
pub fn unresolved(number: &str) -> Error {
    let text = format!("settlement {number} is on its way; look it up, or repeat the call with the same key");
    Error::new(ErrorKind::Unavailable, Certainty::PossiblyProcessed, text)
        .with_code("SETTLEMENT_UNRESOLVED")
        .with_retry_after(std::time::Duration::from_secs(1))
}

/// Refuses a claim that there is nothing to pay of. It is given up, and what it holds waits for the next settlement.
///
/// # Errors
/// `NOTHING_TO_SETTLE`.
pub fn worth_settling(claim: &AccountSettlement) -> Result<()> {
    if claim.net_amount > 0 {
        return Ok(());
    }
    let AccountSettlement { payment_count, refund_count, net_amount, .. } = claim;
    let text = format!(
        "{payment_count} payments and {refund_count} refunds make {net_amount}; they wait for the next settlement"
    );
    Err(Error::declined(NOTHING_TO_SETTLE, text))
}

/// Refuses a claim that is not what a caller has listed.
///
/// # Errors
/// `TRANSACTIONS_DIFFER`.
pub fn same_as_listed(claim: &AccountSettlement, asked: &CreateSettlement) -> Result<()> {
    let sum = |of: fn(&payment_clients::apis::settlement::SettledTransaction) -> i64| {
        asked.transactions.iter().map(|item| i128::from(of(item))).sum::<i128>()
    };
    let (amount, fee) = (sum(|item| item.amount), sum(|item| item.fee.unwrap_or(0)));
    let count = i32::try_from(asked.transactions.len()).unwrap_or(i32::MAX);
    let same = (amount, fee, count, 0)
        == (i128::from(claim.total_amount), i128::from(claim.fee_amount), claim.payment_count, claim.refund_count);
    if same {
        return Ok(());
    }
    let AccountSettlement { payment_count, refund_count, total_amount, fee_amount, .. } = claim;
    let text = format!(
        "{count} transactions over {amount} with fees of {fee} are listed, and the accounts have {payment_count} \
         payments and {refund_count} refunds over {total_amount} with fees of {fee_amount} that are not settled in \
         this period; list these"
    );
    Err(Error::declined("TRANSACTIONS_DIFFER", text))
}

/// Whether the policy approves what was made by schedule.
pub fn approved_by_policy(created_by: &str, net_amount: i64, terms: Terms) -> bool {
    created_by == SCHEDULE && net_amount < terms.approved_below
}

/// Refuses who made a settlement, and nobody in particular.
///
/// # Errors
/// 400 for nobody or a nameless one, `SELF_APPROVAL` for who made it.
pub fn may_decide(settlement: &Settlement, created_by: &str, decision: &ApproveSettlement) -> Result<()> {
    if decision.approver_id.is_nil() {
        return Err(Error::invalid_input("approver_id", "must name who decides; it is the nil UUID"));
    }
    text::between("approver_name", &decision.approver_name, 1, 100)?;
    text::between("comments", decision.comments.as_deref().unwrap_or_default(), 0, 500)?;
    if created_by == decision.approver_id.to_string() {
        let text = format!("{created_by} has made settlement {}; another must decide", settlement.settlement_no);
        return Err(Error::declined("SELF_APPROVAL", text));
    }
    Ok(())
}

/// Checks what a caller wants settled, and answers its currency.
///
/// # Errors
/// 400 naming the field and its rule.
pub fn validate(asked: &CreateSettlement) -> Result<Currency> {
    if asked.merchant_id.is_nil() {
        return Err(Error::invalid_input("merchant_id", "must name a merchant; it is the nil UUID"));
    }
    if let SettlementCycle::Other(word) = &asked.cycle {
        let rule = format!("must be one of {}; it is `{word}`", SettlementCycle::KNOWN.join(", "));
        return Err(Error::invalid_input("cycle", rule));
    }
    let count = asked.transactions.len();
    if !(1..=MOST_ITEMS).contains(&count) {
        let rule = format!("must list 1 to {MOST_ITEMS} transactions; it lists {count}");
        return Err(Error::invalid_input("transactions", rule));
    }
    for (line, item) in asked.transactions.iter().enumerate() {
        let (amount, fee) = (item.amount, item.fee.unwrap_or(0));
        if amount < 1 {
            let rule = format!("must be above 0; it is {amount}");
            return Err(Error::invalid_input(&format!("transactions[{line}].amount"), rule));
        }
        if !(0..=amount).contains(&fee) {
            let rule = format!("must be 0 to the amount of {amount}; it is {fee}");
            return Err(Error::invalid_input(&format!("transactions[{line}].fee"), rule));
        }
    }
    let mut ids: Vec<_> = asked.transactions.iter().map(|item| item.transaction_id).collect();
    ids.sort_unstable();
    if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Error::invalid_input("transactions", format!("must list {} once", twice[0])));
    }
    let currency = asked.currency.ok_or_else(|| Error::invalid_input("currency", "must be given"))?;
    let known = currency.exponent().map(|_| currency);
    known.ok_or_else(|| Error::invalid_input("currency", format!("must be a known code; it is {currency}")))
}

#[cfg(test)]
mod tests {
    use SettlementStatus::{Approved, Completed, Failed, Pending, Processing, Rejected};

    use super::*;

    #[test]
    fn what_has_ended_stays_so_and_nothing_is_booked_twice() {
        let all = [Pending, Approved, Rejected, Processing, Completed, Failed];
        for from in [Rejected, Completed, Failed] {
            assert!(all.iter().all(|to| !may_become(&from, to)), "{from}");
        }
        assert!(!may_become(&Approved, &Rejected), "what is approved is paid");
    }

    #[test]
    fn the_policy_approves_small_amounts_by_schedule_only() {
        let terms = Terms { approved_below: 100 };
        assert!(approved_by_policy(SCHEDULE, 99, terms));
        assert!(!approved_by_policy(SCHEDULE, 100, terms));
        assert!(!approved_by_policy("service:admin", 1, terms));
    }
}
