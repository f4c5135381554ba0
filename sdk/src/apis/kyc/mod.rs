//! kyc-service: who a merchant is. Its documents and its company's qualification are submitted and reviewed; what was
//! approved gives it a level, and the level gives it limits.

#![allow(missing_docs, reason = "a field carries a sentence where its name does not say enough")]

mod alerts;
mod documents;
mod levels;
mod qualifications;
mod reviews;
mod statistics;
mod verifications;

pub use self::{alerts::*, documents::*, levels::*, qualifications::*, reviews::*, statistics::*, verifications::*};
