//! Who may call merchant-auth: whoever logs in, those who have, and services with a token to check.

use crate::kit::identity::access::{
    Access,
    Who::{Public, Service, Session},
};

const LOGIN: &str = "it proves who somebody is: by password, and by the code of a second factor";
const SECRET: &str = "the caller shows its own secret in the body";
/// Services that merchants call with their sessions.
const CHECKS: &[&str] = &[
    "admin-service",
    "analytics-service",
    "cashier-service",
    "kyc-service",
    "merchant-auth-service",
    "merchant-config-service",
    "merchant-service",
    "notification-service",
    "payment-gateway",
    "settlement-service",
    "withdrawal-service",
];

/// The table.
pub const ACCESS: Access = Access::Lines(&[
    ("login", &[Public(LOGIN)]),
    ("verify_login", &[Public(LOGIN)]),
    ("issue_service_token", &[Public(SECRET)]),
    ("verify_session", &[Service(CHECKS)]),
    ("list_sessions", &[Session]),
    ("revoke_all_sessions", &[Session]),
    ("revoke_session", &[Session]),
    ("list_login_activities", &[Session]),
    ("enable_two_factor", &[Session]),
    ("verify_two_factor", &[Session]),
    ("disable_two_factor", &[Session]),
    ("change_password", &[Session]),
    ("get_security_settings", &[Session]),
    ("update_security_settings", &[Session]),
]);
