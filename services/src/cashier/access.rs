//! Who may call cashier-service: merchants for their own pages and sessions, staff for templates and the whole.

use crate::kit::identity::access::{
    Access,
    Who::{Merchant, Session, Staff},
};

/// The table.
pub const ACCESS: Access = Access::Lines(&[
    ("save_config", &[Session]),
    ("get_config", &[Merchant, Session]),
    ("delete_config", &[Session]),
    ("create_session", &[Merchant, Session]),
    ("get_session", &[Merchant, Session]),
    ("cancel_session", &[Merchant, Session]),
    ("pay_session", &[Merchant, Session]),
    ("complete_session", &[Merchant, Session]),
    ("record_log", &[Merchant, Session]),
    ("get_analytics", &[Session]),
    ("get_platform_stats", &[Staff]),
    ("create_template", &[Staff]),
    ("list_templates", &[Staff]),
    ("update_template", &[Staff]),
    ("delete_template", &[Staff]),
]);
