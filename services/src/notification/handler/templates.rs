//! Templates: a merchant's own, and the platform's behind them.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        notification::{
            DeliveryChannel, MessageData, NewTemplate, NotificationTemplate, NotificationTemplateApi,
            NotificationTemplateId, NotificationType, TemplateCode,
        },
    },
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
};
use sha2::{Digest, Sha256};
use uuid::Builder;

use super::done;
use crate::{
    kit::{
        configuration::{NotificationTemplates, Template},
        store::{Tx, View},
    },
    notification::{
        Notifications,
        caller::{Caller, caller},
        domain::{self, fields, templates, texts},
        store,
    },
};

#[async_trait]
impl NotificationTemplateApi for Notifications {
    async fn list_templates(&self) -> Result<Vec<NotificationTemplate>> {
        let (caller, configuration) = (caller()?, self.configuration.current());
        let read = move |view: &View<'_>| {
            let mut listed = match caller {
                Caller::Merchant(own) => store::templates::list(view, own)?,
                Caller::Platform => Vec::new(),
            };
            listed.extend(of_the_platform(view, &configuration.notification_templates)?);
            Ok(listed)
        };
        self.store.read(read).await
    }

    async fn create_template(&self, template: &NewTemplate) -> Result<NotificationTemplate> {
        let owner = owner(caller()?, template)?;
        let template = draft(template, self.ids.uuid().into(), owner, self.clock.timestamp())?;
        self.once(move |tx| store::templates::insert(tx, &template).map(|()| template)).await
    }

    async fn get_template(&self, code: &TemplateCode) -> Result<NotificationTemplate> {
        let (caller, configuration, code) = (caller()?, self.configuration.current(), code.clone());
        let read = move |view: &View<'_>| {
            if let Caller::Merchant(own) = caller
                && let Some(own) = store::templates::enabled(view, own, &code)?
            {
                return Ok(own);
            }
            let platform = of_the_platform(view, &configuration.notification_templates)?;
            let found = platform.into_iter().find(|template| template.code == code && template.is_enabled);
            found.ok_or_else(|| Error::not_found(format_args!("template {code}")))
        };
        self.store.read(read).await
    }

    async fn update_template(
        &self,
        id: &NotificationTemplateId,
        template: &NewTemplate,
    ) -> Result<NotificationTemplate> {
        let (scope, id, now) = (caller()?.scope(), *id, self.clock.timestamp());
        let template = draft(template, id, MerchantId::default(), now)?;
        let unit = move |tx: &mut Tx<'_>| {
            let before = store::templates::require(tx, &id.to_string(), &scope)?;
            // Whose it is stays as it was.
            let NotificationTemplate { merchant_id, is_system, created_at, .. } = before;
            let template = NotificationTemplate { merchant_id, is_system, created_at, ..template };
            store::templates::update(tx, &template).map(|()| template)
        };
        self.store.write(unit).await
    }

    async fn delete_template(&self, id: &NotificationTemplateId) -> Result<MessageData> {
        let (scope, id) = (caller()?.scope(), id.to_string());
        self.store.write(move |tx| store::templates::delete(tx, &id, &scope)).await?;
        Ok(done("deleted"))
    }
}

/// Whose template it becomes: that of the platform is nobody's.
fn owner(caller: Caller, template: &NewTemplate) -> Result<MerchantId> {
    match (caller, template.is_system.unwrap_or_default()) {
        (Caller::Platform, true) => Ok(MerchantId::default()),
        (Caller::Merchant(_), true) => {
            Err(Error::invalid_input("is_system", "is said by staff of the platform only; leave it out"))
        }
        (caller, false) => caller.on_behalf_of(template.merchant_id),
    }
}

fn draft(
    asked: &NewTemplate,
    id: NotificationTemplateId,
    merchant_id: MerchantId,
    now: Timestamp,
) -> Result<NotificationTemplate> {
    code(&asked.code)?;
    fields::known("type", asked.kind.as_ref().map(|kind| kind.as_str()), NotificationType::KNOWN)?;
    fields::known("channel", asked.channel.as_ref().map(|channel| channel.as_str()), DeliveryChannel::KNOWN)?;
    fields::at_most("name", &asked.name, fields::LINE)?;
    fields::line_or_none("subject", &asked.subject)?;
    fields::required("content", &asked.content, fields::MESSAGE)?;
    templates::check("subject", &asked.subject)?;
    templates::check("content", &asked.content)?;
    Ok(NotificationTemplate {
        id,
        merchant_id,
        code: asked.code.clone(),
        name: asked.name.clone(),
        kind: asked.kind.clone().unwrap_or(NotificationType::System),
        channel: asked.channel.clone().unwrap_or(DeliveryChannel::Email),
        subject: asked.subject.clone(),
        content: asked.content.clone(),
        description: fields::optional("description", asked.description.as_ref(), fields::MESSAGE)?,
        variables: fields::json::<Vec<String>>("variables", asked.variables.as_deref(), "a list of texts")?,
        is_enabled: asked.is_enabled.unwrap_or(true),
        is_system: merchant_id.is_nil(),
        extra: fields::json::<serde_json::Value>("extra", asked.extra.as_deref(), "any kind")?,
        created_at: now,
        updated_at: now,
    })
}

/// A code stands in paths.
fn code(code: &TemplateCode) -> Result<()> {
    fields::required("code", code.as_str(), 100)?;
    if code.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)) {
        return Ok(());
    }
    Err(Error::invalid_input("code", "must be letters, digits, `_`, `-` and `.`"))
}

// === the platform's ===

/// The platform's templates in the order in which they count: configured, kept by staff, brought along.
fn of_the_platform(view: &View<'_>, configured: &NotificationTemplates) -> Result<Vec<NotificationTemplate>> {
    let ways = configured.templates.iter().flat_map(|(code, ways)| ways.keys().map(move |way| (code, way)));
    let mut listed: Vec<_> = ways
        .filter_map(|(code, way)| {
            let (code, channel) = (code.as_str().into(), way.as_str().into());
            configured.of(&code, &channel).map(|text| ours(code.clone(), channel.clone(), text.clone()))
        })
        .collect();
    let brought = texts::codes().flat_map(|code| texts::WAYS.map(|way| (TemplateCode::from(code), way)));
    let brought = brought.filter_map(|(code, way)| texts::of(&code, &way).map(|text| ours(code, way, text)));
    for template in store::templates::list(view, MerchantId::default())?.into_iter().chain(brought) {
        let is_same =
            |other: &NotificationTemplate| (&other.code, &other.channel) == (&template.code, &template.channel);
        if !listed.iter().any(|other| other.is_enabled && is_same(other)) {
            listed.push(template);
        }
    }
    Ok(listed)
}

/// A template that lies in no table. Its id is made of what it names; nobody changes it by that.
fn ours(code: TemplateCode, channel: DeliveryChannel, text: Template) -> NotificationTemplate {
    let digest = Sha256::digest(format!("{code}\n{channel}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    let born = Timestamp::from_unix_ms(0);
    NotificationTemplate {
        id: Builder::from_custom_bytes(bytes).into_uuid().into(),
        merchant_id: MerchantId::default(),
        name: code.to_string(),
        kind: domain::kind_of(&code.as_str().replacen('_', ".", 1).as_str().into()),
        code,
        channel,
        subject: text.subject,
        content: text.content,
        description: String::new(),
        variables: String::new(),
        is_enabled: true,
        is_system: true,
        extra: String::new(),
        created_at: born,
        updated_at: born,
    }
}
