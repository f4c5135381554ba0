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
const VAGUE: &[&str] = &[
    "action",
    "category",
    "channel",
    "code",
    "direction",
    "event",
    "kind",
    "label",
    "level",
    "method",
    "mode",
    "name",
    "object",
    "reason",
    "result",
    "source",
    "state",
    "status",
    "text",
    "title",
    "type",
    "value",
];

impl<'a> Types<'a> {
    pub(super) fn text(&mut self, node: &Node<'a>, context: &Context) -> Result<Type> {
        if let Some(name) = node.text("x-values-of") {
            let schema = node.schema(name).ok_or_else(|| {
                node.wrong(&format!(
                    "`x-values-of: {name}` names no schema of the document: add it, or correct the name"
                ))
            })?;
            return Ok(match self.named(&schema, context)? {
                Type::Optional(ty) => *ty,
                ty => ty,
            });
        }
        if is_words(node) {
            return self.words(node, context);
        }
        let name = context.field.as_deref().unwrap_or(&context.owner);
        Ok(match node.text("format") {
            Some("date-time") => Type::Timestamp,
            Some("password") => Type::Secret,
            _ if is_currency(node, name, &context.said) => Type::Currency,
            _ => match id_kind(node, name) {
                Some(uuid) => self.id(node, name, uuid, context)?,
                None => Type::Text,
            },
        })
    }

    /// Declares words, or finds those that are declared.
    fn words(&mut self, node: &Node<'a>, context: &Context) -> Result<Type> {
        let words = known_words(node);
        let same = |other: &mut dyn Iterator<Item = &str>| words.iter().map(|(word, _)| *word).eq(other);
        let candidates = candidates(context);
        for name in &candidates {
            let known = KNOWN_WORDS.iter().find(|(known, _)| known == name);
            let is_known = known.is_some_and(|(_, known)| words.iter().all(|(word, _)| known.contains(word)));
            if is_known && !self.items.contains_key(name) {
                self.imported.insert(name.clone());
                return Ok(Type::Named(name.clone()));
            }
            if let Some(Item::Words(known)) = self.items.get(name)
                && same(&mut known.variants.iter().map(|(_, word, _)| word.as_str()))
            {
                return Ok(Type::Named(name.clone()));
            }
            // A schema of the document holds these very words, and has more to say about them.
            if let Some(schema) = self.schema_called(name, node, context)
                && same(&mut known_words(&schema).iter().map(|(word, _)| *word))
            {
                return self.named(&schema, context);
            }
        }
        let is_free =
            |name: &&String| !self.is_taken(name) && (context.field.is_none() || !self.reserved.contains_key(*name));
        let name = candidates.iter().find(is_free).cloned();
        let name = name.unwrap_or_else(|| self.unnamed(candidates.last().map(String::as_str).unwrap_or_default()));
        let doc = node.text("description").map_or_else(|| names::sentence(&name), names::full_stop);
        self.items.insert(name.clone(), Item::Words(Words { doc, variants: variants(&words) }));
        Ok(Type::Named(name))
    }

    /// The document's own schema that has this name in Rust, for something that is not that schema.
    fn schema_called(&self, name: &str, node: &Node<'a>, context: &Context) -> Option<Node<'a>> {
        context.field.as_ref()?;
        node.schema(self.reserved.get(name)?)
    }

    /// Declares an id, or finds the one that is declared or that the SDK has.
    fn id(&mut self, node: &Node<'a>, field: &str, uuid: bool, context: &Context) -> Result<Type> {
        let snake = names::snake(field);
        let name = match snake.as_str() {
            "id" => format!("{}Id", names::subject(&context.owner)),
            id if uuid && !id.ends_with("_id") => format!("{}Id", names::type_name(id)),
            id => names::type_name(id),
        };
        if let Some(schema) = self.schema_called(&name, node, context)
            && id_kind(&schema, &name) == Some(uuid)
        {
            return self.named(&schema, context);
        }
        let known = KNOWN_IDS.iter().find(|(known, _)| *known == name);
        let is_free = context.field.is_none() || !self.reserved.contains_key(&name);
        match (self.items.get(&name), known) {
            (Some(Item::Id(id)), _) if id.uuid == uuid => return Ok(Type::Named(name)),
            (None, Some((_, known))) if *known == uuid => {
                self.imported.insert(name.clone());
                return Ok(Type::Named(name));
            }
            (None, None) if is_free && !self.is_taken(&name) => {
                let said = node.text("description").filter(|_| context.field.is_none());
                let doc = said.map_or_else(|| id_sentence(&name), names::full_stop);
                self.items.insert(name.clone(), Item::Id(Id { doc, uuid }));
                return Ok(Type::Named(name));
            }
            _ => {}
        }
        let kind = if uuid { "a UUID" } else { "a text" };
        let what = format!("it is {kind}, and `{name}` is something else; `String` is written");
        self.notes.add(&node.at, &what, "use that type if it is the same thing, or declare an id of its own");
        Ok(Type::Text)
    }
}

/// Names that words may have, the best first.
fn candidates(context: &Context) -> Vec<String> {
    let Some(field) = context.field.as_deref() else { return vec![context.owner.clone()] };
    let subject = names::subject(&context.owner);
    let name = names::type_name(field);
    let own = format!("{subject}{name}");
    let mut candidates = Vec::new();
    // The status of `UpdateOrderStatus` is an order's, not an order status's.
    candidates.extend(subject.ends_with(&name).then_some(subject));
    candidates.extend((!VAGUE.contains(&names::snake(field).as_str())).then_some(name));
    candidates.extend([own, context.name()]);
    candidates
}

/// Whether a schema lists the words that a text may be.
pub(super) fn is_words(node: &Node<'_>) -> bool {
    !known_words(node).is_empty()
}

/// The words that a schema lists, and what it says of each. The empty word is left out: an open enum keeps any word.
fn known_words<'a>(node: &Node<'a>) -> Vec<(&'a str, Option<&'a str>)> {
    let branches = || {
        let branches = super::branches(node).unwrap_or_default();
        let word = |branch: &Node<'a>| Some((branch.text("const")?, branch.text("description")));
        let words = branches.iter().filter(|branch| !super::is_null(branch)).map(word);
        words.collect::<Option<Vec<_>>>().unwrap_or_default()
    };
    let listed = ["enum", "x-known-values"].into_iter().map(|key| node.texts(key)).find(|words| !words.is_empty());
    let listed = listed.unwrap_or_else(|| node.text("const").into_iter().collect());
    let words = if listed.is_empty() { branches() } else { listed.into_iter().map(|word| (word, None)).collect() };
    words.into_iter().filter(|(word, _)| !word.is_empty()).collect()
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
fn is_currency(node: &Node<'_>, name: &str, said: &str) -> bool {
    let name = names::snake(name);
    let doc = format!("{} {said}", node.text("description").unwrap_or_default()).to_lowercase();
    let named = name == "currency" || name.ends_with("_currency");
    let three_letters = node.text("pattern").is_some_and(|pattern| pattern.contains("{3}"));
    let said = doc.contains("iso 4217") || node.text("format") == Some("iso-4217");
    let may_be_empty = doc.contains("empty") || node.value().get("default") == Some(&Value::String(String::new()));
    (named || (said && three_letters)) && !may_be_empty
}

/// Variants with distinct names.
fn variants(words: &[(&str, Option<&str>)]) -> Vec<(String, String, String)> {
    let mut variants: Vec<(String, String, String)> = Vec::new();
    for (word, doc) in words {
        let plain = names::type_name(word);
        // `Other` is the variant for words that are not known.
        let plain = if plain == "Other" { "OtherWord".to_owned() } else { plain };
        let mut candidates = std::iter::once(plain.clone()).chain((2_u32..).map(|number| format!("{plain}{number}")));
        let is_free = |name: &String| variants.iter().all(|(known, ..)| known != name);
        let name = candidates.find(is_free).unwrap_or_default();
        let spoken = word.replace(['_', '-', '.', ':'], " ");
        variants.push((name, (*word).to_owned(), names::full_stop(doc.unwrap_or(&spoken))));
    }
    variants
}

fn id_sentence(name: &str) -> String {
    let words = names::spoken(name);
    match words.rsplit_once(' ') {
        Some((of, "no")) => format!("Number of {}.", names::with_article(of)),
        Some((of, "id")) => format!("Id of {}.", names::with_article(of)),
        _ => names::sentence(name),
    }
}
