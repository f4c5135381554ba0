//! People who act for a merchant.

use payment_clients::{
    apis::{
        ids::{MerchantId, OperatorId},
        merchant::{InviteUser, MerchantUser, MerchantUserId, MerchantUserStatus, UpdateMerchantUser, UserRole},
    },
    contract::{error::Result, secret::PersonalText, timestamp::Timestamp},
};

use super::{
    Lifecycle,
    fields::{self, LINE},
};
use crate::kit::text;

/// Whether somebody may act. Who has left is invited anew.
pub const STATUS: Lifecycle = Lifecycle {
    of: "user",
    field: "status",
    edges: &[
        ("pending", &["active", "suspended", "deleted"]),
        ("active", &["suspended", "deleted"]),
        ("suspended", &["active", "deleted"]),
        ("deleted", &[]),
    ],
};

/// Somebody who is invited.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn draft(
    asked: &InviteUser,
    id: MerchantUserId,
    owner: MerchantId,
    by: Option<OperatorId>,
    now: Timestamp,
) -> Result<MerchantUser> {
    check(MerchantUser {
        id,
        merchant_id: owner,
        email: fields::email("email", &asked.email)?,
        name: asked.name.clone(),
        phone: PersonalText::default(),
        role: asked.role.clone(),
        permissions: asked.permissions.clone().unwrap_or_else(|| "[]".to_owned()),
        status: MerchantUserStatus::Pending,
        invited_by: by,
        invited_at: now,
        accepted_at: None,
        last_login_at: None,
        last_login_ip: PersonalText::default(),
        two_factor_enabled: false,
        metadata: "{}".to_owned(),
        created_at: now,
        updated_at: now,
    })
}

/// Changes what is given and keeps the rest; the status goes its own way.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn update(user: MerchantUser, changes: &UpdateMerchantUser, now: Timestamp) -> Result<MerchantUser> {
    check(MerchantUser {
        name: changes.name.clone().unwrap_or(user.name),
        role: changes.role.clone().unwrap_or(user.role),
        permissions: changes.permissions.clone().unwrap_or(user.permissions),
        updated_at: now,
        ..user
    })
}

fn check(user: MerchantUser) -> Result<MerchantUser> {
    text::required("name", &user.name, LINE)?;
    fields::known("role", user.role.as_str(), UserRole::KNOWN)?;
    fields::json_list("permissions", &user.permissions)?;
    Ok(user)
}
