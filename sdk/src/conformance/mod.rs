//! Proof that an API is what its declaration says, written once for all of them, over the client and the router that
//! callers and services use.
//!
//! A team proves an API of its own in one line, in a test with a runtime:
//!
//! ```no_run
//! # use payment_clients::conformance::{Declaration, Failures, Suite};
//! # async fn test(shipping_api: Declaration) -> Result<(), Failures> {
//! Suite::of(shipping_api).prove().await // shipping_api::DECLARATION
//! # }
//! ```
//!
//! For every operation, with examples made from its schemas:
//!
//! | what | holds |
//! |---|---|
//! | request | method, path, query, headers and body arrive as declared; hostile texts stay in their places |
//! | key | on every attempt of a keyed operation the same one, on no other operation |
//! | statuses | each becomes its kind of error, with what it says about the effect |
//! | answers | fields and words of a newer version change nothing; a field that is missing is named with its path; what is larger than allowed is not read |
//! | both ends | what the client was given arrives at the handler behind the generated router, and the handler's answer or refusal at the caller, with everything that may be there and with as little as possible |
//! | document | what travelled is what the OpenAPI document describes, by a [validator](Suite::schemas) that the test brings |
//!
//! Servers have a part of their own: [`keys::prove`] asks a running one whether it keeps the promise of a keyed operation.
//!
//! | file | holds |
//! |---|---|
//! | `declaration`, `arguments` | an API as a value, and calls of it from JSON |
//! | `example`, `facts` | what the document says, and examples of it |
//! | `stage`, `sent`, `compare` | a server that does as it is told, what it saw, and how that differs from what was meant |
//! | `requests`, `answers`, `ends` | the proofs, one operation at a time |
//! | `suite` | all of them, and the list of what failed |
//! | [`keys`] | the promise of keyed operations, asked of a server |

mod answers;
mod arguments;
mod compare;
mod declaration;
mod ends;
mod example;
mod facts;
pub mod keys;
mod requests;
mod sent;
mod stage;
mod suite;

pub use arguments::Arguments;
pub use declaration::{AnyClient, Declaration, Declared, Drive, Driven};
#[doc(hidden)]
pub use declaration::{json_of, unknown_operation};
pub use example::{Form, example};
pub use suite::{Failure, Failures, SchemaCheck, Suite};
