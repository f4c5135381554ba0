//! Pages: how a checkout looks, and templates to begin with.

use payment_clients::{
    apis::{
        cashier::{
            CashierConfig, CashierConfigId, CashierTemplate, CashierTemplateId, CashierTemplateType, SaveCashierConfig,
            SaveCashierTemplate,
        },
        ids::MerchantId,
        words::Channel,
    },
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
};

use super::{
    known, list,
    sessions::{LONGEST, TIMEOUT},
};
use crate::kit::text;

/// Longest style sheet, and longest settings of a template as JSON, in characters.
const SHEET: usize = 16_384;
/// Longest address.
const ADDRESS: usize = 2048;

/// A page as it is to be kept, every part that is not given at its default.
pub fn page(asked: &SaveCashierConfig, id: CashierConfigId, owner: MerchantId, now: Timestamp) -> CashierConfig {
    let said = |text: &Option<String>, default: &str| {
        text.clone().filter(|text| !text.is_empty()).unwrap_or_else(|| default.to_owned())
    };
    CashierConfig {
        id,
        merchant_id: owner,
        tenant_id: owner,
        theme_color: said(&asked.theme_color, "#1890ff"),
        logo_url: said(&asked.logo_url, ""),
        background_image_url: said(&asked.background_image_url, ""),
        custom_css: said(&asked.custom_css, ""),
        enabled_channels: asked.enabled_channels.clone(),
        default_channel: asked.default_channel.clone().unwrap_or_else(|| Channel::from("")),
        enabled_languages: asked.enabled_languages.clone(),
        default_language: said(&asked.default_language, "en"),
        auto_submit: asked.auto_submit.unwrap_or(false),
        show_amount_breakdown: asked.show_amount_breakdown.unwrap_or(true),
        allow_channel_switch: asked.allow_channel_switch.unwrap_or(true),
        session_timeout_minutes: asked.session_timeout_minutes.filter(|minutes| *minutes != 0).unwrap_or(TIMEOUT),
        require_cvv: asked.require_cvv.unwrap_or(true),
        enable_3d_secure: asked.enable_3d_secure.unwrap_or(true),
        allowed_countries: asked.allowed_countries.clone(),
        success_redirect_url: said(&asked.success_redirect_url, ""),
        cancel_redirect_url: said(&asked.cancel_redirect_url, ""),
        created_at: now,
        updated_at: now,
    }
}

/// Checks a page.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn check(page: &CashierConfig) -> Result<()> {
    text::all_at_most([
        ("theme_color", Some(page.theme_color.as_str()), 32),
        ("custom_css", Some(page.custom_css.as_str()), SHEET),
        ("default_language", Some(page.default_language.as_str()), 16),
    ])?;
    for (field, url) in [
        ("logo_url", &page.logo_url),
        ("background_image_url", &page.background_image_url),
        ("success_redirect_url", &page.success_redirect_url),
        ("cancel_redirect_url", &page.cancel_redirect_url),
    ] {
        text::at_most(field, Some(url), ADDRESS)?;
        if !url.is_empty() && !is_absolute(url) {
            return Err(Error::invalid_input(field, "must be an absolute http or https URL"));
        }
    }
    let channels = page.enabled_channels.as_deref().unwrap_or_default();
    channels.iter().try_for_each(|channel| known("enabled_channels", channel.as_str(), Channel::KNOWN))?;
    list("enabled_channels", channels.iter().map(Channel::as_str), 32)?;
    if !page.default_channel.as_str().is_empty() {
        known("default_channel", page.default_channel.as_str(), Channel::KNOWN)?;
    }
    list("enabled_languages", page.enabled_languages.iter().flatten().map(String::as_str), 16)?;
    list("allowed_countries", page.allowed_countries.iter().flatten().map(String::as_str), 2)?;
    let minutes = page.session_timeout_minutes;
    if (1..=LONGEST).contains(&minutes) {
        return Ok(());
    }
    Err(Error::invalid_input("session_timeout_minutes", format!("is {minutes}; it must be 1 to {LONGEST}")))
}

/// A template as it is to be kept.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn template(asked: &SaveCashierTemplate, id: CashierTemplateId, now: Timestamp) -> Result<CashierTemplate> {
    let name = asked.name.clone().unwrap_or_default();
    text::required("name", &name, 100)?;
    text::all_at_most([
        ("description", asked.description.as_deref(), 500),
        ("preview_image_url", asked.preview_image_url.as_deref(), ADDRESS),
    ])?;
    let template_type = asked.template_type.clone().unwrap_or(CashierTemplateType::Default);
    known("template_type", template_type.as_str(), CashierTemplateType::KNOWN)?;
    let config = asked.config.clone().ok_or_else(|| Error::invalid_input("config", "must be given"))?;
    let written = serde_json::to_string(&config).map_err(Error::internal)?;
    text::at_most("config", Some(&written), SHEET)?;
    Ok(CashierTemplate {
        id,
        name,
        description: asked.description.clone().unwrap_or_default(),
        config: Some(config),
        template_type,
        preview_image_url: asked.preview_image_url.clone().unwrap_or_default(),
        is_active: asked.is_active.unwrap_or(true),
        created_at: now,
        updated_at: now,
    })
}

/// True for an address that a browser finds by itself.
pub fn is_absolute(url: &str) -> bool {
    let uri: Option<http::Uri> = url.parse().ok();
    uri.is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
}
