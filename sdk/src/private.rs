//! Names that generated code uses. Not part of the API: anything here may change in any release.

use std::{fmt::Display, str::FromStr};

use ::serde::{Serialize, de::DeserializeOwned};

pub use std::{boxed::Box, sync::Arc, time::Duration};

pub use ::http::Method;
pub use async_trait::async_trait;
pub use bytes::Bytes;
pub use http;
pub use serde;
pub use uuid::Uuid;

pub use crate::client::{BaseClient, ClientBuilder, ServiceClient};
pub use crate::contract::{
    call::{Call, Described, Exposes},
    error::Result,
    operation::{Class, EnvelopeKind, Operation, Service, Tier},
    options::{Scoped, WithOptions},
    partner::Profile,
    request::Request,
    status::StatusQuery,
};

#[cfg(feature = "server")]
pub use crate::server::{Incoming, Routes};
#[cfg(feature = "server")]
pub use axum;

#[cfg(feature = "mock")]
pub use crate::mock::{Stage, Stub, Witness, unanswered};
#[cfg(feature = "mock")]
pub use wiremock;

#[cfg(feature = "openapi")]
pub use crate::{
    __schema_of as schema_of,
    openapi::{Document, Documented},
};
#[cfg(feature = "openapi")]
pub use schemars;

#[cfg(feature = "conformance")]
pub use crate::conformance::{Arguments, Declaration, Declared, json_of, unknown_operation};
#[cfg(feature = "conformance")]
pub use serde_json::Value;

/// Compiles only for types that can go both ways over the wire, whatever the features.
pub const fn assert_dto<T: Serialize + DeserializeOwned>() {}

/// Compiles only for types that can stand in a path, a query or a header.
pub const fn assert_scalar<T: Display + FromStr<Err: Display>>() {}

/// Compiles only when all APIs of a client are served by one service.
pub const fn assert_one_service(services: &[Service]) {
    let mut at = 1;
    while at < services.len() {
        assert!(same(services[0].name, services[at].name), "the APIs of one client belong to one service");
        at += 1;
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}
