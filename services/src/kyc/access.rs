//! Who may call kyc-service: merchants submit and look, staff decide, and services ask how much a merchant may move.

use crate::kit::identity::access::{
    Access,
    Who::{Service, Session, Staff},
};

/// Starts a verification when a merchant has registered.
const ONBOARDS: &[&str] = &["merchant-service"];
/// Shows merchants how many of their papers wait.
const SHOWS: &str = "merchant-service";
/// Ask how much a merchant may move.
const ASKS: &[&str] = &["merchant-service", "payment-gateway", "risk-service", "withdrawal-service"];

/// The table.
pub const ACCESS: Access = Access::Lines(&[
    ("submit_document", &[Session, Staff]),
    ("list_documents", &[Session, Service(&[SHOWS]), Staff]),
    ("get_document", &[Session, Staff]),
    ("approve_document", &[Staff]),
    ("reject_document", &[Staff]),
    ("submit_qualification", &[Session, Staff]),
    ("list_qualifications", &[Session, Staff]),
    ("get_merchant_qualification", &[Session, Staff]),
    ("approve_qualification", &[Staff]),
    ("reject_qualification", &[Staff]),
    ("get_merchant_level", &[Session, Service(ASKS), Staff]),
    ("check_merchant_eligibility", &[Session, Staff]),
    ("start_verification", &[Session, Service(ONBOARDS), Staff]),
    ("get_verification", &[Session, Service(ONBOARDS), Staff]),
    ("list_alerts", &[Session, Staff]),
    ("resolve_alert", &[Staff]),
    ("get_kyc_statistics", &[Session, Staff]),
]);
