//! Orders, their items and their states.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::requests::{CancelOrder, CreateOrder, OrderFilter, PayOrder, RefundOrder, ShipOrder, UpdateOrderStatus};
use crate::{
    apis::ids::{MerchantId, OrderNo, PaymentNo},
    contract::{error::Result, money::Currency, page::Page, secret::PersonalText, timestamp::Timestamp},
    open_enum, text_id, uuid_id,
};

/// Orders of the merchants.
#[api(service = "order-service", base_path = "/api/v1", port = 40004, tier = "critical")]
pub trait OrderApi {
    /// Creates an order with its items.
    ///
    /// `total_amount` is the sum of `unit_price` times `quantity`, plus `shipping_fee`. There is no amount in the
    /// request, and the server makes the number.
    #[post("/orders", keyed, money)]
    async fn create_order(&self, order: &CreateOrder) -> Result<Order>;

    /// Lists orders with their items, newest first.
    #[get("/orders", tier = "standard")]
    async fn list_orders(&self, #[query] filter: &OrderFilter) -> Result<Page<Order>>;

    /// Answers one order with its items.
    #[get("/orders/{order_no}")]
    async fn get_order(&self, order_no: &OrderNo) -> Result<Order>;

    /// Cancels an unpaid order.
    // Keyed, as every step of a saga: the repeat of a compensation hears the first answer, not a refusal.
    #[post("/orders/{order_no}/cancel", keyed)]
    async fn cancel_order(&self, order_no: &OrderNo, cancellation: &CancelOrder) -> Result<()>;

    /// Marks a pending order paid and stores the payment's number.
    #[post("/orders/{order_no}/pay", keyed, money)]
    async fn pay_order(&self, order_no: &OrderNo, payment: &PayOrder) -> Result<()>;

    /// Marks a paid order refunded, wholly or in part.
    // Keyed and not idempotent: two part refunds of the same amount are two.
    #[post("/orders/{order_no}/refund", keyed, money)]
    async fn refund_order(&self, order_no: &OrderNo, refund: &RefundOrder) -> Result<()>;

    /// Marks a paid order shipped.
    // Idempotent: an order is shipped once, and a repeat finds the state that it asks for.
    #[post("/orders/{order_no}/ship", idempotent, tier = "standard")]
    async fn ship_order(&self, order_no: &OrderNo, shipment: &ShipOrder) -> Result<()>;

    /// Marks a shipped order completed.
    // Idempotent: a repeat finds the state that it asks for.
    #[post("/orders/{order_no}/complete", idempotent, tier = "standard")]
    async fn complete_order(&self, order_no: &OrderNo) -> Result<()>;

    /// Sets the status of an order, found by payment number first, then by order number.
    // `money`: it can say that an order is paid or refunded, as the operations above do.
    #[put("/orders/{order_key}/status", money)]
    async fn update_order_status(&self, order_key: &OrderKey, update: &UpdateOrderStatus) -> Result<()>;
}

// === answers ===

/// An order as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Order {
    /// The order.
    pub id: OrderId,
    /// The merchant that sells.
    pub merchant_id: MerchantId,
    /// Platform order number.
    pub order_no: OrderNo,
    /// Empty until `pay_order` stores it.
    pub payment_no: PaymentNo,
    /// Items plus shipping fee, minor units.
    pub total_amount: i64,
    /// `total_amount` less discount, never below 0.
    pub pay_amount: i64,
    /// Minor units.
    pub discount_amount: i64,
    /// Minor units.
    pub shipping_fee: i64,
    /// Currency of all amounts.
    pub currency: Currency,
    /// How far the order has come.
    pub status: OrderStatus,
    /// How far paying it has come.
    pub pay_status: PayStatus,
    /// How far delivering it has come.
    pub shipping_status: ShippingStatus,
    /// Nil UUID when not given.
    pub customer_id: CustomerId,
    /// E-mail address of the customer.
    pub customer_email: PersonalText,
    /// Name of the customer.
    pub customer_name: PersonalText,
    /// Telephone number of the customer.
    pub customer_phone: PersonalText,
    /// Network address of the customer.
    pub customer_ip: PersonalText,
    /// Empty when not given.
    pub shipping_method: ShippingMethod,
    /// JSON text of an [`Address`](super::Address), or empty.
    pub shipping_address: PersonalText,
    /// JSON text of an [`Address`](super::Address), or empty.
    pub billing_address: PersonalText,
    /// Remark of the customer.
    pub remark: String,
    /// JSON text or empty.
    pub extra: String,
    /// Language of the customer, such as `en`.
    pub language: String,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// When it was shipped.
    pub shipped_at: Option<Timestamp>,
    /// When it was completed.
    pub completed_at: Option<Timestamp>,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// When it lapses.
    pub expired_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Absent when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<OrderItem>,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct OrderItem {
    /// The line.
    pub id: OrderItemId,
    /// The order it belongs to.
    pub order_id: OrderId,
    /// Merchant's id of the product.
    pub product_id: String,
    /// What is bought.
    pub product_name: String,
    /// Stock keeping unit.
    pub product_sku: String,
    /// URL of an image.
    pub product_image: String,
    /// Minor units.
    pub unit_price: i64,
    /// How many.
    pub quantity: i32,
    /// `unit_price` times `quantity`.
    pub total_price: i64,
    /// Discount on this line, minor units.
    pub discount_price: i64,
    /// JSON text or empty.
    pub attributes: String,
    /// JSON text or empty.
    pub extra: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// An order, as other tables name it; people and routes use its [`OrderNo`].
    pub struct OrderId
}

uuid_id! {
    /// One line of an order.
    pub struct OrderItemId
}

uuid_id! {
    /// A customer of a merchant, minted by the merchant; nil when not given.
    pub struct CustomerId
}

text_id! {
    /// What finds an order to change its status: the number of its payment, or its own.
    pub struct OrderKey
}

impl From<&OrderNo> for OrderKey {
    fn from(number: &OrderNo) -> Self {
        number.as_str().into()
    }
}

impl From<&PaymentNo> for OrderKey {
    fn from(number: &PaymentNo) -> Self {
        number.as_str().into()
    }
}

open_enum! {
    /// How far an order has come.
    pub enum OrderStatus {
        /// Created, not paid.
        Pending = "pending",
        /// Paid.
        Paid = "paid",
        /// Being prepared.
        Processing = "processing",
        /// On its way.
        Shipped = "shipped",
        /// Delivered and closed.
        Completed = "completed",
        /// Given up unpaid.
        Cancelled = "cancelled",
        /// Paid back in full.
        Refunded = "refunded",
        /// Lapsed unpaid.
        Expired = "expired",
    }
}

open_enum! {
    /// How far paying an order has come.
    pub enum PayStatus {
        /// Not paid.
        Pending = "pending",
        /// Paid.
        Paid = "paid",
        /// The payment failed.
        Failed = "failed",
        /// Paid back in full.
        Refunded = "refunded",
        /// Paid back in part.
        PartialRefunded = "partial_refunded",
    }
}

open_enum! {
    /// How far delivering an order has come.
    pub enum ShippingStatus {
        /// Not begun.
        Pending = "pending",
        /// Being packed.
        Preparing = "preparing",
        /// Handed over.
        Shipped = "shipped",
        /// Under way.
        InTransit = "in_transit",
        /// Arrived.
        Delivered = "delivered",
        /// Sent back.
        Returned = "returned",
    }
}

open_enum! {
    /// How an order is delivered; empty when not given.
    pub enum ShippingMethod {
        /// Post.
        Standard = "standard",
        /// Courier.
        Express = "express",
        /// Fetched by the customer.
        Pickup = "pickup",
        /// Nothing to carry.
        Digital = "digital",
    }
}

#[cfg(test)]
mod tests {
    use super::{Order, OrderKey, OrderNo, OrderStatus, PayStatus, ShippingMethod, ShippingStatus};
    use crate::{
        apis::{
            ids::PaymentNo,
            testing::{both_ways, keeps_unknown_word},
        },
        contract::page::Page,
    };

    const BARE_ORDER: &str = r#"
        "id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "order_no": "OD20251024120000a1B2c3D4e5", "payment_no": "", "total_amount": 1999, "pay_amount": 1999,
        "discount_amount": 0, "shipping_fee": 0, "currency": "EUR", "status": "pending", "pay_status": "pending",
        "shipping_status": "pending", "customer_id": "00000000-0000-0000-0000-000000000000",
        "customer_email": "payer@example.com", "customer_name": "P. Ayer", "customer_phone": "", "customer_ip": "",
        "shipping_method": "", "shipping_address": "", "billing_address": "", "remark": "", "extra": "",
        "language": "en", "paid_at": null, "shipped_at": null, "completed_at": null, "cancelled_at": null,
        "expired_at": null, "created_at": "2025-10-24T12:00:00.123456Z", "updated_at": "2025-10-24T12:00:00.123456Z"
    "#;

    const ITEM: &str = r#"{
        "id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "order_id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab",
        "product_id": "sku-1", "product_name": "Cup", "product_sku": "", "product_image": "", "unit_price": 1999,
        "quantity": 1, "total_price": 1999, "discount_price": 0, "attributes": "", "extra": "",
        "created_at": "2025-10-24T12:00:00.123456Z", "updated_at": "2025-10-24T12:00:00.123456Z"
    }"#;

    #[test]
    fn an_order_reads_and_writes_as_in_the_contract() {
        let order: Order = both_ways(&format!(r#"{{{BARE_ORDER}, "items": [{ITEM}]}}"#));
        assert_eq!(order.items.len(), 1);
        assert!(order.customer_id.is_nil());

        let page = format!(r#"{{"list": [{{{BARE_ORDER}}}], "total": 1, "page": 1, "page_size": 20}}"#);
        assert!(both_ways::<Page<Order>>(&page).list.iter().all(|order| order.items.is_empty()), "absent when empty");
    }

    #[test]
    fn a_status_is_set_by_either_number() {
        assert_eq!(OrderKey::from(&OrderNo::from("OD1")).as_str(), "OD1");
        assert_eq!(OrderKey::from(&PaymentNo::from("PY1")).as_str(), "PY1");
    }

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<OrderStatus>();
        keeps_unknown_word::<PayStatus>();
        keeps_unknown_word::<ShippingStatus>();
        keeps_unknown_word::<ShippingMethod>();
    }
}
