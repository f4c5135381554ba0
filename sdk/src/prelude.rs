//! What most files that make calls need: `use payment_clients::prelude::*`.
//!
//! Every client of the [registry](crate::platform) is in scope, and every API's trait under no name, so that the methods
//! of a client can be called; the names of traits, DTOs and ids come from [`apis`](crate::apis).

pub use payment_clients_macros::{ServiceClient, api};

pub use crate::{
    client::{BaseClient, ClientBuilder, ClientConfig, ServiceClient},
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        idempotency::IdempotencyKey,
        indeterminate::{Indeterminate, Resolution},
        money::{Currency, Money},
        operation::{Class, Tier},
        options::{CallOptions, WithOptions},
        page::Page,
        timestamp::Timestamp,
    },
    platform::names::*,
};
