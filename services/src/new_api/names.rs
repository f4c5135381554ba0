//! Names of Rust from names of a document, and sentences from names.

use heck::{ToLowerCamelCase, ToSnakeCase, ToUpperCamelCase};

/// Keywords that cannot even be raw identifiers.
const NEVER: &[&str] = &["self", "super", "crate", "_", "Self"];
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "unsafe", "use",
    "type", "typeof", "virtual", "where", "while",
];
/// Names that clients have for something else.
const TAKEN: &[&str] = &[
    "base",
    "builder",
    "calls",
    "clone",
    "connect",
    "from_base",
    "from_env",
    "inner",
    "new",
    "operations",
    "scope",
    "service",
    "with",
];
/// Verbs that a name begins with when it says what is done, not what it is done to.
const VERBS: &[&str] = &[
    "add",
    "answer",
    "apply",
    "batch",
    "calculate",
    "check",
    "create",
    "delete",
    "fetch",
    "find",
    "get",
    "list",
    "lookup",
    "make",
    "new",
    "patch",
    "post",
    "put",
    "query",
    "register",
    "remove",
    "save",
    "search",
    "send",
    "set",
    "show",
    "submit",
    "update",
];

/// `FeeConfig` of `fee-config`.
pub(super) fn type_name(text: &str) -> String {
    let name = text.to_upper_camel_case();
    match name.chars().next() {
        Some(first) if first.is_alphabetic() => name,
        _ => format!("N{name}"),
    }
}

/// `fee_config` of `feeConfig`; never a keyword.
pub(super) fn snake(text: &str) -> String {
    let name = text.to_snake_case();
    match name.chars().next() {
        Some(first) if first.is_alphabetic() => name,
        _ => format!("n{name}"),
    }
}

/// Name of a field or argument: `kind` for `type`, a raw identifier for other keywords.
pub(super) fn field(wire: &str) -> String {
    match snake(wire) {
        name if name == "type" => "kind".to_owned(),
        name if NEVER.contains(&name.as_str()) => format!("{name}_"),
        name if is_keyword(&name) => format!("r#{name}"),
        name => name,
    }
}

/// Name of an argument: as a field's, but plain, because a path must hold it.
pub(super) fn argument(wire: &str) -> String {
    match field(wire).strip_prefix("r#") {
        Some(keyword) => format!("{keyword}_value"),
        None => field(wire),
    }
}

/// Name of a method: what a client already means by it, gets its resource behind it.
pub(super) fn method(operation: &str, resource: &str) -> String {
    let name = snake(operation);
    if TAKEN.contains(&name.as_str()) || is_keyword(&name) || NEVER.contains(&name.as_str()) {
        return format!("{name}_{}", snake(resource));
    }
    name
}

/// Name of a file.
pub(super) fn file(tag: &str) -> String {
    let name = snake(tag);
    if is_keyword(&name) || NEVER.contains(&name.as_str()) { format!("{name}_api") } else { name }
}

fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name)
}

/// `orderNo` of `order_no`.
pub(super) fn camel(name: &str) -> String {
    name.to_lower_camel_case()
}

/// The last word in the singular: `FeeConfig` of `FeeConfigs`, `LoginActivity` of `LoginActivities`.
pub(super) fn singular(text: &str) -> String {
    let lower = text.to_lowercase();
    let cut = |suffix: &str, ending: &str| format!("{}{ending}", &text[..text.len() - suffix.len()]);
    let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| lower.ends_with(suffix));
    if ends(&["analytics", "statistics", "metrics", "news", "series", "ss", "us", "is", "kyc", "sms", "ops"]) {
        text.to_owned()
    } else if ends(&["ies"]) {
        cut("ies", "y")
    } else if ends(&["sses", "xes", "ches", "shes", "uses"]) {
        cut("es", "")
    } else if ends(&["s"]) {
        cut("s", "")
    } else {
        text.to_owned()
    }
}

/// `Merchant` of `UpdateMerchant`, `CreateMerchantRequest` and `merchants`: what a thing is about.
pub(super) fn subject(name: &str) -> String {
    let plain = without_suffix(name);
    let words: Vec<String> = snake(&plain).split('_').map(str::to_owned).collect();
    match &words[..] {
        [verb, rest @ ..] if !rest.is_empty() && VERBS.contains(&verb.as_str()) => type_name(&rest.join("_")),
        _ => type_name(&plain),
    }
}

/// `CreateOrder` of `CreateOrderRequest`.
pub(super) fn without_suffix(name: &str) -> String {
    let suffixes = ["Request", "Input", "Req", "Dto", "Body", "Payload"];
    let name = type_name(name);
    match suffixes.iter().find_map(|suffix| name.strip_suffix(suffix)) {
        Some(stem) if snake(stem).contains('_') => stem.to_owned(),
        _ => name,
    }
}

/// Name of the body's argument: what is created, else what it is.
pub(super) fn body(ty: &str) -> String {
    let name = snake(ty);
    match name.split_once('_') {
        Some(("create" | "add" | "register" | "new", rest)) => argument(rest),
        Some(("update" | "patch", _)) => "update".to_owned(),
        _ => "request".to_owned(),
    }
}

/// `A fee config.` of `FeeConfig`.
pub(super) fn sentence(name: &str) -> String {
    let words = snake(name).replace('_', " ");
    let article = if words.starts_with(['a', 'e', 'i', 'o', 'u']) { "An" } else { "A" };
    match words.ends_with('s') && !words.ends_with("ss") && !words.ends_with("us") {
        true => capital(&format!("{words}.")),
        false => format!("{article} {words}."),
    }
}

/// A text with a capital in front.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A text as a sentence.
pub(super) fn full_stop(text: &str) -> String {
    let text = capital(text.trim());
    if text.is_empty() || text.ends_with(['.', '!', '?', ':']) { text } else { format!("{text}.") }
}
