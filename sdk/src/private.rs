//! Names that generated code uses. Not part of the API: anything here may change in any release.

pub use std::sync::Arc;

pub use async_trait::async_trait;
pub use bytes::Bytes;
pub use http;
pub use serde;
pub use uuid::Uuid;

pub use crate::client::{BaseClient, ClientBuilder};

#[cfg(feature = "server")]
pub use crate::server::{Incoming, Routes};
#[cfg(feature = "server")]
pub use axum;

#[cfg(feature = "mock")]
pub use crate::mock::{Calls, Stub, unanswered};
#[cfg(feature = "mock")]
pub use wiremock;

#[cfg(feature = "openapi")]
pub use crate::{
    __schema_of as schema_of,
    openapi::{
        Document, SchemaOf,
        probe::{Known, Probe, Unknown},
    },
};
#[cfg(feature = "openapi")]
pub use schemars;
