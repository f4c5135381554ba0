//! Who answers whose a key or a session is: merchant-service and merchant-auth-service, or, in tests that do not run
//! them, a list that is fixed at the start.

use std::{collections::BTreeMap, fmt, sync::Arc};

use async_trait::async_trait;
use payment_clients::{
    apis::{
        merchant::{ApiKeyInternalApi, SigningKey},
        merchant_auth::{OpenSession, SessionInternalApi, VerifySession},
    },
    contract::error::{Error, Result},
    platform::Platform,
};

/// What a guard asks.
#[derive(Clone)]
pub struct Directory {
    /// Whose an API key is.
    pub keys: Arc<dyn ApiKeyInternalApi>,
    /// Whose a session is.
    pub sessions: Arc<dyn SessionInternalApi>,
}

/// Keys that are known from the start.
struct Fixed(BTreeMap<String, SigningKey>);

/// Nobody has logged in.
struct NoSessions;

// === impl Directory ===

impl Directory {
    /// The services that run, asked as whose clients these are.
    ///
    /// # Errors
    /// When the address of one is missing.
    pub fn connect(platform: &Platform) -> Result<Self> {
        Ok(Self { keys: Arc::new(platform.merchant()?), sessions: Arc::new(platform.merchant_auth()?) })
    }

    /// These keys, and no session.
    pub fn fixed(keys: impl IntoIterator<Item = SigningKey>) -> Self {
        let keys = keys.into_iter().map(|key| (key.api_key.clone(), key)).collect();
        Self { keys: Arc::new(Fixed(keys)), sessions: Arc::new(NoSessions) }
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Directory")
    }
}

#[async_trait]
impl ApiKeyInternalApi for Fixed {
    async fn get_signing_key(&self, api_key: &str) -> Result<SigningKey> {
        self.0.get(api_key).cloned().ok_or_else(|| Error::not_found("API key"))
    }
}

#[async_trait]
impl SessionInternalApi for NoSessions {
    async fn verify_session(&self, _: &VerifySession) -> Result<OpenSession> {
        Err(Error::not_found("session"))
    }
}
