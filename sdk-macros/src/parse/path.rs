//! `"/orders/{order_no}/cancel"` → segments.

use syn::{Ident, LitStr};

use crate::model::{Segment, Template};

/// Reads the template of a route.
pub(crate) fn template(text: LitStr) -> syn::Result<Template> {
    match segments(&text.value()) {
        Ok(segments) => Ok(Template { text, segments }),
        Err(why) => Err(syn::Error::new_spanned(&text, why)),
    }
}

/// Reads the base path of an API: literal segments only, or nothing.
pub(crate) fn base(text: &LitStr) -> syn::Result<String> {
    let value = text.value();
    let wrong = |why: String| Err(syn::Error::new_spanned(text, why));
    match segments(&value) {
        _ if value.is_empty() => Ok(value),
        _ if value == "/" => wrong("a base path of `/` adds nothing: leave `base_path` out".to_owned()),
        _ if value.ends_with('/') => wrong("a base path ends without a slash: the paths begin with one".to_owned()),
        Ok(segments) if segments.iter().any(|segment| matches!(segment, Segment::Parameter(_))) => {
            wrong("a base path is the same for all calls: move `{…}` into the paths of the operations".to_owned())
        }
        Ok(_) => Ok(value),
        Err(why) => wrong(why),
    }
}

fn segments(text: &str) -> Result<Vec<Segment>, String> {
    let Some(rest) = text.strip_prefix('/') else {
        return Err(format!("a path begins with a slash: write \"/{text}\""));
    };
    let mut segments = Vec::new();
    if rest.is_empty() {
        return Ok(segments);
    }
    // A slash at the end is part of the route, as an empty last segment.
    let (rest, ends_with_slash) = rest.strip_suffix('/').map_or((rest, false), |rest| (rest, true));
    for part in rest.split('/') {
        let segment = segment(part)?;
        if let Segment::Parameter(name) = &segment
            && segments.contains(&segment)
        {
            return Err(format!("`{{{name}}}` stands twice in this path: give each parameter a name of its own"));
        }
        segments.push(segment);
    }
    if ends_with_slash {
        segments.push(Segment::Literal(String::new()));
    }
    Ok(segments)
}

fn segment(part: &str) -> Result<Segment, String> {
    if part.is_empty() {
        return Err("two slashes leave an empty segment: remove a slash".to_owned());
    }
    if let Some(name) = part.strip_prefix(':') {
        return Err(format!("`:{name}` is another router's notation: write `{{{name}}}`"));
    }
    if let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        return parameter(name);
    }
    match part.find(|letter: char| !is_plain(letter)) {
        None => Ok(Segment::Literal(part.to_owned())),
        Some(at) if part[at..].starts_with(['{', '}']) => {
            Err(format!("in `{part}` a parameter must be the whole segment: write `/{{name}}/`, with both braces"))
        }
        Some(at) if part[at..].starts_with('?') => {
            Err("a query is no part of a path: declare an argument with #[query]".to_owned())
        }
        Some(_) => Err(format!("`{part}` may hold letters, digits and `-._~!$&'()*+,;=:@` only")),
    }
}

fn parameter(name: &str) -> Result<Segment, String> {
    match syn::parse_str::<Ident>(name) {
        Ok(_) => Ok(Segment::Parameter(name.to_owned())),
        Err(_) if name.is_empty() => Err("`{}` names no parameter: write the argument's name in it".to_owned()),
        Err(_) => Err(format!("`{{{name}}}` must hold the name of an argument, such as `{{order_no}}`")),
    }
}

/// What RFC 3986 lets stand in a segment as it is.
fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@".contains(letter)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn literal(text: &str) -> Segment {
        Segment::Literal(text.to_owned())
    }

    fn named(name: &str) -> Segment {
        Segment::Parameter(name.to_owned())
    }

    #[test]
    fn templates_are_literals_and_parameters() {
        assert_eq!(segments("/").unwrap(), []);
        assert_eq!(segments("/orders").unwrap(), [literal("orders")]);
        assert_eq!(
            segments("/orders/{order_no}/cancel").unwrap(),
            [literal("orders"), named("order_no"), literal("cancel")]
        );
        assert_eq!(segments("/{ip}/json/").unwrap(), [named("ip"), literal("json"), literal("")]);
        assert_eq!(segments("/.well-known/jwks.json").unwrap(), [literal(".well-known"), literal("jwks.json")]);
    }

    #[test]
    fn malformed_templates_say_the_fix() {
        let mistakes = [
            ("orders", "begins with a slash"),
            ("", "begins with a slash"),
            ("/orders//", "remove a slash"),
            ("//", "remove a slash"),
            ("//orders", "remove a slash"),
            ("/orders/:id", "write `{id}`"),
            ("/orders/{}", "names no parameter"),
            ("/orders/{order-no}", "name of an argument"),
            ("/orders/{*rest}", "name of an argument"),
            ("/orders/{id", "both braces"),
            ("/orders/id}", "both braces"),
            ("/orders/x{id}", "whole segment"),
            ("/orders?page=1", "#[query]"),
            ("/or ders", "letters, digits"),
            ("/a/{id}/b/{id}", "twice"),
        ];
        for (text, why) in mistakes {
            let error = segments(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn a_base_path_has_no_parameters() {
        let text = |text: &str| LitStr::new(text, proc_macro2::Span::call_site());
        assert_eq!(base(&text("/api/v1")).unwrap(), "/api/v1");
        assert_eq!(base(&text("")).unwrap(), "");
        for wrong in ["/", "/api/", "api", "/{tenant}"] {
            assert!(base(&text(wrong)).is_err(), "{wrong}");
        }
    }
}
