//! Who may call accounting-service: the services that move money, merchant-service to show it, and staff. No merchant moves
//! money by itself.

use crate::kit::{
    identity::access::{
        Access,
        Who::{Service, Staff},
    },
    not_served::NotServed,
    outbox::LISTENERS,
};

const SETTLES: &str = "settlement-service";
const PAYS_OUT: &str = "withdrawal-service";
/// How a withdrawal ends that is on its way to the bank.
const EXECUTED: &str = "withdrawal-service does it by itself when the bank has said how the transfer ended";
/// Shows merchants what is theirs.
const SHOWS: &str = "merchant-service";

/// The table.
pub const ACCESS: Access = Access::Lines(&[
    ("create_account", &[Service(&[SETTLES, SHOWS]), Staff]),
    ("list_accounts", &[Service(&[SETTLES, PAYS_OUT, SHOWS]), Staff]),
    ("get_account", &[Service(&[SETTLES, PAYS_OUT, SHOWS]), Staff]),
    ("freeze_account", &[Staff]),
    ("unfreeze_account", &[Staff]),
    ("create_transaction", &[Staff]),
    ("list_transactions", &[Service(&[SETTLES, PAYS_OUT, SHOWS]), Staff]),
    ("get_transaction", &[Service(&[SETTLES, PAYS_OUT, SHOWS]), Staff]),
    ("reverse_transaction", &[Service(&[PAYS_OUT]), Staff]),
    ("get_balance_summary", &[Service(&[SETTLES, PAYS_OUT, SHOWS]), Staff]),
    ("get_balance_by_currency", &[Service(&[SETTLES, PAYS_OUT, SHOWS]), Staff]),
    ("get_balance_by_account_type", &[Service(&[SETTLES, PAYS_OUT, SHOWS]), Staff]),
    ("list_currency_balances", &[Service(&[SETTLES, PAYS_OUT, SHOWS]), Staff]),
    ("place_hold", &[Service(&[PAYS_OUT])]),
    ("get_hold", &[Service(&[PAYS_OUT])]),
    ("capture_hold", &[Service(&[PAYS_OUT])]),
    ("release_hold", &[Service(&[PAYS_OUT])]),
    ("create_settlement", &[Service(&[SETTLES])]),
    ("process_settlement", &[Service(&[SETTLES])]),
    ("cancel_settlement", &[Service(&[SETTLES])]),
    ("list_settlements", &[Service(&[SETTLES, SHOWS]), Staff]),
    ("get_settlement", &[Service(&[SETTLES, SHOWS]), Staff]),
    ("create_currency_conversion", &[Service(&[SHOWS]), Staff]),
    ("list_currency_conversions", &[Service(&[SHOWS]), Staff]),
    ("get_currency_conversion", &[Service(&[SHOWS]), Staff]),
    ("process_currency_conversion", &[Service(&[SHOWS]), Staff]),
    ("cancel_currency_conversion", &[Service(&[SHOWS]), Staff]),
    ("create_invoice", &[Staff]),
    ("list_invoices", &[Staff]),
    ("get_invoice", &[Staff]),
    ("pay_invoice", &[Staff]),
    ("cancel_invoice", &[Staff]),
    ("void_invoice", &[Staff]),
    ("create_reconciliation", &[Staff]),
    ("list_reconciliations", &[Staff]),
    ("get_reconciliation", &[Staff]),
    ("process_reconciliation", &[Staff]),
    ("complete_reconciliation", &[Staff]),
    ("resolve_reconciliation_item", &[Staff]),
    ("create_withdrawal", &[Staff]),
    ("list_withdrawals", &[Staff]),
    ("get_withdrawal", &[Staff]),
    ("approve_withdrawal", &[Staff]),
    ("reject_withdrawal", &[Staff]),
    ("process_withdrawal", &[Staff]),
    ("complete_withdrawal", &[Staff]),
    ("fail_withdrawal", &[Staff]),
    ("cancel_withdrawal", &[Staff]),
    ("read_events", &[Service(LISTENERS)]),
]);

/// Declared and not served: withdrawal-service owns withdrawals, and a second record of each would be a second truth. What
/// the accounts see of one is its hold and its transactions.
pub const NOT_SERVED: NotServed = &[
    ("create_withdrawal", "call create_withdrawal of withdrawal-service"),
    ("list_withdrawals", "call list_withdrawals of withdrawal-service"),
    ("get_withdrawal", "call get_withdrawal of withdrawal-service"),
    ("approve_withdrawal", "call approve_withdrawal of withdrawal-service"),
    ("reject_withdrawal", "call reject_withdrawal of withdrawal-service"),
    ("process_withdrawal", "call execute_withdrawal of withdrawal-service, which sees it through"),
    ("complete_withdrawal", EXECUTED),
    ("fail_withdrawal", EXECUTED),
    ("cancel_withdrawal", "call cancel_withdrawal of withdrawal-service"),
];
