//! Administrators.

use async_trait::async_trait;
use payment_clients::{
    apis::admin::{
        Admin, AdminApi, AdminFilter, AdminId, AdminLogin, AdminLoginReply, AdminStatus, CreateAdmin, Listing, RoleId,
        UpdateAdmin,
    },
    contract::{
        error::{Error, ErrorKind, Result},
        secret::PersonalText,
        timestamp::Timestamp,
    },
};

use super::AdminService;
use crate::{
    admin::{
        domain,
        store::{admins, audit_logs::Author, roles},
    },
    kit::{paging, store::Tx, text},
};

#[async_trait]
impl AdminApi for AdminService {
    async fn login_admin(&self, login: &AdminLogin) -> Result<AdminLoginReply> {
        self.log_in(login).await
    }

    async fn create_admin(&self, admin: &CreateAdmin) -> Result<Admin> {
        let (caller, author) = self.author().await?;
        text::required("username", &admin.username, 64)?;
        check_texts(Some(&*admin.email), admin.full_name.as_deref(), admin.phone.as_deref())?;
        domain::check_password("password", &admin.password)?;
        let hash = self.passwords.hash(&admin.password).await?;
        let at = Timestamp::from_unix_ms(author.now);
        let role_ids = admin.role_ids.clone().unwrap_or_default();
        let new = Admin {
            id: self.ids.uuid().into(),
            username: admin.username.clone(),
            email: admin.email.clone(),
            full_name: admin.full_name.clone().unwrap_or_default(),
            phone: admin.phone.clone().unwrap_or_default(),
            avatar: String::new(),
            status: AdminStatus::Active,
            is_super: false,
            last_login_at: None,
            last_login_ip: PersonalText::default(),
            created_at: at,
            updated_at: at,
            roles: None,
        };
        let unit = move |tx: &mut Tx<'_>| {
            let given = roles::codes_of_all(tx, &role_ids)?;
            admins::rights(tx, caller.admin)?.require(&given)?;
            admins::insert(tx, &author, &new, &hash)?;
            if role_ids.is_empty() {
                return Ok(new);
            }
            roles::replace(tx, &author, new.id, &role_ids)?;
            admins::get(tx, new.id, author.now)
        };
        self.once(caller.admin, unit).await
    }

    async fn list_admins(&self, filter: &AdminFilter) -> Result<Listing<Admin>> {
        text::at_most("keyword", filter.keyword.as_deref(), 255)?;
        let (filter, now) = (filter.clone(), self.clock.now());
        let page = paging::of(filter.page, filter.page_size)?;
        self.store.read(move |view| admins::list(view, &filter, page, now)).await
    }

    async fn get_admin(&self, id: &AdminId) -> Result<Admin> {
        let (id, now) = (*id, self.clock.now());
        self.store.read(move |view| admins::get(view, id, now)).await
    }

    async fn update_admin(&self, id: &AdminId, changes: &UpdateAdmin) -> Result<Admin> {
        let (_, author) = self.author().await?;
        check_texts(
            text::given(changes.email.as_ref()).as_deref(),
            changes.full_name.as_deref(),
            changes.phone.as_deref(),
        )?;
        let (id, changes) = (*id, changes.clone());
        self.store.write(move |tx| update(tx, &author, id, &changes)).await
    }

    async fn delete_admin(&self, id: &AdminId) -> Result<()> {
        let (caller, author) = self.author().await?;
        let id = *id;
        if caller.admin == id {
            return Err(domain::forbidden("OWN_ACCOUNT", "nobody deletes himself; ask another administrator"));
        }
        let unit = move |tx: &mut Tx<'_>| match admins::get(tx, id, author.now) {
            Ok(admin) if admin.is_super => Err(domain::super_admin()),
            Ok(_) => admins::delete(tx, &author, id),
            // A repeat finds it deleted.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        };
        self.store.write(unit).await
    }
}

/// Changes an administrator; a change of nothing changes nothing, not even the time.
fn update(tx: &mut Tx<'_>, author: &Author, id: AdminId, changes: &UpdateAdmin) -> Result<Admin> {
    let before = admins::get(tx, id, author.now)?;
    let mut after = before.clone();
    after.email = text::given(changes.email.as_ref()).unwrap_or(after.email);
    after.full_name = text::given(changes.full_name.as_ref()).unwrap_or(after.full_name);
    after.phone = text::given(changes.phone.as_ref()).unwrap_or(after.phone);
    after.status = match &changes.status {
        Some(status @ (AdminStatus::Active | AdminStatus::Disabled)) => status.clone(),
        Some(status) if status.as_str().is_empty() => after.status,
        Some(_) => return Err(Error::invalid_input("status", "must be `active` or `disabled`")),
        None => after.status,
    };
    if before.is_super && (author.admin != id || after.status == AdminStatus::Disabled) {
        return Err(domain::super_admin());
    }
    if author.admin == id && after.status == AdminStatus::Disabled {
        return Err(domain::forbidden("OWN_ACCOUNT", "nobody switches himself off; ask another administrator"));
    }
    if after != before {
        admins::update(tx, author, &before, &after)?;
    }
    let wanted = changes.role_ids.as_deref().unwrap_or_default();
    if !wanted.is_empty() {
        replace_roles(tx, author, id, wanted)?;
    }
    admins::get(tx, id, author.now)
}

/// Nobody gives, or takes, what he does not have.
fn replace_roles(tx: &mut Tx<'_>, author: &Author, id: AdminId, wanted: &[RoleId]) -> Result<()> {
    let old: Vec<RoleId> = roles::of(tx, id)?.into_iter().map(|role| role.id).collect();
    let same = old.len() == wanted.len() && wanted.iter().all(|role| old.contains(role));
    if same {
        return Ok(());
    }
    let mut moved = roles::codes_of_all(tx, wanted)?;
    moved.append(&mut roles::codes_of_all(tx, &old)?);
    admins::rights(tx, author.admin)?.require(&moved)?;
    roles::replace(tx, author, id, wanted)
}

fn check_texts(email: Option<&str>, full_name: Option<&str>, phone: Option<&str>) -> Result<()> {
    if let Some(email) = email {
        text::required("email", email, 254)?;
        let parts = email.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty());
        if parts.is_none() {
            return Err(Error::invalid_input("email", "must be an e-mail address"));
        }
    }
    text::all_at_most([("full_name", full_name, 100), ("phone", phone, 32)])
}
