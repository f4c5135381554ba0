//! Texts: words, ids, times, currencies, and those that are only text.

use payment_clients::{
    apis::words::{Channel, OperatorType},
    contract::error::Result,
};
use serde_json::Value;

use super::{Context, Types};
use crate::new_api::{
    document::Node,
    model::{Id, Item, Type, Words},
    names,
};

/// The ids that the SDK keeps for all APIs, and whether they are UUIDs.
pub(in crate::new_api) const KNOWN_IDS: [(&str, bool); 7] = [
    ("ChannelRefundNo", false),
    ("ChannelTradeNo", false),
    ("MerchantId", true),
    ("MerchantOrderNo", false),
    ("OperatorId", true),
    ("PaymentNo", false),
    ("RefundNo", false),
];

/// The words that the SDK keeps for all APIs.
pub(in crate::new_api) const KNOWN_WORDS: [(&str, &[&str]); 2] =
    [("Channel", Channel::KNOWN), ("OperatorType", OperatorType::KNOWN)];

/// Words that say nothing without the thing that they are said of.
const VAGUE: [&str; 14] = [
    "action",
    "category",
    "channel",
    "code",
    "direction",
    "kind",
    "level",
    "method",
    "mode",
    "reason",
    "result",
    "state",
    "status",
    "type",
];

impl<'a> Types<'a> {
    pub(super) fn text(&mut self, node: &Node<'a>, context: &Context) -> Result<Type> {
        if let Some(name) = node.text("x-values-of") {
            let schema = node.schema(name).ok_or_else(|| {
                node.wrong(&format!(
                    "`x-values-of: {name}` names no schema of the document: add it, or correct the name"
                ))
            })?;
            return self.read(&schema, &Context::whole(&names::type_name(name))).map(|ty| match ty {
                Type::Optional(ty) => *ty,
                ty => ty,
            });
        }
        if is_words(node) {
            return Ok(self.words(node, known_words(node).into_iter().map(|word| (word, None)).collect(), context));
        }
        let name = context.field.as_deref().unwrap_or(&context.owner);
        Ok(match node.text("format") {
            Some("date-time") => Type::Timestamp,
            _ if is_currency(node, name) => Type::Currency,
            _ => match id_kind(node, name) {
                Some(uuid) => self.id(name, uuid, context),
                None => Type::Text,
            },
        })
    }

    /// Declares words, or finds those that are declared.
    pub(super) fn words(&mut self, node: &Node<'a>, words: Vec<(&'a str, Option<&'a str>)>, context: &Context) -> Type {
        let own = || {
            format!(
                "{}{}",
                names::subject(&context.owner),
                names::type_name(context.field.as_deref().unwrap_or_default())
            )
        };
        let candidates = match context.field.as_deref() {
            None => vec![context.owner.clone()],
            Some(field) if VAGUE.contains(&names::snake(field).as_str()) => vec![own(), context.name()],
            Some(field) => vec![names::type_name(field), own(), context.name()],
        };
        let plain: Vec<&str> = words.iter().map(|(word, _)| *word).filter(|word| !word.is_empty()).collect();
        for name in &candidates {
            let known = KNOWN_WORDS.iter().find(|(known, _)| known == name);
            if known.is_some_and(|(_, known)| plain.iter().all(|word| known.contains(word)))
                && !self.items.contains_key(name)
            {
                self.imported.insert(name.clone());
                return Type::Named(name.clone());
            }
            if let Some(Item::Words(known)) = self.items.get(name)
                && known.variants.iter().map(|(_, word, _)| word.as_str()).eq(plain.iter().copied())
            {
                return Type::Named(name.clone());
            }
        }
        let is_free = |name: &&String| {
            !self.is_taken(name) && (context.field.is_none() || self.same_words(name, &plain).unwrap_or(true))
        };
        let name = candidates.iter().find(is_free).cloned();
        let name = name.unwrap_or_else(|| self.unnamed(candidates.last().map(String::as_str).unwrap_or_default()));
        let doc = node.text("description").map_or_else(|| names::sentence(&name), names::full_stop);
        let variants = variants(&words);
        self.items.insert(name.clone(), Item::Words(Words { doc, variants }));
        Type::Named(name)
    }

    /// Whether the document's schema of this name, if there is one, holds these very words.
    fn same_words(&self, name: &str, words: &[&str]) -> Option<bool> {
        let schema = self.document.node().schema(self.reserved.get(name)?)?;
        Some(known_words(&schema) == words)
    }

    /// Declares an id, or finds the one that is declared or that the SDK has.
    fn id(&mut self, field: &str, uuid: bool, context: &Context) -> Type {
        let snake = names::snake(field);
        let name = match snake.as_str() {
            "id" => format!("{}Id", names::subject(&context.owner)),
            id if uuid && !id.ends_with("_id") => format!("{}Id", names::type_name(id)),
            id => names::type_name(id),
        };
        let kind = if uuid { "Uuid" } else { "Text" };
        for name in [name.clone(), format!("{name}{kind}")] {
            let known = KNOWN_IDS.iter().find(|(known, _)| *known == name);
            match (self.items.get(&name), known) {
                (Some(Item::Id(id)), _) if id.uuid == uuid => return Type::Named(name),
                (None, Some((_, known))) if *known == uuid => {
                    self.imported.insert(name.clone());
                    return Type::Named(name);
                }
                (None, None) if !self.reserved.contains_key(&name) && !self.is_taken(&name) => {
                    let doc = id_sentence(&name);
                    self.items.insert(name.clone(), Item::Id(Id { doc, uuid }));
                    return Type::Named(name);
                }
                _ => {}
            }
        }
        Type::Text
    }
}

/// Whether a schema lists the words that a text may be.
pub(super) fn is_words(node: &Node<'_>) -> bool {
    known_words(node).iter().any(|word| !word.is_empty())
}

fn known_words<'a>(node: &Node<'a>) -> Vec<&'a str> {
    let listed = ["enum", "x-known-values"].into_iter().map(|key| node.texts(key)).find(|words| !words.is_empty());
    listed.unwrap_or_else(|| node.text("const").into_iter().collect())
}

/// Whether a text is an id, and then whether it is a UUID.
pub(super) fn id_kind(node: &Node<'_>, name: &str) -> Option<bool> {
    let name = names::snake(name);
    match node.text("format") {
        Some("uuid") => Some(true),
        None if name == "id" || name.ends_with("_id") || name.ends_with("_no") => Some(false),
        _ => None,
    }
}

/// Whether a text is a currency that is always there: an empty one is none.
fn is_currency(node: &Node<'_>, name: &str) -> bool {
    let name = names::snake(name);
    let doc = node.text("description").unwrap_or_default().to_lowercase();
    let named = name == "currency" || name.ends_with("_currency");
    let three_letters = node.text("pattern").is_some_and(|pattern| pattern.contains("{3}"));
    let said = doc.contains("iso 4217") || node.text("format") == Some("iso-4217");
    let may_be_empty = doc.contains("empty") || node.value().get("default") == Some(&Value::String(String::new()));
    (named || (said && three_letters)) && !may_be_empty
}

/// Variants with distinct names. The empty word is left out: `Other` keeps it, as it keeps every word.
fn variants(words: &[(&str, Option<&str>)]) -> Vec<(String, String, String)> {
    let mut variants: Vec<(String, String, String)> = Vec::new();
    for (word, doc) in words.iter().filter(|(word, _)| !word.is_empty()) {
        let plain = names::type_name(word);
        // `Other` is the variant for words that are not known.
        let mut name = if plain == "Other" || plain == "N" { format!("{plain}Word") } else { plain };
        while variants.iter().any(|(known, ..)| *known == name) {
            name.push('X');
        }
        let spoken = names::capital(&names::snake(word).replace('_', " "));
        variants.push((name, (*word).to_owned(), doc.map_or(format!("{spoken}."), names::full_stop)));
    }
    variants
}

fn id_sentence(name: &str) -> String {
    let words = names::snake(name).replace('_', " ");
    match words.rsplit_once(' ') {
        Some((of, "no")) => format!("Number of {}.", with_article(of)),
        Some((of, "id")) => format!("Id of {}.", with_article(of)),
        _ => names::sentence(name),
    }
}

fn with_article(words: &str) -> String {
    let article = if words.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {words}")
}
