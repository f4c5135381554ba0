//! The rules of `status = "…"`: the operation named there must be able to answer for the effect of this one.

use syn::LitStr;

use crate::{
    errors::{Errors, suggest},
    model::{Api, Class, Operation, Place},
};

/// The argument that is filled with the idempotency key.
const KEY_ARGUMENT: &str = "idempotency_key";

pub(super) fn check(api: &Api, errors: &mut Errors) {
    for operation in &api.operations {
        let Some(name) = &operation.words.status else { continue };
        if operation.class() == Class::Safe {
            errors.at(name, "a safe operation has no effect to ask for: remove `status`");
            continue;
        }
        match api.status(operation) {
            Some(query) => answers(operation, query, name, errors),
            None => {
                let safe = api.operations.iter().filter(|other| other.class() == Class::Safe).map(Operation::name);
                let safe: Vec<String> = safe.collect();
                let hint = match safe.iter().map(String::as_str).collect::<Vec<_>>() {
                    none if none.is_empty() => "declare a safe one that answers for the effect".to_owned(),
                    known => suggest(&name.value(), &known),
                };
                errors.at(name, format!("this API has no operation `{}`: {hint}", name.value()));
            }
        }
    }
}

/// Whether `query` can be called with nothing but what the call of `operation` says.
fn answers(operation: &Operation, query: &Operation, name: &LitStr, errors: &mut Errors) {
    let asked = &query.name;
    if query.class() != Class::Safe {
        errors.at(name, format!("asking must change nothing, and `{asked}` is not safe: name a safe operation"));
        return;
    }
    let plain = |place: &Place| matches!(place, Place::Path | Place::Query(_));
    if let Some(arg) = query.args.iter().find(|arg| !plain(&arg.place)) {
        let text = format!(
            "`{}` of `{asked}` cannot be found by name: a status query takes only path and single query arguments",
            arg.name
        );
        errors.at(name, text);
        return;
    }
    let wanted: Vec<&str> = query.path.parameters().chain(query.required_query()).collect();
    if wanted.is_empty() {
        errors.at(name, format!("`{asked}` has no argument that names the effect: give it a required one"));
    }
    let has_body = operation.bodies().next().is_some();
    for argument in wanted {
        let from_path = operation.path.parameters().any(|parameter| parameter == argument);
        let from_key = argument == KEY_ARGUMENT && operation.class() == Class::Keyed;
        if !has_body && !from_path && !from_key {
            let text = format!(
                "nothing gives `{argument}` of `{asked}`: `{}` has no such path argument and no body",
                operation.name
            );
            errors.at(name, text);
        }
    }
}
