//! merchant-auth-service: whether somebody is the merchant that they say. Login, second factor, passwords and sessions
//! of merchants, and the short-lived tokens by which services know each other.
//!
//! An answer that carries a secret is never stored, so no operation that gives one is keyed.

#![allow(missing_docs, reason = "a field carries a sentence where its name does not say enough")]

mod login;
mod login_activities;
mod password;
mod service_tokens;
mod session_check;
mod sessions;
mod settings;
mod two_factor;

pub use self::{
    login::*, login_activities::*, password::*, service_tokens::*, session_check::*, sessions::*, settings::*,
    two_factor::*,
};
