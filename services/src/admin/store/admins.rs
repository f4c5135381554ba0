//! Who is staff. `epoch` counts the changes of a password: a login carries the one that it found before the password was
//! verified, and opens a session in that epoch only.

use payment_clients::{
    apis::admin::{Admin, AdminFilter, AdminId, AdminStatus, Listing, Role},
    contract::{
        error::{Error, Result},
        page::Page,
        secret::PersonalText,
    },
};

use super::{
    attempts,
    audit_logs::{Act, Author},
    roles,
    sessions::{self, Cause},
};
use crate::{
    admin::domain::{self, OLD_PASSWORDS, Rights},
    args,
    kit::{
        paging,
        password::Hash,
        store::{Row, Tx, View},
    },
};

macro_rules! select_admin {
    ($($rest:expr),*) => {
        concat!(
            "SELECT id, username, email, full_name, phone, status, is_super, last_login_at, created_at, updated_at \
             FROM admins WHERE deleted_at IS NULL " $(, $rest)*
        )
    };
}

/// What a login must know of somebody before the password was verified.
#[derive(Clone, Debug)]
pub struct Known {
    /// Who.
    pub admin: AdminId,
    /// The hash of the password.
    pub hash: Hash,
    /// How often it was changed.
    pub epoch: i64,
    /// Whether the account is switched on.
    pub active: bool,
}

/// Whose password is to be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The caller's.
    Own,
    /// Somebody else's, who must change it at the next login.
    Others,
}

// === reading ===

/// One administrator.
///
/// # Errors
/// 404 when there is none.
pub fn get(view: &View<'_>, id: AdminId, now: i64) -> Result<Admin> {
    let found = view.optional(select_admin!("AND id = $1"), args![id.to_string()], admin)?;
    let mut found = found.ok_or_else(|| Error::not_found("the administrator"))?;
    complete(view, &mut found, now)?;
    let roles = roles::of(view, id)?;
    found.roles = Some(roles);
    Ok(found)
}

/// A page of administrators, newest first.
///
/// # Errors
/// When the store fails.
pub fn list(view: &View<'_>, filter: &AdminFilter, page: (i64, i64), now: i64) -> Result<Listing<Admin>> {
    // A part is in a text that is another one without it: so capital letters count, on every engine.
    macro_rules! matching {
        () => {
            "AND ($1 IS NULL OR REPLACE(username, $1, '') <> username OR REPLACE(email, $1, '') <> email \
             OR REPLACE(full_name, $1, '') <> full_name) \
             AND ($2 IS NULL OR $2 = CASE WHEN status = 'active' AND EXISTS(SELECT 1 FROM attempts WHERE attempts.admin_id = admins.id \
             AND locked_until > $3) THEN 'locked' ELSE status END) "
        };
    }
    const COUNT: &str = concat!("SELECT COUNT(*) AS total FROM admins WHERE deleted_at IS NULL ", matching!());
    const LIST: &str = select_admin!(matching!(), "ORDER BY created_audit DESC LIMIT $4 OFFSET $5");
    let keyword = filter.keyword.as_deref().filter(|keyword| !keyword.is_empty());
    let status = filter.status.as_ref().map(AdminStatus::as_str);
    let mut found = paging::read(view, [COUNT, LIST], args![keyword, status, now], page, admin)?;
    for found in &mut found.list {
        complete(view, found, now)?;
        let roles = roles::of(view, found.id)?.into_iter().map(|role| Role { permissions: None, ..role });
        found.roles = Some(roles.collect());
    }
    let Page { list: data, total, page, page_size } = found;
    Ok(Listing { data, total, page, page_size })
}

/// The name of an administrator.
///
/// # Errors
/// 404 when there is none.
pub fn name(view: &View<'_>, id: AdminId) -> Result<String> {
    const FIND: &str = "SELECT username FROM admins WHERE id = $1 AND deleted_at IS NULL";
    let found = view.optional(FIND, args![id.to_string()], |row| row.get("username"))?;
    found.ok_or_else(|| Error::not_found("the administrator"))
}

/// What somebody may do now.
///
/// # Errors
/// When the store fails.
pub fn rights(view: &View<'_>, id: AdminId) -> Result<Rights> {
    const FIND: &str = "SELECT is_super FROM admins WHERE id = $1 AND deleted_at IS NULL AND status = 'active'";
    let is_super: Option<bool> = view.optional(FIND, args![id.to_string()], |row| row.get("is_super"))?;
    match is_super {
        Some(true) => Ok(Rights::All),
        Some(false) => roles::rights(view, id).map(Rights::Some),
        None => Ok(Rights::Some(std::collections::BTreeSet::new())),
    }
}

/// Who has this name, deleted ones excluded.
///
/// # Errors
/// When the store fails.
pub fn named(view: &View<'_>, username: &str) -> Result<Option<Known>> {
    const FIND: &str = "SELECT id, hash, epoch, status FROM admins WHERE username = $1 AND deleted_at IS NULL";
    view.optional(FIND, args![username], known)
}

/// What a proof of the password must know of somebody.
///
/// # Errors
/// 404 when there is no such administrator.
pub fn known_as(view: &View<'_>, id: AdminId) -> Result<Known> {
    const FIND: &str = "SELECT id, hash, epoch, status FROM admins WHERE id = $1 AND deleted_at IS NULL";
    view.optional(FIND, args![id.to_string()], known)?.ok_or_else(|| Error::not_found("the administrator"))
}

/// Whether there is, or ever was, an administrator.
///
/// # Errors
/// When the store fails.
pub fn any(view: &View<'_>) -> Result<bool> {
    Ok(view.optional("SELECT 1 AS one FROM admins LIMIT 1", &[], |_| Ok(()))?.is_some())
}

fn known(row: &Row<'_>) -> Result<Known> {
    Ok(Known {
        admin: row.parse("id")?,
        hash: Hash::from(row.get::<String>("hash")?),
        epoch: row.get("epoch")?,
        active: row.get::<String>("status")? == "active",
    })
}

fn admin(row: &Row<'_>) -> Result<Admin> {
    Ok(Admin {
        id: row.parse("id")?,
        username: row.get("username")?,
        email: row.get("email")?,
        full_name: row.get("full_name")?,
        phone: row.get("phone")?,
        avatar: String::new(),
        status: row.parse("status")?,
        is_super: row.get("is_super")?,
        last_login_at: row.get("last_login_at")?,
        last_login_ip: PersonalText::default(),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        roles: None,
    })
}

/// Says of an active account whether it is locked at this moment.
fn complete(view: &View<'_>, admin: &mut Admin, now: i64) -> Result<()> {
    if admin.status == AdminStatus::Active && attempts::is_locked(view, admin.id, now)? {
        admin.status = AdminStatus::Locked;
    }
    Ok(())
}

// === writing ===

/// Stores a new administrator.
///
/// # Errors
/// 409 when the name is, or was, somebody else's.
pub fn insert(tx: &mut Tx<'_>, author: &Author, admin: &Admin, hash: &Hash) -> Result<()> {
    const TAKEN: &str = "SELECT 1 AS one FROM admins WHERE username = $1";
    const INSERT: &str = "INSERT INTO admins(id, username, email, full_name, phone, status, is_super, hash,
            password_changed_at, created_at, updated_at, created_audit)
        VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, $8, $8, $8, $9)";
    if tx.optional(TAKEN, args![admin.username], |_| Ok(()))?.is_some() {
        let text = format!("there is or was an administrator `{}`; take another name", admin.username);
        return Err(Error::conflict("USERNAME_TAKEN", text));
    }
    let id = admin.id.to_string();
    let act = Act { action: "admin.created", resource: "admin", id: &id, after: &admin.username, ..Act::default() };
    let seq = author.tell(tx, &act)?;
    tx.execute(
        INSERT,
        args![
            id,
            admin.username,
            admin.email,
            admin.full_name,
            admin.phone,
            admin.is_super,
            hash.expose(),
            author.now,
            seq,
        ],
    )
    .map(drop)
}

/// Stores an administrator as he is now. One who is switched off has no session any more; one who is switched on again
/// may try his password anew.
///
/// # Errors
/// When the store fails.
pub fn update(tx: &mut Tx<'_>, author: &Author, before: &Admin, after: &Admin) -> Result<()> {
    const UPDATE: &str = "UPDATE admins SET email = $2, full_name = $3, phone = $4, status = $5, updated_at = $6
        WHERE id = $1 AND deleted_at IS NULL";
    let id = after.id.to_string();
    let [text_before, text_after] = [text(before)?, text(after)?];
    let act = Act {
        action: "admin.updated",
        resource: "admin",
        id: &id,
        before: &text_before,
        after: &text_after,
        ..Act::default()
    };
    let seq = author.tell(tx, &act)?;
    // Who is locked is switched on all the same.
    let status = if after.status == AdminStatus::Locked { &AdminStatus::Active } else { &after.status };
    tx.execute(UPDATE, args![id, after.email, after.full_name, after.phone, status.as_str(), author.now])?;
    match after.status {
        AdminStatus::Active if before.status == AdminStatus::Active => Ok(()),
        AdminStatus::Active => attempts::forget(tx, after.id),
        AdminStatus::Locked => Ok(()),
        _ => {
            overtake(tx, after.id)?;
            sessions::end_all(tx, after.id, Cause::Account, seq, author.now).map(drop)
        }
    }
}

/// Deletes an administrator and ends his sessions.
///
/// # Errors
/// When the store fails.
pub fn delete(tx: &mut Tx<'_>, author: &Author, id: AdminId) -> Result<()> {
    const DELETE: &str = "UPDATE admins SET deleted_at = $2, deleted_audit = $3, hash = '', epoch = epoch + 1
        WHERE id = $1 AND deleted_at IS NULL";
    let name = id.to_string();
    let act = Act { action: "admin.deleted", resource: "admin", id: &name, ..Act::default() };
    let seq = author.tell(tx, &act)?;
    tx.execute(DELETE, args![name, author.now, seq])?;
    tx.execute("UPDATE old_passwords SET hash = '' WHERE admin_id = $1 AND hash <> ''", args![name])?;
    sessions::end_all(tx, id, Cause::Account, seq, author.now).map(drop)
}

/// Writes down that somebody has logged in.
///
/// # Errors
/// When the store fails.
pub fn logged_in(tx: &mut Tx<'_>, id: AdminId, now: i64) -> Result<()> {
    tx.execute("UPDATE admins SET last_login_at = $2 WHERE id = $1", args![id.to_string(), now]).map(drop)
}

/// Lets no login get in that is on its way.
fn overtake(tx: &mut Tx<'_>, id: AdminId) -> Result<()> {
    tx.execute("UPDATE admins SET epoch = epoch + 1 WHERE id = $1", args![id.to_string()]).map(drop)
}

fn text(admin: &Admin) -> Result<String> {
    serde_json::to_string(admin).map_err(Error::internal)
}

// === passwords ===

/// The present password and the old ones that a new one must differ from.
///
/// # Errors
/// When the store fails.
pub fn old_passwords(view: &View<'_>, id: AdminId) -> Result<Vec<Hash>> {
    const FIND: &str = "SELECT hash FROM old_passwords WHERE admin_id = $1 AND hash <> '' ORDER BY epoch DESC LIMIT $2";
    view.all(FIND, args![id.to_string(), OLD_PASSWORDS], |row| Ok(Hash::from(row.get::<String>("hash")?)))
}

/// Puts a new password in the place of the one of this epoch; sessions end.
///
/// # Errors
/// 409 when another change came first.
pub fn change_password(tx: &mut Tx<'_>, author: &Author, old: &Known, new: &Hash, whose: Change) -> Result<()> {
    const CHANGE: &str = "UPDATE admins SET hash = $3, epoch = epoch + 1, must_change = $4, password_changed_at = $5
        WHERE id = $1 AND epoch = $2 AND deleted_at IS NULL";
    const REMEMBER: &str = "INSERT INTO old_passwords(admin_id, epoch, hash, replaced_at, audit_seq)
        VALUES ($1, $2, $3, $4, $5)";
    const WIPE: &str = "UPDATE old_passwords SET hash = '' WHERE admin_id = $1 AND hash <> '' AND epoch <= $2";
    let (id, now, must_change) = (old.admin.to_string(), author.now, whose == Change::Others);
    if tx.execute(CHANGE, args![id, old.epoch, new.expose(), must_change, now])? == 0 {
        return Err(domain::overtaken());
    }
    let act = Act { action: "password.changed", resource: "admin", id: &id, ..Act::default() };
    let seq = author.tell(tx, &act)?;
    tx.execute(REMEMBER, args![id, old.epoch, old.hash.expose(), now, seq])?;
    tx.execute(WIPE, args![id, old.epoch - OLD_PASSWORDS])?;
    if whose == Change::Others {
        attempts::forget(tx, old.admin)?;
    }
    sessions::end_all(tx, old.admin, Cause::Password, seq, now).map(drop)
}

/// Stores the hash of the same password that was made with newer parameters.
///
/// # Errors
/// When the store fails.
pub fn renew(tx: &mut Tx<'_>, old: &Known, renewed: &Hash) -> Result<()> {
    const RENEW: &str = "UPDATE admins SET hash = $3 WHERE id = $1 AND epoch = $2 AND deleted_at IS NULL";
    tx.execute(RENEW, args![old.admin.to_string(), old.epoch, renewed.expose()]).map(drop)
}
