//! Invoices as rules: what one may charge, and what that comes to.

use payment_clients::{
    apis::accounting::{CreateInvoice, InvoiceType, NewInvoiceItem, PayInvoice, RelatedNo},
    contract::{
        decimal::Decimal,
        error::{Error, Result},
    },
};

use crate::{accounting::ledger::MAX_AMOUNT, kit::text};

/// Most lines of an invoice.
const MOST_ITEMS: usize = 100;

/// What an invoice comes to, minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// The sum of its lines.
    pub subtotal: i64,
    /// The tax on that.
    pub tax: i64,
    /// Both.
    pub total: i64,
}

/// Checks an invoice, and adds it up.
///
/// # Errors
/// The first field that breaks a rule.
pub fn totals(invoice: &CreateInvoice) -> Result<Totals> {
    super::check_owner(invoice.merchant_id, invoice.currency)?;
    if let InvoiceType::Other(word) = &invoice.invoice_type {
        return Err(super::unknown("invoice_type", word, InvoiceType::KNOWN));
    }
    super::period(invoice.period_start, invoice.period_end)?;
    text::at_most("notes", invoice.notes.as_deref(), 500)?;
    super::count("items", invoice.items.len(), MOST_ITEMS)?;
    let amounts = invoice.items.iter().map(amount).collect::<Result<Vec<_>>>()?;
    let subtotal = amounts.into_iter().try_fold(0_i64, i64::checked_add).filter(|sum| *sum <= MAX_AMOUNT);
    let subtotal = subtotal.ok_or_else(|| too_much("items"))?;
    let tax = tax(subtotal, invoice.tax_rate.unwrap_or_default())?;
    let total = subtotal.checked_add(tax).filter(|sum| *sum <= MAX_AMOUNT).ok_or_else(|| too_much("tax_rate"))?;
    Ok(Totals { subtotal, tax, total })
}

/// Checks a line, and answers what it charges.
///
/// # Errors
/// The first field that breaks a rule.
pub fn amount(item: &NewInvoiceItem) -> Result<i64> {
    text::required("item_type", &item.item_type, 50)?;
    text::at_most("description", item.description.as_deref(), 500)?;
    text::at_most("related_no", item.related_no.as_ref().map(RelatedNo::as_str), 64)?;
    super::positive("unit_price", item.unit_price)?;
    if item.quantity < 1 {
        return Err(Error::invalid_input("quantity", format!("must be 1 or above; it is {}", item.quantity)));
    }
    let amount = item.unit_price.checked_mul(item.quantity.into());
    amount.filter(|amount| *amount <= MAX_AMOUNT).ok_or_else(|| too_much("quantity"))
}

/// Checks a payment of an invoice.
///
/// # Errors
/// 400 when it is none.
pub fn check_payment(payment: &PayInvoice) -> Result<()> {
    super::positive("paid_amount", payment.paid_amount)
}

/// The tax on an amount at so many per cent; nobody is charged a part of a minor unit.
fn tax(subtotal: i64, percent: Decimal) -> Result<i64> {
    let unit = 10_i128.pow(percent.scale());
    let significand = i128::from(percent.significand());
    if !(0..=100 * unit).contains(&significand) {
        return Err(Error::invalid_input("tax_rate", format!("must be 0 to 100 per cent; it is {percent}")));
    }
    // Both factors are below 2^63, so the product fits; the quotient is no more than the amount.
    i64::try_from(i128::from(subtotal) * significand / (100 * unit)).map_err(Error::internal)
}

fn too_much(field: &str) -> Error {
    Error::invalid_input(field, format!("must not bring an invoice above {MAX_AMOUNT} minor units"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn tax_is_exact_and_cut_to_whole_minor_units() {
        let tax = |subtotal, percent: &str| super::tax(subtotal, percent.parse().unwrap());
        assert_eq!((tax(10_000, "6").unwrap(), tax(999, "19").unwrap(), tax(1, "0").unwrap()), (600, 189, 0));
        // 0.29 % of 100.00 in binary floats is 28.999….
        assert_eq!(tax(10_000, "0.29").unwrap(), 29);
        assert_eq!(tax(MAX_AMOUNT, "100").unwrap(), MAX_AMOUNT);
        assert!(tax(1, "-1").is_err() && tax(1, "100.000000000000001").is_err());
    }
}
