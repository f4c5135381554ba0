//! Pages, templates, what payers did, and the figures of it.

use payment_clients::{
    apis::{
        cashier::{CashierTemplateId, RecordCashierLog, SaveCashierConfig, SaveCashierTemplate},
        payment_gateway::PaymentStatus,
        words::Channel,
    },
    prelude::*,
};

use crate::stage::*;

pub fn template(name: &str) -> SaveCashierTemplate {
    SaveCashierTemplate {
        name: Some(name.into()),
        config: serde_json::json!({ "theme_color": "#000000" }).as_object().cloned(),
        ..SaveCashierTemplate::default()
    }
}

#[tokio::test]
async fn a_page_is_replaced_as_a_whole_and_false_stays_false() {
    let stage = Stage::new().await;
    let shop = stage.shop();
    let default = shop.get_config().await.unwrap();
    assert!(default.id.is_nil() && default.enabled_channels.is_none());
    assert_eq!((default.theme_color.as_str(), default.session_timeout_minutes), ("#1890ff", 30));
    assert_eq!(default.created_at.to_string(), "0001-01-01T00:00:00Z");
    let asked = SaveCashierConfig {
        theme_color: Some("#ffffff".into()),
        enabled_channels: Some(vec![Channel::Stripe]),
        require_cvv: Some(false),
        success_redirect_url: Some("https://shop.example/done".into()),
        ..SaveCashierConfig::default()
    };
    let saved = shop.save_config(&asked).await.unwrap();
    assert!(!saved.require_cvv && saved.enable_3d_secure);
    assert_eq!(stage.client(&format!("merchant:{SHOP}")).get_config().await.unwrap(), saved);
    let again = shop.save_config(&SaveCashierConfig::default()).await.unwrap();
    assert_eq!((again.id, again.theme_color.as_str(), again.require_cvv), (saved.id, "#1890ff", true));
    assert!(stage.other().get_config().await.unwrap().id.is_nil());
    for _ in 0..2 {
        shop.delete_config().await.unwrap();
    }
    not_theirs(stage.staff().save_config(&asked).await);
}

#[tokio::test]
async fn a_page_that_breaks_a_rule_is_named() {
    let stage = Stage::new().await;
    let bad: &[Spoilt<SaveCashierConfig>] = &[
        ("theme_color", |asked| asked.theme_color = Some("x".repeat(33))),
        ("logo_url", |asked| asked.logo_url = Some("javascript:alert(1)".into())),
        ("custom_css", |asked| asked.custom_css = Some("x".repeat(16_385))),
        ("enabled_channels", |asked| asked.enabled_channels = Some(vec!["cash".into()])),
        ("default_channel", |asked| asked.default_channel = Some("cash".into())),
        ("allowed_countries", |asked| asked.allowed_countries = Some(vec!["DEU".into()])),
        ("session_timeout_minutes", |asked| asked.session_timeout_minutes = Some(-1)),
        ("session_timeout_minutes", |asked| asked.session_timeout_minutes = Some(i64::MAX)),
    ];
    for (field, spoil) in bad {
        let mut asked = SaveCashierConfig::default();
        spoil(&mut asked);
        names(stage.shop().save_config(&asked).await, field);
    }
}

#[tokio::test]
async fn staff_keep_templates() {
    let stage = Stage::new().await;
    let staff = stage.staff();
    let made = staff.create_template(&template("Shop")).await.unwrap();
    let changed = SaveCashierTemplate { is_active: Some(false), ..template("Shop 2") };
    let updated = staff.update_template(&made.id, &changed).await.unwrap();
    assert_eq!((updated.name.as_str(), updated.is_active, updated.created_at), ("Shop 2", false, made.created_at));
    assert_eq!(stage.client("admin:2").list_templates().await.unwrap(), [updated]);
    missing(staff.update_template(&CashierTemplateId::from_u128(1), &changed).await);
    for _ in 0..2 {
        staff.delete_template(&made.id).await.unwrap();
    }
    names(staff.create_template(&template(" ")).await, "name");
    names(staff.create_template(&SaveCashierTemplate { config: None, ..template("A") }).await, "config");
    let unknown = SaveCashierTemplate { template_type: Some("casino".into()), ..template("A") };
    names(staff.create_template(&unknown).await, "template_type");
    not_theirs(stage.shop().create_template(&template("A")).await);
    not_theirs(stage.shop().list_templates().await);
}

#[tokio::test]
async fn figures_are_of_sessions_and_of_what_payers_did() {
    let stage = Stage::new().await;
    let shop = stage.shop();
    let (created, token) = stage.open("A-1").await;
    stage.open("A-2").await;
    stage.open("A-3").await;
    let number = stage.pay(&token).await.unwrap().payment_no.to_string();
    stage.payment_becomes("A-1", PaymentStatus::Success);
    stage.complete(&token, &number).await.unwrap();
    let line = RecordCashierLog {
        session_token: Some(created.session_token.clone()),
        selected_channel: Some(Channel::Stripe),
        ..RecordCashierLog::default()
    };
    for _ in 0..2 {
        shop.record_log(&line).await.unwrap();
    }
    missing(stage.other().record_log(&line).await);
    names(shop.record_log(&RecordCashierLog { session_token: None, ..line.clone() }).await, "session_token");
    names(shop.record_log(&RecordCashierLog { page_load_time: Some(-1), ..line.clone() }).await, "page_load_time");
    names(shop.record_log(&RecordCashierLog { user_agent: Some("x".repeat(501)), ..line }).await, "user_agent");

    let figures = shop.get_analytics(None, None).await.unwrap();
    assert_eq!((figures.total_sessions, figures.conversion_rate.to_string().as_str()), (3, "33.33"));
    assert_eq!(figures.channel_stats.get("stripe"), Some(&2));
    let [early, late] = [NOON - 1000, NOON].map(payment_clients::contract::timestamp::Timestamp::from_unix_ms);
    assert_eq!(shop.get_analytics(Some(early), Some(late)).await.unwrap().total_sessions, 0, "before it began");
    names(shop.get_analytics(Some(late), Some(early)).await, "end_time");
    assert_eq!(stage.other().get_analytics(None, None).await.unwrap().total_sessions, 0);
    shop.save_config(&SaveCashierConfig::default()).await.unwrap();
    let all = stage.staff().get_platform_stats().await.unwrap();
    assert_eq!((all.total_merchants, all.total_sessions, all.completed_sessions_today), (1, 3, 1));
    not_theirs(shop.get_platform_stats().await);
}
