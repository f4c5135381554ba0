//! notification-service: what merchants and their customers are told, by e-mail, SMS or a call of their own servers.
//! Nothing waits for it: money has moved whether or not anybody hears of it.

#![allow(missing_docs, reason = "a field is documented where its name leaves a question")]

mod notifications;
mod preferences;
mod requests;
mod templates;
mod webhooks;
mod words;

pub use self::{notifications::*, preferences::*, requests::*, templates::*, webhooks::*, words::*};
