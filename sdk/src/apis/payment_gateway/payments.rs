//! Payments: created by a merchant, finished by a callback of the channel.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::{
        ids::{ChannelTradeNo, MerchantId, MerchantOrderNo, PaymentNo},
        words::{Channel, JsonObject},
    },
    contract::{
        error::Result,
        money::{Currency, Money},
        page::Page,
        secret::PersonalText,
        timestamp::Timestamp,
    },
    open_enum, uuid_id,
};

/// Payments of the merchants.
#[api(service = "payment-gateway", base_path = "/api/v1", port = 40003, tier = "critical")]
pub trait PaymentApi {
    /// Creates a payment: risk check, choice of a channel, order, channel.
    ///
    /// On success the status is `processing`; the channel's callback finishes it. Merchant and `order_no` name a
    /// payment only once.
    // Without a status query: only the answer tells the number by which a payment is found. Refunds are no different.
    #[post("/payments", keyed, money)]
    async fn create_payment(&self, payment: &CreatePayment) -> Result<Payment>;

    /// Lists payments, newest first.
    #[get("/payments", tier = "standard")]
    async fn list_payments(&self, #[query] filter: &PaymentFilter) -> Result<Page<Payment>>;

    /// Answers one payment.
    // Critical, unlike the lists: after a lost answer this is how a merchant learns whether to pay again.
    #[get("/payments/{payment_no}")]
    async fn get_payment(&self, payment_no: &PaymentNo) -> Result<Payment>;

    /// Cancels a payment that is pending or processing.
    // Keyed although a second cancel changes nothing: a repeat must hear that the first one succeeded, not that a
    // cancelled payment cannot be cancelled.
    #[post("/payments/{payment_no}/cancel", keyed, money)]
    async fn cancel_payment(&self, payment_no: &PaymentNo, cancellation: &CancelPayment) -> Result<()>;
}

// === requests ===

/// What a merchant asks to be paid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreatePayment {
    /// The merchant that is paid. The nil UUID is refused.
    pub merchant_id: MerchantId,
    /// Merchant's order number, at most 64 characters.
    pub order_no: MerchantOrderNo,
    /// Minor units, above 0.
    pub amount: i64,
    /// Any case; a code outside the platform's list is refused.
    pub currency: Currency,
    /// When absent, routing rules choose, else Stripe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// How the payer pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pay_method: Option<PayMethod>,
    /// E-mail address of the payer.
    pub customer_email: PersonalText,
    /// Name of the payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<PersonalText>,
    /// Telephone number of the payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_phone: Option<PersonalText>,
    /// Network address of the payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_ip: Option<PersonalText>,
    /// Text for the payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Absolute URL where the merchant hears how the payment ended.
    pub notify_url: String,
    /// Absolute URL to which the payer returns.
    pub return_url: String,
    /// Minutes until the payment lapses; 30 when absent, 0 or below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expire_minutes: Option<i64>,
    /// Free object, stored with the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<JsonObject>,
    /// For example `en` or `zh-CN`; stored inside `extra`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

impl CreatePayment {
    /// Asks for `money` and leaves the rest empty, for `CreatePayment { customer_email, .., ..CreatePayment::new(..) }`.
    /// The e-mail address and both URLs must be filled in.
    pub fn new(merchant_id: MerchantId, order_no: MerchantOrderNo, money: Money) -> Self {
        Self {
            merchant_id,
            order_no,
            amount: money.minor_units,
            currency: money.currency,
            channel: None,
            pay_method: None,
            customer_email: PersonalText::default(),
            customer_name: None,
            customer_phone: None,
            customer_ip: None,
            description: None,
            notify_url: String::new(),
            return_url: String::new(),
            expire_minutes: None,
            extra: None,
            language: None,
        }
    }
}

/// Which payments to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PaymentFilter {
    /// Merchant that is paid.
    pub merchant_id: Option<MerchantId>,
    /// Exact match.
    pub channel: Option<Channel>,
    /// Exact match.
    pub status: Option<PaymentStatus>,
    /// Exact match.
    pub currency: Option<Currency>,
    /// Exact match.
    pub customer_email: Option<PersonalText>,
    /// Substring of `order_no`, `payment_no` or `customer_name`, case-sensitive.
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

/// Why a payment is given up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CancelPayment {
    /// Kept in `error_msg` of the payment; not empty.
    pub reason: String,
}

// === answers ===

/// A payment as the gateway keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Payment {
    /// The payment.
    pub id: PaymentId,
    /// The merchant that is paid.
    pub merchant_id: MerchantId,
    /// Merchant's order number, at most 64 characters.
    pub order_no: MerchantOrderNo,
    /// Platform payment number.
    pub payment_no: PaymentNo,
    /// Chosen channel.
    pub channel: Channel,
    /// Channel's own number; empty until known.
    pub channel_order_no: ChannelTradeNo,
    /// Minor units, above 0.
    pub amount: i64,
    /// Currency of the amount.
    pub currency: Currency,
    /// How far it has come.
    pub status: PaymentStatus,
    /// Empty when not given.
    pub pay_method: PayMethod,
    /// E-mail address of the payer.
    pub customer_email: PersonalText,
    /// Name of the payer.
    pub customer_name: PersonalText,
    /// Telephone number of the payer.
    pub customer_phone: PersonalText,
    /// Network address of the payer.
    pub customer_ip: PersonalText,
    /// Text for the payer.
    pub description: String,
    /// Where the merchant hears how the payment ended.
    pub notify_url: String,
    /// Where the payer returns to.
    pub return_url: String,
    /// JSON text, not an object. Holds the request's `extra` plus `language`; in the answer to `create_payment` also
    /// `payment_url`, `qr_code_url` and `client_secret`, by which the payer finishes the payment.
    pub extra: String,
    /// Empty when there was no error.
    pub error_code: String,
    /// Empty when there was no error; after a cancel it holds the reason.
    pub error_msg: String,
    /// Whether the merchant has been told.
    pub notify_status: NotifyStatus,
    /// How often telling the merchant was tried.
    pub notify_times: i32,
    /// When that was tried last.
    pub last_notify_at: Option<Timestamp>,
    /// Set when the status becomes success.
    pub paid_at: Option<Timestamp>,
    /// When the payment lapses; set at creation.
    pub expired_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// A payment, as other tables name it; people and routes use its [`PaymentNo`].
    pub struct PaymentId
}

open_enum! {
    /// How far a payment has come. The last four are final.
    pub enum PaymentStatus {
        /// Accepted, not yet at the channel.
        Pending = "pending",
        /// At the channel.
        Processing = "processing",
        /// Paid.
        Success = "success",
        /// Refused, by risk or by the channel.
        Failed = "failed",
        /// Given up by the merchant.
        Cancelled = "cancelled",
        /// Lapsed unpaid.
        Expired = "expired",
    }
}

open_enum! {
    /// How the payer pays; empty when not given.
    pub enum PayMethod {
        /// Card.
        Card = "card",
        /// Bank transfer.
        BankTransfer = "bank_transfer",
        /// Wallet.
        Wallet = "wallet",
        /// Cryptocurrency.
        Crypto = "crypto",
    }
}

open_enum! {
    /// Whether the merchant has been told how a payment ended.
    pub enum NotifyStatus {
        /// Not yet.
        Pending = "pending",
        /// Told, and the merchant's server confirmed it.
        Notified = "notified",
        /// Given up.
        Failed = "failed",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::{CancelPayment, CreatePayment, NotifyStatus, PayMethod, Payment, PaymentFilter, PaymentStatus};
    use crate::{
        apis::{
            testing::{both_ways, keeps_unknown_word, query_both_ways},
            words::Channel,
        },
        contract::{
            money::{Currency, Money},
            page::Page,
        },
    };

    pub(in crate::apis::payment_gateway) const PAYMENT: &str = r#"{
        "id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "order_no": "M-1001", "payment_no": "PY20251024120000a1B2c3D4e5", "channel": "stripe", "channel_order_no": "",
        "amount": 1999, "currency": "EUR", "status": "processing", "pay_method": "card",
        "customer_email": "payer@example.com", "customer_name": "", "customer_phone": "", "customer_ip": "203.0.113.7",
        "description": "", "notify_url": "https://shop.example/notify", "return_url": "https://shop.example/back",
        "extra": "{\"language\":\"en\",\"payment_url\":\"\",\"qr_code_url\":\"\"}", "error_code": "", "error_msg": "",
        "notify_status": "pending", "notify_times": 0, "last_notify_at": null, "paid_at": null,
        "expired_at": "2025-10-24T12:30:00.123456Z", "created_at": "2025-10-24T12:00:00.123456Z",
        "updated_at": "2025-10-24T12:00:00.123456Z"
    }"#;

    const CREATE: &str = r#"{
        "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "order_no": "M-1001", "amount": 1999, "currency": "EUR",
        "customer_email": "payer@example.com", "notify_url": "https://shop.example/notify",
        "return_url": "https://shop.example/back", "language": "en"
    }"#;

    #[test]
    fn a_payment_reads_and_writes_as_in_the_contract() {
        let payment: Payment = both_ways(PAYMENT);
        assert_eq!(payment.status, PaymentStatus::Processing);
        assert_eq!(payment.paid_at, None);

        let page: Page<Payment> =
            both_ways(&format!(r#"{{"list": [{PAYMENT}], "total": 1, "page": 1, "page_size": 20}}"#));
        assert_eq!(page.list, [payment]);
    }

    #[test]
    fn a_request_leaves_out_what_was_not_given_and_takes_any_case_of_a_currency() {
        let read: CreatePayment = both_ways(CREATE);
        assert_eq!(read, serde_json::from_str(&CREATE.replace("EUR", "eur")).unwrap());

        let euro: Currency = "EUR".parse().unwrap();
        let built = CreatePayment {
            customer_email: "payer@example.com".into(),
            notify_url: "https://shop.example/notify".into(),
            return_url: "https://shop.example/back".into(),
            language: Some("en".into()),
            ..CreatePayment::new(read.merchant_id, "M-1001".into(), Money::new(1999, euro))
        };
        assert_eq!(built, read);
        assert_eq!(both_ways::<CancelPayment>(r#"{"reason": "changed mind"}"#).reason, "changed mind");
    }

    #[test]
    fn a_filter_is_a_flat_query() {
        let filter = PaymentFilter {
            channel: Some(Channel::Stripe),
            keyword: Some("a&b + c".into()),
            start_time: Some("2025-10-24T12:00:00+02:00".parse().unwrap()),
            page: Some(2),
            ..PaymentFilter::default()
        };
        query_both_ways(&filter, "channel=stripe&keyword=a%26b+%2B+c&start_time=2025-10-24T10%3A00%3A00Z&page=2");
        query_both_ways(&PaymentFilter::default(), "");
    }

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<PaymentStatus>();
        keeps_unknown_word::<PayMethod>();
        keeps_unknown_word::<NotifyStatus>();
    }
}
