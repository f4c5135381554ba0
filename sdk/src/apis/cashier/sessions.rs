//! Sessions: one payer's visit to a checkout page.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::{
        ids::{MerchantId, MerchantOrderNo, PaymentNo},
        words::{Channel, JsonObject},
    },
    contract::{
        error::Result,
        money::Currency,
        secret::{AddressKey, PersonalText, SecretText},
        timestamp::Timestamp,
    },
    open_enum, uuid_id,
};

/// Checkout sessions of the calling merchant, found by their token.
#[api(service = "cashier-service", base_path = "/api/v1", port = 40016)]
pub trait CashierSessionApi {
    /// Opens a session.
    // Keyed: two sessions with the same content are two. The token in the stored answer lapses with the session, which is
    // kept beside it and has it, too.
    #[post("/cashier/sessions", keyed)]
    async fn create_session(&self, session: &CreateSession) -> Result<CreatedSession>;

    /// Answers one session; one past its time is expired.
    #[get("/cashier/sessions/{token}")]
    async fn get_session(&self, token: &AddressKey) -> Result<CashierSession>;

    /// Deletes a session; an unknown one is deleted already.
    #[delete("/cashier/sessions/{token}")]
    async fn cancel_session(&self, token: &AddressKey) -> Result<()>;

    /// Pays an open session at the gateway: its amount, its order and its customer, over the channel that is chosen.
    ///
    /// A session has one payment: whoever asks again hears of that one, whatever is chosen then.
    // Idempotent although money moves: the payment's key is the session's, so a repeat starts no other.
    #[post("/cashier/sessions/{token}/pay", idempotent, money)]
    async fn pay_session(&self, token: &AddressKey, choice: &PaySession) -> Result<SessionPayment>;

    /// Marks an open session completed by a payment, which the gateway must have taken for it.
    // Idempotent: a session is completed once, and a repeat with the same payment finds it so.
    #[post("/cashier/sessions/{token}/complete", idempotent)]
    async fn complete_session(&self, token: &AddressKey, completion: &CompleteSession) -> Result<()>;
}

// === requests ===

/// A session to be opened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateSession {
    /// Not looked at: it is the caller's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_no: Option<MerchantOrderNo>,
    /// Minor units, above 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_email: Option<PersonalText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<PersonalText>,
    /// The caller's address when absent or empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_ip: Option<PersonalText>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_channels: Option<Vec<Channel>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_methods: Option<Vec<String>>,
    /// Free object, kept with the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<JsonObject>,
    /// 30 when absent, 0 or below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in_minutes: Option<i64>,
}

/// How the payer of a session pays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PaySession {
    /// One of the session's `allowed_channels`, where it has some; the gateway chooses when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// One of the session's `allowed_methods`, where it has some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Absolute URL where the merchant hears how the payment ended.
    pub notify_url: String,
    /// Absolute URL to which the payer returns; `success_redirect_url` of the configuration when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_url: Option<String>,
}

/// Which payment completed a session.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CompleteSession {
    /// The payment; not empty.
    pub payment_no: PaymentNo,
}

// === answers ===

/// A session that was opened, and how to get there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreatedSession {
    /// Opens the page and finds the session: whoever has it, is the payer.
    pub session_token: SecretText,
    pub session: CashierSession,
    /// Where to send the payer; holds the token.
    pub cashier_url: SecretText,
}

/// The payment of a session, and how the payer finishes it. What the channel does not use is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SessionPayment {
    pub payment_no: PaymentNo,
    /// Where to send the payer.
    pub payment_url: String,
    /// What to show the payer.
    pub qr_code_url: String,
    /// What the channel's own form wants.
    pub client_secret: SecretText,
}

/// A session as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CashierSession {
    pub id: CashierSessionId,
    /// As in [`CreatedSession`].
    pub session_token: SecretText,
    pub merchant_id: MerchantId,
    pub order_no: MerchantOrderNo,
    /// Minor units.
    pub amount: i64,
    pub currency: Currency,
    pub description: String,
    pub customer_email: PersonalText,
    pub customer_name: PersonalText,
    pub customer_ip: PersonalText,
    /// Null when not given.
    pub allowed_channels: Option<Vec<Channel>>,
    /// Null when not given.
    pub allowed_methods: Option<Vec<String>>,
    pub metadata: Option<JsonObject>,
    pub status: SessionStatus,
    /// Empty until completed.
    pub payment_no: PaymentNo,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// Absent until completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// A session, as other tables name it; routes take its token.
    pub struct CashierSessionId
}

open_enum! {
    /// How far a session has come.
    pub enum SessionStatus {
        /// Open, not paid.
        Pending = "pending",
        /// It is being paid.
        Active = "active",
        /// Paid.
        Completed = "completed",
        /// Past its time.
        Expired = "expired",
    }
}

#[cfg(test)]
mod tests {
    use super::{CreateSession, CreatedSession, SessionStatus};
    use crate::apis::testing::{both_ways, keeps_unknown_word};

    #[test]
    fn the_token_of_a_session_is_written_to_the_wire_and_shown_to_nobody() {
        let created: CreatedSession = both_ways(
            r#"{"session_token": "c2VjcmV0", "cashier_url": "/cashier/checkout/c2VjcmV0", "session": {
                "id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "session_token": "c2VjcmV0",
                "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "order_no": "A-1", "amount": 1999,
                "currency": "EUR", "description": "", "customer_email": "", "customer_name": "", "customer_ip": "",
                "allowed_channels": null, "allowed_methods": [], "metadata": null, "status": "pending",
                "payment_no": "", "created_at": "2025-10-24T12:00:00.123456Z", "expires_at": "2025-10-24T12:30:00Z",
                "updated_at": "2025-10-24T12:00:00.123456Z"}}"#,
        );
        assert!(!format!("{created:?}").contains("c2VjcmV0"));
        assert_eq!(created.session.completed_at, None);
    }

    #[test]
    fn a_request_leaves_out_what_was_not_given() {
        both_ways::<CreateSession>(r#"{"order_no": "A-1", "amount": 1999, "currency": "EUR"}"#);
        keeps_unknown_word::<SessionStatus>();
    }
}
