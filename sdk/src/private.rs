//! Names that generated code uses. Not part of the API: anything here may change in any release.

pub use async_trait::async_trait;
pub use bytes::Bytes;
pub use http;
#[cfg(feature = "openapi")]
pub use schemars;
pub use serde;
pub use uuid::Uuid;
