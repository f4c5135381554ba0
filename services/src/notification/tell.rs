//! How a merchant is told of something: by each way that its preferences and endpoints ask for, once.
//!
//! | way | asked for |
//! |---|---|
//! | webhook | by every enabled endpoint that names the event |
//! | console | always |
//! | e-mail, SMS | by a preference whose `extra` holds the address: `{"to": "ada@example.com"}` |
//!
//! and none of them where a preference for everybody at the merchant opts out of it.

use payment_clients::{
    apis::{
        ids::MerchantId,
        notification::{
            DeliveryChannel, EventId, EventType, NotificationPreference, TemplateCode, UserId, WebhookDelivery,
            WebhookDeliveryId,
        },
        words::JsonObject,
    },
    contract::{
        error::{Error, Result},
        secret::PersonalText,
        timestamp::Timestamp,
    },
};
use serde::Serialize;

use super::{
    Notifications,
    domain::{self, fields, templates, texts},
    store::{
        self,
        notifications::{self, Message},
    },
};
use crate::kit::{
    configuration::Template,
    store::{Tx, View},
};

/// Something that a merchant may want to hear of.
#[derive(Clone, Debug)]
pub(super) struct Happening {
    /// Whom it concerns.
    pub merchant: MerchantId,
    /// What it is.
    pub event: EventType,
    /// Tells it from others.
    pub event_id: EventId,
    /// What is known of it.
    pub data: JsonObject,
    /// What to say of it, where that is not left to the templates.
    pub text: Option<Template>,
    /// 0 to 9.
    pub priority: i32,
}

/// What an endpoint is sent: in this order, compact.
#[derive(Serialize)]
struct Body<'a> {
    data: Option<&'a JsonObject>,
    event_id: &'a str,
    event_type: &'a str,
    timestamp: i64,
}

/// Whether preferences opt out. That of a person does for that person only, and only that person's are given.
pub(super) fn is_unwanted(preferences: &[NotificationPreference]) -> bool {
    preferences.iter().any(|preference| !preference.is_enabled)
}

/// The addresses that preferences name.
fn addresses(preferences: &[NotificationPreference]) -> Vec<String> {
    let of = |preference: &NotificationPreference| {
        let extra: JsonObject = serde_json::from_str(&preference.extra).ok()?;
        extra.get("to")?.as_str().map(str::to_owned)
    };
    preferences.iter().filter_map(of).collect()
}

impl Notifications {
    /// Tells a merchant, in the unit that knows of it, and returns the messages. One that says nothing is kept as failed
    /// and holds up no other way.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn tell(&self, tx: &mut Tx<'_>, happening: &Happening, now: i64) -> Result<Vec<Message>> {
        let Happening { merchant, event, event_id, data, .. } = happening;
        self.deliver(tx, *merchant, event, event_id, Some(data), now)?;
        let mut told = Vec::new();
        for channel in texts::WAYS {
            let said = store::preferences::about(tx, &merchant.to_string(), &channel, event, None)?;
            let recipient = match channel {
                _ if is_unwanted(&said) => continue,
                DeliveryChannel::InApp => String::new(),
                // Several numbers would be several messages: the first preference counts.
                DeliveryChannel::Sms => addresses(&said).into_iter().next().unwrap_or_default(),
                _ => addresses(&said).join(","),
            };
            if recipient.is_empty() && channel != DeliveryChannel::InApp {
                continue;
            }
            let message = self.message(tx, happening, channel, recipient.into())?;
            if notifications::insert(tx, &message, now)? {
                told.push(message);
            }
        }
        Ok(told)
    }

    fn message(
        &self,
        view: &View<'_>,
        happening: &Happening,
        channel: DeliveryChannel,
        recipient: PersonalText,
    ) -> Result<Message> {
        let Happening { merchant, event, event_id, data, text, priority } = happening;
        let code = domain::template_of(event);
        let provider = if channel == DeliveryChannel::InApp { "" } else { self.carrier(&channel).name() };
        let text = match text {
            Some(text) => Ok(text.clone()),
            None => self.compose(view, *merchant, &code, &channel, data)?,
        };
        Ok(Message {
            id: self.ids.uuid().to_string(),
            merchant_id: *merchant,
            event_id: event_id.to_string(),
            kind: domain::kind_of(event),
            channel,
            recipient,
            text,
            template_code: if happening.text.is_some() { "".into() } else { code },
            template_data: fields::data("extra", Some(data))?,
            priority: *priority,
            provider: provider.to_owned(),
        })
    }

    /// Puts an event on its way to every endpoint that asks for it and has not had it, and returns how many those are.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn deliver(
        &self,
        tx: &mut Tx<'_>,
        merchant: MerchantId,
        event: &EventType,
        event_id: &EventId,
        data: Option<&JsonObject>,
        now: i64,
    ) -> Result<usize> {
        let owner = merchant.to_string();
        if is_unwanted(&store::preferences::about(tx, &owner, &DeliveryChannel::Webhook, event, None)?) {
            return Ok(0);
        }
        let (event_type, timestamp) = (event.as_str(), now.div_euclid(1000));
        let body = Body { data, event_id: event_id.as_str(), event_type, timestamp };
        let body = serde_json::to_string(&body).map_err(Error::internal)?;
        let payload = fields::data("data", data)?;
        let mut count = 0;
        for endpoint in store::endpoints::subscribed(tx, &owner, event)? {
            let delivery = WebhookDelivery {
                id: WebhookDeliveryId::from(self.ids.uuid()),
                endpoint_id: endpoint.id,
                merchant_id: merchant,
                event_type: event.clone(),
                event_id: event_id.clone(),
                payload: payload.clone(),
                status: payment_clients::apis::notification::DeliveryStatus::Pending,
                http_status: 0,
                response_body: String::new(),
                error_message: String::new(),
                retry_count: 0,
                duration: 0,
                next_retry_at: None,
                delivered_at: None,
                created_at: Timestamp::from_unix_ms(now),
            };
            count += usize::from(store::deliveries::insert(tx, &delivery, &body)?);
        }
        Ok(count)
    }

    /// What a template says, filled: the merchant's own, else the configured one, else that which staff keep, else ours.
    /// The inner error says which gap nothing fills, or that there is no such template.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn compose(
        &self,
        view: &View<'_>,
        merchant: MerchantId,
        code: &TemplateCode,
        channel: &DeliveryChannel,
        data: &JsonObject,
    ) -> Result<Result<Template, String>> {
        let Some(template) = self.template(view, merchant, code, channel)? else {
            return Ok(Err(format!("there is no template `{code}` for {channel}")));
        };
        Ok(templates::fill(&template, channel, data).map_err(|why| format!("the template `{code}` {why}")))
    }

    /// What a code stands for: the merchant's own template, or the platform's.
    pub(super) fn template(
        &self,
        view: &View<'_>,
        merchant: MerchantId,
        code: &TemplateCode,
        channel: &DeliveryChannel,
    ) -> Result<Option<Template>> {
        let kept = |owner| {
            let found = store::templates::enabled(view, owner, code)?;
            let found = found.filter(|template| template.channel == *channel);
            Ok::<_, Error>(found.map(|found| Template { subject: found.subject, content: found.content }))
        };
        if let Some(own) = kept(merchant)? {
            return Ok(Some(own));
        }
        let configuration = self.configuration.current();
        if let Some(configured) = configuration.notification_templates.of(code, channel) {
            return Ok(Some(configured.clone()));
        }
        Ok(kept(MerchantId::default())?.or_else(|| texts::of(code, channel)))
    }

    /// Whether somebody has opted out of an event that a message is about; nobody has where it is about none.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn is_opted_out(
        &self,
        view: &View<'_>,
        merchant: MerchantId,
        channel: &DeliveryChannel,
        event: Option<&EventType>,
        user: Option<UserId>,
    ) -> Result<bool> {
        let Some(event) = event else { return Ok(false) };
        let said = store::preferences::about(view, &merchant.to_string(), channel, event, user)?;
        Ok(is_unwanted(&said))
    }
}
