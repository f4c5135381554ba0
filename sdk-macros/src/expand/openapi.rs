//! `order_api::describe`: the operations and the schemas of their arguments, for an OpenAPI document.

use proc_macro2::TokenStream;

use super::owned;
use crate::model::{Api, Arg, Operation, Place};

/// The function that adds the API to a document, by name and for the trait object.
pub(super) fn describe(api: &Api) -> TokenStream {
    let name = &api.name;
    let doc = format!(" Adds the operations of [`{name}`](super::{name}) to a document.");
    let (resource, summary) = (api.resource(), &api.summary);
    let operations = api.operations.iter().map(operation);
    code! {
        #[doc = #doc]
        pub fn describe(document: &mut __sdk::Document) {
            document.resource(#resource, #summary);
            #(#operations)*
        }

        impl __sdk::Documented for dyn #name {
            fn describe(document: &mut __sdk::Document) {
                describe(document);
            }
        }
    }
}

fn operation(operation: &Operation) -> TokenStream {
    let constant = operation.constant();
    let arguments = operation.args.iter().filter_map(argument);
    let answer = &operation.answer;
    let answer = (!operation.answers_nothing()).then(|| code! { .answer(__sdk::schema_of!(#answer)) });
    code! { document.operation(&#constant) #(#arguments)* #answer; }
}

fn argument(arg: &Arg) -> Option<TokenStream> {
    let (owned, required) = (owned(arg), !arg.shape.is_optional());
    let schema = code! { __sdk::schema_of!(#owned) };
    match &arg.place {
        Place::Path => {
            let key = arg.name();
            Some(code! { .path(#key, #schema) })
        }
        Place::Query(key) => Some(code! { .query(#key, #required, #schema) }),
        Place::QueryStruct => Some(code! { .query_struct(#schema) }),
        Place::Header(key) => Some(code! { .header(#key, #required, #schema) }),
        Place::Body | Place::Form => Some(code! { .body(#schema) }),
        Place::Raw(Some(documented)) => Some(code! { .body(__sdk::schema_of!(#documented)) }),
        Place::Raw(None) | Place::Unknown => None,
    }
}
