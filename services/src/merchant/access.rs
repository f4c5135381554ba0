//! Who may call merchant-service: merchants for themselves, staff for all, and services for what they must know of one.

use crate::kit::{
    identity::access::{
        Access,
        Who::{Public, Service, Session, Staff},
    },
    outbox::LISTENERS,
};

const REGISTERS: &str = "nobody has an account before there is one";
const LOGIN: &str = "the password in the body is the proof";
const LOGS_IN: &str = "merchant-auth-service";
/// Services that merchants call with signed requests.
const CHECKS: &[&str] = &["cashier-service", "payment-gateway"];
/// Services that ask who a merchant is, and whether it may be paid.
const ASKS: &[&str] = &["kyc-service", "merchant-auth-service", "settlement-service", "withdrawal-service"];
/// Decides about papers.
const VERIFIES: &str = "kyc-service";

/// The table.
pub const ACCESS: Access = Access::Lines(&[
    ("register_merchant", &[Public(REGISTERS)]),
    ("login_merchant", &[Public(LOGIN)]),
    ("get_profile", &[Session]),
    ("update_profile", &[Session]),
    ("list_merchants", &[Staff]),
    ("create_merchant", &[Staff]),
    ("update_merchant", &[Staff]),
    ("delete_merchant", &[Staff]),
    ("update_merchant_status", &[Staff]),
    ("get_merchant", &[Session, Service(ASKS), Staff]),
    ("update_merchant_kyc_status", &[Service(&[VERIFIES]), Staff]),
    ("get_merchant_identity", &[Service(ASKS)]),
    ("verify_credentials", &[Service(&[LOGS_IN])]),
    ("get_merchant_with_password", &[Service(&[LOGS_IN])]),
    ("update_merchant_password_hash", &[Service(&[LOGS_IN])]),
    ("get_signing_key", &[Service(CHECKS)]),
    ("list_api_keys", &[Session]),
    ("create_api_key", &[Session]),
    ("get_api_key", &[Session]),
    ("update_api_key", &[Session]),
    ("delete_api_key", &[Session]),
    ("revoke_api_key", &[Session]),
    ("rotate_api_key", &[Session]),
    ("list_settlement_accounts", &[Session]),
    ("create_settlement_account", &[Session]),
    ("update_settlement_account", &[Session]),
    ("delete_settlement_account", &[Session]),
    ("set_default_settlement_account", &[Session]),
    ("verify_settlement_account", &[Staff]),
    ("list_qualifications", &[Session]),
    ("create_qualification", &[Session]),
    ("delete_qualification", &[Session]),
    ("verify_qualification", &[Staff]),
    ("list_kyc_documents", &[Session]),
    ("upload_kyc_document", &[Session]),
    ("delete_kyc_document", &[Session]),
    ("review_kyc_document", &[Service(&[VERIFIES]), Staff]),
    ("list_channels", &[Session]),
    ("create_channel", &[Session]),
    ("get_channel", &[Session]),
    ("update_channel", &[Session]),
    ("delete_channel", &[Session]),
    ("toggle_channel", &[Session]),
    ("list_transaction_limits", &[Session]),
    ("list_fee_configs", &[Session]),
    ("create_transaction_limit", &[Staff]),
    ("update_transaction_limit", &[Staff]),
    ("delete_transaction_limit", &[Staff]),
    ("create_fee_config", &[Staff]),
    ("update_fee_config", &[Staff]),
    ("delete_fee_config", &[Staff]),
    ("invite_user", &[Session]),
    ("list_merchant_users", &[Session]),
    ("update_merchant_user", &[Session]),
    ("delete_merchant_user", &[Session]),
    ("get_dashboard", &[Session]),
    ("get_merchant_dashboard", &[Session]),
    ("get_transaction_summary", &[Session]),
    ("get_balance_info", &[Session]),
    ("read_events", &[Service(LISTENERS), Service(&[LOGS_IN])]),
]);
