//! Logins, and the first administrator.

use payment_clients::{
    apis::{
        admin::{Admin, AdminId, AdminLogin, AdminLoginReply, AdminStatus, SessionId},
        words::{LoginStatus, LoginType},
    },
    contract::{
        error::{Error, Result},
        secret::{PersonalText, SecretText},
        timestamp::Timestamp,
    },
};

use super::{AdminService, Proof};
use crate::{
    admin::{
        FIRST_ADMIN,
        domain::{self, Token, permissions::SYSTEM_ROLES},
        store::{
            activities::{self, Activity},
            admins::{self, Known},
            attempts,
            audit_logs::Author,
            factors, roles,
            sessions::{self, NewSession},
        },
    },
    kit::{store::Tx, text, vault::Vault},
};

/// A password that was right, and what else the login has said.
struct HalfProven {
    known: Known,
    code: Option<SecretText>,
    new: NewSession,
    author: Author,
    vault: Vault,
}

impl AdminService {
    /// Makes the roles that come with the platform and, where there never was an administrator, the first: `admin`, who
    /// may do everything.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn begin(&self, password: &SecretText) -> Result<()> {
        let now = self.clock.now();
        self.store.write(move |tx| roles::ensure_system_roles(tx, SYSTEM_ROLES, now)).await?;
        if self.store.read(admins::any).await? {
            return Ok(());
        }
        let hash = self.passwords.hash(password).await?;
        let id = AdminId::from(self.ids.uuid());
        let (author, at) = (self.author_of(id, FIRST_ADMIN.to_owned()), Timestamp::from_unix_ms(now));
        let first = Admin {
            id,
            username: FIRST_ADMIN.to_owned(),
            email: PersonalText::default(),
            full_name: PersonalText::default(),
            phone: PersonalText::default(),
            avatar: String::new(),
            status: AdminStatus::Active,
            is_super: true,
            last_login_at: None,
            last_login_ip: PersonalText::default(),
            created_at: at,
            updated_at: at,
            roles: None,
        };
        // Once more, since another instance may have come first.
        let unit =
            move |tx: &mut Tx<'_>| if admins::any(tx)? { Ok(()) } else { admins::insert(tx, &author, &first, &hash) };
        self.store.write(unit).await
    }

    /// A session for whoever proves to be staff.
    pub(super) async fn log_in(&self, login: &AdminLogin) -> Result<AdminLoginReply> {
        text::at_most("username", Some(&login.username), 64)?;
        text::at_most("code", login.code.as_ref().map(SecretText::expose), 64)?;
        let username = login.username.clone();
        let known = self.store.read(move |view| admins::named(view, &username)).await?;
        let whom = known.as_ref().map(|known| known.admin);
        let (status, reason, answer) = match self.prove(known, &login.password).await? {
            Proof::Right(known) => return self.half_proven(login, known).await,
            Proof::Wrong => (LoginStatus::Failed, "wrong password", domain::wrong_credentials()),
            Proof::Locked => (LoginStatus::Blocked, "locked", domain::locked()),
            Proof::Disabled => (LoginStatus::Blocked, "account is switched off", domain::disabled()),
        };
        if let Some(admin) = whom {
            let (failure, now) = (self.activity(admin, LoginType::Password, status, reason), self.clock.now());
            self.store.write(move |tx| activities::insert(tx, &failure, now)).await?;
        }
        Err(answer)
    }

    /// What comes of a password that was right.
    async fn half_proven(&self, login: &AdminLogin, known: Known) -> Result<AdminLoginReply> {
        let author = self.author_of(known.admin, login.username.clone());
        let failure = self.activity(known.admin, LoginType::TwoFactor, LoginStatus::Failed, "wrong code");
        let success = self.activity(known.admin, LoginType::Password, LoginStatus::Success, "");
        let new = NewSession {
            id: self.ids.uuid().to_string(),
            session_id: domain::session_id()?,
            token: Token::mint("ast")?,
            two_factor: false,
        };
        let code = login.code.clone().filter(|code| !code.expose().is_empty());
        let proven = HalfProven { known, code, new, author, vault: self.vault.clone() };
        self.store.write(move |tx| proven.complete(tx, &failure, success)).await?
    }

    fn activity(
        &self,
        admin: AdminId,
        login_type: LoginType,
        status: LoginStatus,
        failed_reason: &'static str,
    ) -> Activity {
        let (id, session) = (self.ids.uuid().to_string(), SessionId::from(""));
        Activity { id, admin, login_type, status, failed_reason, session }
    }
}

// === impl HalfProven ===

impl HalfProven {
    /// The session, or the refusal that is to stand: what it counts is committed.
    fn complete(
        self,
        tx: &mut Tx<'_>,
        failure: &Activity,
        success: Activity,
    ) -> Result<Result<AdminLoginReply, Error>> {
        let (admin, now) = (self.known.admin, self.author.now);
        let factor = factors::find(tx, &self.vault, admin)?.filter(|factor| factor.active);
        let two_factor = match (&factor, &self.code) {
            (None, _) => false,
            (Some(_), None) => {
                // Half of a proof: earlier failures stay, else each right password would allow more guesses at the code.
                attempts::take_back(tx, admin)?;
                return Ok(Err(domain::code_wanted()));
            }
            (Some(factor), Some(code)) if factors::take_any(tx, factor, code, now)? => true,
            (Some(_), Some(_)) => {
                activities::insert(tx, failure, now)?;
                return Ok(Err(domain::wrong_credentials()));
            }
        };
        let present = admins::known_as(tx, admin)?;
        if present.epoch != self.known.epoch || !present.active {
            return Err(domain::overtaken());
        }
        attempts::forget(tx, admin)?;
        let new = NewSession { two_factor, ..self.new };
        let expires_at = sessions::open(tx, &self.author, &new)?;
        let login_type = if two_factor { LoginType::TwoFactor } else { success.login_type.clone() };
        activities::insert(tx, &Activity { login_type, session: new.session_id.clone(), ..success }, now)?;
        admins::logged_in(tx, admin, now)?;
        Ok(Ok(AdminLoginReply {
            token: new.token.shown,
            refresh_token: SecretText::from(""),
            admin: admins::get(tx, admin, now)?,
            expires_in: (expires_at - now) / 1000,
        }))
    }
}
