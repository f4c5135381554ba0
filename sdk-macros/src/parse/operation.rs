//! `#[post("/orders", keyed)] async fn create_order(&self, …) -> Result<Order>;` → [`Operation`].

use syn::{
    Attribute, Expr, FnArg, GenericArgument, Lit, LitStr, Meta, PathArguments, ReceiverKind, ReturnType, Signature,
    Token, TraitItemFn, Type,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

use super::{
    argument, path,
    words::{Setting, Settings},
};
use crate::{
    errors::{Errors, nearest, suggest},
    model::{Class, Operation, Template, Verb, Word, Words},
};

/// Words that one may look for here, for what is set somewhere else.
const ELSEWHERE: [&str; 3] = ["retries", "fallback", "hedge"];

const KNOWN: [&str; 14] = [
    "safe",
    "idempotent",
    "keyed",
    "unsafe",
    "money",
    "long_poll",
    "tier",
    "timeout",
    "attempt_timeout",
    "cache",
    "stale_if_error",
    "batch",
    "envelope",
    "status",
];

/// Reads one method; nothing when the rules could not be applied to what was read.
pub(crate) fn operation(function: &TraitItemFn, errors: &mut Errors) -> Option<Operation> {
    let signature = &function.sig;
    plain_method(function, errors);
    let route = route(function, errors);
    let answer = answer(signature, errors);
    let (verb, path, words) = route?;
    let (result, answer) = answer?;
    let args = signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(input) => Some(input),
        FnArg::Receiver(_) => None,
    });
    Some(Operation {
        attrs: function.attrs.iter().filter(|attribute| verb_of(attribute).is_none()).cloned().collect(),
        name: signature.ident.clone(),
        args: argument::arguments(args, verb, &path, errors)?,
        verb,
        path,
        words,
        result,
        answer,
        summary: summary(&function.attrs),
    })
}

/// Takes our attributes off a method, and whatever else makes the trait more than a declaration.
pub(crate) fn strip(function: &mut TraitItemFn) {
    function.attrs.retain(|attribute| meant(attribute).is_none());
    for input in &mut function.sig.inputs {
        if let FnArg::Typed(input) = input {
            input.attrs.clear();
        }
    }
}

// === the route ===

/// What the parentheses of `#[post(..)]` hold: the template, then words.
struct Arguments {
    template: LitStr,
    settings: Settings,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let template = input
            .parse()
            .map_err(|error| syn::Error::new(error.span(), "the path comes first: write `#[get(\"/orders\", …)]`"))?;
        let settings = match input.parse::<Option<Token![,]>>()? {
            Some(_) => Punctuated::parse_terminated(input)?,
            None if input.is_empty() => Punctuated::new(),
            None => return Err(input.error("a comma comes between the path and the words")),
        };
        Ok(Self { template, settings })
    }
}

fn verb_of(attribute: &Attribute) -> Option<Verb> {
    attribute.path().get_ident().and_then(|name| Verb::of(&name.to_string()))
}

/// The one attribute that makes a method an operation.
fn route(function: &TraitItemFn, errors: &mut Errors) -> Option<(Verb, Template, Words)> {
    let mut attributes = function.attrs.iter().filter_map(|attribute| Some((attribute, verb_of(attribute)?)));
    let Some((attribute, verb)) = attributes.next() else {
        no_route(function, errors);
        return None;
    };
    for (second, _) in attributes {
        errors.at(second, "one operation has one route: remove this attribute or declare a second method");
    }
    if let Meta::Path(_) = attribute.meta {
        errors.at(attribute, format!("which path? write `#[{}(\"/orders\")]`", verb.word()));
        return None;
    }
    let arguments = errors.keep(attribute.parse_args::<Arguments>())?;
    let words = words(&arguments.settings, errors);
    let template = errors.keep(path::template(arguments.template))?;
    Some((verb, template, words))
}

fn no_route(function: &TraitItemFn, errors: &mut Errors) {
    let mut misspelt = function.attrs.iter().filter_map(|attribute| Some((attribute, meant(attribute)?)));
    match misspelt.next() {
        Some((attribute, verb)) => errors.at(attribute.path(), format!("unknown route: did you mean `{verb}`?")),
        None => {
            let routes = "#[get(\"/…\")], #[post(..)], #[put(..)], #[patch(..)] or #[delete(..)]";
            errors.at(&function.sig.ident, format!("which route is this? write {routes} above it"));
        }
    }
}

/// The verb that an attribute is probably meant to be.
fn meant(attribute: &Attribute) -> Option<&'static str> {
    let word = attribute.path().get_ident()?.to_string();
    if matches!(word.as_str(), "doc" | "allow" | "expect" | "deprecated") { None } else { nearest(&word, &Verb::WORDS) }
}

fn words(settings: &Settings, errors: &mut Errors) -> Words {
    let mut words = Words::default();
    for setting in settings {
        word(setting, &mut words, errors);
    }
    words
}

fn word(setting: &Setting, words: &mut Words, errors: &mut Errors) {
    let name = setting.name.to_string();
    match name.as_str() {
        "money" => {
            setting.no_value(errors);
            setting.put(errors, &mut words.money, Some(setting.name.span()));
        }
        "long_poll" => {
            setting.no_value(errors);
            setting.put(errors, &mut words.long_poll, Some(setting.name.span()));
        }
        "tier" => {
            let tier = setting.tier(errors);
            setting.put(errors, &mut words.tier, tier);
        }
        "envelope" => {
            let envelope = setting.envelope(errors);
            setting.put(errors, &mut words.envelope, envelope);
        }
        "timeout" => {
            let duration = setting.duration(errors);
            setting.put(errors, &mut words.timeout, duration);
        }
        "attempt_timeout" => {
            let duration = setting.duration(errors);
            setting.put(errors, &mut words.attempt_timeout, duration);
        }
        "status" => {
            let status = setting.text(errors, "get_order");
            setting.put(errors, &mut words.status, status);
        }
        "cache" => {
            let duration = setting.duration(errors);
            setting.put(errors, &mut words.cache, duration);
        }
        "stale_if_error" => {
            let duration = setting.duration(errors);
            setting.put(errors, &mut words.stale_if_error, duration);
        }
        "batch" => {
            let method = setting.text(errors, "create_orders");
            setting.put(errors, &mut words.batch, method);
        }
        elsewhere if ELSEWHERE.contains(&elsewhere) => words.elsewhere.push(setting.name.clone()),
        other => match Class::of(other) {
            Some(value) => class(setting, value, words, errors),
            None => unknown(setting, other, errors),
        },
    }
}

fn class(setting: &Setting, value: Class, words: &mut Words, errors: &mut Errors) {
    setting.no_value(errors);
    match &words.class {
        Some(first) => {
            let text = format!("an operation has one class: keep `{}` or `{}`", first.value.word(), value.word());
            errors.at(&setting.name, text);
        }
        None => words.class = Some(Word { value, span: setting.name.span() }),
    }
}

/// A misspelt word of any kind, or a class that does not exist.
fn unknown(setting: &Setting, name: &str, errors: &mut Errors) {
    let hint = match (nearest(name, &KNOWN), &setting.value) {
        (None, None) => "a class is `safe`, `idempotent`, `keyed` or `unsafe`".to_owned(),
        _ => suggest(name, &KNOWN),
    };
    errors.at(&setting.name, format!("unknown word `{name}`: {hint}"));
}

// === the signature ===

fn plain_method(function: &TraitItemFn, errors: &mut Errors) {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        errors.at(signature.fn_token, "every operation waits for an answer: write `async fn`");
    }
    if !signature.generics.params.is_empty() {
        let text = "an operation has no generics, so that `Arc<dyn …>` can hold its API: name the types";
        errors.at(&signature.generics, text);
    }
    if let Some(body) = &function.default {
        errors.at(body, "an operation has no body of its own, or a forgotten one would go unnoticed: write `;`");
    }
    for attribute in function.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")) {
        errors.at(attribute, "an API is the same in every build: put `#[cfg]` on a trait of its own");
    }
    match signature.inputs.first() {
        Some(FnArg::Receiver(receiver)) => {
            let shared = matches!(&receiver.kind, ReceiverKind::Reference(_, None, None));
            if !shared {
                errors.at(receiver, "clients are shared: write `&self`");
            }
        }
        _ => errors.at(&signature.ident, "an operation is called on a client: write `&self` as its first argument"),
    }
}

/// The return type, whole and unwrapped.
fn answer(signature: &Signature, errors: &mut Errors) -> Option<(Type, Type)> {
    let ReturnType::Type(_, result) = &signature.output else {
        errors.at(&signature.ident, "every call can fail: write `-> Result<()>` or `-> Result<T>`");
        return None;
    };
    let payload = unwrap(result, "Result");
    if payload.is_none() {
        errors.at(result, "every call can fail, with the one error of this crate: write `-> Result<T>`");
    }
    Some(((**result).clone(), payload?.clone()))
}

/// `T` of `Wrapper<T>`, whatever path leads to the wrapper.
pub(crate) fn unwrap<'a>(ty: &'a Type, wrapper: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|segment| segment.ident == wrapper)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match (arguments.args.first(), arguments.args.len()) {
        (Some(GenericArgument::Type(inner)), 1) => Some(inner),
        _ => None,
    }
}

/// The first sentence of a documentation.
pub(super) fn summary(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(doc_line).map(|line| line.trim().to_owned());
    let paragraph: Vec<String> = lines.skip_while(String::is_empty).take_while(|line| !line.is_empty()).collect();
    let paragraph = paragraph.join(" ");
    match paragraph.find(". ") {
        Some(end) => paragraph[..=end].to_owned(),
        None => paragraph,
    }
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
