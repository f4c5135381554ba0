//! Roles, what they allow, and who has them.

use std::collections::BTreeSet;

use payment_clients::{
    apis::admin::{AdminId, Paginated, Role, RoleId},
    contract::{
        error::{Error, Result},
        page::Page,
    },
};

use super::audit_logs::{Act, Author, paginated};
use crate::{
    admin::domain::permissions::{self, SystemRole},
    args,
    kit::{
        paging,
        store::{Row, Tx, View},
    },
};

macro_rules! select_role {
    ($($rest:expr),*) => {
        concat!(
            "SELECT roles.id AS id, name, display_name, description, is_system, created_at, updated_at FROM roles ",
            $($rest),*
        )
    };
}

// === reading ===

/// One role.
///
/// # Errors
/// 404 when there is none.
pub fn get(view: &View<'_>, id: RoleId) -> Result<Role> {
    let found = view.optional(select_role!("WHERE id = $1 AND deleted_at IS NULL"), args![id.to_string()], role)?;
    let found = found.ok_or_else(|| Error::not_found("the role"))?;
    complete(view, found)
}

/// A page of roles, newest first.
///
/// # Errors
/// When the store fails.
pub fn list(view: &View<'_>, page: (i64, i64)) -> Result<Paginated<Role>> {
    const COUNT: &str = "SELECT COUNT(*) AS total FROM roles WHERE deleted_at IS NULL";
    const LIST: &str = select_role!("WHERE deleted_at IS NULL ORDER BY created_at DESC, id DESC LIMIT $1 OFFSET $2");
    let Page { list, total, page, page_size } = paging::read(view, [COUNT, LIST], &[], page, role)?;
    let list = list.into_iter().map(|role| complete(view, role)).collect::<Result<_>>()?;
    Ok(paginated(Page { list, total, page, page_size }))
}

/// The roles of an administrator, by name.
///
/// # Errors
/// When the store fails.
pub fn of(view: &View<'_>, admin: AdminId) -> Result<Vec<Role>> {
    const FIND: &str = select_role!(
        "JOIN admin_roles ON admin_roles.role_id = roles.id WHERE admin_id = $1 AND deleted_at IS NULL ORDER BY name"
    );
    let found = view.all(FIND, args![admin.to_string()], role)?;
    found.into_iter().map(|role| complete(view, role)).collect()
}

/// The codes of all that an administrator's roles allow.
///
/// # Errors
/// When the store fails.
pub fn rights(view: &View<'_>, admin: AdminId) -> Result<BTreeSet<String>> {
    const FIND: &str = "SELECT code FROM role_permissions
        JOIN admin_roles ON admin_roles.role_id = role_permissions.role_id
        JOIN roles ON roles.id = role_permissions.role_id
        WHERE admin_roles.admin_id = $1 AND roles.deleted_at IS NULL";
    Ok(view.all(FIND, args![admin.to_string()], |row| row.get("code"))?.into_iter().collect())
}

/// The codes of what a role allows.
///
/// # Errors
/// When the store fails.
pub fn codes(view: &View<'_>, role: RoleId) -> Result<BTreeSet<String>> {
    const FIND: &str = "SELECT code FROM role_permissions WHERE role_id = $1";
    Ok(view.all(FIND, args![role.to_string()], |row| row.get("code"))?.into_iter().collect())
}

/// The codes of all that these roles allow.
///
/// # Errors
/// 400 when one does not exist.
pub fn codes_of_all(view: &View<'_>, roles: &[RoleId]) -> Result<BTreeSet<String>> {
    const EXISTS: &str = "SELECT 1 AS one FROM roles WHERE id = $1 AND deleted_at IS NULL";
    let mut all = BTreeSet::new();
    for role in roles {
        if view.optional(EXISTS, args![role.to_string()], |_| Ok(()))?.is_none() {
            return Err(Error::invalid_input("role_ids", format!("names {role}, and there is no such role")));
        }
        all.append(&mut codes(view, *role)?);
    }
    Ok(all)
}

fn complete(view: &View<'_>, role: Role) -> Result<Role> {
    let permissions = Some(permissions::of(&codes(view, role.id)?));
    Ok(Role { permissions, ..role })
}

fn role(row: &Row<'_>) -> Result<Role> {
    Ok(Role {
        id: row.parse("id")?,
        name: row.get("name")?,
        display_name: row.get("display_name")?,
        description: row.get("description")?,
        is_system: row.get("is_system")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        permissions: None,
    })
}

// === writing ===

/// Stores the roles that come with the platform, where they are missing.
///
/// # Errors
/// When the store fails.
pub fn ensure_system_roles(tx: &mut Tx<'_>, roles: &[SystemRole], now: i64) -> Result<()> {
    const INSERT: &str = "INSERT INTO roles(id, name, display_name, description, is_system, created_at, updated_at)
        VALUES ($1, $2, $3, '', 1, $4, $4) ON CONFLICT (name) DO NOTHING";
    for role in roles {
        if tx.execute(INSERT, args![role.id.to_string(), role.name, role.display_name, now])? == 1 {
            let codes = role.permissions.iter().map(|code| (*code).to_owned()).collect();
            allow(tx, role.id, &codes)?;
        }
    }
    Ok(())
}

/// Stores a new role.
///
/// # Errors
/// 409 when the name is, or was, another's.
pub fn insert(tx: &mut Tx<'_>, author: &Author, role: &Role, codes: &BTreeSet<String>) -> Result<()> {
    const INSERT: &str = "INSERT INTO roles(id, name, display_name, description, is_system, created_at, updated_at)
        VALUES ($1, $2, $3, $4, 0, $5, $5) ON CONFLICT (name) DO NOTHING";
    let id = role.id.to_string();
    if tx.execute(INSERT, args![id, role.name, role.display_name, role.description, author.now])? == 0 {
        let text = format!("there is or was a role `{}`; take another name", role.name);
        return Err(Error::conflict("ROLE_EXISTS", text));
    }
    let after = joined(codes);
    let act = Act { action: "role.created", resource: "role", id: &id, after: &after, ..Act::default() };
    author.tell(tx, &act)?;
    allow(tx, role.id, codes)
}

/// Stores a role as it is now, with what it allows.
///
/// # Errors
/// When the store fails.
pub fn update(tx: &mut Tx<'_>, author: &Author, role: &Role, codes: &BTreeSet<String>) -> Result<()> {
    const UPDATE: &str = "UPDATE roles SET display_name = $2, description = $3, updated_at = $4 WHERE id = $1";
    let id = role.id.to_string();
    let [before, after] = [joined(&self::codes(tx, role.id)?), joined(codes)];
    let act =
        Act { action: "role.updated", resource: "role", id: &id, before: &before, after: &after, ..Act::default() };
    author.tell(tx, &act)?;
    tx.execute(UPDATE, args![id, role.display_name, role.description, author.now])?;
    tx.execute("DELETE FROM role_permissions WHERE role_id = $1", args![id])?;
    allow(tx, role.id, codes)
}

/// Deletes a role: it allows nobody anything any more.
///
/// # Errors
/// When the store fails.
pub fn delete(tx: &mut Tx<'_>, author: &Author, id: RoleId) -> Result<()> {
    const DELETE: &str = "UPDATE roles SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL";
    let name = id.to_string();
    author.tell(tx, &Act { action: "role.deleted", resource: "role", id: &name, ..Act::default() })?;
    tx.execute(DELETE, args![name, author.now])?;
    tx.execute("DELETE FROM admin_roles WHERE role_id = $1", args![name]).map(drop)
}

/// Replaces the roles of an administrator.
///
/// # Errors
/// When the store fails.
pub fn replace(tx: &mut Tx<'_>, author: &Author, admin: AdminId, roles: &[RoleId]) -> Result<()> {
    let name = admin.to_string();
    let text = |roles: &[RoleId]| roles.iter().map(RoleId::to_string).collect::<Vec<_>>().join(" ");
    let old: Vec<RoleId> = of(tx, admin)?.into_iter().map(|role| role.id).collect();
    let [before, after] = [text(&old), text(roles)];
    let act = Act {
        action: "admin.roles_changed",
        resource: "admin",
        id: &name,
        before: &before,
        after: &after,
        ..Act::default()
    };
    author.tell(tx, &act)?;
    tx.execute("DELETE FROM admin_roles WHERE admin_id = $1", args![name])?;
    give(tx, admin, roles)
}

/// Gives roles to an administrator, told by whoever calls this.
///
/// # Errors
/// When the store fails.
pub fn give(tx: &mut Tx<'_>, admin: AdminId, roles: &[RoleId]) -> Result<()> {
    const INSERT: &str = "INSERT INTO admin_roles(admin_id, role_id) VALUES ($1, $2)
        ON CONFLICT (admin_id, role_id) DO NOTHING";
    for role in roles {
        tx.execute(INSERT, args![admin.to_string(), role.to_string()])?;
    }
    Ok(())
}

fn allow(tx: &mut Tx<'_>, role: RoleId, codes: &BTreeSet<String>) -> Result<()> {
    const INSERT: &str = "INSERT INTO role_permissions(role_id, code) VALUES ($1, $2)";
    for code in codes {
        tx.execute(INSERT, args![role.to_string(), code])?;
    }
    Ok(())
}

fn joined(codes: &BTreeSet<String>) -> String {
    codes.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}
