//! What the platform's messages say.

use std::collections::BTreeMap;

use payment_clients::{
    apis::notification::{DeliveryChannel, TemplateCode},
    contract::error::Result,
};
use serde::{Deserialize, Serialize};

use super::{Kind, length, refused};

/// The platform's templates. They stand behind a merchant's own, and before what the notification service brings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotificationTemplates {
    /// By code, such as `payment_success`, and by the way that a message takes, such as `email`.
    pub templates: BTreeMap<String, BTreeMap<String, Template>>,
}

/// A text with gaps such as `{{payment_no}}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// For ways that have one.
    #[serde(default)]
    pub subject: String,
    /// The message.
    pub content: String,
}

/// Longest content: that of a large e-mail.
const LONGEST: usize = 64 * 1024;

// === impl NotificationTemplates ===

impl NotificationTemplates {
    /// The template of this code for a way.
    pub fn of(&self, code: &TemplateCode, channel: &DeliveryChannel) -> Option<&Template> {
        self.templates.get(code.as_str())?.get(channel.as_str())
    }
}

impl Kind for NotificationTemplates {
    const KEY: &'static str = "notification_templates";

    fn check(&self) -> Result<()> {
        for (code, ways) in &self.templates {
            length::<Self>("templates", code, 100)?;
            for (way, template) in ways {
                let path = format!("templates.{code}.{way}");
                if !DeliveryChannel::KNOWN.contains(&way.as_str()) {
                    let rule = format!("must be one of {:?}; it is `{way}`", DeliveryChannel::KNOWN);
                    return Err(refused::<Self>(&path, rule));
                }
                length::<Self>(&format!("{path}.content"), &template.content, LONGEST)?;
                gaps(&format!("{path}.content"), &template.content)?;
                gaps(&format!("{path}.subject"), &template.subject)?;
            }
        }
        Ok(())
    }
}

/// Checks that every gap is closed and says what fills it: an open one would be sent as it stands.
fn gaps(path: &str, text: &str) -> Result<()> {
    let mut pieces = text.split("{{");
    let outside = pieces.next().unwrap_or_default();
    let broken = |rule: &str| Err(refused::<NotificationTemplates>(path, rule));
    if outside.contains("}}") {
        return broken("must not close a gap that was not opened");
    }
    for piece in pieces {
        match piece.split_once("}}") {
            None => return broken("must close each gap that it opens, as in `{{payment_no}}`"),
            Some((name, _)) if name.trim().is_empty() => return broken("must name what fills each gap"),
            Some((_, rest)) if rest.contains("}}") => return broken("must not close a gap that was not opened"),
            Some(_) => {}
        }
    }
    Ok(())
}
