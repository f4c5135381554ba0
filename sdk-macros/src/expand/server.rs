//! `order_api::router`: the declared routes, served by any implementation of the trait.

use proc_macro2::TokenStream;

use super::{lend, owned};
use crate::model::{Api, Arg, Operation, Place};

/// The router of the API.
pub(super) fn router(api: &Api) -> TokenStream {
    let name = &api.name;
    let doc = format!(" Serves [`{name}`](super::{name}) under its declared routes.");
    let routes = api.operations.iter().map(route);
    code! {
        #[doc = #doc]
        pub fn router<S>(service: S) -> __sdk::axum::Router
        where
            S: #name + 'static,
        {
            __sdk::Routes::new(service)
                #(#routes)*
                .into_router()
        }
    }
}

/// Reads the arguments, owns them, and calls the method with them.
fn route(operation: &Operation) -> TokenStream {
    let (constant, method) = (operation.constant(), &operation.name);
    let incoming = if operation.args.is_empty() {
        code! { _ }
    } else {
        code! { incoming }
    };
    let reads = operation.args.iter().map(read);
    let arguments = operation.args.iter().map(lend);
    code! {
        .route(&#constant, |service: __sdk::Arc<S>, #incoming: __sdk::Incoming| async move {
            #(#reads)*
            service.#method(#(#arguments),*).await
        })
    }
}

/// `let order = incoming.json::<CreateOrder>()?;`, in a scope that has `incoming`.
pub(super) fn read(arg: &Arg) -> TokenStream {
    let (name, owned, optional) = (&arg.name, owned(arg), arg.shape.is_optional());
    let value = match &arg.place {
        Place::Path => {
            let key = arg.name();
            code! { incoming.path::<#owned>(#key)? }
        }
        Place::Query(key) if optional => code! { incoming.query_opt::<#owned>(#key)? },
        Place::Query(key) => code! { incoming.query::<#owned>(#key)? },
        Place::QueryStruct => code! { incoming.query_struct::<#owned>()? },
        Place::Header(key) if optional => code! { incoming.header_opt::<#owned>(#key)? },
        Place::Header(key) => code! { incoming.header::<#owned>(#key)? },
        Place::Body => code! { incoming.json::<#owned>()? },
        Place::Form => code! { incoming.form::<#owned>()? },
        Place::Raw(_) => code! { incoming.raw() },
        Place::Unknown => return TokenStream::new(),
    };
    code! { let #name = #value; }
}
