//! Messages by e-mail, SMS and in the console: each once for an event and a way. What the platform's own sink has taken
//! lies in `sent`.

use payment_clients::{
    apis::{
        ids::MerchantId,
        notification::{
            DeliveryChannel, Notification, NotificationFilter, NotificationPage, NotificationStatus, NotificationType,
            TemplateCode, UnreadCount,
        },
    },
    contract::{
        error::{Error, Result},
        page::Page,
        secret::PersonalText,
        timestamp::Timestamp,
    },
};

use super::{Scope, note_attempt, one};
use crate::{
    args,
    kit::{
        configuration::Template,
        incident, paging,
        store::{Row, Tx, View},
    },
    notification::domain::{handed::Handed, schedule},
};

pub(super) const TABLES: &str = "
CREATE TABLE notifications(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, event_id TEXT NOT NULL, kind TEXT NOT NULL, channel TEXT NOT NULL,
    recipient TEXT NOT NULL, subject TEXT NOT NULL, content TEXT NOT NULL, template_code TEXT NOT NULL,
    template_data TEXT NOT NULL, status TEXT NOT NULL CHECK(status IN('pending', 'sent', 'failed')),
    priority {{int}} NOT NULL CHECK(priority BETWEEN 0 AND 9), attempts {{int}} NOT NULL,
    error_message TEXT NOT NULL, provider TEXT NOT NULL, provider_msg_id TEXT NOT NULL, next_at {{int}},
    sent_at {{int}}, read_at {{int}}, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
    UNIQUE(merchant_id, event_id, channel),
    CHECK((next_at IS NOT NULL) = (status = 'pending')), CHECK((sent_at IS NOT NULL) = (status = 'sent'))) {{strict}};
CREATE INDEX notifications_due ON notifications(next_at) WHERE next_at IS NOT NULL;
CREATE INDEX notifications_of_merchant ON notifications(merchant_id, created_at);
CREATE TABLE sent(
    id TEXT PRIMARY KEY, channel TEXT NOT NULL, recipient TEXT NOT NULL, subject TEXT NOT NULL, content TEXT NOT NULL,
    at {{int}} NOT NULL) {{strict}};";

/// A message is `sending` while it is handed over, and stays so when nobody knows whether it was taken.
pub(super) const HANDED_OVER: &str = "
CREATE TABLE notifications_of_all_states(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, event_id TEXT NOT NULL, kind TEXT NOT NULL, channel TEXT NOT NULL,
    recipient TEXT NOT NULL, subject TEXT NOT NULL, content TEXT NOT NULL, template_code TEXT NOT NULL,
    template_data TEXT NOT NULL, status TEXT NOT NULL CHECK(status IN('pending', 'sending', 'sent', 'failed')),
    priority {{int}} NOT NULL CHECK(priority BETWEEN 0 AND 9), attempts {{int}} NOT NULL,
    error_message TEXT NOT NULL, provider TEXT NOT NULL, provider_msg_id TEXT NOT NULL, next_at {{int}},
    sent_at {{int}}, read_at {{int}}, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
    UNIQUE(merchant_id, event_id, channel),
    CHECK((next_at IS NOT NULL) = (status = 'pending')), CHECK((sent_at IS NOT NULL) = (status = 'sent'))) {{strict}};
INSERT INTO notifications_of_all_states SELECT id, merchant_id, event_id, kind, channel, recipient, subject, content,
    template_code, template_data, status, priority, attempts, error_message, provider, provider_msg_id, next_at, sent_at,
    read_at, created_at, updated_at FROM notifications;
DROP TABLE notifications;
ALTER TABLE notifications_of_all_states RENAME TO notifications;
CREATE INDEX notifications_due ON notifications(next_at) WHERE next_at IS NOT NULL;
CREATE INDEX notifications_of_merchant ON notifications(merchant_id, created_at);
CREATE INDEX notifications_handed_over ON notifications(id) WHERE status = 'sending';";

/// A message that is to go somewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Which one.
    pub id: String,
    /// Whom it is for.
    pub merchant_id: MerchantId,
    /// What it is told for: one message for each event and way.
    pub event_id: String,
    /// What it is about.
    pub kind: NotificationType,
    /// Which way it goes.
    pub channel: DeliveryChannel,
    /// Addresses or a number; empty in the console.
    pub recipient: PersonalText,
    /// What it says, or why nothing.
    pub text: Result<Template, String>,
    /// What says it; empty for none.
    pub template_code: TemplateCode,
    /// What the template was filled with; JSON text or empty.
    pub template_data: String,
    /// 0 to 9.
    pub priority: i32,
    /// Who carries it.
    pub provider: String,
}

/// A message that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Which one.
    pub id: String,
    /// Which way it goes.
    pub channel: DeliveryChannel,
    /// Addresses or a number.
    pub recipient: PersonalText,
    /// What it says.
    pub text: Template,
    /// How often it was tried.
    pub attempts: i32,
    /// Who carries it.
    pub provider: String,
}

macro_rules! select {
    ($($rest:expr),*) => {
        concat!(
            "SELECT id, merchant_id, kind, channel, recipient, subject, content, template_code, template_data, status, \
             priority, attempts, error_message, provider, provider_msg_id, sent_at, read_at, created_at, updated_at \
             FROM notifications " $(, $rest)*
        )
    };
}

/// Puts a message on its way, unless there is one of its event and way. In the console it has arrived; one that says
/// nothing has failed, with an incident. True when it is new.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, message: &Message, now: i64) -> Result<bool> {
    const INSERT: &str = "INSERT INTO notifications(id, merchant_id, event_id, kind, channel, recipient, subject,
        content, template_code, template_data, status, priority, attempts, error_message, provider, provider_msg_id,
        next_at, sent_at, created_at, updated_at)
        VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $14, '', $15, $16, $17, $17)
        ON CONFLICT DO NOTHING";
    let m = message;
    let nothing = Template::default();
    let (text, error) = match &m.text {
        Ok(text) => (text, ""),
        Err(why) => (&nothing, why.as_str()),
    };
    let (status, next_at, sent_at) = match m.channel {
        _ if m.text.is_err() => (NotificationStatus::Failed, None, None),
        DeliveryChannel::InApp => (NotificationStatus::Sent, None, Some(now)),
        _ => (NotificationStatus::Pending, Some(now), None),
    };
    if tx.execute(
        INSERT,
        args![
            m.id,
            m.merchant_id.to_string(),
            m.event_id,
            m.kind.as_str(),
            m.channel.as_str(),
            m.recipient,
            text.subject,
            text.content,
            m.template_code.as_str(),
            m.template_data,
            status.as_str(),
            m.priority,
            error,
            m.provider,
            next_at,
            sent_at,
            now,
        ],
    )? == 0
    {
        return Ok(false);
    }
    if !error.is_empty() {
        incident::open(tx, &m.id, "NOTIFICATION_SAYS_NOTHING", error, now)?;
    }
    Ok(true)
}

/// Messages that are due, the most urgent first.
///
/// # Errors
/// When the statement fails.
pub fn due(view: &View<'_>, now: i64, most: i64) -> Result<Vec<Due>> {
    const DUE: &str = "SELECT id, channel, recipient, subject, content, attempts, provider FROM notifications
        WHERE next_at IS NOT NULL AND next_at <= $1 ORDER BY priority DESC, next_at, id LIMIT $2";
    view.all(DUE, args![now, most], read_due)
}

/// Messages that were handed over and whose outcome was never noted.
///
/// # Errors
/// When the statement fails.
pub fn left_open(view: &View<'_>) -> Result<Vec<Due>> {
    const OPEN: &str = "SELECT id, channel, recipient, subject, content, attempts, provider FROM notifications
        WHERE status = 'sending' AND error_message = '' ORDER BY id";
    view.all(OPEN, &[], read_due)
}

fn read_due(row: &Row<'_>) -> Result<Due> {
    Ok(Due {
        id: row.get("id")?,
        channel: row.parse("channel")?,
        recipient: row.get("recipient")?,
        text: Template { subject: row.get("subject")?, content: row.get("content")? },
        attempts: row.get("attempts")?,
        provider: row.get("provider")?,
    })
}

/// Notes that a message is handed over from now on: what becomes of it is not known before that is noted.
///
/// # Errors
/// When it is not due any more, or the statement fails.
pub fn begin(tx: &mut Tx<'_>, due: &Due, now: i64) -> Result<()> {
    const BEGIN: &str =
        "UPDATE notifications SET status = 'sending', next_at = NULL, error_message = '', provider = $3,
        updated_at = $4 WHERE id = $1 AND attempts = $2 AND status = 'pending'";
    one(tx.execute(BEGIN, args![due.id, due.attempts, due.provider, now])?, "a pending notification", &due.id)
}

/// Writes down what came of handing a message over. What may have been taken is not tried again.
///
/// # Errors
/// When the statement fails.
pub fn attempted(tx: &mut Tx<'_>, due: &Due, handed: &Handed, now: i64) -> Result<()> {
    const UPDATE: &str = "UPDATE notifications SET status = $3, attempts = attempts + 1, error_message = $4,
        provider = $5, provider_msg_id = $6, next_at = $7, sent_at = $8, updated_at = $9
        WHERE id = $1 AND attempts = $2 AND (status = 'pending' OR (status = 'sending' AND error_message = ''))";
    let Due { id, attempts, provider, .. } = due;
    let number = attempts.saturating_add(1);
    let next = schedule::next(number, schedule::MESSAGE_RETRIES, now);
    let (status, next_at, sent_at) = match handed {
        Handed::Taken(_) => (NotificationStatus::Sent, None, Some(now)),
        Handed::Unknown(_) => (NotificationStatus::Sending, None, None),
        Handed::NotTaken(_) if next.is_some() => (NotificationStatus::Pending, next, None),
        Handed::NotTaken(_) | Handed::Refused(_) => (NotificationStatus::Failed, None, None),
    };
    let (carried_as, error) = match handed {
        Handed::Taken(number) => (number.as_str(), ""),
        Handed::NotTaken(why) | Handed::Refused(why) | Handed::Unknown(why) => ("", why.as_str()),
    };
    let word = status.as_str();
    let set = args![id, attempts, word, error, provider, carried_as, next_at, sent_at, now];
    one(tx.execute(UPDATE, set)?, "a notification on its way", id)?;
    note_attempt(tx, id, number, if error.is_empty() { "sent" } else { error }, now)?;
    match status {
        NotificationStatus::Failed => {
            let detail = format!("it was not handed over in {number} attempts; the last: {error}");
            incident::open(tx, id, "NOTIFICATION_DEAD", &detail, now)
        }
        NotificationStatus::Sending => {
            let detail = format!("{provider} may have taken it: {error}");
            incident::open(tx, id, "NOTIFICATION_IN_DOUBT", &detail, now)
        }
        _ => Ok(()),
    }
}

/// Keeps a message in the platform's own sink, once.
///
/// # Errors
/// When the statement fails.
pub fn sink(tx: &mut Tx<'_>, due: &Due, now: i64) -> Result<()> {
    const INSERT: &str = "INSERT INTO sent(id, channel, recipient, subject, content, at) VALUES($1, $2, $3, $4, $5, $6)
        ON CONFLICT DO NOTHING";
    let Due { id, channel, recipient, text, .. } = due;
    tx.execute(INSERT, args![id, channel.as_str(), recipient, text.subject, text.content, now]).map(drop)
}

/// When the next one is due.
///
/// # Errors
/// When the statement fails.
pub fn next_due(view: &View<'_>) -> Result<Option<i64>> {
    view.one("SELECT MIN(next_at) FROM notifications WHERE next_at IS NOT NULL", &[], |row| row.get(0))
}

// === reading ===

/// One notification.
///
/// # Errors
/// 404 when there is none in this scope.
pub fn require(view: &View<'_>, id: &str, scope: &Scope) -> Result<Notification> {
    let one = select!("WHERE id = $1 AND ($2 IS NULL OR merchant_id = $2)");
    view.optional(one, args![id, scope], read)?.ok_or_else(|| missing(id))
}

/// One page of the notifications that a filter lets through, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(
    view: &View<'_>,
    scope: &Scope,
    filter: &NotificationFilter,
    (page, page_size): (i64, i64),
) -> Result<NotificationPage> {
    macro_rules! matching {
        () => {
            "WHERE ($1 IS NULL OR merchant_id = $1) AND ($2 IS NULL OR kind = $2) \
             AND ($3 IS NULL OR channel = $3) AND ($4 IS NULL OR status = $4)"
        };
    }
    let kind = filter.kind.as_ref().map(NotificationType::as_str);
    let channel = filter.channel.as_ref().map(DeliveryChannel::as_str);
    let status = filter.status.as_ref().map(NotificationStatus::as_str);
    let matching = args![scope, kind, channel, status];
    let count = concat!("SELECT count(*) FROM notifications ", matching!());
    let newest = select!(matching!(), " ORDER BY created_at DESC, id DESC LIMIT $5 OFFSET $6");
    let Page { list: data, total, page, page_size } =
        paging::read(view, [count, newest], matching, (page, page_size), read)?;
    Ok(NotificationPage { data, total, page, page_size })
}

/// Notes that a notification was read; the first time counts.
///
/// # Errors
/// 404 when there is none in this scope.
pub fn mark_read(tx: &mut Tx<'_>, id: &str, scope: &Scope, now: i64) -> Result<()> {
    const MARK: &str = "UPDATE notifications SET read_at = COALESCE(read_at, $3)
        WHERE id = $1 AND ($2 IS NULL OR merchant_id = $2)";
    if tx.execute(MARK, args![id, scope, now])? == 1 { Ok(()) } else { Err(missing(id)) }
}

/// Counts what a merchant has not read.
///
/// # Errors
/// When the statement fails.
pub fn unread(view: &View<'_>, owner: &str) -> Result<UnreadCount> {
    const COUNT: &str = "SELECT kind, count(*) FROM notifications WHERE merchant_id = $1 AND read_at IS NULL
        GROUP BY kind";
    let mut count = UnreadCount::default();
    let kinds: Vec<(NotificationType, i32)> = view.all(COUNT, args![owner], |row| Ok((row.parse(0)?, row.get(1)?)))?;
    for (kind, of_kind) in kinds {
        count.total += of_kind;
        match kind {
            NotificationType::System | NotificationType::Marketing => count.system += of_kind,
            NotificationType::Account | NotificationType::Security => count.alert += of_kind,
            _ => count.trade += of_kind,
        }
    }
    Ok(count)
}

fn missing(id: &str) -> Error {
    Error::not_found(format_args!("notification {id}"))
}

fn read(row: &Row<'_>) -> Result<Notification> {
    Ok(Notification {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        kind: row.parse("kind")?,
        channel: row.parse("channel")?,
        recipient: row.get("recipient")?,
        subject: row.get("subject")?,
        content: row.get("content")?,
        template_code: row.get::<String>("template_code")?.as_str().into(),
        template_data: row.get("template_data")?,
        status: row.parse("status")?,
        priority: row.get("priority")?,
        retry_count: row.get::<i32>("attempts")?.saturating_sub(1).max(0),
        max_retry: schedule::MESSAGE_RETRIES,
        error_message: row.get("error_message")?,
        provider: row.get("provider")?,
        provider_msg_id: row.get::<String>("provider_msg_id")?.as_str().into(),
        extra: String::new(),
        scheduled_at: None,
        sent_at: row.get::<Option<Timestamp>>("sent_at")?,
        read_at: row.get::<Option<Timestamp>>("read_at")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
