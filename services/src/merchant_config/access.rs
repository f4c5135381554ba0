//! Who may call merchant-config-service: staff to decide, merchants to look and to set up their channels, services to ask
//! what holds.

use crate::kit::identity::access::{
    Access,
    Who::{Service, Session, Staff},
};

/// Services that show a merchant its terms, or act by them.
const ASKS: &[&str] = &["accounting-service", "channel-adapter", "merchant-service", "payment-gateway"];

/// The table.
pub const ACCESS: Access = Access::Lines(&[
    ("create_fee_config", &[Staff]),
    ("get_fee_config", &[Session, Service(ASKS), Staff]),
    ("update_fee_config", &[Staff]),
    ("delete_fee_config", &[Staff]),
    ("list_merchant_fee_configs", &[Session, Service(ASKS), Staff]),
    ("approve_fee_config", &[Staff]),
    ("calculate_fee", &[Session, Service(ASKS), Staff]),
    ("create_transaction_limit", &[Staff]),
    ("get_transaction_limit", &[Session, Service(ASKS), Staff]),
    ("update_transaction_limit", &[Staff]),
    ("delete_transaction_limit", &[Staff]),
    ("list_merchant_transaction_limits", &[Session, Service(ASKS), Staff]),
    ("check_transaction_limit", &[Session, Service(ASKS), Staff]),
    ("create_channel_config", &[Session, Staff]),
    ("get_channel_config", &[Session, Service(ASKS), Staff]),
    ("update_channel_config", &[Session, Staff]),
    ("delete_channel_config", &[Session, Staff]),
    ("list_merchant_channel_configs", &[Session, Service(ASKS), Staff]),
    ("get_merchant_channel_config", &[Session, Service(ASKS), Staff]),
    ("enable_channel_config", &[Session, Staff]),
    ("disable_channel_config", &[Session, Staff]),
]);
