//! HTTP clients of a payment platform: every result says whether the effect may have happened, and where it may have,
//! the client finds out.
//!
//! # A first call
//!
//! ```
//! # #[cfg(feature = "payment-gateway")]
//! # mod first {
//! use std::time::Duration;
//!
//! use payment_clients::{
//!     apis::payment_gateway::{CreatePayment, Payment},
//!     prelude::*,
//! };
//!
//! /// A payment, or `None` when it certainly was not made.
//! async fn pay(order: &CreatePayment) -> Result<Option<Payment>> {
//!     let payments = PaymentGatewayClient::from_env()?; // PAYMENT_GATEWAY_URL
//!     let brief = payments.with(CallOptions::new().deadline(Duration::from_millis(800)));
//!
//!     let error = match brief.create_payment(order).await {
//!         Ok(payment) => return Ok(Some(payment)),
//!         Err(error) => error,
//!     };
//!     if error.certainty().nothing_happened() {
//!         return Ok(None); // never sent, or not begun: free to try elsewhere
//!     }
//!     // `?` leaves with what was answered and refused. What stays is in doubt: bytes left, and no answer came.
//!     match error.into_indeterminate()?.reconcile().await? {
//!         Resolution::Found(answer) | Resolution::Answered(answer) => Ok(Some(answer.decode()?)),
//!         Resolution::Refused(_) => Ok(None),
//!         Resolution::NotFound(unknown) | Resolution::Unresolved(unknown) => Err(unknown.into_error()),
//!     }
//! }
//! # }
//! ```
//!
//! A service holds `Arc<dyn PaymentApi>` instead of a client, so that a test can hand it a mock; `.with(options)` works on
//! both. [`Platform`](platform::Platform) makes the clients of all services from one configuration. An API of one's own is
//! a trait under [`api`](prelude::api) and a struct under [`ServiceClient`](derive@prelude::ServiceClient).
//!
//! The [guide] goes on from here: [concepts](guide::concepts), [layers](guide::layers), [errors](guide::errors), and how a
//! hand-written client [becomes one of these](guide::migration).
//!
//! # The stops of a call
//!
//! 1. [`apis`]: a trait declares the route, its class and its tier.
//! 2. [`contract`]: operation and arguments become one [`Request`](contract::request::Request), the same for all attempts.
//! 3. [`client`]: [`BaseClient`](client::BaseClient) settles key, tier and trace; [`client::stack`] names the layers.
//! 4. [`resilience`]: the layers, each with one question: can it finish, may it start, where, again?
//! 5. [`client::wire`]: headers and signature of one attempt, and what its answer proves.
//! 6. [`transport`]: bytes out, bytes in, and what a broken exchange proves.
//!
//! On the way back [`Response`](contract::response::Response) becomes the declared type, or an
//! [`Error`](contract::error::Error) with its [`Certainty`](contract::certainty::Certainty).
//!
//! # What is promised
//!
//! * **Certainty.** [`NotSent`](contract::certainty::Certainty::NotSent) and
//!   [`NotProcessed`](contract::certainty::Certainty::NotProcessed) are proven; without proof a failure is
//!   [`PossiblyProcessed`](contract::certainty::Certainty::PossiblyProcessed). It is that of all attempts together,
//!   dropped ones included.
//! * **Retries.** What was not sent or not begun is sent again for every class. What may have been processed is sent again
//!   when it is safe or idempotent, or keyed with its key as far as the service's
//!   [`Profile`](contract::partner::Profile) promises; never when it is unsafe. All attempts carry the same key and
//!   bytes. Calls that succeed at once fund retries, a tenth of one each; one every ten seconds is free.
//! * **Deadlines.** No call outlives the earliest of its own, its operation's or tier's, and what is left of the call being
//!   served. What is left goes with each attempt.
//! * **Doubt.** [`Indeterminate`](contract::indeterminate::Indeterminate) can be reconciled, by a question and then a
//!   repeat, or parked in a [`journal`](client::journal) that the next process [recovers](client::BaseClient::recover).
//! * **Instances.** Each has a breaker and an adaptive limit of its own. Only failures of the instance count against it:
//!   never the caller's mistakes, the business's refusals, or what this process refused.
//! * **Answers without the wire.** Cache, single flight and batch for operations that declare it, fallbacks for those given
//!   to the builder; none for what moves money, and none across principals.
//! * **Nothing hidden.** No redirect, no repeat below the retry layer of what was written, no answer beyond its caps, no
//!   plain HTTP in place of TLS, no secret in an error or span.
//!
//! # Defaults
//!
//! A call has the tier that its options name, or else its operation's; the call being served can only lower it:
//!
//! | | critical | standard | best effort |
//! |---|---|---|---|
//! | whole call | 3 s | 5 s | 5 s |
//! | one attempt | 1 s | 2 s | 2 s |
//! | attempts, hedges included | 3 | 2 | 1 |
//! | backoff, full jitter | 50 ms doubling to 1 s | 100 ms doubling to 2 s | – |
//! | hedges in a thousand calls | 20 | 10 | none |
//! | wait for a place | 800 ms, or a quarter of what is left | 100 ms | none |
//! | share of the places | all | 90 % | half |
//!
//! An instance has the tier of its service:
//!
//! | | critical | standard | best effort |
//! |---|---|---|---|
//! | connect timeout | 250 ms | 500 ms | 500 ms |
//! | breaker opens on failures in a row | 5 | 5 | 3 |
//! | or on a share, of ten calls or more | 50 % | 50 % | 30 % |
//! | probes, about every | 1 s | 2 s | 5 s |
//! | ramp to its full share | 3 s | 5 s | 10 s |
//! | breakers are honoured up to | half of the instances | half | four fifths |
//!
//! Every number is in [`ClientConfig`](client::ClientConfig), with its reason; [`named`](client::named) lists those that
//! the environment or a file sets, [`reconfigure`](client::BaseClient::reconfigure) changes them while calls are under way.
//!
//! # What it shows
//!
//! Spans of `tracing`, without ids of paths and without bodies:
//!
//! ```text
//! call      peer.service call.{operation, class, tier} · call.{attempts, certainty} error.type
//! ├ attempt http.request.{method, resend_count, body.size} url.template server.{address, port} peer.service
//! │         call.{instance, attempt, most_attempts} · http.response.status_code call.certainty error.type
//! └ wait    call.wait call.budget_left: for a backoff, the queue, quota, instances, another call, a batch
//! serve     http.request.method http.route service operation request_id · http.response.status_code code error.type
//!           payment.{merchant_id, amount_minor, currency}, where the handler notes them
//! ```
//!
//! Those of long polls are of level `debug`, all others of level `info`.
//!
//! | level | event | when |
//! |---|---|---|
//! | debug, info | `call ended` | at the end of each call: `info` of one that failed, with all that it decided |
//! | info | `retry` | before each further attempt: why, the wait, the budget that is left |
//! | info | `answered by the fallback`, `answered by an expired answer` | instead of the service |
//! | info, warn | `breaker changed` | from, to, why: `warn` when it opens |
//! | debug | `served` | a router answers: status, code |
//! | info | `the instance set changed` | instances joined or left |
//! | warn | `… the last good set stays`, `… stay in use`, `… is used until it expires` | what cannot be renewed is kept |
//! | error | `a journal was not written` | an outcome stays open, and a recovery asks again |
//!
//! [`Error::explain`](contract::error::Error::explain) tells each decision of a failed call, and a
//! [`Recorder`](observe::recorder::Recorder) hears of each attempt, call, retry and breaker, for metrics;
//! [`BaseClient::status`](client::BaseClient::status) tells how a client stands.
//!
//! # Features
//!
//! All APIs are on by default. On two cores a debug build of this crate takes about 27 s with all of them, 8 s with three and
//! 6 s with none, behind dependencies that take minutes once; `scripts/compile-time.sh` measures it. Who wants three says so:
//! `default-features = false, features = ["order", "payment-gateway", "risk"]`.
//!
//! | feature | adds | default |
//! |---|---|---|
//! | `full` | the typed clients of all APIs; each is a feature too, such as `order`, named as its folder under [`apis`] | yes |
//! | `server` | routers from the same declarations | no |
//! | `mock` | for tests: typed mocks, scripted faults on an in-memory network of routers, wiremock stubs | no |
//! | `openapi` | OpenAPI 3.1 documents | no |
//! | `config-file` | addresses and settings of all clients from a TOML file | no |
//! | `conformance` | the suite that proves what an API promises, for every declaration and server; with it the three above | no |
//! | `dns` | instances from DNS: A, AAAA and SRV records | no |
//! | `otel` | joins the traces of an OpenTelemetry subscriber | no |
//! | `reqwest` | a second transport, over reqwest | no |

// Generated code and the id macros name this crate by its public name, inside it too.
#[allow(unused_extern_crates, reason = "used by the expansions of the macros, in paths that begin with ::")]
extern crate self as payment_clients;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
#[cfg(feature = "server")]
mod answer;
pub mod apis;
pub mod client;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod contract;
pub mod guide;
#[cfg(feature = "mock")]
pub mod mock;
pub mod observe;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod platform;
pub mod prelude;
pub mod resilience;
pub mod seams;
#[cfg(feature = "server")]
pub mod server;
pub mod transport;
