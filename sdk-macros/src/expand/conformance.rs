//! `order_api::drive` and `order_api::DECLARATION`: the API for code that is written once over all APIs.

use proc_macro2::TokenStream;

use super::{lend, server};
use crate::model::{Api, Operation};

/// Both of them.
pub(super) fn declared(api: &Api) -> TokenStream {
    let drive = drive(api);
    let declaration = declaration(api);
    code! {
        #drive
        #declaration
    }
}

fn drive(api: &Api) -> TokenStream {
    let name = &api.name;
    let doc = format!(" Calls the operation of this name of any [`{name}`](super::{name}), from JSON to JSON.");
    let (label, operations) = (name.to_string(), api.operations.iter().map(operation));
    code! {
        #[doc = #doc]
        ///
        /// # Errors
        /// When no operation has this name, an argument is missing or of another type, or the call fails.
        #[allow(unused_variables)]
        pub async fn drive(
            api: &dyn #name,
            operation: &str,
            incoming: &__sdk::Arguments,
        ) -> __sdk::Result<__sdk::Value> {
            match operation {
                #(#operations)*
                unknown => Err(__sdk::unknown_operation(#label, unknown)),
            }
        }
    }
}

/// Reads the arguments as the router does, and calls the method with them.
fn operation(operation: &Operation) -> TokenStream {
    let (name, method) = (operation.name(), &operation.name);
    let reads = operation.args.iter().map(server::read);
    let arguments = operation.args.iter().map(lend);
    code! {
        #name => {
            #(#reads)*
            __sdk::json_of(&api.#method(#(#arguments),*).await?)
        }
    }
}

fn declaration(api: &Api) -> TokenStream {
    let (interface, name) = (&api.name, api.name.to_string());
    let doc = format!(" [`{name}`](super::{name}) as one value, for suites over all APIs.");
    code! {
        #[doc = #doc]
        pub const DECLARATION: __sdk::Declaration = __sdk::Declaration {
            api: #name,
            service: SERVICE,
            operations: OPERATIONS,
            describe,
            router: |handler| router(handler),
            drive: |client, operation, arguments| {
                Box::pin(async move { drive(&client, operation.name, &arguments).await })
            },
        };

        impl __sdk::Declared for dyn #interface {
            const DECLARATION: __sdk::Declaration = DECLARATION;
        }
    }
}
