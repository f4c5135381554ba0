//! Terms that are kept by merchant-config-service, as a merchant reads them beside those that are kept here.

use payment_clients::apis::{merchant, merchant_config};
use uuid::Uuid;

/// A fee.
pub fn fee(fee: merchant_config::FeeConfig) -> merchant::FeeConfig {
    merchant::FeeConfig {
        id: Uuid::from(fee.id).into(),
        merchant_id: fee.merchant_id,
        channel: fee.channel.as_str().into(),
        payment_method: fee.payment_method.as_str().into(),
        fee_type: fee.fee_type.as_str().into(),
        fee_percentage: fee.fee_percentage,
        fee_fixed: fee.fee_fixed,
        min_fee: fee.min_fee,
        max_fee: fee.max_fee,
        currency: fee.currency,
        tiered_rules: fee.tiered_rules,
        effective_date: fee.effective_date,
        expiry_date: fee.expiry_date,
        priority: fee.priority,
        status: fee.status.as_str().into(),
        created_by: fee.created_by,
        approved_by: fee.approved_by,
        approved_at: fee.approved_at,
        metadata: fee.metadata,
        created_at: fee.created_at,
        updated_at: fee.updated_at,
    }
}

/// A limit.
pub fn limit(limit: merchant_config::TransactionLimit) -> merchant::TransactionLimit {
    merchant::TransactionLimit {
        id: Uuid::from(limit.id).into(),
        merchant_id: limit.merchant_id,
        limit_type: limit.limit_type.as_str().into(),
        payment_method: limit.payment_method.as_str().into(),
        channel: limit.channel.as_str().into(),
        currency: limit.currency,
        min_amount: limit.min_amount,
        max_amount: limit.max_amount,
        max_count: limit.max_count,
        status: limit.status.as_str().into(),
        effective_date: limit.effective_date,
        expiry_date: limit.expiry_date,
        metadata: limit.metadata,
        created_at: limit.created_at,
        updated_at: limit.updated_at,
    }
}
