//! What is asked of orders.

use serde::{Deserialize, Serialize};

use super::orders::{CustomerId, OrderStatus, PayStatus, ShippingMethod, ShippingStatus};
use crate::{
    apis::{
        ids::{ChannelTradeNo, MerchantId, OperatorId, PaymentNo},
        words::{JsonObject, OperatorType},
    },
    contract::{money::Currency, secret::PersonalText, timestamp::Timestamp},
};

/// What a customer wants to buy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateOrder {
    /// The merchant that sells. The nil UUID is refused.
    pub merchant_id: MerchantId,
    /// The customer, when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// E-mail address of the customer.
    pub customer_email: PersonalText,
    /// Name of the customer; not empty.
    pub customer_name: PersonalText,
    /// Telephone number of the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_phone: Option<PersonalText>,
    /// Network address of the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_ip: Option<PersonalText>,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Language of the customer; `en` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What is bought; at least one.
    pub items: Vec<NewOrderItem>,
    /// How it is delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_method: Option<ShippingMethod>,
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_fee: Option<i64>,
    /// Where it is delivered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// Where the invoice goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount_amount: Option<i64>,
    /// Remark of the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Free object, stored with the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<JsonObject>,
    /// Minutes until the order lapses; never when absent, 0 or below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_minutes: Option<i64>,
}

impl CreateOrder {
    /// An order of these items with the rest empty, for
    /// `CreateOrder { customer_email, .., ..CreateOrder::new(..) }`. E-mail address and name must be filled in.
    pub fn new(merchant_id: MerchantId, currency: Currency, items: Vec<NewOrderItem>) -> Self {
        Self {
            merchant_id,
            customer_id: None,
            customer_email: PersonalText::default(),
            customer_name: PersonalText::default(),
            customer_phone: None,
            customer_ip: None,
            currency,
            language: None,
            items,
            shipping_method: None,
            shipping_fee: None,
            shipping_address: None,
            billing_address: None,
            discount_amount: None,
            remark: None,
            extra: None,
            expire_minutes: None,
        }
    }
}

/// One line of an order to be created.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct NewOrderItem {
    /// Merchant's id of the product; not empty.
    pub product_id: String,
    /// What is bought; not empty.
    pub product_name: String,
    /// Stock keeping unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_sku: Option<String>,
    /// URL of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_image: Option<String>,
    /// Minor units, above 0.
    pub unit_price: i64,
    /// How many, at least 1.
    pub quantity: i32,
    /// Free object, such as size and colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<JsonObject>,
    /// Free object, stored with the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<JsonObject>,
}

/// A postal address; every part may be absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Address {
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Province or state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub province: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// District.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub district: Option<String>,
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<PersonalText>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<PersonalText>,
    /// Telephone number there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<PersonalText>,
    /// Who receives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonalText>,
}

/// Which orders to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct OrderFilter {
    /// Merchant that sells.
    pub merchant_id: Option<MerchantId>,
    /// Customer that buys.
    pub customer_id: Option<CustomerId>,
    /// Exact match.
    pub status: Option<OrderStatus>,
    /// Exact match.
    pub pay_status: Option<PayStatus>,
    /// Exact match.
    pub shipping_status: Option<ShippingStatus>,
    /// Exact match.
    pub currency: Option<Currency>,
    /// Exact match.
    pub customer_email: Option<PersonalText>,
    /// Substring of `order_no`, `customer_name` or `customer_email`, case-sensitive.
    pub keyword: Option<String>,
    /// Lower bound (inclusive) on `created_at`.
    pub start_time: Option<Timestamp>,
    /// Upper bound (inclusive) on `created_at`.
    pub end_time: Option<Timestamp>,
    /// Minor units, inclusive.
    pub min_amount: Option<i64>,
    /// Minor units, inclusive.
    pub max_amount: Option<i64>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

/// Why an order is given up, and by whom.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CancelOrder {
    /// Why; not empty.
    pub reason: String,
    /// Who cancels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_id: Option<OperatorId>,
    /// On whose behalf.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operator_type: Option<OperatorType>,
}

/// Which payment paid an order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PayOrder {
    /// Number of the payment; not empty.
    pub payment_no: PaymentNo,
}

/// How much of an order was paid back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RefundOrder {
    /// Minor units, above 0. At or above `pay_amount` means a full refund.
    pub amount: i64,
    /// Why; not empty.
    pub reason: String,
}

/// How an order travels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ShipOrder {
    /// Free object, such as carrier and tracking number; may be empty, not null.
    pub shipping_info: JsonObject,
}

/// A status to be set. Only `status` is stored; the rest tells why and is taken for the sake of older callers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateOrderStatus {
    /// The new status.
    pub status: OrderStatus,
    /// Channel's number of the payment; not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_order_no: Option<ChannelTradeNo>,
    /// When it was paid; not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<String>,
    /// Why the payment failed; not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// Why the payment failed; not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_msg: Option<String>,
}

impl From<OrderStatus> for UpdateOrderStatus {
    fn from(status: OrderStatus) -> Self {
        Self { status, channel_order_no: None, paid_at: None, error_code: None, error_msg: None }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{
        CancelOrder, CreateOrder, NewOrderItem, OrderFilter, OrderStatus, PayOrder, PayStatus, RefundOrder, ShipOrder,
        UpdateOrderStatus,
    };
    use crate::apis::testing::{both_ways, query_both_ways};

    #[test]
    fn a_new_order_reads_and_writes_as_in_the_contract() {
        let read: CreateOrder = both_ways(
            r#"{"merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "customer_email": "payer@example.com",
                "customer_name": "P. Ayer", "currency": "EUR", "items": [
                    {"product_id": "sku-1", "product_name": "Cup", "unit_price": 1999, "quantity": 1}
                ]}"#,
        );
        let (product_id, product_name) = ("sku-1".into(), "Cup".into());
        let cup = NewOrderItem { product_id, product_name, unit_price: 1999, quantity: 1, ..Default::default() };
        let built = CreateOrder {
            customer_email: "payer@example.com".into(),
            customer_name: "P. Ayer".into(),
            ..CreateOrder::new(read.merchant_id, "EUR".parse().unwrap(), vec![cup])
        };
        assert_eq!(built, read);
    }

    #[test]
    fn addresses_and_free_objects_keep_what_they_hold() {
        let order: CreateOrder = both_ways(
            r#"{"merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "customer_email": "payer@example.com",
                "customer_name": "P. Ayer", "currency": "JPY", "items": [], "shipping_method": "express",
                "shipping_address": {"city": "Kyoto", "postal_code": "600-8216"}, "extra": {"gift": true, "notes": [1]}}"#,
        );
        assert_eq!(order.shipping_address.unwrap().city.as_deref(), Some("Kyoto"));
        assert_eq!(order.extra.unwrap().len(), 2);
    }

    #[test]
    fn changes_read_and_write_as_in_the_contract() {
        both_ways::<CancelOrder>(r#"{"reason": "payment declined", "operator_type": "system"}"#);
        both_ways::<PayOrder>(r#"{"payment_no": "PY20251024120000a1B2c3D4e5"}"#);
        both_ways::<RefundOrder>(r#"{"amount": 500, "reason": "returned"}"#);
        both_ways::<ShipOrder>(r#"{"shipping_info": {"carrier": "DHL", "tracking_no": "JD01"}}"#);
        let update: UpdateOrderStatus = both_ways(r#"{"status": "paid"}"#);
        assert_eq!(update, OrderStatus::Paid.into());
    }

    #[test]
    fn a_filter_is_a_flat_query() {
        let filter = OrderFilter {
            pay_status: Some(PayStatus::PartialRefunded),
            min_amount: Some(100),
            page: Some(1),
            ..OrderFilter::default()
        };
        query_both_ways(&filter, "pay_status=partial_refunded&min_amount=100&page=1");
    }
}
