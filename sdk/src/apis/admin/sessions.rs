//! Sessions that logins have opened.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::{ids::OperatorId, words::OperatorType},
    contract::{error::Result, secret::PersonalText, timestamp::Timestamp},
    text_id, uuid_id,
};

/// The calling administrator's sessions. A token dies with its session.
// Ending is idempotent: a repeat finds them over.
#[api(service = "admin-service", base_path = "/api/v1", port = 40001)]
pub trait AdminSessionApi {
    /// Lists active sessions, last seen first.
    #[get("/security/security/sessions")]
    async fn list_sessions(&self) -> Result<Vec<Session>>;

    /// Ends one session; one that is over is ended already.
    #[post("/security/security/sessions/deactivate", idempotent)]
    async fn deactivate_session(&self, session: &DeactivateSession) -> Result<()>;

    /// Ends all sessions but the one that calls.
    #[post("/security/security/sessions/deactivate-others", idempotent)]
    async fn deactivate_other_sessions(&self) -> Result<()>;
}

/// Which session to end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DeactivateSession {
    pub session_id: SessionId,
}

/// A session as the service keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Session {
    /// The record; requests take `session_id`.
    pub id: SessionRecordId,
    pub session_id: SessionId,
    pub user_id: OperatorId,
    pub user_type: OperatorType,
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
    /// A session, base32 of 32 bytes. It names a session and opens none: that takes the token.
    pub struct SessionId
}

uuid_id! {
    /// A record of a session.
    pub struct SessionRecordId
}
