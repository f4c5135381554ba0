//! `MockOrderApi`, which answers what a test tells it, and `order_api::stubs`, which answer over a socket.

use proc_macro2::TokenStream;
use quote::format_ident;

use super::{client, route_doc, signature};
use crate::model::{Api, Operation};

/// The mock that stands beside the trait.
pub(super) fn mock(api: &Api) -> TokenStream {
    let krate = &api.krate;
    let structure = structure(api);
    let methods = inherent(api);
    let implementation = implementation(api);
    code! {
        #structure

        #[allow(dead_code, deprecated)]
        const _: () = {
            use #krate::__private as __sdk;

            #methods
            #implementation
        };
    }
}

fn structure(api: &Api) -> TokenStream {
    let Api { krate, vis, name, .. } = api;
    let mock = api.mock();
    let doc = format!(" An [`{name}`] for tests: it answers what it was told, and fails where it was told nothing.");
    let fields = api.operations.iter().map(|operation| {
        let (name, function) = (&operation.name, function(operation));
        code! { #name: Option<Box<dyn #function>> }
    });
    code! {
        #[doc = #doc]
        #[derive(Default)]
        #[allow(clippy::type_complexity)]
        #vis struct #mock {
            __stage: #krate::__private::Stage,
            #(#fields),*
        }
    }
}

/// `Fn(&CreateOrder) -> Result<Order> + Send + Sync`
fn function(operation: &Operation) -> TokenStream {
    let types = operation.args.iter().map(|arg| &arg.ty);
    let result = &operation.result;
    code! { Fn(#(#types),*) -> #result + Send + Sync }
}

fn inherent(api: &Api) -> TokenStream {
    let mock = api.mock();
    let (setters, name) = (api.operations.iter().map(setter), mock.to_string());
    code! {
        impl #mock {
            /// A mock that has no answers yet.
            #[must_use]
            pub fn new() -> Self {
                Self::default()
            }

            /// How often `operation` was called.
            #[must_use]
            pub fn calls(&self, operation: &__sdk::Operation) -> usize {
                self.__stage.calls(operation)
            }

            /// Lets `witness` see the calls.
            #[must_use]
            pub fn seen_by(mut self, witness: &__sdk::Witness) -> Self {
                self.__stage.seen_by(witness);
                self
            }

            /// Calls of `operation` first await what `wait` makes: a sleep, a notification, a barrier.
            #[must_use]
            pub fn before<W>(
                mut self,
                operation: &'static __sdk::Operation,
                wait: impl Fn() -> W + Send + Sync + 'static,
            ) -> Self
            where
                W: ::core::future::Future<Output = ()> + Send + 'static,
            {
                self.__stage.before(operation, wait);
                self
            }

            #(#setters)*
        }

        impl ::core::fmt::Debug for #mock {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.debug_struct(#name).field("stage", &self.__stage).finish_non_exhaustive()
            }
        }
    }
}

fn setter(operation: &Operation) -> TokenStream {
    let field = &operation.name;
    let setter = format_ident!("on_{}", operation.name());
    let function = function(operation);
    let doc = format!(" Answers `{}` with what `answer` makes of the arguments.", operation.name());
    code! {
        #[doc = #doc]
        #[must_use]
        pub fn #setter(mut self, answer: impl #function + 'static) -> Self {
            self.#field = Some(Box::new(answer));
            self
        }
    }
}

fn implementation(api: &Api) -> TokenStream {
    let (name, mock) = (&api.name, api.mock());
    let methods = api.operations.iter().map(|operation| answer(api, operation));
    code! {
        #[__sdk::async_trait]
        impl #name for #mock {
            #(#methods)*
        }
    }
}

/// Refuses what the client would refuse to send, shows the call to the witnesses, and answers it.
fn answer(api: &Api, operation: &Operation) -> TokenStream {
    let (signature, request, field) = (signature(operation), client::request(api, operation), &operation.name);
    let (mock, name) = (api.mock().to_string(), operation.name());
    let arguments = operation.args.iter().map(|arg| &arg.name);
    code! {
        #signature {
            #request
            self.__stage.enter(request).await;
            match &self.#field {
                Some(answer) => answer(#(#arguments),*),
                None => Err(__sdk::unanswered(#mock, #name)),
            }
        }
    }
}

// === over a socket ===

/// `stubs::create_order()` and its like: the declared routes as wiremock stubs.
pub(super) fn stubs(api: &Api) -> TokenStream {
    let doc = format!(" Stubs of [`{0}`](super::super::{0}) for a wiremock server.", api.name);
    let stubs = api.operations.iter().map(|operation| {
        let (doc, name) = (route_doc(api, operation, "Stub of "), &operation.name);
        let (constant, answer) = (operation.constant(), &operation.answer);
        code! {
            #[doc = #doc]
            pub fn #name() -> __sdk::Stub<#answer> {
                __sdk::Stub::new(&#constant)
            }
        }
    });
    code! {
        #[doc = #doc]
        pub mod stubs {
            use super::*;

            #(#stubs)*
        }
    }
}
