//! Sending, and reading what was sent.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        notification::{
            DeliveryChannel, EventId, EventType, MessageData, NoticeType, Notification, NotificationApi,
            NotificationFilter, NotificationId, NotificationPage, NotificationReceipt, NotificationType, Priority,
            SendEmail, SendEmailByTemplate, SendNotification, SendSms, SendWebhook, UnreadCount, UserId,
        },
    },
    contract::{
        error::{Error, Result},
        secret::PersonalText,
    },
};

use super::done;
use crate::{
    kit::{configuration::Template, paging, store::Tx},
    notification::{
        Notifications,
        caller::caller,
        domain::{self, fields},
        store::notifications::{self, Message},
        tell::Happening,
    },
};

/// A message that somebody has addressed, before it is known whether it may be sent.
struct Letter {
    merchant: MerchantId,
    channel: DeliveryChannel,
    recipient: PersonalText,
    text: Template,
    event: Option<EventType>,
    user: Option<UserId>,
    priority: i32,
}

#[async_trait]
impl NotificationApi for Notifications {
    async fn send_notification(&self, notification: &SendNotification) -> Result<NotificationReceipt> {
        self.notify(notification).await
    }

    async fn create_notification(&self, notification: &SendNotification) -> Result<NotificationReceipt> {
        self.notify(notification).await
    }

    async fn send_email(&self, email: &SendEmail) -> Result<MessageData> {
        let merchant = caller()?.on_behalf_of(email.merchant_id)?;
        fields::line("subject", &email.subject)?;
        fields::at_most("text_body", email.text_body.as_deref().unwrap_or_default(), fields::MESSAGE)?;
        let content = if email.html_body.is_empty() { email.text_body.as_ref() } else { Some(&email.html_body) };
        let content = content.cloned().unwrap_or_default();
        fields::required("html_body", &content, fields::MESSAGE)?;
        self.is_carried(&DeliveryChannel::Email, email.provider.as_ref().map(|provider| provider.as_str()))?;
        let letter = Letter {
            merchant,
            channel: DeliveryChannel::Email,
            recipient: fields::addresses("to", &email.to)?,
            text: Template { subject: email.subject.clone(), content },
            event: event(email.event_type.as_ref())?,
            user: email.user_id,
            priority: fields::priority(email.priority)?,
        };
        let service = self.clone();
        self.once(move |tx| service.send(tx, letter)).await
    }

    async fn send_sms(&self, sms: &SendSms) -> Result<MessageData> {
        let merchant = caller()?.on_behalf_of(sms.merchant_id)?;
        fields::telephone("to", &sms.to)?;
        fields::required("content", &sms.content, fields::SMS)?;
        self.is_carried(&DeliveryChannel::Sms, sms.provider.as_ref().map(|provider| provider.as_str()))?;
        let letter = Letter {
            merchant,
            channel: DeliveryChannel::Sms,
            recipient: sms.to.clone(),
            text: Template { subject: String::new(), content: sms.content.clone() },
            event: event(sms.event_type.as_ref())?,
            user: sms.user_id,
            priority: fields::priority(sms.priority)?,
        };
        let service = self.clone();
        self.once(move |tx| service.send(tx, letter)).await
    }

    async fn send_webhook(&self, event: &SendWebhook) -> Result<MessageData> {
        let merchant = caller()?.on_behalf_of(event.merchant_id)?;
        fields::event("event_type", &event.event_type)?;
        fields::data("data", event.data.as_ref())?;
        let event_id = match &event.event_id {
            Some(id) => header("event_id", id)?,
            None => EventId::from(self.ids.uuid().to_string().as_str()),
        };
        let (service, asked, now) = (self.clone(), event.clone(), self.clock.now());
        self.once(move |tx| {
            let count = service.deliver(tx, merchant, &asked.event_type, &event_id, asked.data.as_ref(), now)?;
            Ok(done(format!("on its way to {count} endpoints")))
        })
        .await
    }

    async fn send_email_by_template(&self, email: &SendEmailByTemplate) -> Result<MessageData> {
        let merchant = caller()?.on_behalf_of(email.merchant_id)?;
        fields::required("template_code", email.template_code.as_str(), 100)?;
        self.is_carried(&DeliveryChannel::Email, email.provider.as_ref().map(|provider| provider.as_str()))?;
        let (recipient, priority) = (fields::addresses("to", &email.to)?, fields::priority(email.priority)?);
        let (asked, event) = (email.clone(), event(email.event_type.as_ref())?);
        fields::data("template_data", asked.template_data.as_ref())?;
        let service = self.clone();
        self.once(move |tx| {
            let (channel, data) = (DeliveryChannel::Email, asked.template_data.unwrap_or_default());
            if service.template(tx, merchant, &asked.template_code, &channel)?.is_none() {
                let rule = format!("names no template for {channel}; it is `{}`", asked.template_code);
                return Err(Error::invalid_input("template_code", rule));
            }
            let text = service.compose(tx, merchant, &asked.template_code, &channel, &data)?;
            let text = text.map_err(|why| Error::invalid_input("template_data", why))?;
            let letter = Letter { merchant, channel, recipient, text, event, user: asked.user_id, priority };
            service.send(tx, letter)
        })
        .await
    }

    async fn list_notifications(&self, filter: &NotificationFilter) -> Result<NotificationPage> {
        let scope = caller()?.listed(filter.merchant_id);
        let (page, filter) = (paging::of(filter.page, filter.page_size)?, filter.clone());
        self.store.read(move |view| notifications::list(view, &scope, &filter, page)).await
    }

    async fn get_notification(&self, id: &NotificationId) -> Result<Notification> {
        let (scope, id) = (caller()?.scope(), id.to_string());
        self.store.read(move |view| notifications::require(view, &id, &scope)).await
    }

    async fn mark_notification_read(&self, id: &NotificationId) -> Result<()> {
        let (scope, id, now) = (caller()?.scope(), id.to_string(), self.clock.now());
        self.store.write(move |tx| notifications::mark_read(tx, &id, &scope, now)).await
    }

    async fn count_unread_notifications(&self, merchant_id: &MerchantId) -> Result<UnreadCount> {
        let owner = caller()?.on_behalf_of(Some(*merchant_id))?.to_string();
        self.store.read(move |view| notifications::unread(view, &owner)).await
    }
}

impl Notifications {
    /// Tells a merchant by whatever ways it prefers. The receipt names the first message, or none where it prefers no way
    /// that makes one.
    async fn notify(&self, asked: &SendNotification) -> Result<NotificationReceipt> {
        let merchant = caller()?.on_behalf_of(Some(asked.merchant_id))?;
        let happening = self.happening(merchant, asked)?;
        let (service, now) = (self.clone(), self.clock.now());
        self.once(move |tx| {
            let told = service.tell(tx, &happening, now)?;
            if let Some(why) = told.iter().find_map(|message| message.text.as_ref().err()) {
                return Err(Error::invalid_input("extra", why));
            }
            let first = told.first().map(|message| message.id.parse().map_err(Error::internal)).transpose()?;
            Ok(NotificationReceipt { id: first.unwrap_or_default() })
        })
        .await
    }

    fn happening(&self, merchant: MerchantId, asked: &SendNotification) -> Result<Happening> {
        fields::known("type", Some(asked.kind.as_str()), NoticeType::KNOWN)?;
        fields::data("extra", asked.extra.as_ref())?;
        let text = match (&asked.title, &asked.content) {
            (Some(subject), Some(content)) => {
                fields::line("title", subject)?;
                fields::required("content", content, fields::SMS)?;
                Some(Template { subject: subject.clone(), content: content.clone() })
            }
            (None, None) => None,
            (Some(_), None) => return Err(Error::invalid_input("content", "must come with `title`, or neither")),
            (None, Some(_)) => return Err(Error::invalid_input("title", "must come with `content`, or neither")),
        };
        let asked_priority = asked.priority.clone().unwrap_or(Priority::Medium);
        fields::known("priority", Some(asked_priority.as_str()), Priority::KNOWN)?;
        let priority = match asked_priority {
            Priority::High => 9,
            Priority::Medium => 5,
            Priority::Low | Priority::Other(_) => 0,
        };
        Ok(Happening {
            merchant,
            event: domain::event_of(&asked.kind),
            event_id: EventId::from(self.ids.uuid().to_string().as_str()),
            data: asked.extra.clone().unwrap_or_default(),
            text,
            priority,
        })
    }

    /// Puts a letter on its way, unless the one whom it is for has opted out.
    fn send(&self, tx: &mut Tx<'_>, letter: Letter) -> Result<MessageData> {
        let Letter { merchant, channel, recipient, text, event, user, priority } = letter;
        if self.is_opted_out(tx, merchant, &channel, event.as_ref(), user)? {
            return Ok(done("not sent: a preference opts out of it"));
        }
        let (id, provider) = (self.ids.uuid().to_string(), self.carrier(&channel).name().to_owned());
        let message = Message {
            event_id: id.clone(),
            id,
            merchant_id: merchant,
            kind: event.as_ref().map_or(NotificationType::System, domain::kind_of),
            channel,
            recipient,
            text: Ok(text),
            template_code: "".into(),
            template_data: String::new(),
            priority,
            provider,
        };
        notifications::insert(tx, &message, self.clock.now())?;
        Ok(done("on its way"))
    }

    /// Refuses a provider that is not set up.
    fn is_carried(&self, channel: &DeliveryChannel, provider: Option<&str>) -> Result<()> {
        match provider {
            Some(provider) => fields::known("provider", Some(provider), &[self.carrier(channel).name()]),
            None => Ok(()),
        }
    }
}

/// What a message is about, where that is said.
fn event(event: Option<&EventType>) -> Result<Option<EventType>> {
    event.map(|event| fields::event("event_type", event).map(|()| event.clone())).transpose()
}

/// The id of an event, which travels in a header.
fn header(field: &str, id: &EventId) -> Result<EventId> {
    let text = id.as_str();
    if (1..=200).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(id.clone());
    }
    Err(Error::invalid_input(field, "must be 1 to 200 visible ASCII characters"))
}
