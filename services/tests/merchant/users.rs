use payment_clients::{
    apis::{
        ids::OperatorId,
        merchant::{InviteUser, MerchantUserStatus, UpdateMerchantUser, UserRole},
    },
    prelude::*,
};

use crate::stage::*;

pub fn invitation(email: &str) -> InviteUser {
    InviteUser {
        merchant_id: None,
        email: email.into(),
        name: "Grace".into(),
        role: UserRole::Developer,
        permissions: None,
        invited_by: None,
    }
}

fn to(status: MerchantUserStatus) -> UpdateMerchantUser {
    UpdateMerchantUser { status: Some(status), ..Default::default() }
}

#[tokio::test]
async fn somebody_is_invited_acts_leaves_and_frees_their_address() {
    let stage = Stage::new();
    let shop = stage.shop("ada@example.com").await;
    let client = &shop.client;
    let user = client.invite_user(&invitation("Grace@example.com")).await.unwrap().data;
    assert_eq!((&user.status, &*user.email), (&MerchantUserStatus::Pending, "grace@example.com"));
    let again = client.invite_user(&invitation("grace@Example.com")).await;
    refused(again, ErrorKind::Conflict, "EMAIL_TAKEN");
    let active = client.update_merchant_user(&user.id, &to(MerchantUserStatus::Active)).await.unwrap().data;
    assert!(active.accepted_at.is_some());
    let role = UpdateMerchantUser {
        role: Some(UserRole::Finance),
        permissions: Some(r#"["pay"]"#.into()),
        ..Default::default()
    };
    let changed = client.update_merchant_user(&user.id, &role).await.unwrap().data;
    assert_eq!((&changed.role, &changed.status), (&UserRole::Finance, &MerchantUserStatus::Active));
    assert_eq!(client.list_merchant_users().await.unwrap(), [changed]);
    illegal(client.update_merchant_user(&user.id, &to(MerchantUserStatus::Pending)).await);
    names(client.update_merchant_user(&user.id, &to(MerchantUserStatus::Deleted)).await, "status");
    client.delete_merchant_user(&user.id).await.unwrap();
    missing(client.delete_merchant_user(&user.id).await);
    missing(client.update_merchant_user(&user.id, &to(MerchantUserStatus::Active)).await);
    client.invite_user(&invitation("grace@example.com")).await.unwrap();
}

#[tokio::test]
async fn a_foreign_user_is_not_there_and_what_breaks_a_rule_is_named() {
    let stage = Stage::new();
    let (ada, bob) = (stage.shop("ada@example.com").await, stage.shop("bob@example.com").await);
    let foreign = bob.client.invite_user(&invitation("grace@example.com")).await.unwrap().data.id;
    missing(ada.client.update_merchant_user(&foreign, &UpdateMerchantUser::default()).await);
    missing(ada.client.delete_merchant_user(&foreign).await);
    let by = |id: &str| Some(id.parse::<OperatorId>().unwrap());
    let of_bob = InviteUser { invited_by: by(&foreign.to_string()), ..invitation("x@example.com") };
    missing(ada.client.invite_user(&of_bob).await);
    bob.client.invite_user(&of_bob).await.unwrap();
    let somebody = InviteUser { merchant_id: Some(ada.id), ..of_bob };
    not_theirs(stage.staff().invite_user(&somebody).await);
    let bad: &[Spoilt<InviteUser>] = &[
        ("email", |asked| asked.email = "grace".into()),
        ("name", |asked| asked.name = "".into()),
        ("name", |asked| asked.name = "x".repeat(256).into()),
        ("role", |asked| asked.role = "owner".into()),
        ("permissions", |asked| asked.permissions = Some("{}".into())),
    ];
    for (field, spoil) in bad {
        let mut asked = invitation("new@example.com");
        spoil(&mut asked);
        names(ada.client.invite_user(&asked).await, field);
    }
    assert!(ada.client.list_merchant_users().await.unwrap().is_empty());
}
