//! `#[api(service = …, base_path = …, port = …)] pub trait …` → [`Api`].

use proc_macro2::Span;
use syn::{Ident, ItemTrait, Lit, Path, TraitItem, TraitItemFn, parse::Parser, parse_quote, punctuated::Punctuated};

use super::{
    operation, path,
    words::{Setting, Settings},
};
use crate::{
    errors::{Errors, nearest, suggest},
    model::{Api, Envelope, Operation, Tier, Word},
};

const KNOWN: [&str; 6] = ["service", "base_path", "port", "tier", "envelope", "crate"];

/// What the parentheses of `#[api(..)]` say.
#[derive(Default)]
struct Arguments {
    service: Option<String>,
    base_path: Option<String>,
    port: Option<u16>,
    tier: Option<Word<Tier>>,
    envelope: Option<Word<Envelope>>,
    krate: Option<Path>,
}

/// Reads the whole declaration. What cannot be read is gathered and left out.
pub(crate) fn api(arguments: proc_macro2::TokenStream, item: &ItemTrait, errors: &mut Errors) -> Api {
    let arguments = Arguments::parse(arguments, errors);
    plain_trait(item, errors);
    Api {
        krate: arguments.krate.unwrap_or_else(|| parse_quote!(::payment_clients)),
        summary: operation::summary(&item.attrs),
        attrs: item.attrs.clone(),
        vis: item.vis.clone(),
        name: item.ident.clone(),
        service: arguments.service.unwrap_or_default(),
        base_path: arguments.base_path.unwrap_or_default(),
        port: arguments.port,
        tier: arguments.tier.map(|word| word.value).unwrap_or_default(),
        envelope: arguments.envelope.map(|word| word.value).unwrap_or_default(),
        operations: operations(item, errors),
    }
}

// === impl Arguments ===

impl Arguments {
    fn parse(tokens: proc_macro2::TokenStream, errors: &mut Errors) -> Self {
        let mut arguments = Self::default();
        let settings = errors.keep(Settings::parse_terminated.parse2(tokens)).unwrap_or_else(|| {
            arguments.service = Some(String::new());
            Punctuated::new()
        });
        for setting in &settings {
            arguments.set(setting, errors);
        }
        let named = settings.iter().any(|setting| nearest(&setting.name.to_string(), &KNOWN) == Some("service"));
        if arguments.service.is_none() && !named {
            let example = "#[api(service = \"order-service\", …)]";
            errors.at_span(Span::call_site(), format!("which service serves this API? write {example}"));
        }
        arguments
    }

    fn set(&mut self, setting: &Setting, errors: &mut Errors) {
        match setting.name.to_string().as_str() {
            "service" => {
                let name = service(setting, errors);
                setting.put(errors, &mut self.service, name);
            }
            "base_path" => {
                let base = setting.text(errors, "/api/v1").and_then(|text| errors.keep(path::base(&text)));
                setting.put(errors, &mut self.base_path, base);
            }
            "port" => {
                let port = port(setting, errors);
                setting.put(errors, &mut self.port, port);
            }
            "tier" => {
                let tier = setting.tier(errors);
                setting.put(errors, &mut self.tier, tier);
            }
            "envelope" => {
                let envelope = setting.envelope(errors);
                setting.put(errors, &mut self.envelope, envelope);
            }
            "crate" => {
                let path = setting.text(errors, "payment_clients").and_then(|text| errors.keep(text.parse()));
                setting.put(errors, &mut self.krate, path);
            }
            unknown => errors.at(&setting.name, format!("unknown argument `{unknown}`: {}", suggest(unknown, &KNOWN))),
        }
    }
}

/// The service's name, from which the environment variables take theirs.
fn service(setting: &Setting, errors: &mut Errors) -> Option<String> {
    let text = setting.text(errors, "order-service")?;
    let name = text.value();
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) || !name.chars().all(plain) {
        let rule = "is small letters, digits and hyphens, as \"order-service\"";
        errors.at(&text, format!("the name of a service {rule}: it is a name on the network"));
    }
    Some(name)
}

fn port(setting: &Setting, errors: &mut Errors) -> Option<u16> {
    let port = match &setting.value {
        Some(Lit::Int(number)) => number.base10_parse().ok().filter(|port| *port > 0),
        _ => None,
    };
    match &setting.value {
        _ if port.is_some() => {}
        Some(value) => errors.at(value, "`port` takes a number from 1 to 65535: write `port = 40004`"),
        None => errors.at(&setting.name, "`port` takes a number from 1 to 65535: write `port = 40004`"),
    }
    port
}

// === the trait ===

/// The trait must be one that `dyn` can hold, and nothing but its operations.
fn plain_trait(item: &ItemTrait, errors: &mut Errors) {
    if !item.generics.params.is_empty() {
        errors.at(&item.generics, "an API has no generics, so that `Arc<dyn …>` can hold it: remove them");
    }
    if let Some(clause) = &item.generics.where_clause {
        errors.at(clause, "an API has no where clause: remove it");
    }
    if !item.supertraits.is_empty() {
        let text = "an API is `Send + Sync` by itself, and its clients can promise no more: remove these bounds";
        errors.at(&item.supertraits, text);
    }
    if let Some(word) = &item.unsafety {
        errors.at(word, "an API is a safe trait: remove `unsafe`");
    }
    if item.items.is_empty() {
        let example = "#[get(\"/orders/{order_no}\")] async fn get_order(&self, order_no: &OrderNo) -> Result<Order>;";
        errors.at(&item.ident, format!("an API without operations does nothing: declare one, such as {example}"));
    }
}

fn operations(item: &ItemTrait, errors: &mut Errors) -> Vec<Operation> {
    let mut names: Vec<&Ident> = Vec::new();
    let mut operations = Vec::new();
    for item in &item.items {
        let Some(function) = only_functions(item, errors) else { continue };
        if names.contains(&&function.sig.ident) {
            let text = format!("`{}` is declared twice: rename one of them", function.sig.ident);
            errors.at(&function.sig.ident, text);
        }
        names.push(&function.sig.ident);
        operations.extend(operation::operation(function, errors));
    }
    operations
}

fn only_functions<'a>(item: &'a TraitItem, errors: &mut Errors) -> Option<&'a TraitItemFn> {
    match item {
        TraitItem::Fn(function) => return Some(function),
        TraitItem::Type(item) => errors.at(item, "an API has no associated types: name the type in the operations"),
        TraitItem::Const(item) => errors.at(item, "an API has no constants: declare it outside the trait"),
        other => errors.at(other, "an API declares operations and nothing else: move this out of the trait"),
    }
    None
}
