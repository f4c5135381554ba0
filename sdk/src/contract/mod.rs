//! The words that both ends of a call share: what an operation is, what is asked, what is answered, what went wrong
//! and whether the effect may have happened all the same.
//!
//! Nothing here does IO, and nothing here knows tokio, reqwest, tower or axum: clients, servers, mocks and documents
//! are all built from these values.
//!
//! | file | word |
//! |---|---|
//! | [`operation`] | a declared route: method, path, class, tier |
//! | [`call`] | the two traits through which a declaration reaches a stack |
//! | [`request`], [`response`], [`envelope`] | one call's bytes, both ways |
//! | [`error`], [`certainty`] | why it failed, and whether the effect may have happened |
//! | [`indeterminate`], [`status`] | the effect that is in doubt, and where to ask for it |
//! | [`facts`], [`explain`] | what a call knows at its end, what it decided on its way |
//! | `record`, `question` | what all attempts of a call share, what calls must have in common to share an answer |
//! | [`options`], [`context`] | what a caller sets for one call, what a served call hands on |
//! | [`partner`] | what somebody else's servers promise about repeats |
//! | [`deadline`], [`idempotency`], [`headers`], [`trace`] | what travels beside the body |
//! | [`signature`] | how a merchant's program proves a request |
//! | [`money`], [`rate`], [`decimal`], [`id`], [`page`], [`secret`], [`timestamp`], [`open_enum`] | values owned by no API |

pub mod call;
pub mod certainty;
pub mod context;
pub mod deadline;
pub mod decimal;
pub mod envelope;
pub mod error;
pub mod explain;
pub mod facts;
pub mod headers;
pub mod id;
pub mod idempotency;
pub mod indeterminate;
pub mod money;
pub mod open_enum;
pub mod operation;
pub mod options;
pub mod page;
pub mod partner;
pub(crate) mod question;
pub mod rate;
pub(crate) mod record;
pub mod request;
pub mod response;
pub mod secret;
pub mod signature;
pub mod status;
pub mod timestamp;
pub mod trace;
