//! The trait's implementations: for clients, for shared and boxed APIs, for handles bound to options.

use std::collections::HashSet;

use proc_macro2::TokenStream;
use syn::Type;

use super::signature;
use crate::model::{Api, Arg, Operation, Place, Shape};

/// All of them, in a block of their own, so that its imports are seen by nobody.
pub(super) fn implementations(api: &Api) -> TokenStream {
    let krate = &api.krate;
    let assertions = assertions(api);
    let described = described(api);
    let clients = clients(api);
    let arc = forwarding(api, &code! { __sdk::Arc });
    let boxed = forwarding(api, &code! { Box });
    let scoped = scoped(api);
    code! {
        #[allow(deprecated)]
        const _: () = {
            use #krate::__private as __sdk;

            #described
            #clients
            #arc
            #boxed
            #scoped
            #assertions
        };
    }
}

fn described(api: &Api) -> TokenStream {
    let (name, module) = (&api.name, api.module());
    code! {
        impl __sdk::Described for dyn #name {
            const SERVICE: __sdk::Service = #module::SERVICE;
            const OPERATIONS: &'static [&'static __sdk::Operation] = #module::OPERATIONS;
        }
    }
}

/// For every client that exposes the API: build the request, call, decode.
fn clients(api: &Api) -> TokenStream {
    let name = &api.name;
    let methods = api.operations.iter().map(|operation| {
        let signature = signature(operation);
        let call = call(api, operation);
        code! { #signature { #call } }
    });
    code! {
        #[__sdk::async_trait]
        impl<C> #name for C
        where
            C: __sdk::Exposes<dyn #name> + Send + Sync,
        {
            #(#methods)*
        }
    }
}

fn call(api: &Api, operation: &Operation) -> TokenStream {
    let request = request(api, operation);
    code! {
        #request
        __sdk::Call::call(self.caller(), request).await?.decode()
    }
}

/// The arguments as the request that carries them, in a variable of that name. They can still be used afterwards.
pub(super) fn request(api: &Api, operation: &Operation) -> TokenStream {
    let (module, constant) = (api.module(), operation.constant());
    let arguments = operation.args.iter().map(argument);
    let mutable = (!operation.args.is_empty()).then(|| code! { mut });
    code! {
        let #mutable request = __sdk::Request::new(&#module::#constant);
        #(#arguments)*
    }
}

/// Puts one argument where it travels.
fn argument(arg: &Arg) -> TokenStream {
    let name = &arg.name;
    match &arg.place {
        Place::Path => {
            let (key, value) = (arg.name(), borrowed(arg));
            code! { request.path_arg(#key, #value)?; }
        }
        Place::Query(key) => {
            let value = maybe(arg);
            code! { request.query_arg(#key, #value); }
        }
        Place::QueryStruct => {
            let value = borrowed(arg);
            code! { request.query_struct(#value)?; }
        }
        Place::Header(key) => {
            let value = maybe(arg);
            code! { request.header_arg(#key, #value)?; }
        }
        Place::Body => {
            let value = borrowed(arg);
            code! { request.json(#value)?; }
        }
        Place::Form => {
            let value = borrowed(arg);
            code! { request.form(#value)?; }
        }
        Place::Raw(_) => code! { request.raw(#name.clone()); },
        Place::Unknown => TokenStream::new(),
    }
}

/// The argument by reference.
fn borrowed(arg: &Arg) -> TokenStream {
    let name = &arg.name;
    match arg.shape {
        Shape::Value(_) => code! { &#name },
        _ => code! { #name },
    }
}

/// The argument as an `Option` of a reference.
fn maybe(arg: &Arg) -> TokenStream {
    let name = &arg.name;
    match arg.shape {
        Shape::Value(_) => code! { Some(&#name) },
        Shape::Reference(_) | Shape::Str => code! { Some(#name) },
        Shape::Optional(_) => code! { #name.as_ref() },
        Shape::OptionalReference(_) | Shape::OptionalStr => code! { #name },
    }
}

// === for what stands in front of an API ===

/// For `Arc<dyn OrderApi>` and `Box<dyn OrderApi>`, which services hold.
fn forwarding(api: &Api, pointer: &TokenStream) -> TokenStream {
    let name = &api.name;
    let methods = api.operations.iter().map(|operation| {
        let (signature, method) = (signature(operation), &operation.name);
        let names = operation.args.iter().map(|arg| &arg.name);
        code! { #signature { (**self).#method(#(#names),*).await } }
    });
    code! {
        #[__sdk::async_trait]
        impl #name for #pointer<dyn #name> {
            #(#methods)*
        }
    }
}

/// For `api.with(options)`: every call runs with the options in scope.
fn scoped(api: &Api) -> TokenStream {
    let name = &api.name;
    let methods = api.operations.iter().map(|operation| {
        let (signature, method) = (signature(operation), &operation.name);
        let names = operation.args.iter().map(|arg| &arg.name);
        code! { #signature { self.scope(self.inner().#method(#(#names),*)).await } }
    });
    code! {
        #[__sdk::async_trait]
        impl<T: #name> #name for __sdk::Scoped<T> {
            #(#methods)*
        }
    }
}

// === what the types must be able to do ===

/// Types on the wire go both ways whatever the features, so that switching on the server part cannot break a crate
/// that compiled without it.
fn assertions(api: &Api) -> TokenStream {
    let mut seen = HashSet::new();
    let args = api.operations.iter().flat_map(|operation| operation.args.iter().filter_map(assertion));
    let answers = api.operations.iter().filter(|operation| !operation.answers_nothing()).map(|operation| {
        let answer = &operation.answer;
        code! { __sdk::assert_dto::<#answer>(); }
    });
    let assertions = args.chain(answers).filter(|assertion| seen.insert(assertion.to_string()));
    code! { #(#assertions)* }
}

fn assertion(arg: &Arg) -> Option<TokenStream> {
    let owned: &Type = arg.shape.owned()?;
    match arg.place {
        Place::Body | Place::Form | Place::QueryStruct => Some(code! { __sdk::assert_dto::<#owned>(); }),
        Place::Path | Place::Query(_) | Place::Header(_) => Some(code! { __sdk::assert_scalar::<#owned>(); }),
        Place::Raw(_) | Place::Unknown => None,
    }
}
