//! Who may call config-service: every service for what it is run with, staff for what that is.

use crate::kit::identity::access::{
    Access,
    Who::{Service, Staff},
};

/// All of the platform.
const SERVICES: &[&str] = &[
    "accounting-service",
    "admin-service",
    "analytics-service",
    "cashier-service",
    "channel-adapter",
    "kyc-service",
    "merchant-auth-service",
    "merchant-config-service",
    "merchant-service",
    "notification-service",
    "order-service",
    "payment-gateway",
    "risk-service",
    "settlement-service",
    "withdrawal-service",
];

/// The table.
pub const ACCESS: Access = Access::Lines(&[
    ("get_service_config", &[Service(SERVICES), Staff]),
    ("register_service", &[Service(SERVICES)]),
    ("heartbeat_service", &[Service(SERVICES)]),
    ("deregister_service", &[Service(SERVICES)]),
    ("list_services", &[Service(SERVICES), Staff]),
    ("get_service", &[Service(SERVICES), Staff]),
    ("get_feature_flag", &[Staff]),
    ("is_feature_enabled", &[Service(SERVICES), Staff]),
    ("list_feature_flags", &[Staff]),
    ("create_feature_flag", &[Staff]),
    ("update_feature_flag", &[Staff]),
    ("delete_feature_flag", &[Staff]),
    ("list_configs", &[Staff]),
    ("create_config", &[Staff]),
    ("get_config", &[Staff]),
    ("update_config", &[Staff]),
    ("delete_config", &[Staff]),
    ("list_config_history", &[Staff]),
    ("rollback_config", &[Staff]),
    ("read_events", &[Service(SERVICES)]),
]);
