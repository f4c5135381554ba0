//! Reconciliation sheets as rules: how a line compares, and what the lines of a sheet come to.

use payment_clients::{
    apis::accounting::{
        CreateReconciliation, ExternalTransactionNo, NewReconciliationItem, ReconciliationItemStatus,
        ReconciliationItemType, ReconciliationStatus, ResolveReconciliationItem,
    },
    contract::error::{Error, Result},
};

use crate::{accounting::ledger::MAX_AMOUNT, kit::text};

/// Most lines of a sheet.
const MOST_ITEMS: usize = 500;

/// A line, compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Ours, minor units.
    pub internal: i64,
    /// Theirs.
    pub external: i64,
    /// How it compares.
    pub status: ReconciliationItemStatus,
}

/// What the lines of a sheet come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Lines that our books have.
    pub internal_count: i32,
    /// What they come to, minor units.
    pub internal_amount: i64,
    /// Lines that theirs have.
    pub external_count: i32,
    /// What they come to, minor units.
    pub external_amount: i64,
}

/// Checks a sheet, and compares its lines.
///
/// # Errors
/// The first field that breaks a rule.
pub fn compare(sheet: &CreateReconciliation) -> Result<Vec<Compared>> {
    super::check_owner(sheet.merchant_id, sheet.currency)?;
    text::required("channel", &sheet.channel, 50)?;
    super::period(sheet.period_start, sheet.period_end)?;
    super::count("items", sheet.items.len(), MOST_ITEMS)?;
    sheet.items.iter().map(compare_item).collect()
}

fn compare_item(item: &NewReconciliationItem) -> Result<Compared> {
    text::required("transaction_no", item.transaction_no.as_str(), 64)?;
    let external_no = item.external_tx_no.as_ref().map_or("", ExternalTransactionNo::as_str);
    text::at_most("external_tx_no", Some(external_no), 128)?;
    text::at_most("description", item.description.as_deref(), 500)?;
    if let ReconciliationItemType::Other(word) = &item.item_type {
        return Err(super::unknown("item_type", word, ReconciliationItemType::KNOWN));
    }
    let (internal, external) = (item.internal_amount.unwrap_or(0), item.external_amount.unwrap_or(0));
    for (field, amount) in [("internal_amount", internal), ("external_amount", external)] {
        if amount.checked_abs().is_none_or(|size| size > MAX_AMOUNT) {
            let rule = format!("must be at most {MAX_AMOUNT} minor units either way; it is {amount}");
            return Err(Error::invalid_input(field, rule));
        }
    }
    let status = match &item.status {
        None if internal == external => ReconciliationItemStatus::Matched,
        None => ReconciliationItemStatus::Mismatched,
        Some(ReconciliationItemStatus::Matched) if internal != external => {
            let rule = format!("must not be `matched` while the amounts are {internal} and {external}");
            return Err(Error::invalid_input("status", rule));
        }
        Some(ReconciliationItemStatus::Resolved) => {
            return Err(Error::invalid_input("status", "must not be `resolved` before somebody has said why"));
        }
        Some(ReconciliationItemStatus::Other(word)) => {
            return Err(super::unknown("status", word, ReconciliationItemStatus::KNOWN));
        }
        Some(said) => said.clone(),
    };
    Ok(Compared { internal, external, status })
}

/// Adds up the lines of a sheet, and says whether nothing differs.
///
/// # Errors
/// 400 when the sums are out of range.
pub fn sums(items: &[Compared]) -> Result<(Sums, ReconciliationStatus)> {
    let mut sums = Sums::default();
    let out_of_range = || Error::invalid_input("items", "must not come to more than 64 bits can say");
    for Compared { internal, external, .. } in items {
        sums.internal_count += i32::from(*internal != 0);
        sums.external_count += i32::from(*external != 0);
        sums.internal_amount = sums.internal_amount.checked_add(*internal).ok_or_else(out_of_range)?;
        sums.external_amount = sums.external_amount.checked_add(*external).ok_or_else(out_of_range)?;
    }
    let differs = items.iter().any(|item| item.status != ReconciliationItemStatus::Matched);
    Ok((sums, if differs { ReconciliationStatus::Mismatched } else { ReconciliationStatus::Matched }))
}

/// Checks how a line was resolved.
///
/// # Errors
/// 400 when nothing is said, or too much.
pub fn check_resolution(resolution: &ResolveReconciliationItem) -> Result<()> {
    text::required("resolution", &resolution.resolution, 500)
}
