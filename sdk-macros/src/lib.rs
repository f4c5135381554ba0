//! `#[api]` and `#[derive(ServiceClient)]`, the macros of `payment-clients`: one trait declares an API, and the client,
//! the server's router, the mocks and the OpenAPI document are made from it. Use them through `payment_clients`, which
//! re-exports both and holds everything that the generated code calls.
//!
//! parse → model → check → expand: `parse` reads tokens, `model` is what was said, `check` knows the rules, `expand`
//! writes code. `tests/order.expanded.rs` shows the code of a small API, whole.

mod check;
mod derive;
mod errors;
mod expand;
mod model;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Declares the API of a service.
///
/// ```text
/// /// Orders of the merchants.
/// #[api(service = "order-service", base_path = "/api/v1", port = 40004, tier = "critical")]
/// pub trait OrderApi {
///     /// Creates an order with its items.
///     #[post("/orders", keyed, money, timeout = "5s", attempt_timeout = "800ms")]
///     async fn create_order(&self, order: &CreateOrder) -> Result<Order>;
///
///     /// Answers one order.
///     #[get("/orders/{order_no}")]
///     async fn get_order(&self, order_no: &OrderNo) -> Result<Order>;
///
///     /// Lists orders, newest first.
///     #[get("/orders", tier = "standard")]
///     async fn list_orders(&self, #[query] filter: &OrderFilter, page: Option<u32>) -> Result<Page<Order>>;
/// }
/// ```
///
/// # The API
///
/// | argument | says | default |
/// |---|---|---|
/// | `service = "order-service"` | who serves it; `ORDER_SERVICE_URL` is where | required |
/// | `base_path = "/api/v1"` | what all paths begin with | nothing |
/// | `port = 40004` | the port on a developer's machine | none |
/// | `tier = "critical"` | how much it matters: `critical`, `standard`, `best_effort` | `standard` |
/// | `envelope = "bare"` | how answers are wrapped: `platform`, `bare` | `platform` |
/// | `crate = "path"` | where generated code finds `payment_clients` | `::payment_clients` |
///
/// # An operation
///
/// An `async fn` with `&self`, without generics and without a body, under one of `#[get]`, `#[post]`, `#[put]`,
/// `#[patch]` and `#[delete]`. The path comes first; `{name}` in it is the argument of that name, and a slash at its end
/// is part of the route. Words follow:
///
/// | word | says | default |
/// |---|---|---|
/// | `safe`, `idempotent`, `keyed`, `unsafe` | whether it may be repeated | by method, see below |
/// | `money` | it moves money | it moves none |
/// | `long_poll` | its answer waits for something to happen | it comes at once |
/// | `tier = "…"`, `envelope = "…"` | as above, for this operation | the API's |
/// | `timeout = "5s"` | longest time of the call; units are `ms`, `s`, `m` | the tier's |
/// | `attempt_timeout = "800ms"` | longest time of one attempt | the tier's |
/// | `cache = "5s"` | an answer this old answers again, for the same principal | none is kept |
/// | `stale_if_error = "5m"` | how long after that it answers for a service that cannot | not at all |
/// | `batch = "create_orders"` | the method that carries several calls of this one | each travels alone |
/// | `status = "get_order"` | which operation answers for the effect, when no answer came | none |
///
/// By default a GET is `safe`, PUT and DELETE are `idempotent`, POST and PATCH are `unsafe`. A POST that only asks may be
/// `safe`; `keyed` is for POST and PATCH; `money` marks an effect, so it is not for safe operations. A `long_poll` is for
/// those alone; how long it takes says nothing about its server, and no second one is sent because the first is slow.
///
/// A `status` query is a safe operation of the same trait whose path and query arguments are found by name in the call:
/// among its path arguments, then in the fields of its body; `idempotency_key` is its key. An answer of it must mean
/// that the effect is known, and 404 that it is not.
///
/// `cache` is for safe operations; equal calls of theirs that are under way share one, too. `batch` names a POST of the
/// same trait and class: where this operation takes `&Event` as its only argument, its body, and answers `Receipt`, the
/// other takes `Vec<Event>` and answers `Vec<Receipt>` in the same order; where this one answers `()`, so may the
/// other. Calls are gathered for a few milliseconds. All in a batch share its outcome: what is unknown of the batch is
/// unknown of each. `keyed` and `money` are never batched, because a key and an amount have an outcome of their own.
///
/// Attempts and hedging are settings of the tier, fallbacks are given to the client's builder: none of them is a word.
///
/// The answer is `Result<T>`, and `Result<()>` where there is no payload. The first sentence of the documentation
/// becomes the operation's summary.
///
/// # An argument
///
/// | attribute | travels | type |
/// |---|---|---|
/// | `#[path]` | in the path | `T`, `&T`, `&str`; a scalar |
/// | `#[query]`, `#[query("name")]` | as `name=…` | a scalar as above, or an `Option` of one |
/// | `#[query] filter: &Filter` | as the fields of a flat struct | `&T` |
/// | `#[header("x-signature")]` | as a header | as `#[query("name")]` |
/// | `#[body]` | as JSON | `T`, `&T` |
/// | `#[form]` | as the fields of a form; a flat struct | `T`, `&T` |
/// | `#[raw]`, `#[raw(Event)]` | as bytes that a signature covers; the type documents them | `Bytes` |
///
/// Without an attribute, an argument that the path names goes there; a scalar of a GET or DELETE by value (or `&str`)
/// is a query argument; the one remaining argument of a POST, PUT or PATCH is the body. Anything else must say.
///
/// Scalars implement `Display` and `FromStr`; bodies, answers and query structs `Serialize` and `Deserialize`, both,
/// because the same declaration serves both ends.
///
/// # What is made of it
///
/// * The trait, object-safe through async-trait (implementations write `#[async_trait]`), and its implementations for
///   every client that exposes it, for `Arc<dyn OrderApi>`, `Box<dyn OrderApi>` and `Scoped<T>`.
/// * `mod order_api` beside it: `SERVICE`, `OPERATIONS`, one static per operation (`CREATE_ORDER`).
/// * With the feature `server`: `order_api::router(implementation)`.
/// * With the feature `mock`: `MockOrderApi` and `order_api::stubs`; `payment_clients::mock` shows how to test with them.
/// * With the feature `openapi`: `order_api::describe(&mut document)`.
/// * With the feature `conformance`: `order_api::drive`, which calls an operation by its name with arguments from JSON,
///   and `order_api::DECLARATION`, all of this in one value.
///
/// A declaration stands in a module, not inside a function.
///
/// # Errors
///
/// Mistakes are errors of the compiler that point at the word and say what to write instead, all of them at once.
#[proc_macro_attribute]
pub fn api(arguments: TokenStream, item: TokenStream) -> TokenStream {
    declare(arguments.into(), item.into(), expand::Parts::ENABLED).into()
}

/// Makes a struct around a `BaseClient` the client of one or more APIs of one service.
///
/// ```text
/// /// Client of the order service.
/// #[derive(Clone, Debug, ServiceClient)]
/// #[client(api(OrderApi, OrderStatisticsApi))]
/// pub struct OrderClient {
///     base: BaseClient,
/// }
/// ```
///
/// It gives the struct `connect(url)`, `from_env()`, `builder()`, `from_base(base)`, `base()`, `From<BaseClient>`,
/// `.with(options)`, and with them the methods of every API named. Fields of other types are filled by `Default`.
/// `partner = PROFILE` in `#[client(..)]` says what the service promises about repeats, where that is not what services of
/// the platform promise: a `Profile`, which decides how keys are sent and what may be repeated.
/// `#[client(crate = "path")]` says where generated code finds `payment_clients`.
#[proc_macro_derive(ServiceClient, attributes(client))]
pub fn service_client(item: TokenStream) -> TokenStream {
    derive::derive(item.into()).unwrap_or_else(|mistakes| mistakes.to_compile_error()).into()
}

/// A declaration in, its code out; or its mistakes.
fn declare(
    arguments: proc_macro2::TokenStream,
    item: proc_macro2::TokenStream,
    parts: expand::Parts,
) -> proc_macro2::TokenStream {
    let item = match syn::parse2(item) {
        Ok(syn::Item::Trait(item)) => item,
        Ok(other) => return syn::Error::new_spanned(other, "`#[api]` stands on a trait").to_compile_error(),
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = errors::Errors::default();
    let api = parse::api::api(arguments, &item, &mut errors);
    check::check(&api, &mut errors);
    match errors.finish(()) {
        Ok(()) => expand::expand(&api, parts),
        Err(mistakes) => expand::mistakes(&api, &item, &mistakes),
    }
}
