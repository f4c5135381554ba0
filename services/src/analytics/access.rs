//! Who may call analytics-service: merchants for their own figures, merchant-service to show them, the services that
//! have something to report, and staff. A channel's figures are made of all merchants' payments, so no merchant sees
//! them.

use crate::kit::{
    identity::access::{
        Access,
        Who::{Service, Session, Staff},
    },
    not_served::NotServed,
};

/// Shows merchants what is theirs.
const SHOWS: &str = "merchant-service";
const PAYS: &str = "payment-gateway";
const SELLS: &str = "order-service";
const CARRIES: &str = "channel-adapter";

/// The table.
pub const ACCESS: Access = Access::Lines(&[
    ("get_payment_metrics", &[Session, Service(&[SHOWS]), Staff]),
    ("get_payment_summary", &[Session, Service(&[SHOWS]), Staff]),
    ("get_merchant_metrics", &[Session, Service(&[SHOWS]), Staff]),
    ("get_merchant_summary", &[Session, Service(&[SHOWS]), Staff]),
    ("get_channel_metrics", &[Staff]),
    ("get_channel_summary", &[Staff]),
    ("get_realtime_stats", &[Session, Staff]),
    ("get_merchant_statistics", &[Session, Service(&[SHOWS]), Staff]),
    ("get_transaction_summary", &[Session, Service(&[SHOWS]), Staff]),
    ("record_payment", &[Service(&[PAYS])]),
    ("record_payments", &[Service(&[PAYS])]),
    ("record_refund", &[Service(&[PAYS])]),
    ("record_refunds", &[Service(&[PAYS])]),
    ("record_order", &[Service(&[SELLS])]),
    ("record_orders", &[Service(&[SELLS])]),
    ("record_channel_transaction", &[Service(&[CARRIES])]),
    ("record_channel_transactions", &[Service(&[CARRIES])]),
]);

/// Declared and not served: nobody says which counters there are, and today's totals say the same.
pub const NOT_SERVED: NotServed =
    &[("get_realtime_stats", "call get_merchant_statistics, whose figures of today move with every event")];
