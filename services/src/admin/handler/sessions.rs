//! The caller's sessions, the history of the caller's logins, and the settings of the caller's account security.

use async_trait::async_trait;
use payment_clients::{
    apis::admin::{
        AdminLoginActivityApi, AdminSecuritySettingsApi, AdminSessionApi, DeactivateSession, LoginActivity,
        SecuritySettings, Session, UpdateSecuritySettings,
    },
    contract::error::Result,
};

use super::AdminService;
use crate::{
    admin::{
        domain,
        store::{activities, securities, sessions},
    },
    kit::{store::Tx, text},
};

#[async_trait]
impl AdminSessionApi for AdminService {
    async fn list_sessions(&self) -> Result<Vec<Session>> {
        let (admin, now) = (domain::caller()?.admin, self.clock.now());
        self.store.read(move |view| sessions::list(view, admin, now)).await
    }

    async fn deactivate_session(&self, session: &DeactivateSession) -> Result<()> {
        text::required("session_id", session.session_id.as_str(), 64)?;
        let ((_, author), session) = (self.author().await?, session.session_id.clone());
        self.store.write(move |tx| sessions::revoke(tx, &author, &session)).await
    }

    async fn deactivate_other_sessions(&self) -> Result<()> {
        let (caller, author) = self.author().await?;
        self.store.write(move |tx| sessions::revoke_others(tx, &author, &caller.session)).await
    }
}

#[async_trait]
impl AdminLoginActivityApi for AdminService {
    async fn list_login_activities(&self, limit: Option<i64>) -> Result<Vec<LoginActivity>> {
        let admin = domain::caller()?.admin;
        let most = limit.filter(|limit| (1..=100).contains(limit)).unwrap_or(50);
        self.store.read(move |view| activities::list(view, admin, most)).await
    }

    /// Without the addresses and devices of callers, none looks unlike the others.
    async fn list_abnormal_activities(&self) -> Result<Vec<LoginActivity>> {
        domain::caller().map(|_| Vec::new())
    }
}

#[async_trait]
impl AdminSecuritySettingsApi for AdminService {
    async fn get_security_settings(&self) -> Result<SecuritySettings> {
        let (admin, id, now) = (domain::caller()?.admin, self.ids.uuid().to_string(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            securities::ensure(tx, admin, &id, now)?;
            securities::get(tx, admin, now)
        };
        self.store.write(unit).await
    }

    async fn update_security_settings(&self, changes: &UpdateSecuritySettings) -> Result<()> {
        let (_, author) = self.author().await?;
        let (id, changes) = (self.ids.uuid().to_string(), changes.clone());
        let unit = move |tx: &mut Tx<'_>| {
            securities::ensure(tx, author.admin, &id, author.now)?;
            securities::update(tx, &author, &changes)
        };
        self.store.write(unit).await
    }
}
