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
const NAME_VERBS: &[&str] = &[
    "add", "create", "delete", "edit", "fetch", "find", "get", "list", "lookup", "patch", "put", "query", "register",
    "remove", "replace", "save", "search", "set", "submit", "update", "upsert",
];
/// Further verbs that a summary begins with.
const SUMMARY_VERBS: &[&str] = &[
    "activate",
    "answer",
    "apply",
    "approve",
    "assign",
    "book",
    "calculate",
    "cancel",
    "change",
    "check",
    "close",
    "complete",
    "confirm",
    "count",
    "deactivate",
    "disable",
    "enable",
    "execute",
    "export",
    "fail",
    "freeze",
    "generate",
    "import",
    "lock",
    "log",
    "mark",
    "open",
    "pause",
    "pay",
    "post",
    "process",
    "publish",
    "read",
    "record",
    "refund",
    "reject",
    "release",
    "render",
    "report",
    "request",
    "reset",
    "resolve",
    "resume",
    "retry",
    "return",
    "reverse",
    "revoke",
    "rotate",
    "run",
    "send",
    "show",
    "start",
    "stop",
    "store",
    "test",
    "transfer",
    "unfreeze",
    "unlock",
    "upload",
    "validate",
    "verify",
    "void",
    "write",
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
    if ends(&[
        "analytics",
        "statistics",
        "metrics",
        "news",
        "series",
        "settings",
        "ss",
        "us",
        "is",
        "kyc",
        "sms",
        "ops",
    ]) {
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
        [verb, rest @ ..] if !rest.is_empty() && NAME_VERBS.contains(&verb.as_str()) => type_name(&rest.join("_")),
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
    full_stop(&with_article(&spoken(name)))
}

/// `fee config` of `FeeConfig`.
pub(super) fn spoken(name: &str) -> String {
    snake(name).replace('_', " ")
}

/// `a fee config`; what is many or cannot be counted stays as it is.
pub(super) fn with_article(words: &str) -> String {
    let uncounted = ["data", "info", "information", "settings", "sms", "statistics", "metrics", "history", "analytics"];
    let last = words.rsplit(' ').next().unwrap_or_default();
    if uncounted.contains(&last) || singular(last) != last {
        return words.to_owned();
    }
    let sounds_like_you = ["uni", "use", "eu", "one"].iter().any(|start| words.starts_with(start));
    let article = if words.starts_with(['a', 'e', 'i', 'o', 'u']) && !sounds_like_you { "an" } else { "a" };
    format!("{article} {words}")
}

/// The summary of an operation as we write it: `Cancels an order and releases its funds.` of `Cancel an order and
/// release its funds`.
pub(super) fn summary(text: &str) -> String {
    let text = full_stop(text);
    let is_verb = |word: &str| NAME_VERBS.contains(&word) || SUMMARY_VERBS.contains(&word);
    let first = text.split(' ').next().unwrap_or_default().to_lowercase();
    if !is_verb(&first) {
        return text;
    }
    let mut before = "and";
    let words = text.split(' ').map(|word| {
        let spoken = if before == "and" && (is_verb(word) || word.to_lowercase() == first) {
            third_person(word)
        } else {
            word.to_owned()
        };
        before = word;
        spoken
    });
    words.collect::<Vec<_>>().join(" ")
}

fn third_person(verb: &str) -> String {
    let consonant_y = verb.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match consonant_y {
        Some(stem) => format!("{stem}ies"),
        None if ["s", "x", "ch", "sh", "o"].iter().any(|ending| verb.ends_with(ending)) => format!("{verb}es"),
        None => format!("{verb}s"),
    }
}

/// A text with a capital in front, unless it begins with a name from the document.
pub(super) fn capital(text: &str) -> String {
    let first = text.split_whitespace().next().unwrap_or_default();
    let plain = first.chars().skip(1).all(|letter| !letter.is_uppercase() && letter != '_');
    let mut letters = text.chars();
    match letters.next() {
        Some(letter) if plain => letter.to_uppercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

/// A text as a sentence.
pub(super) fn full_stop(text: &str) -> String {
    let text = capital(text.trim());
    if text.is_empty() || text.ends_with(['.', '!', '?', ':']) { text } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What names are made with, and texts with what is to become of them.
    type Table = (fn(&str) -> String, &'static [(&'static str, &'static str)]);

    #[test]
    fn names_are_what_a_colleague_would_write() {
        let tables: [Table; 5] = [
            (
                field,
                &[("type", "kind"), ("orderNo", "order_no"), ("match", "r#match"), ("self", "self_"), ("2fa", "n2fa")],
            ),
            (argument, &[("type", "kind"), ("match", "match_value"), ("require_2fa", "require_2fa")]),
            (without_suffix, &[("CreateOrderRequest", "CreateOrder"), ("LoginRequest", "LoginRequest")]),
            (subject, &[("UpdateMerchantRequest", "Merchant"), ("merchants", "Merchants"), ("list_orders", "Orders")]),
            (body, &[("CreateOrder", "order"), ("UpdateOrder", "update"), ("PayOrder", "request")]),
        ];
        for (name, table) in tables {
            for (text, expected) in table {
                assert_eq!(name(text), *expected, "{text}");
            }
        }
    }

    #[test]
    fn the_last_word_is_put_in_the_singular() {
        let words = [
            ("FeeConfigs", "FeeConfig"),
            ("LoginActivities", "LoginActivity"),
            ("bank-accounts", "bank-account"),
            ("taxes", "tax"),
            ("statuses", "status"),
            ("status", "status"),
            ("analytics", "analytics"),
            ("Security", "Security"),
        ];
        for (many, one) in words {
            assert_eq!(singular(many), one);
        }
    }

    #[test]
    fn summaries_say_what_an_operation_does() {
        let sentences = [
            ("List orders", "Lists orders."),
            ("cancel an order and release its funds", "Cancels an order and releases its funds."),
            ("Apply the order.", "Applies the order."),
            ("Latest rates of one currency", "Latest rates of one currency."),
            ("total_amount of an order", "total_amount of an order."),
        ];
        for (said, written) in sentences {
            assert_eq!(summary(said), written);
        }
    }

    #[test]
    fn items_without_a_word_of_the_document_get_a_sentence() {
        let sentences = [
            ("FeeConfig", "A fee config."),
            ("Account", "An account."),
            ("User", "A user."),
            ("MessageData", "Message data."),
        ];
        for (name, written) in sentences {
            assert_eq!(sentence(name), written);
        }
    }
}
