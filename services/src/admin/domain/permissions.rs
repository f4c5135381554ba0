//! What roles may allow, and what each operation asks for. An operation without a line here is open to nobody.

use std::collections::BTreeSet;

use payment_clients::{
    apis::admin::{Permission, PermissionId, RoleId},
    contract::timestamp::Timestamp,
};

/// What an operation asks of whoever calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: it is how one logs in.
    Nothing,
    /// A session; it is about the caller alone.
    Session,
    /// This permission.
    Permission(&'static str),
}

/// A role that comes with the platform.
#[derive(Clone, Copy, Debug)]
pub struct SystemRole {
    /// Its record.
    pub id: RoleId,
    /// Its name.
    pub name: &'static str,
    /// Its name for people.
    pub display_name: &'static str,
    /// What it allows.
    pub permissions: &'static [&'static str],
}

/// When the permissions came: 2025-10-01T00:00:00Z.
const SINCE: i64 = 1_759_276_800_000;
/// Ids of permissions count up from here, in the order of the list. A version 4 UUID like any other.
const FIRST: u128 = 0xad31_0000_0000_4000_8000_0000_0000_0000;

/// All permissions, by code, and what each is for. They are only ever added, at the end.
const ALL: &[(&str, &str)] = &[
    ("admin.view", "See administrators"),
    ("admin.create", "Create administrators"),
    ("admin.update", "Change administrators"),
    ("admin.delete", "Delete administrators"),
    ("admin.reset_password", "Set the passwords of others"),
    ("role.view", "See roles and permissions"),
    ("role.create", "Create roles"),
    ("role.update", "Change roles"),
    ("role.delete", "Delete roles"),
    ("role.assign", "Give roles"),
    ("audit.view", "Read the audit log"),
    ("config.view", "Read settings of the platform"),
    ("config.create", "Create settings of the platform"),
    ("config.update", "Change settings of the platform"),
    ("config.delete", "Delete settings of the platform"),
    ("review.view", "See what waits for a decision"),
    ("merchant.approve", "Decide about merchants"),
    ("kyc.approve", "Decide about papers of merchants"),
    ("settlement.approve", "Decide about settlements"),
    ("withdrawal.approve", "Decide about withdrawals"),
];

/// The roles that come with the platform.
pub const SYSTEM_ROLES: &[SystemRole] = &[
    SystemRole {
        id: RoleId::from_u128(0xad32_0000_0000_4000_8000_0000_0000_0001),
        name: "onboarding",
        display_name: "Onboarding",
        permissions: &["review.view", "merchant.approve", "kyc.approve"],
    },
    SystemRole {
        id: RoleId::from_u128(0xad32_0000_0000_4000_8000_0000_0000_0002),
        name: "finance",
        display_name: "Finance",
        permissions: &["review.view", "settlement.approve", "withdrawal.approve"],
    },
    SystemRole {
        id: RoleId::from_u128(0xad32_0000_0000_4000_8000_0000_0000_0003),
        name: "auditor",
        display_name: "Auditor",
        permissions: &["admin.view", "role.view", "audit.view", "config.view", "review.view"],
    },
];

/// What each operation asks for.
const NEEDS: &[(&str, Need)] = &[
    ("login_admin", Need::Nothing),
    ("create_admin", Need::Permission("admin.create")),
    ("list_admins", Need::Permission("admin.view")),
    ("get_admin", Need::Permission("admin.view")),
    ("update_admin", Need::Permission("admin.update")),
    ("delete_admin", Need::Permission("admin.delete")),
    ("change_own_password", Need::Session),
    ("change_password_strict", Need::Session),
    ("reset_admin_password", Need::Permission("admin.reset_password")),
    ("create_role", Need::Permission("role.create")),
    ("list_roles", Need::Permission("role.view")),
    ("get_role", Need::Permission("role.view")),
    ("update_role", Need::Permission("role.update")),
    ("delete_role", Need::Permission("role.delete")),
    ("assign_permissions", Need::Permission("role.update")),
    ("assign_role_to_admin", Need::Permission("role.assign")),
    ("get_permission", Need::Permission("role.view")),
    ("list_permissions", Need::Permission("role.view")),
    ("list_permissions_by_resource", Need::Permission("role.view")),
    ("get_audit_log", Need::Permission("audit.view")),
    ("list_audit_logs", Need::Permission("audit.view")),
    ("get_audit_log_stats", Need::Permission("audit.view")),
    ("create_system_config", Need::Permission("config.create")),
    ("list_system_configs", Need::Permission("config.view")),
    ("get_system_config", Need::Permission("config.view")),
    ("update_system_config", Need::Permission("config.update")),
    ("delete_system_config", Need::Permission("config.delete")),
    ("get_system_config_by_key", Need::Permission("config.view")),
    ("list_system_configs_by_category", Need::Permission("config.view")),
    ("batch_update_system_configs", Need::Permission("config.update")),
    ("setup_two_factor", Need::Session),
    ("verify_two_factor", Need::Session),
    ("disable_two_factor", Need::Session),
    ("regenerate_backup_codes", Need::Session),
    ("list_login_activities", Need::Session),
    ("list_abnormal_activities", Need::Session),
    ("get_security_settings", Need::Session),
    ("update_security_settings", Need::Session),
    ("list_sessions", Need::Session),
    ("deactivate_session", Need::Session),
    ("deactivate_other_sessions", Need::Session),
    ("get_preferences", Need::Session),
    ("update_preferences", Need::Session),
    ("get_review_overview", Need::Permission("review.view")),
    ("decide_merchant", Need::Permission("merchant.approve")),
    ("decide_kyc_document", Need::Permission("kyc.approve")),
    ("decide_qualification", Need::Permission("kyc.approve")),
    ("decide_settlement", Need::Permission("settlement.approve")),
    ("decide_withdrawal", Need::Permission("withdrawal.approve")),
];

/// What an operation asks for; `None` for one that is open to nobody.
pub fn needed(operation: &str) -> Option<Need> {
    NEEDS.iter().find(|(name, _)| *name == operation).map(|(_, need)| *need)
}

/// All permissions, by resource and action.
pub fn all() -> Vec<Permission> {
    let mut all: Vec<_> = ALL.iter().zip(FIRST..).map(|(&(code, name), id)| permission(code, name, id)).collect();
    all.sort_by(|left, right| (&left.resource, &left.action).cmp(&(&right.resource, &right.action)));
    all
}

/// The permissions of these codes; what an older version has stored and this one does not know allows nothing.
pub fn of(codes: &BTreeSet<String>) -> Vec<Permission> {
    all().into_iter().filter(|permission| codes.contains(permission.code.as_str())).collect()
}

/// The codes of these permissions; `None` when one does not exist or occurs twice.
pub fn codes(ids: &[PermissionId]) -> Option<BTreeSet<String>> {
    let all = all();
    let code = |id: &PermissionId| all.iter().find(|known| known.id == *id).map(|known| known.code.as_str().to_owned());
    let codes: BTreeSet<_> = ids.iter().map(code).collect::<Option<_>>()?;
    (codes.len() == ids.len()).then_some(codes)
}

fn permission(code: &str, name: &str, id: u128) -> Permission {
    let (resource, action) = code.split_once('.').unwrap_or((code, ""));
    let since = Timestamp::from_unix_ms(SINCE);
    Permission {
        id: PermissionId::from_u128(id),
        code: code.into(),
        name: name.to_owned(),
        resource: resource.to_owned(),
        action: action.to_owned(),
        description: String::new(),
        created_at: since,
        updated_at: since,
    }
}

#[cfg(test)]
mod tests {
    use payment_clients::platform::REGISTRY;

    use super::*;
    use crate::admin::access;

    #[test]
    fn every_operation_that_is_served_says_what_it_asks_for_in_words_that_exist() {
        let codes: Vec<_> = ALL.iter().map(|(code, _)| *code).collect();
        let entry = REGISTRY.iter().find(|entry| entry.service.name == "admin-service").unwrap();
        for operation in entry.operations() {
            let unserved = access::NOT_SERVED.iter().any(|(name, _)| *name == operation.name);
            match needed(operation.name) {
                Some(Need::Permission(code)) => assert!(codes.contains(&code), "{code}"),
                Some(_) => {}
                None => assert!(unserved, "{operation} is open to nobody"),
            }
        }
        assert!(SYSTEM_ROLES.iter().flat_map(|role| role.permissions).all(|code| codes.contains(code)));
    }

    #[test]
    fn permissions_are_named_once_or_not_at_all() {
        let all = all();
        assert_eq!(codes(&[all[0].id, all[1].id]).unwrap().len(), 2);
        assert_eq!(codes(&[all[0].id, all[0].id]), None);
        assert_eq!(codes(&[PermissionId::from_u128(1)]), None);
    }
}
