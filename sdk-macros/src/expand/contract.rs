//! The trait itself, and its operations as statics.

use std::time::Duration;

use proc_macro2::{Ident, Literal, TokenStream};

use super::route_doc;
use crate::model::{Api, Class, Envelope, Operation, Place, Tier};

/// The trait: object-safe, with a table of its operations in its documentation.
pub(super) fn declaration(api: &Api) -> TokenStream {
    let Api { krate, attrs, vis, name, operations, .. } = api;
    let table = table(api);
    let methods = operations.iter().map(method);
    code! {
        #(#attrs)*
        #(#[doc = #table])*
        #[#krate::__private::async_trait]
        #vis trait #name: Send + Sync {
            #(#methods)*
        }
    }
}

fn method(operation: &Operation) -> TokenStream {
    let attrs = &operation.attrs;
    let signature = super::signature(operation);
    code! {
        #(#attrs)*
        #signature;
    }
}

/// One line of Markdown per operation, because the signatures that async-trait makes read badly in documents.
fn table(api: &Api) -> Vec<String> {
    let head = ["", " | method | route | class | tier |", " |---|---|---|---|"].map(str::to_owned);
    let rows = api.operations.iter().map(|operation| {
        let (name, verb, path) = (operation.name(), operation.verb, api.full_path(operation));
        let money = if operation.words.money.is_some() { ", money" } else { "" };
        let cached = if operation.words.cache.is_some() { ", cached" } else { "" };
        let batched = if operation.words.batch.is_some() { ", batched" } else { "" };
        let (class, tier) = (operation.class().word(), api.tier(operation).word());
        format!(" | [`{name}`](Self::{name}) | `{verb} {path}` | {class}{money}{cached}{batched} | {tier} |")
    });
    head.into_iter().chain(rows).collect()
}

// === operations as data ===

/// `SERVICE`, one static per operation, and the list of them.
pub(super) fn operations(api: &Api) -> TokenStream {
    let service = service(api);
    let statics = api.operations.iter().map(|operation| described(api, operation));
    let names = api.operations.iter().map(Operation::constant);
    code! {
        #service
        #(#statics)*

        /// Every operation, in the order of the declaration.
        pub static OPERATIONS: &[&__sdk::Operation] = &[#(&#names),*];
    }
}

fn service(api: &Api) -> TokenStream {
    let name = &api.service;
    let port = match api.port.map(Literal::u16_unsuffixed) {
        Some(port) => code! { Some(#port) },
        None => code! { None },
    };
    let tier = tier(api.tier);
    code! {
        /// The service that serves the API.
        pub const SERVICE: __sdk::Service = __sdk::Service { name: #name, port: #port, tier: #tier };
    }
}

fn described(api: &Api, operation: &Operation) -> TokenStream {
    let doc = route_doc(api, operation, "");
    let constant = operation.constant();
    let (name, path, summary) = (operation.name(), api.full_path(operation), &operation.summary);
    let method = quote::format_ident!("{}", operation.verb.to_string());
    let class = class(operation.class());
    let settings = settings(api, operation);
    code! {
        #[doc = #doc]
        pub static #constant: __sdk::Operation =
            __sdk::Operation::new(SERVICE, #name, __sdk::Method::#method, #path)
                .class(#class)
                #settings
                .summary(#summary);
    }
}

/// What the declaration says beyond the class, each as one setter.
fn settings(api: &Api, operation: &Operation) -> TokenStream {
    let words = &operation.words;
    let money = words.money.map(|_| code! { .money() });
    let long_poll = words.long_poll.map(|_| code! { .long_poll() });
    let tier = words.tier.as_ref().map(|word| tier(word.value)).map(|tier| code! { .tier(#tier) });
    let timeout = words.timeout.as_ref().map(|word| duration(word.value));
    let timeout = timeout.map(|duration| code! { .timeout(#duration) });
    let attempt_timeout = words.attempt_timeout.as_ref().map(|word| duration(word.value));
    let attempt_timeout = attempt_timeout.map(|duration| code! { .attempt_timeout(#duration) });
    let cache = words.cache.as_ref().map(|word| {
        let stale = words.stale_if_error.as_ref().map_or(Duration::ZERO, |word| word.value);
        let (ttl, stale) = (duration(word.value), duration(stale));
        code! { .cache(#ttl, #stale) }
    });
    let batch = words.batch.as_ref().map(|method| {
        let many = Ident::new(&method.value().to_uppercase(), method.span());
        code! { .batch(&#many) }
    });
    let bare = api.envelope(operation) == Envelope::Bare;
    let answer = &operation.answer;
    let envelope = bare.then(|| code! { .envelope(__sdk::EnvelopeKind::Bare).answers::<#answer>() });
    let status = api.status(operation).map(status);
    let form = operation.bodies().any(|arg| matches!(arg.place, Place::Form)).then(|| code! { .form() });
    code! { #money #long_poll #tier #timeout #attempt_timeout #cache #batch #envelope #status #form }
}

fn status(query: &Operation) -> TokenStream {
    let constant = query.constant();
    let names = query.required_query();
    code! { .status(__sdk::StatusQuery::new(&#constant, &[#(#names),*])) }
}

fn class(class: Class) -> TokenStream {
    match class {
        Class::Safe => code! { __sdk::Class::Safe },
        Class::Idempotent => code! { __sdk::Class::Idempotent },
        Class::Keyed => code! { __sdk::Class::Keyed },
        Class::Unsafe => code! { __sdk::Class::Unsafe },
    }
}

fn tier(tier: Tier) -> TokenStream {
    match tier {
        Tier::BestEffort => code! { __sdk::Tier::BestEffort },
        Tier::Standard => code! { __sdk::Tier::Standard },
        Tier::Critical => code! { __sdk::Tier::Critical },
    }
}

fn duration(duration: Duration) -> TokenStream {
    let milliseconds = Literal::u128_unsuffixed(duration.as_millis());
    code! { __sdk::Duration::from_millis(#milliseconds) }
}
