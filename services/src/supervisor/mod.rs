//! The services as processes of their own, and what can be done to them: started, killed without a warning, asked to
//! stop, started again; and, on the way to them, cut off, slowed down and robbed of their answers.
//!
//! | file | part |
//! |---|---|
//! | [`plant`] | all of it together: processes, relays, clock, and the book of what was done |
//! | [`processes`] | a process for each service |
//! | [`relay`] | what stands between a service and its callers, so that the network can fail |
//! | [`book`] | what was done to the platform, in a file |
//! | [`calls`] | a call whose outcome is found out, whatever happens in between |
//! | `sessions` | connections to PostgreSQL that end in the middle |

pub mod book;
pub mod calls;
pub mod plant;
pub mod processes;
pub mod relay;
#[cfg(feature = "postgres")]
pub mod sessions;
