//! Parameters and bodies → arguments of a method.

use std::collections::BTreeSet;

use payment_clients::contract::{error::Result, headers};

use super::{answer::is_json, route, route::Route};
use crate::new_api::{
    document::Node,
    model::{Argument, Field, Item, Place, Struct, Type},
    names,
    types::{Context, Types},
};

/// The arguments of an operation.
pub(super) struct Taken {
    pub(super) arguments: Vec<Argument>,
    /// It takes an idempotency key.
    pub(super) keyed: bool,
}

/// More query arguments than this are a struct: a call with four `None` in it cannot be read.
const MOST_QUERY_ARGUMENTS: usize = 3;

/// Reads the arguments; nothing when the operation cannot be called without what cannot be said.
pub(super) fn read<'a>(types: &mut Types<'a>, route: &Route<'a>, subject: &str, path: &str) -> Result<Option<Taken>> {
    let mut arguments = path_arguments(types, route, subject, path)?;
    let mut keyed = false;
    let mut query = Vec::new();
    for parameter in &route.parameters {
        let wire = parameter.text("name").unwrap_or_default();
        match parameter.text("in").unwrap_or_default() {
            "path" => {}
            "query" => query.extend(scalar(types, parameter, subject, Place::Query)?),
            "header" if wire.eq_ignore_ascii_case("idempotency-key") => keyed = true,
            "header" if is_written_anyway(wire) => {}
            "header" => {
                arguments.extend(scalar(types, parameter, subject, Place::Header)?.map(|(argument, _)| argument));
            }
            place => {
                let what = format!("`{wire}` travels as {place}, where no argument travels");
                types.notes.add(
                    &parameter.at,
                    &what,
                    "give the builder of the client a layer that writes it, or leave it out",
                );
            }
        }
    }
    if query.len() > MOST_QUERY_ARGUMENTS {
        arguments.push(filter(types, route, query));
    } else {
        arguments.extend(query.into_iter().map(|(argument, _)| argument));
    }
    let Some(body) = body(types, route, subject)? else { return Ok(None) };
    arguments.extend(body);
    distinct(&mut arguments);
    Ok(Some(Taken { arguments, keyed }))
}

/// Headers that the SDK or its transport writes.
fn is_written_anyway(header: &str) -> bool {
    let ours = [
        headers::REQUEST_ID,
        headers::TRACEPARENT,
        headers::TRACESTATE,
        headers::BAGGAGE,
        headers::DEADLINE_MS,
        headers::ATTEMPT,
        headers::CRITICALITY,
        headers::RETRY_BUDGET,
        http::header::AUTHORIZATION,
        http::header::ACCEPT,
        http::header::CONTENT_TYPE,
        http::header::CONTENT_LENGTH,
        http::header::HOST,
        http::header::USER_AGENT,
    ];
    ours.iter().any(|name| name.as_str().eq_ignore_ascii_case(header))
}

/// The parameters of the path, in its order; one that the document does not describe is a text.
fn path_arguments<'a>(types: &mut Types<'a>, route: &Route<'a>, subject: &str, path: &str) -> Result<Vec<Argument>> {
    let mut arguments = Vec::new();
    for name in route::parameters(path) {
        let mut described = route.parameters.iter().filter(|parameter| parameter.text("in") == Some("path"));
        let described =
            described.find(|parameter| parameter.text("name").map(names::argument).as_deref() == Some(name));
        let argument = match described {
            Some(parameter) => scalar(types, parameter, subject, Place::Path)?.map(|(argument, _)| argument),
            None => None,
        };
        let text = || Argument { name: name.to_owned(), wire: name.to_owned(), place: Place::Path, ty: Type::Text };
        arguments.push(argument.unwrap_or_else(text));
    }
    Ok(arguments)
}

/// A parameter that is one scalar, and what is said of it; nothing, and a note, for any other.
fn scalar<'a>(
    types: &mut Types<'a>,
    parameter: &Node<'a>,
    subject: &str,
    place: Place,
) -> Result<Option<(Argument, String)>> {
    let wire = parameter.text("name").ok_or_else(|| parameter.wrong("a parameter has a `name`: add it"))?;
    let said = parameter.text("description").unwrap_or_default();
    let ty = match parameter.child("schema") {
        Some(schema) => types.read(&schema, &Context { said: said.to_owned(), ..Context::field(subject, wire) })?,
        None => Type::Text,
    };
    let ty = match ty {
        Type::Optional(ty) => *ty,
        // What stands in an address is written out there.
        Type::Secret => Type::Text,
        ty => ty,
    };
    if !ty.is_scalar(&types.items) {
        let (becomes, remedy) = match place {
            Place::Path => ("becomes a text", "nothing to do, where its text is plain"),
            _ => ("is left out", "ask for one text, such as words joined by commas, or send it in a body"),
        };
        types.notes.add(&parameter.at, &format!("the parameter `{wire}` is no scalar and {becomes}"), remedy);
        return Ok(None);
    }
    let required = place == Place::Path || parameter.is("required");
    let ty = if required { ty } else { ty.optional() };
    let wire = if place == Place::Header { wire.to_ascii_lowercase() } else { wire.to_owned() };
    let plain = wire.strip_prefix("x-").filter(|_| place == Place::Header).unwrap_or(&wire);
    Ok(Some((Argument { name: names::argument(plain), wire, place, ty }, names::full_stop(said))))
}

/// Many query arguments as one struct.
fn filter(types: &mut Types<'_>, route: &Route<'_>, query: Vec<(Argument, String)>) -> Argument {
    let id = route.id();
    let listed = names::subject(&id);
    let name = format!("{}Filter", names::singular(&listed));
    let name = match types.items.contains_key(&name) {
        true => format!("{}Filter", names::type_name(&id)),
        false => name,
    };
    let name = types.unnamed(&name);
    let fields = query.into_iter().map(|(argument, doc)| {
        let required = !matches!(argument.ty, Type::Optional(_));
        Field::new(&argument.wire, doc, argument.ty, required)
    });
    let doc = match names::snake(&id).split('_').next() {
        Some("list" | "query" | "search" | "find") => {
            format!("Which {} to list; absent fields do not restrict.", names::spoken(&listed))
        }
        _ => format!("Which {} are wanted; absent fields do not restrict.", names::spoken(&listed)),
    };
    let mut item = Struct { doc, fields: fields.collect(), query: true, ..Struct::default() };
    item.settle_case();
    types.items.insert(name.clone(), Item::Struct(item));
    Argument { name: "filter".to_owned(), wire: String::new(), place: Place::Filter, ty: Type::Named(name) }
}

/// The body: `Some(None)` where there is none, `None` where an operation cannot be called as it must be.
fn body<'a>(types: &mut Types<'a>, route: &Route<'a>, subject: &str) -> Result<Option<Option<Argument>>> {
    let Some(body) = route.node.child("requestBody") else { return Ok(Some(None)) };
    let body = body.target()?;
    let bodies = body.entries("content");
    let json = bodies.iter().find(|(kind, _)| is_json(kind)).and_then(|(_, body)| body.child("schema"));
    let leave_out = |what: &str, remedy: &str, types: &mut Types<'a>| {
        types.notes.add(&route.node.at, &format!("left out: {what}"), remedy);
        Ok(None)
    };
    if matches!(route.verb, "get" | "delete") {
        let what = format!("a {} has a body", route.verb.to_uppercase());
        return leave_out(&what, "ask for a POST, or for arguments in the query", types);
    }
    let Some(schema) = json else {
        let kinds: Vec<&str> = bodies.iter().map(|(kind, _)| *kind).collect();
        let what = format!("its body is {}, and a client sends JSON", kinds.join(", "));
        return leave_out(&what, "ask for JSON, or take raw bytes by hand with `#[raw]`", types);
    };
    let operation = names::method(&route.id(), subject);
    let ty = match types.read(&schema, &Context::whole(&names::type_name(&operation)))? {
        Type::Optional(ty) => *ty,
        ty => ty,
    };
    let argument = match &ty {
        Type::Named(name) => names::body(name),
        Type::List(ty) => match ty.innermost() {
            Type::Named(name) => format!("{}s", names::body(name)),
            _ => "list".to_owned(),
        },
        _ => "body".to_owned(),
    };
    if let Type::Named(name) = &ty {
        types.describe_body(name, &operation);
    }
    if !body.is("required") {
        types.notes.add(
            &body.at,
            "the body may be missing, and a client always sends one",
            "nothing to do, where `{}` is as good",
        );
    }
    Ok(Some(Some(Argument { wire: argument.clone(), name: argument, place: Place::Body, ty })))
}

/// Arguments whose names became the same get the place they travel in behind their name.
fn distinct(arguments: &mut [Argument]) {
    let mut seen = BTreeSet::new();
    for argument in arguments {
        let place = match argument.place {
            Place::Path => "path",
            Place::Query | Place::Filter => "query",
            Place::Header => "header",
            Place::Body => "body",
        };
        while !seen.insert(argument.name.clone()) {
            argument.name = format!("{}_{place}", argument.name);
        }
    }
}
