use payment_clients::{
    apis::admin::{
        AdminFilter, AssignPermissions, AssignRole, AuditLogFilter, CreateRole, Permission, RoleId, UpdateAdmin,
        UpdateRole,
    },
    prelude::*,
};

use crate::{
    forbidden,
    stage::{Staff, Stage, applicant, denied, refusal},
};

async fn permission(staff: &Staff, code: &str) -> Permission {
    let all = staff.client.list_permissions(None).await.unwrap().data;
    all.into_iter().find(|permission| permission.code.as_str() == code).unwrap()
}

/// A role with these permissions.
async fn role(stage: &Stage, name: &str, codes: &[&str]) -> RoleId {
    let first = stage.first().await;
    let mut permission_ids = Vec::new();
    for code in codes {
        permission_ids.push(permission(&first, code).await.id);
    }
    let role = CreateRole {
        name: name.to_owned(),
        display_name: name.to_owned(),
        permission_ids: Some(permission_ids),
        ..CreateRole::default()
    };
    first.client.create_role(&role).await.unwrap().id
}

#[tokio::test]
async fn who_has_no_role_may_do_nothing_but_look_after_himself() {
    let stage = Stage::new().await;
    let ada = stage.hire("ada", &[]).await;
    ada.client.get_preferences().await.unwrap();
    ada.client.get_security_settings().await.unwrap();
    let refused = [
        refusal(ada.client.list_admins(&AdminFilter::default()).await),
        refusal(ada.client.create_admin(&applicant("eve", &[])).await),
        refusal(ada.client.list_roles(None, None).await),
        refusal(ada.client.list_permissions(None).await),
        refusal(ada.client.list_audit_logs(&AuditLogFilter::default()).await),
        refusal(ada.client.list_system_configs(None, None, None).await),
        refusal(ada.client.get_review_overview().await),
        refusal(ada.client.delete_admin(&ada.admin.id).await),
    ];
    assert!(refused.iter().all(|refusal| *refusal == denied()), "{refused:?}");
    stage.check().await;
}

#[tokio::test]
async fn a_role_that_is_taken_away_is_gone_at_once() {
    let stage = Stage::new().await;
    let (first, viewer) = (stage.first().await, role(&stage, "viewer", &["admin.view"]).await);
    let ada = stage.hire("ada", &[viewer]).await;
    assert_eq!(ada.admin.roles.as_ref().unwrap()[0].permissions.as_ref().unwrap().len(), 1);
    assert_eq!(ada.client.list_admins(&AdminFilter::default()).await.unwrap().total, 2);
    first.client.assign_permissions(&viewer, &AssignPermissions { permission_ids: Vec::new() }).await.unwrap();
    assert_eq!(refusal(ada.client.list_admins(&AdminFilter::default()).await), denied());
    let permission_ids = vec![permission(&first, "admin.view").await.id];
    first.client.assign_permissions(&viewer, &AssignPermissions { permission_ids }).await.unwrap();
    ada.client.list_admins(&AdminFilter::default()).await.unwrap();
    first.client.delete_role(&viewer).await.unwrap();
    assert_eq!(refusal(ada.client.list_admins(&AdminFilter::default()).await), denied());
    stage.check().await;
}

#[tokio::test]
async fn nobody_gives_what_he_does_not_have() {
    let stage = Stage::new().await;
    let (first, finance) = (stage.first().await, stage.role("finance").await);
    let recruiter = role(
        &stage,
        "recruiter",
        &["admin.create", "admin.update", "role.view", "role.update", "role.create", "role.assign"],
    )
    .await;
    let ada = stage.hire("ada", &[recruiter]).await;
    let beyond = forbidden("BEYOND_OWN_RIGHTS");
    assert_eq!(refusal(ada.client.create_admin(&applicant("eve", &[finance])).await), beyond);
    let own = UpdateAdmin { role_ids: Some(vec![recruiter, finance]), ..UpdateAdmin::default() };
    assert_eq!(refusal(ada.client.update_admin(&ada.admin.id, &own).await), beyond);
    let assignment = AssignRole { admin_id: ada.admin.id, role_id: finance };
    assert_eq!(refusal(ada.client.assign_role_to_admin(&assignment).await), beyond);
    let permission_ids = vec![permission(&ada, "withdrawal.approve").await.id];
    let more = AssignPermissions { permission_ids: permission_ids.clone() };
    assert_eq!(refusal(ada.client.assign_permissions(&recruiter, &more).await), beyond);
    let new = CreateRole {
        name: "rich".into(),
        display_name: "Rich".into(),
        permission_ids: Some(permission_ids),
        ..CreateRole::default()
    };
    assert_eq!(refusal(ada.client.create_role(&new).await), beyond);
    ada.client.create_admin(&applicant("eve", &[recruiter])).await.expect("what she has she may give");
    let over = UpdateAdmin { full_name: Some("Mine".into()), ..UpdateAdmin::default() };
    assert_eq!(refusal(ada.client.update_admin(&first.admin.id, &over).await), forbidden("SUPER_ADMIN"));
    stage.check().await;
}

#[tokio::test]
async fn roles_that_come_with_the_platform_stay() {
    let stage = Stage::new().await;
    let (first, auditor) = (stage.first().await, stage.role("auditor").await);
    assert_eq!(refusal(first.client.delete_role(&auditor).await), forbidden("SYSTEM_ROLE"));
    let renamed = UpdateRole { display_name: Some("Spy".into()), ..UpdateRole::default() };
    assert_eq!(first.client.update_role(&auditor, &renamed).await.unwrap().display_name, "Auditor");
    let taken = CreateRole { name: "auditor".into(), display_name: "Again".into(), ..CreateRole::default() };
    assert_eq!(refusal(first.client.create_role(&taken).await), (ErrorKind::Conflict, "ROLE_EXISTS".to_owned()));
}

#[tokio::test]
async fn a_role_is_given_once_however_often_it_is_asked_for() {
    let stage = Stage::new().await;
    let (first, auditor, ada) = (stage.first().await, stage.role("auditor").await, stage.hire("ada", &[]).await);
    for _ in 0..2 {
        let assignment = AssignRole { admin_id: ada.admin.id, role_id: auditor };
        first.client.assign_role_to_admin(&assignment).await.unwrap();
    }
    assert_eq!(first.client.get_admin(&ada.admin.id).await.unwrap().roles.unwrap().len(), 1);
    let log = AuditLogFilter { action: Some("admin.roles_changed".into()), ..AuditLogFilter::default() };
    let told = ada.client.list_audit_logs(&log).await.unwrap();
    assert_eq!(told.pagination.total, 1);
    assert_eq!((told.data[0].admin_id, told.data[0].resource.as_str()), (first.admin.id, "admin"));
    assert_eq!(told.data[0].resource_id, ada.admin.id.to_string());
    assert_eq!((told.data[0].method.as_str(), told.data[0].path.as_str()), ("POST", "/api/v1/roles/assign"));
    stage.check().await;
}

#[tokio::test]
async fn what_cannot_be_is_refused_by_its_name() {
    let stage = Stage::new().await;
    let first = stage.first().await;
    let refused = |error: Error, field: &str| {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.message().contains(&format!("`{field}`")), "{error}");
    };
    let mut bad = applicant("", &[]);
    refused(first.client.create_admin(&bad).await.unwrap_err(), "username");
    bad = applicant(&"x".repeat(65), &[]);
    refused(first.client.create_admin(&bad).await.unwrap_err(), "username");
    bad = applicant("eve", &[RoleId::from_u128(1)]);
    refused(first.client.create_admin(&bad).await.unwrap_err(), "role_ids");
    bad = applicant("eve", &[]);
    bad.email = "no address".into();
    refused(first.client.create_admin(&bad).await.unwrap_err(), "email");
    let role = CreateRole { name: "r".into(), ..CreateRole::default() };
    refused(first.client.create_role(&role).await.unwrap_err(), "display_name");
    assert_eq!(first.client.list_admins(&AdminFilter::default()).await.unwrap().total, 1);
    first.client.create_admin(&applicant("Eve", &[])).await.unwrap();
    let taken = first.client.create_admin(&applicant("Eve", &[])).await;
    assert_eq!(refusal(taken), (ErrorKind::Conflict, "USERNAME_TAKEN".to_owned()));
    let found = |keyword: &str| AdminFilter { keyword: Some(keyword.into()), ..AdminFilter::default() };
    assert_eq!(first.client.list_admins(&found("Ev")).await.unwrap().total, 1);
    assert_eq!(first.client.list_admins(&found("EV")).await.unwrap().total, 0, "case counts");
}
