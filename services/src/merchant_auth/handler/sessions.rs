//! Sessions and the history of logins.

use async_trait::async_trait;
use payment_clients::{
    apis::merchant_auth::{
        LoginActivity, MerchantLoginActivityApi, MerchantSessionApi, OpenSession, SecurityReceipt, Session, SessionId,
        SessionInternalApi, VerifySession,
    },
    contract::{error::Result, page::Page},
};

use super::MerchantAuth;
use crate::merchant_auth::{
    domain,
    store::{activities, sessions},
};

#[async_trait]
impl MerchantSessionApi for MerchantAuth {
    async fn list_sessions(&self) -> Result<Vec<Session>> {
        let (merchant, now) = (domain::caller()?, self.clock.now());
        self.store.read(move |view| sessions::list(view, merchant, now)).await
    }

    async fn revoke_all_sessions(&self) -> Result<SecurityReceipt> {
        let (merchant, now) = (domain::caller()?, self.clock.now());
        self.store.write(move |tx| sessions::revoke_all(tx, merchant, now)).await?;
        Ok(domain::receipt("all sessions have ended"))
    }

    async fn revoke_session(&self, session_id: &SessionId) -> Result<SecurityReceipt> {
        let (merchant, session, now) = (domain::caller()?, session_id.clone(), self.clock.now());
        self.store.write(move |tx| sessions::revoke(tx, merchant, &session, now)).await?;
        Ok(domain::receipt("the session has ended"))
    }
}

#[async_trait]
impl SessionInternalApi for MerchantAuth {
    async fn verify_session(&self, shown: &VerifySession) -> Result<OpenSession> {
        domain::require_service()?;
        let (digest, now) = (domain::digest(&shown.token), self.clock.now());
        let found = {
            let digest = digest.clone();
            self.store.read(move |view| sessions::shown(view, &digest, now)).await?
        };
        if found.unseen {
            self.store.write(move |tx| sessions::seen(tx, &digest, now)).await?;
        }
        Ok(found.session)
    }
}

#[async_trait]
impl MerchantLoginActivityApi for MerchantAuth {
    async fn list_login_activities(&self, page: Option<i64>, page_size: Option<i64>) -> Result<Page<LoginActivity>> {
        let merchant = domain::caller()?;
        let (page, size) = (page.unwrap_or(1).max(1), page_size.filter(|size| (1..=100).contains(size)).unwrap_or(20));
        self.store.read(move |view| activities::list(view, merchant, page, size)).await
    }
}
