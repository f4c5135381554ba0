//! Who may call risk-service: the gateway asks, staff decide what is refused, merchant-service shows a merchant how risky
//! it is.

use crate::kit::identity::access::{
    Access,
    Who::{Service, Staff},
};

const ASKS: &str = "payment-gateway";
const SHOWS: &str = "merchant-service";

/// The table.
pub const ACCESS: Access = Access::Lines(&[
    ("check_risk", &[Service(&[ASKS])]),
    ("check_payment", &[Service(&[ASKS])]),
    ("report_payment_result", &[Service(&[ASKS])]),
    ("get_check", &[Service(&[ASKS]), Staff]),
    ("list_checks", &[Staff]),
    ("get_merchant_risk", &[Service(&[ASKS, SHOWS]), Staff]),
    ("create_rule", &[Staff]),
    ("list_rules", &[Staff]),
    ("get_rule", &[Staff]),
    ("update_rule", &[Staff]),
    ("delete_rule", &[Staff]),
    ("enable_rule", &[Staff]),
    ("disable_rule", &[Staff]),
    ("add_blacklist", &[Staff]),
    ("list_blacklist", &[Staff]),
    ("remove_blacklist", &[Staff]),
    ("check_blacklist", &[Service(&[ASKS]), Staff]),
]);
