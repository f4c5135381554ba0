//! An operation and the one that carries several calls of it must fit each other.

use quote::ToTokens;
use syn::Type;

use crate::{
    errors::{Errors, suggest},
    model::{Api, Arg, Class, Operation, Place, Verb},
    parse::operation::unwrap,
};

/// Applies the rules to an operation with the word `batch`.
pub(super) fn check(api: &Api, operation: &Operation, errors: &mut Errors) {
    let Some(name) = &operation.words.batch else { return };
    let fits = single(operation).and_then(|()| carrier(operation, named(api, &name.value())?));
    if let Err(mistake) = fits {
        errors.at(name, mistake);
    }
}

fn named<'a>(api: &'a Api, name: &str) -> Result<&'a Operation, String> {
    api.operations.iter().find(|operation| operation.name() == name).ok_or_else(|| {
        let methods: Vec<String> = api.operations.iter().map(Operation::name).collect();
        let methods: Vec<&str> = methods.iter().map(String::as_str).collect();
        format!("no method `{name}` in this trait: {}", suggest(name, &methods))
    })
}

/// Whether calls of this operation can travel together.
fn single(operation: &Operation) -> Result<(), String> {
    if operation.words.money.is_some() {
        return mistake("money travels alone, so that every amount has an outcome of its own: remove `batch`");
    }
    if operation.class() == Class::Keyed {
        return mistake(
            "a key names one effect and a batch has many: remove `batch`, or declare `unsafe` or `idempotent` and give \
             the body an id of its own",
        );
    }
    if only_body(operation).is_none() {
        return mistake(
            "a batch is a list of bodies and nothing else: give the operation a #[body] as its only argument, or \
             remove `batch`",
        );
    }
    Ok(())
}

/// Whether `many` can carry calls of `one`.
fn carrier(one: &Operation, many: &Operation) -> Result<(), String> {
    let name = many.name();
    let (body, list) = (only_body(one), only_body(many).and_then(|body| unwrap(body, "Vec")));
    if many.verb != Verb::Post || list.is_none() || list != body {
        let body = text(body);
        return mistake(format!(
            "`{name}` must carry a list of these bodies: make it a POST whose only argument is `Vec<{body}>`"
        ));
    }
    if many.words.money.is_some() || many.class() != one.class() {
        let class = one.class().word();
        return mistake(format!("what holds for one holds for all: declare `{name}` as `{class}`, without `money`"));
    }
    if many.words.batch.is_some() {
        return mistake(format!("`{name}` travels in batches itself: remove its `batch`"));
    }
    let none = one.answers_nothing() && many.answers_nothing();
    if !none && unwrap(&many.answer, "Vec") != Some(&one.answer) {
        let answer = if one.answers_nothing() { "()".to_owned() } else { format!("Vec<{}>", text(&one.answer)) };
        return mistake(format!("each call needs its own answer: make `{name}` answer `Result<{answer}>`"));
    }
    Ok(())
}

fn mistake(text: impl Into<String>) -> Result<(), String> {
    Err(text.into())
}

/// The type of the body, where that is all an operation takes.
fn only_body(operation: &Operation) -> Option<&Type> {
    match operation.args.as_slice() {
        [Arg { place: Place::Body, shape, .. }] => shape.owned(),
        _ => None,
    }
}

/// A type as a person would write it.
fn text(ty: impl ToTokens) -> String {
    ty.to_token_stream().to_string().replace(" :: ", "::").replace(" <", "<").replace("< ", "<").replace(" >", ">")
}
