//! Logins in one step or two.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant_auth::{
            IssueServiceToken, LoginOutcome, MerchantLogin, MerchantLoginApi, MerchantSession, MfaPending,
            ServiceToken, ServiceTokenApi, SessionId, VerifyLogin,
        },
        words::{LoginStatus, LoginType},
    },
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
};

use super::{MerchantAuth, Proof, barred};
use crate::{
    kit::store::Tx,
    merchant_auth::{
        domain::{self, Token},
        store::{
            accounts,
            activities::{self, Activity},
            attempts, factors,
            pending::{self, Pending},
            sessions::{self, NewSession},
        },
    },
};

#[async_trait]
impl MerchantLoginApi for MerchantAuth {
    async fn login(&self, login: &MerchantLogin) -> Result<LoginOutcome> {
        let merchant = login.merchant_id;
        let refused = |status, reason| self.activity(merchant, LoginType::Password, status, reason);
        let (activity, answer) = match self.prove(merchant, &login.password).await? {
            Proof::Right { epoch } => return self.proven(merchant, epoch).await,
            Proof::Wrong => (refused(LoginStatus::Failed, "wrong password"), domain::wrong_credentials()),
            Proof::Locked => (refused(LoginStatus::Blocked, "locked"), domain::locked()),
            Proof::Barred => (refused(LoginStatus::Blocked, "merchant is barred"), barred()),
        };
        let now = self.clock.now();
        self.store.write(move |tx| activities::insert(tx, &activity, now)).await?;
        Err(answer)
    }

    async fn verify_login(&self, verification: &VerifyLogin) -> Result<MerchantSession> {
        let (digest, code, now) =
            (domain::digest(&verification.mfa_token), verification.code.clone(), self.clock.now());
        let Some(waiting) = self.find_pending(digest.clone(), now).await? else {
            let text = "the login has expired, was completed, or was tried too often; log in again";
            return Err(domain::unauthenticated("MFA_TOKEN_INVALID", text));
        };
        let merchant = waiting.merchant;
        let (new, vault) = (self.new_session(merchant, true)?, self.vault.clone());
        let success = self.succeeded(&new, LoginType::TwoFactor);
        let failure = self.activity(merchant, LoginType::TwoFactor, LoginStatus::Failed, "wrong code");
        let unit = move |tx: &mut Tx<'_>| {
            // Once more, since another verification may have come first.
            if pending::find(tx, &digest, now)? != Some(waiting) {
                return Ok(Err(domain::wrong_credentials()));
            }
            if !attempts::begin(tx, merchant, now)? {
                return Ok(Err(domain::locked()));
            }
            let factor = factors::find(tx, &vault, merchant)?.filter(|factor| factor.active);
            let proven = match &factor {
                Some(factor) => factors::take_any(tx, factor, &code, now)?,
                None => false,
            };
            if !proven {
                pending::tried(tx, &digest)?;
                activities::insert(tx, &failure, now)?;
                return Ok(Err(domain::wrong_credentials()));
            }
            pending::take(tx, &digest)?;
            open(tx, new, &success, waiting.epoch, now).map(Ok)
        };
        self.store.write(unit).await?
    }
}

#[async_trait]
impl ServiceTokenApi for MerchantAuth {
    async fn issue_service_token(&self, request: &IssueServiceToken) -> Result<ServiceToken> {
        self.desk.issue(request)
    }
}

impl MerchantAuth {
    /// What comes of a password that was right: a session, or the question for the second factor.
    async fn proven(&self, merchant: MerchantId, epoch: i64) -> Result<LoginOutcome> {
        let (new, waiting, account) = (self.new_session(merchant, false)?, Token::mint("mfa")?, self.ids.uuid());
        let success = self.succeeded(&new, LoginType::Password);
        let (vault, now) = (self.vault.clone(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            accounts::ensure(tx, merchant, &account.to_string(), now)?;
            let factor = factors::find(tx, &vault, merchant)?;
            if factor.is_none_or(|factor| !factor.active) {
                return open(tx, new, &success, epoch, now).map(LoginOutcome::Complete);
            }
            // Half of a proof: the failures stay, else each right password would allow more guesses at the code.
            attempts::take_back(tx, merchant)?;
            let expires_at = pending::insert(tx, &waiting.digest, Pending { merchant, epoch }, now)?;
            let expires_at = Timestamp::from_unix_ms(expires_at);
            Ok(LoginOutcome::MfaPending(MfaPending { mfa_token: waiting.shown, expires_at }))
        };
        self.store.write(unit).await
    }

    async fn find_pending(&self, digest: String, now: i64) -> Result<Option<Pending>> {
        self.store.read(move |view| pending::find(view, &digest, now)).await
    }

    fn new_session(&self, merchant: MerchantId, two_factor: bool) -> Result<NewSession> {
        let (session_id, token) = (domain::session_id()?, Token::mint("mst")?);
        Ok(NewSession { id: self.ids.uuid().to_string(), session_id, token, merchant, two_factor })
    }

    fn activity(
        &self,
        merchant: MerchantId,
        login_type: LoginType,
        status: LoginStatus,
        failed_reason: &'static str,
    ) -> Activity {
        let (id, session) = (self.ids.uuid().to_string(), SessionId::from(""));
        Activity { id, merchant, login_type, status, failed_reason, session }
    }

    fn succeeded(&self, new: &NewSession, login_type: LoginType) -> Activity {
        let activity = self.activity(new.merchant, login_type, LoginStatus::Success, "");
        Activity { session: new.session_id.clone(), ..activity }
    }
}

/// Opens the session of a login that proved all that was asked.
fn open(tx: &mut Tx<'_>, new: NewSession, success: &Activity, epoch: i64, now: i64) -> Result<MerchantSession, Error> {
    if accounts::epoch(tx, new.merchant, now)? != epoch {
        return Err(domain::overtaken());
    }
    attempts::forget(tx, new.merchant)?;
    let expires_at = sessions::open(tx, &new, now)?;
    activities::insert(tx, success, now)?;
    Ok(MerchantSession {
        session_id: new.session_id,
        merchant_id: new.merchant,
        access_token: new.token.shown,
        expires_at: Timestamp::from_unix_ms(expires_at),
    })
}
