//! Roles and permissions.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use payment_clients::{
    apis::admin::{
        AssignPermissions, AssignRole, CreateRole, GroupedPermissions, Paginated, Permission, PermissionApi,
        PermissionId, PermissionList, Role, RoleApi, RoleId, UpdateRole,
    },
    contract::{
        error::{Error, ErrorKind, Result},
        timestamp::Timestamp,
    },
};

use super::AdminService;
use crate::{
    admin::{
        domain::{self, permissions},
        store::{admins, audit_logs::Author, roles},
    },
    kit::{paging, store::Tx, text},
};

/// Roles of a page, unless the caller says otherwise.
const SIZE: i64 = 10;

#[async_trait]
impl RoleApi for AdminService {
    async fn create_role(&self, role: &CreateRole) -> Result<Role> {
        let (caller, author) = self.author().await?;
        text::required("name", &role.name, 64)?;
        text::required("display_name", &role.display_name, 100)?;
        text::at_most("description", role.description.as_deref(), 500)?;
        let codes = codes(role.permission_ids.as_deref().unwrap_or_default())?;
        let at = Timestamp::from_unix_ms(author.now);
        let new = Role {
            id: self.ids.uuid().into(),
            name: role.name.clone(),
            display_name: role.display_name.clone(),
            description: role.description.clone().unwrap_or_default(),
            is_system: false,
            created_at: at,
            updated_at: at,
            permissions: Some(permissions::of(&codes)),
        };
        let unit = move |tx: &mut Tx<'_>| {
            admins::rights(tx, caller.admin)?.require(&codes)?;
            roles::insert(tx, &author, &new, &codes)?;
            Ok(new)
        };
        self.once(caller.admin, unit).await
    }

    async fn list_roles(&self, page: Option<i64>, page_size: Option<i64>) -> Result<Paginated<Role>> {
        let page = paging::of(page, page_size.or(Some(SIZE)))?;
        self.store.read(move |view| roles::list(view, page)).await
    }

    async fn get_role(&self, id: &RoleId) -> Result<Role> {
        let id = *id;
        self.store.read(move |view| roles::get(view, id)).await
    }

    async fn update_role(&self, id: &RoleId, changes: &UpdateRole) -> Result<Role> {
        let (_, author) = self.author().await?;
        text::all_at_most([
            ("display_name", changes.display_name.as_deref(), 100),
            ("description", changes.description.as_deref(), 500),
        ])?;
        let wanted = match changes.permission_ids.as_deref() {
            None | Some([]) => None,
            Some(ids) => Some(codes(ids)?),
        };
        let (id, changes) = (*id, changes.clone());
        let unit = move |tx: &mut Tx<'_>| {
            let mut role = roles::get(tx, id)?;
            if !role.is_system {
                role.display_name = text::given(changes.display_name.as_ref()).unwrap_or(role.display_name);
            }
            role.description = text::given(changes.description.as_ref()).unwrap_or(role.description);
            change(tx, &author, &role, wanted)?;
            roles::get(tx, id)
        };
        self.store.write(unit).await
    }

    async fn delete_role(&self, id: &RoleId) -> Result<()> {
        let (_, author) = self.author().await?;
        let id = *id;
        let unit = move |tx: &mut Tx<'_>| match roles::get(tx, id) {
            Ok(role) if role.is_system => {
                Err(domain::forbidden("SYSTEM_ROLE", "the role comes with the platform and stays; take it from people"))
            }
            Ok(_) => {
                admins::rights(tx, author.admin)?.require(&roles::codes(tx, id)?)?;
                roles::delete(tx, &author, id)
            }
            // A repeat finds it deleted.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        };
        self.store.write(unit).await
    }

    async fn assign_permissions(&self, id: &RoleId, permissions: &AssignPermissions) -> Result<()> {
        let (_, author) = self.author().await?;
        let (id, wanted) = (*id, codes(&permissions.permission_ids)?);
        let unit = move |tx: &mut Tx<'_>| {
            let role = roles::get(tx, id)?;
            change(tx, &author, &role, Some(wanted))
        };
        self.store.write(unit).await
    }

    async fn assign_role_to_admin(&self, assignment: &AssignRole) -> Result<()> {
        let (_, author) = self.author().await?;
        let AssignRole { admin_id, role_id } = *assignment;
        let unit = move |tx: &mut Tx<'_>| {
            if admins::get(tx, admin_id, author.now)?.is_super && admin_id != author.admin {
                return Err(domain::super_admin());
            }
            roles::get(tx, role_id)?;
            let mut all: Vec<RoleId> = roles::of(tx, admin_id)?.into_iter().map(|role| role.id).collect();
            // A repeat finds it given.
            if all.contains(&role_id) {
                return Ok(());
            }
            admins::rights(tx, author.admin)?.require(&roles::codes(tx, role_id)?)?;
            all.push(role_id);
            roles::replace(tx, &author, admin_id, &all)
        };
        self.store.write(unit).await
    }
}

#[async_trait]
impl PermissionApi for AdminService {
    async fn get_permission(&self, id: &PermissionId) -> Result<Permission> {
        let found = permissions::all().into_iter().find(|permission| permission.id == *id);
        found.ok_or_else(|| Error::not_found("the permission"))
    }

    async fn list_permissions(&self, resource: Option<&str>) -> Result<PermissionList> {
        let mut data = permissions::all();
        let resource = resource.filter(|resource| !resource.is_empty());
        data.retain(|permission| resource.is_none_or(|resource| permission.resource == resource));
        Ok(PermissionList { total: count(data.len()), data })
    }

    async fn list_permissions_by_resource(&self) -> Result<GroupedPermissions> {
        let mut data: BTreeMap<String, Vec<Permission>> = BTreeMap::new();
        let all = permissions::all();
        let total = count(all.len());
        for permission in all {
            data.entry(permission.resource.clone()).or_default().push(permission);
        }
        Ok(GroupedPermissions { data, total })
    }
}

/// Stores a role; where what it allows changes, the caller must have all of it, before and after. A change of nothing
/// changes nothing.
fn change(tx: &mut Tx<'_>, author: &Author, role: &Role, wanted: Option<BTreeSet<String>>) -> Result<()> {
    let (stored, old) = (roles::get(tx, role.id)?, roles::codes(tx, role.id)?);
    let wanted = wanted.unwrap_or_else(|| old.clone());
    if wanted != old {
        admins::rights(tx, author.admin)?.require(&old.union(&wanted).cloned().collect())?;
    }
    if wanted == old && stored == *role {
        return Ok(());
    }
    roles::update(tx, author, role, &wanted)
}

fn codes(ids: &[PermissionId]) -> Result<BTreeSet<String>> {
    let rule = "must name permissions that exist, each once";
    permissions::codes(ids).ok_or_else(|| Error::invalid_input("permission_ids", rule))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
