//! The rules that a readable declaration must keep. Each function is one rule, or a few about one thing; every mistake
//! is gathered and points at the word that makes it.

mod batch;
mod status;

use std::collections::HashMap;

use syn::{LitStr, Type};

use crate::{
    errors::{Errors, list},
    model::{Api, Arg, Class, Operation, Place, Template, Verb, Words},
};

/// Names that a client, a handle or the module of the API already uses for something else.
const TAKEN: &[&str] = &[
    "base",
    "builder",
    "calls",
    "clone",
    "connect",
    "declaration",
    "from_base",
    "from_env",
    "inner",
    "new",
    "operations",
    "scope",
    "service",
    "with",
];

/// Applies every rule to every operation.
pub(crate) fn check(api: &Api, errors: &mut Errors) {
    for operation in &api.operations {
        name(operation, errors);
        class(operation, errors);
        money(operation, errors);
        long_poll(operation, errors);
        elsewhere(operation, errors);
        cache(operation, errors);
        batch::check(api, operation, errors);
        timeouts(operation, errors);
        path_arguments(operation, errors);
        body(operation, errors);
        for arg in &operation.args {
            argument(arg, operation.verb, errors);
        }
    }
    status::check(api, errors);
    routes(api, errors);
}

// === the words ===

fn name(operation: &Operation, errors: &mut Errors) {
    if TAKEN.contains(&operation.name().as_str()) {
        let text = format!("`{}` already means something else on clients or beside them: rename it", operation.name);
        errors.at(&operation.name, text);
    }
}

/// The class must not contradict what HTTP says about the method.
fn class(operation: &Operation, errors: &mut Errors) {
    let Some(word) = &operation.words.class else { return };
    let verb = operation.verb;
    match (word.value, verb) {
        (Class::Keyed, Verb::Get) => {
            errors.at_span(word.span, "a GET only reads and needs no key: remove `keyed`");
        }
        (Class::Keyed, Verb::Put | Verb::Delete) => {
            errors.at_span(word.span, format!("a {verb} may be repeated without a key: remove `keyed`"));
        }
        (Class::Safe, Verb::Put | Verb::Patch | Verb::Delete) => {
            errors.at_span(word.span, format!("a {verb} changes something, so it is not `safe`: remove `safe`"));
        }
        _ => {}
    }
}

fn money(operation: &Operation, errors: &mut Errors) {
    if let Some(span) = operation.words.money
        && operation.class() == Class::Safe
    {
        errors.at_span(span, "`money` marks an effect, and a safe operation has none: remove `money` or name a class");
    }
}

/// Whoever changes something wants to know soon whether it has changed.
fn long_poll(operation: &Operation, errors: &mut Errors) {
    if let Some(span) = operation.words.long_poll
        && operation.class() != Class::Safe
    {
        errors.at_span(span, "only a question may wait until something happens: remove `long_poll`, or declare `safe`");
    }
}

/// What is no business of a declaration: it says what an operation is, not how patient its callers are.
fn elsewhere(operation: &Operation, errors: &mut Errors) {
    for word in &operation.words.elsewhere {
        let text = match word.to_string().as_str() {
            "retries" if operation.class() == Class::Unsafe => {
                "an unsafe operation is never retried, twice would be twice: remove `retries`, or declare `keyed` if \
                 the server honours idempotency keys"
            }
            "retries" => {
                "how often is asked again is up to the tier (`TierSettings::max_attempts`) and to each call \
                 (`CallOptions::max_attempts`): remove `retries`"
            }
            "hedge" => "hedging is up to the tier (`TierSettings::hedge`): remove `hedge`",
            _ if operation.words.money.is_some() => {
                "an answer about money comes from its server or not at all: remove `fallback`"
            }
            _ => "a fallback is code of the caller's: remove it here, and give `.fallback(…)` to the client's builder",
        };
        errors.at(word, text);
    }
}

/// Only reads can be answered by something that was answered before.
fn cache(operation: &Operation, errors: &mut Errors) {
    let Words { cache, stale_if_error, money, .. } = &operation.words;
    match (cache, stale_if_error) {
        (Some(cache), _) if money.is_some() => {
            let text = "an answer about money comes from its server or not at all: remove `cache`";
            errors.at_span(cache.span, text);
        }
        (Some(cache), _) if operation.class() != Class::Safe => {
            let class = operation.class().word();
            let text = format!("a kept answer changes nothing, and an operation that is {class} does: remove `cache`");
            errors.at_span(cache.span, text);
        }
        (None, Some(stale)) => {
            errors.at_span(stale.span, "no answer is kept that could be stale: add `cache = \"5s\"`, or remove this");
        }
        _ => {}
    }
}

fn timeouts(operation: &Operation, errors: &mut Errors) {
    if let (Some(whole), Some(attempt)) = (&operation.words.timeout, &operation.words.attempt_timeout)
        && attempt.value > whole.value
    {
        let text =
            format!("an attempt cannot outlast its call of {:?}: shorten this, or lengthen `timeout`", whole.value);
        errors.at_span(attempt.span, text);
    }
}

// === the arguments ===

/// Template and arguments must name the same parameters.
fn path_arguments(operation: &Operation, errors: &mut Errors) {
    let in_path = |arg: &&Arg| matches!(arg.place, Place::Path);
    for parameter in operation.path.parameters() {
        if !operation.args.iter().filter(in_path).any(|arg| arg.name() == parameter) {
            let text = format!("no argument gives `{{{parameter}}}`: add `{parameter}: …` to `{}`", operation.name);
            errors.at(&operation.path.text, text);
        }
    }
    for arg in operation.args.iter().filter(in_path) {
        if !operation.path.parameters().any(|parameter| parameter == arg.name()) {
            let path = operation.path.text.value();
            let text = format!("`{path}` has no `{{{}}}`: add it to the path or drop #[path]", arg.name());
            errors.at(&arg.name, text);
        }
    }
}

fn body(operation: &Operation, errors: &mut Errors) {
    let mut bodies = operation.bodies();
    let Some(first) = bodies.next() else { return };
    if !operation.verb.has_body() {
        let text = format!("a {} has no body: send `{}` as #[query], or use POST", operation.verb, first.name);
        errors.at(&first.name, text);
    }
    for second in bodies {
        let text = format!("a request has one body, and `{}` is it already: join both in one type", first.name);
        errors.at(&second.name, text);
    }
}

fn argument(arg: &Arg, verb: Verb, errors: &mut Errors) {
    match &arg.place {
        Place::Unknown if verb.has_body() => {
            let text = format!(
                "where does `{}` travel? several could be the body: write #[body], #[query] or #[header(..)]",
                arg.name
            );
            errors.at(&arg.name, text);
        }
        Place::Unknown => {
            let text = format!(
                "where does `{}` travel? write #[query] if it is a struct of query fields, or pass it by value",
                arg.name
            );
            errors.at(&arg.name, text);
        }
        Place::Path if arg.shape.is_optional() => {
            errors.at(&arg.ty, "a path without this segment is another route: remove `Option`");
        }
        Place::Body | Place::Form if arg.shape.is_optional() => {
            errors.at(&arg.ty, "the body is always sent: remove `Option`, and make fields of its type optional");
        }
        Place::Raw(_) if !is_bytes(&arg.ty) => {
            errors.at(&arg.ty, "raw bytes have the type `Bytes`, which attempts share without copying: write `Bytes`");
        }
        Place::Header(name) => header(name, errors),
        Place::Query(name) if name.is_empty() => {
            errors.at(&arg.name, "the name of a query argument is empty: write one");
        }
        _ => {}
    }
}

fn is_bytes(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|segment| segment.ident == "Bytes"))
}

fn header(name: &LitStr, errors: &mut Errors) {
    let text = name.value();
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        errors.at(name, format!("header names are lower case here: write \"{}\"", text.to_ascii_lowercase()));
    } else if text.is_empty() || !text.bytes().all(plain) {
        errors.at(name, format!("`{text}` is no name of a header: use small letters, digits and hyphens"));
    }
}

// === the routes ===

/// Two operations never share a route, and routes of the same shape name their parameters alike, because a router
/// cannot tell them apart.
fn routes(api: &Api, errors: &mut Errors) {
    let mut shapes: HashMap<String, Vec<&Operation>> = HashMap::new();
    for operation in &api.operations {
        let same_shape = shapes.entry(operation.path.shape()).or_default();
        if let Some(first) = same_shape.iter().find(|other| other.verb == operation.verb) {
            let text = format!(
                "{} {} is `{}` already: change one of the two routes",
                operation.verb,
                operation.path.text.value(),
                first.name
            );
            errors.at(&operation.path.text, text);
        } else if let Some(first) = same_shape.first().filter(|first| !alike(&first.path, &operation.path)) {
            let names: Vec<&str> = first.path.parameters().collect();
            let text =
                format!("`{}` calls the parameters of this path {}: use the same names", first.name, list(&names));
            errors.at(&operation.path.text, text);
        }
        same_shape.push(operation);
    }
}

fn alike(a: &Template, b: &Template) -> bool {
    a.segments == b.segments
}
