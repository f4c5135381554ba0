//! Sessions that logins have opened.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::password::SecurityReceipt;
use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, secret::PersonalText, timestamp::Timestamp},
    text_id, uuid_id,
};

/// The calling merchant's sessions. A token dies with its session.
#[api(service = "merchant-auth-service", base_path = "/api/v1", port = 40011)]
pub trait MerchantSessionApi {
    /// Lists active sessions, last seen first.
    #[get("/security/sessions")]
    async fn list_sessions(&self) -> Result<Vec<Session>>;

    /// Ends all sessions, the caller's own among them.
    #[delete("/security/sessions")]
    async fn revoke_all_sessions(&self) -> Result<SecurityReceipt>;

    /// Ends one session; one that is over is ended already.
    #[delete("/security/sessions/{session_id}")]
    async fn revoke_session(&self, session_id: &SessionId) -> Result<SecurityReceipt>;
}

/// A session as the service keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Session {
    /// The record; routes take `session_id`.
    pub id: SessionRecordId,
    pub session_id: SessionId,
    pub merchant_id: MerchantId,
    pub ip: PersonalText,
    pub user_agent: String,
    /// JSON text.
    pub data: String,
    pub expires_at: Timestamp,
    pub is_active: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub last_seen_at: Timestamp,
}

text_id! {
    /// A session, 64 upper-case hexadecimal digits. It names a session and opens none: that takes the token.
    pub struct SessionId
}

uuid_id! {
    /// A record of a session.
    pub struct SessionRecordId
}
