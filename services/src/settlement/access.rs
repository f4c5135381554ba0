//! Who may call settlement-service: merchants to look, staff to decide.

use crate::kit::{
    identity::access::{
        Access,
        Who::{Service, Session, Staff},
    },
    outbox::LISTENERS,
};

/// Shows merchants what is theirs.
const SHOWS: &str = "merchant-service";

/// The table.
pub const ACCESS: Access = Access::Lines(&[
    ("create_settlement", &[Staff]),
    ("list_settlements", &[Session, Service(&[SHOWS]), Staff]),
    ("get_settlement_report", &[Session, Service(&[SHOWS]), Staff]),
    ("get_settlement", &[Session, Service(&[SHOWS]), Staff]),
    ("approve_settlement", &[Staff]),
    ("reject_settlement", &[Staff]),
    ("read_events", &[Service(LISTENERS)]),
    ("execute_settlement", &[Staff]),
]);
