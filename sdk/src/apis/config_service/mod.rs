//! config-service: values that services are run with, feature flags, and which instances there are. A service reads its
//! own configuration whole, and goes on with what it knows while this service is away.

#![allow(missing_docs, reason = "a field is documented where its name leaves a question")]

mod configs;
mod feature_flags;
mod service_configs;
mod services;

pub use self::{configs::*, feature_flags::*, service_configs::*, services::*};
