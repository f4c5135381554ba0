//! `#[query("page")] page: Option<u32>` → [`Arg`], and the place of arguments that do not say theirs.

use syn::{Attribute, Ident, LitStr, Meta, Pat, PatType, Type, ext::IdentExt};

use super::{operation::unwrap, words::one_text};
use crate::{
    errors::{Errors, suggest},
    model::{Arg, Place, Shape, Template, Verb},
};

const KNOWN: [&str; 6] = ["path", "query", "header", "body", "form", "raw"];

/// Reads the arguments behind `&self`; nothing when one of them has no name or place to speak of.
pub(crate) fn arguments<'a>(
    inputs: impl Iterator<Item = &'a PatType>,
    verb: Verb,
    path: &Template,
    errors: &mut Errors,
) -> Option<Vec<Arg>> {
    let read: Vec<Option<Arg>> = inputs.map(|input| argument(input, path, errors)).collect();
    let mut args = read.into_iter().collect::<Option<Vec<Arg>>>()?;
    infer(&mut args, verb);
    Some(args)
}

fn argument(input: &PatType, path: &Template, errors: &mut Errors) -> Option<Arg> {
    let name = plain_name(&input.pat, errors);
    let shape = shape(&input.ty, errors);
    let place = match input.attrs.as_slice() {
        [] => Some(Place::Unknown),
        [attribute, more @ ..] => {
            for second in more {
                errors.at(second, "an argument travels in one place: keep one attribute");
            }
            place(attribute, name, &input.ty, errors)
        }
    };
    let (name, shape, mut place) = (name?, shape?, place?);
    if matches!(place, Place::Unknown) && path.parameters().any(|parameter| name == parameter) {
        place = Place::Path;
    }
    Some(Arg { name: name.clone(), ty: (*input.ty).clone(), shape, place })
}

fn plain_name<'a>(pattern: &'a Pat, errors: &mut Errors) -> Option<&'a Ident> {
    match pattern {
        Pat::Ident(name) if name.by_ref.is_none() && name.mutability.is_none() && name.subpat.is_none() => {
            Some(&name.ident)
        }
        other => {
            errors.at(other, "the name of an argument goes over the wire: write a plain name instead of a pattern");
            None
        }
    }
}

/// How an argument of this type is handed over.
fn shape(ty: &Type, errors: &mut Errors) -> Option<Shape> {
    match ty {
        Type::Reference(reference) if reference.mutability.is_some() => {
            errors.at(ty, "an argument is sent, never changed: write `&` without `mut`");
            None
        }
        Type::ImplTrait(_) => {
            errors.at(ty, "an operation has no generics, so that `Arc<dyn …>` can hold its API: name the type");
            None
        }
        Type::Reference(reference) if is_str(&reference.elem) => Some(Shape::Str),
        Type::Reference(reference) => Some(Shape::Reference((*reference.elem).clone())),
        _ => match unwrap(ty, "Option") {
            Some(Type::Reference(reference)) if is_str(&reference.elem) => Some(Shape::OptionalStr),
            Some(Type::Reference(reference)) => Some(Shape::OptionalReference((*reference.elem).clone())),
            Some(inner) => Some(Shape::Optional(inner.clone())),
            None => Some(Shape::Value(ty.clone())),
        },
    }
}

fn is_str(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("str"))
}

/// What the argument's attribute says.
fn place(attribute: &Attribute, name: Option<&Ident>, ty: &Type, errors: &mut Errors) -> Option<Place> {
    let word = attribute.path().get_ident().map(ToString::to_string).unwrap_or_default();
    match word.as_str() {
        "path" | "body" | "form" if !matches!(attribute.meta, Meta::Path(_)) => {
            errors.at(attribute, format!("`#[{word}]` takes nothing: remove the parentheses"));
            None
        }
        "path" => Some(Place::Path),
        "body" => Some(Place::Body),
        "form" => Some(Place::Form),
        "query" => {
            let renamed = errors.keep(one_text(attribute))?;
            query(renamed, name?, ty, errors)
        }
        "header" => {
            let name = errors.keep(one_text(attribute))?;
            if name.is_none() {
                errors.at(attribute, "which header? write `#[header(\"x-signature\")]`");
            }
            name.map(Place::Header)
        }
        "raw" if matches!(attribute.meta, Meta::Path(_)) => Some(Place::Raw(None)),
        "raw" => errors.keep(attribute.parse_args()).map(|documented| Place::Raw(Some(Box::new(documented)))),
        _ => {
            let hint = suggest(&word, &KNOWN);
            errors.at(attribute.path(), format!("unknown place: {hint}"));
            None
        }
    }
}

/// A scalar, or the fields of a struct: a reference that was given no name of its own is a struct.
fn query(renamed: Option<LitStr>, name: &Ident, ty: &Type, errors: &mut Errors) -> Option<Place> {
    let is_struct = |ty: &Type| matches!(ty, Type::Reference(reference) if !is_str(&reference.elem));
    match renamed {
        Some(name) => Some(Place::Query(name.value())),
        None if is_struct(ty) => Some(Place::QueryStruct),
        None if unwrap(ty, "Option").is_some_and(is_struct) => {
            let text = "a struct of query fields is always there: remove `Option`, and make its fields optional";
            errors.at(ty, text);
            None
        }
        None => Some(Place::Query(wire_name(name))),
    }
}

fn wire_name(name: &Ident) -> String {
    name.unraw().to_string()
}

/// Gives the arguments without attribute a place where only one is possible: a scalar of GET or DELETE is a query
/// argument, the one remaining argument of the other methods is the body.
fn infer(args: &mut [Arg], verb: Verb) {
    let taken = args.iter().any(Arg::is_body);
    let mut unknown: Vec<&mut Arg> = args.iter_mut().filter(|arg| matches!(arg.place, Place::Unknown)).collect();
    match unknown.as_mut_slice() {
        [one] if verb.has_body() && !taken => one.place = Place::Body,
        scalars if !verb.has_body() => {
            for arg in scalars {
                if !matches!(arg.shape, Shape::Reference(_) | Shape::OptionalReference(_)) {
                    arg.place = Place::Query(wire_name(&arg.name));
                }
            }
        }
        _ => {}
    }
}
