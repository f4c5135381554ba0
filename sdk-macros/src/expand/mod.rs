//! [Model](crate::model) → tokens. One file per part, one small function per fragment.
//!
//! Generated code reaches the sdk through `__sdk`, a private name inside each block, so that a user's own `Request` or
//! `Result` is never mistaken for ours. Its local variables are hygienic: an argument may be called `request`.

use proc_macro2::TokenStream;

use crate::model::{Api, Arg, Operation, Shape};

/// [`quote!`](quote::quote) whose local variables cannot collide with the user's.
macro_rules! code {
    ($($tokens:tt)*) => { ::quote::quote_spanned! { ::proc_macro2::Span::mixed_site() => $($tokens)* } };
}

mod client;
mod conformance;
mod contract;
mod mistakes;
mod mock;
mod openapi;
mod server;

pub(crate) use self::mistakes::mistakes;

/// Which parts are generated beside the client.
#[derive(Clone, Copy)]
pub(crate) struct Parts {
    pub(crate) server: bool,
    pub(crate) mock: bool,
    pub(crate) openapi: bool,
    /// Needs the other three.
    pub(crate) conformance: bool,
}

impl Parts {
    /// What this crate's features say, which `payment-clients` mirrors.
    pub(crate) const ENABLED: Self = Self {
        server: cfg!(feature = "server"),
        mock: cfg!(feature = "mock"),
        openapi: cfg!(feature = "openapi"),
        conformance: cfg!(feature = "conformance"),
    };
}

/// Everything that a declaration becomes.
pub(crate) fn expand(api: &Api, parts: Parts) -> TokenStream {
    let declaration = contract::declaration(api);
    let module = module(api, parts);
    let client = client::implementations(api);
    let mock = parts.mock.then(|| mock::mock(api));
    code! {
        #declaration
        #module
        #client
        #mock
    }
}

/// `pub mod order_api`: the operations as data, and what is made of them.
fn module(api: &Api, parts: Parts) -> TokenStream {
    let Api { krate, vis, name, .. } = api;
    let module = api.module();
    let doc = format!(" Operations of [`{name}`], as data and as what is made of them.");
    let operations = contract::operations(api);
    let router = parts.server.then(|| server::router(api));
    let stubs = parts.mock.then(|| mock::stubs(api));
    let describe = parts.openapi.then(|| openapi::describe(api));
    let conformance = parts.conformance.then(|| conformance::declared(api));
    code! {
        #[doc = #doc]
        #[allow(dead_code, unused_imports, deprecated, clippy::wildcard_imports)]
        #vis mod #module {
            use super::*;
            use #krate::__private as __sdk;

            #operations
            #router
            #stubs
            #describe
            #conformance
        }
    }
}

// === fragments that several parts share ===

/// `async fn create_order(&self, order: &CreateOrder) -> Result<Order>`
fn signature(operation: &Operation) -> TokenStream {
    let Operation { name, result, args, .. } = operation;
    let names = args.iter().map(|arg| &arg.name);
    let types = args.iter().map(|arg| &arg.ty);
    code! { async fn #name(&self, #(#names: #types),*) -> #result }
}

/// The type that owns an argument: `OrderNo` of `&OrderNo`, `String` of `&str`.
fn owned(arg: &Arg) -> TokenStream {
    match arg.shape.owned() {
        Some(ty) => code! { #ty },
        None => code! { String },
    }
}

/// An argument as the trait's method takes it, lent from the variable that owns it.
fn lend(arg: &Arg) -> TokenStream {
    let name = &arg.name;
    match &arg.shape {
        Shape::Value(_) | Shape::Optional(_) => code! { #name },
        Shape::Reference(_) | Shape::Str => code! { &#name },
        Shape::OptionalReference(_) => code! { #name.as_ref() },
        Shape::OptionalStr => code! { #name.as_deref() },
    }
}

/// A generated method's documentation: its route, then the operation's own sentence.
fn route_doc(api: &Api, operation: &Operation, before: &str) -> String {
    let (verb, path) = (operation.verb, api.full_path(operation));
    match operation.summary.as_str() {
        "" => format!(" {before}`{verb} {path}`."),
        summary => format!(" {before}`{verb} {path}`: {summary}"),
    }
}
