//! Who may call withdrawal-service: merchants for themselves, settlement-service for what it pays out, staff to decide.

use crate::kit::{
    identity::access::{
        Access,
        Who::{Service, Session, Staff},
    },
    outbox::LISTENERS,
};

const SETTLES: &str = "settlement-service";
/// Shows merchants what is theirs.
const SHOWS: &str = "merchant-service";

/// The table.
pub const ACCESS: Access = Access::Lines(&[
    ("create_bank_account", &[Session, Staff]),
    ("update_bank_account", &[Session, Staff]),
    ("set_default_bank_account", &[Session, Staff]),
    ("list_bank_accounts", &[Session, Service(&[SETTLES]), Staff]),
    ("get_bank_account", &[Session, Service(&[SETTLES]), Staff]),
    ("create_withdrawal", &[Session, Service(&[SETTLES])]),
    ("cancel_withdrawal", &[Session, Service(&[SETTLES])]),
    ("list_withdrawals", &[Session, Service(&[SETTLES, SHOWS]), Staff]),
    ("get_withdrawal", &[Session, Service(&[SETTLES]), Staff]),
    ("get_withdrawal_report", &[Session, Service(&[SETTLES]), Staff]),
    ("approve_withdrawal", &[Service(&[SETTLES]), Staff]),
    ("reject_withdrawal", &[Staff]),
    ("read_events", &[Service(LISTENERS)]),
    ("execute_withdrawal", &[Service(&[SETTLES]), Staff]),
]);
