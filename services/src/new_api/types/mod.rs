//! Schemas of a document → types of ours, and the items that they need beside the traits.

mod objects;
mod texts;

pub(super) use texts::{KNOWN_IDS, KNOWN_WORDS};

use std::collections::{BTreeMap, BTreeSet};

use payment_clients::contract::error::Result;
use serde_json::Value;

use super::{
    document::{Document, Node},
    model::{Item, Type},
    names,
    notes::Notes,
};

/// Reads schemas, and keeps what they declare.
#[derive(Debug)]
pub(super) struct Types<'a> {
    pub(super) items: BTreeMap<String, Item>,
    pub(super) notes: &'a mut Notes,
    /// In front of a name that means something else already: `Admin`.
    prefix: String,
    /// What the schemas that were read have become.
    schemas: BTreeMap<String, Type>,
    /// The names that the document's own schemas have or will have.
    reserved: BTreeMap<String, String>,
    /// Names from the SDK that are in use.
    imported: BTreeSet<String>,
    /// Structs that are being read, from the outermost: one of these in itself needs a box.
    open: Vec<String>,
    /// Schemas that are being read and are no struct: nothing can name them from inside.
    unnamed_around: Vec<String>,
}

/// Where a schema stands, for what has no name of its own.
#[derive(Clone, Debug)]
pub(super) struct Context {
    /// The struct or resource around it.
    pub(super) owner: String,
    /// Its name on the wire.
    pub(super) field: Option<String>,
    /// What is said of it around the schema.
    pub(super) said: String,
}

/// Names that mean something else in a file of ours.
const ELSEWHERE: &[&str] = &[
    "BTreeMap",
    "BaseClient",
    "Box",
    "Bytes",
    "Currency",
    "Default",
    "Deserialize",
    "Error",
    "Json",
    "JsonObject",
    "JsonSchema",
    "Option",
    "Page",
    "Result",
    "SecretText",
    "Self",
    "Serialize",
    "ServiceClient",
    "String",
    "Timestamp",
    "Value",
    "Vec",
];

// === impl Context ===

impl Context {
    /// A whole schema.
    pub(super) fn whole(owner: &str) -> Self {
        Self { owner: owner.to_owned(), field: None, said: String::new() }
    }

    /// A field of a struct, or an argument of a resource.
    pub(super) fn field(owner: &str, field: &str) -> Self {
        Self { owner: owner.to_owned(), field: Some(field.to_owned()), said: String::new() }
    }

    /// An element of this.
    fn element(&self) -> Self {
        Self { field: self.field.as_deref().map(names::singular), ..self.clone() }
    }

    /// A name for what stands here: `RiskDecisionExtra`.
    fn name(&self) -> String {
        names::type_name(&format!("{}_{}", self.owner, self.field.as_deref().unwrap_or_default()))
    }
}

// === impl Types ===

impl<'a> Types<'a> {
    pub(super) fn new(document: &'a Document, prefix: &str, notes: &'a mut Notes) -> Self {
        let node = document.node();
        let schemas = node.child("components").map(|components| components.entries("schemas")).unwrap_or_default();
        let all: BTreeSet<String> = schemas.iter().map(|(name, _)| names::type_name(name)).collect();
        let plain = |name: &str| {
            let short = names::without_suffix(name);
            if all.contains(&short) { names::type_name(name) } else { short }
        };
        let reserved = schemas.iter().map(|(name, _)| (plain(name), (*name).to_owned())).collect();
        Self {
            items: BTreeMap::new(),
            notes,
            prefix: prefix.to_owned(),
            schemas: BTreeMap::new(),
            reserved,
            imported: BTreeSet::new(),
            open: Vec::new(),
            unnamed_around: Vec::new(),
        }
    }

    /// The type of a schema.
    pub(super) fn read(&mut self, node: &Node<'a>, context: &Context) -> Result<Type> {
        if node.text("$ref").is_some() {
            return self.named(&node.clone().target()?, context);
        }
        if let Some(branches) = branches(node).filter(|_| !texts::is_words(node)) {
            return self.choice(node, &branches, context);
        }
        let (kinds, nullable) = kinds(node);
        if matches!(kinds[..], ["integer" | "number"])
            && (node.child("enum").is_some() || node.child("const").is_some())
        {
            self.notes.add(&node.at, "which numbers it may be is not kept", "check it in the handler");
        }
        let ty = match kinds[..] {
            ["string"] => self.text(node, context)?,
            ["integer"] if node.text("format") == Some("int32") => Type::I32,
            ["integer"] => Type::I64,
            ["number"] => {
                let remedy = "if it is money, ask for whole minor units; if it must be exact, write `String`";
                self.notes.add(&node.at, "a number with a fraction becomes `f64`", remedy);
                Type::F64
            }
            ["boolean"] => Type::Bool,
            ["array"] => Type::List(Box::new(self.apart(node.child("items"), &context.element())?)),
            ["object"] => self.object(node, context)?,
            [] => Type::Json,
            _ => {
                let what = format!("it is one of several types ({}) and becomes any JSON", kinds.join(", "));
                self.notes.add(&node.at, &what, "write an enum with `#[serde(untagged)]` if callers look inside");
                Type::Json
            }
        };
        Ok(if nullable { ty.optional() } else { ty })
    }

    /// The type of a schema of the document's own.
    fn named(&mut self, schema: &Node<'a>, context: &Context) -> Result<Type> {
        let name = schema.at.rsplit('/').next().unwrap_or_default().to_owned();
        if let Some(known) = self.schemas.get(&name).cloned() {
            if self.unnamed_around.contains(&name) {
                let what = "it is made of itself without a name in Rust, and becomes any JSON inside";
                self.notes.add(&schema.at, what, "make it an object with fields, which may hold itself");
            }
            return Ok(self.boxed(known));
        }
        let (kinds, nullable) = kinds(schema);
        let is_words = texts::is_words(schema);
        if kinds[..] == ["string"] && !is_words && texts::id_kind(schema, &name).is_none() {
            // A plain text is named by the field that holds it.
            return self.read(schema, context);
        }
        let declared = self.declared(&name);
        let is_struct = kinds[..] == ["object"] && objects::is_struct(schema) && branches(schema).is_none();
        // Known before it is read, for what leads back to it: a struct by its name, anything else as any JSON.
        let before = if is_struct { Type::Named(declared.clone()) } else { Type::Json };
        let before = if nullable { before.optional() } else { before };
        self.schemas.insert(name.clone(), before.clone());
        let ty = match is_struct {
            true => self.structure(schema, &declared).map(|()| before)?,
            false => {
                self.unnamed_around.push(name.clone());
                let ty = self.read(schema, &Context::whole(&declared));
                self.unnamed_around.pop();
                ty?
            }
        };
        self.schemas.insert(name, ty.clone());
        Ok(ty)
    }

    /// `oneOf` and `anyOf`: null and something, texts of several forms, or what Rust has no plain word for.
    fn choice(&mut self, node: &Node<'a>, branches: &[Node<'a>], context: &Context) -> Result<Type> {
        let rest: Vec<&Node<'a>> = branches.iter().filter(|branch| !is_null(branch)).collect();
        let nullable = kinds(node).1;
        let ty = match rest[..] {
            [only] => self.read(only, context)?,
            _ if rest.iter().all(|branch| kinds(branch).0[..] == ["string"] && !texts::is_words(branch)) => Type::Text,
            _ => {
                let what = "a choice between schemas becomes any JSON";
                self.notes.add(
                    &node.at,
                    what,
                    "write an enum with `#[serde(untagged)]` or a tag if callers look inside",
                );
                Type::Json
            }
        };
        Ok(if nullable { ty.optional() } else { ty })
    }

    /// The type of something that lies behind a pointer: in a list or a map, where a struct may hold itself.
    fn apart(&mut self, node: Option<Node<'a>>, context: &Context) -> Result<Type> {
        let Some(node) = node else { return Ok(Type::Json) };
        let open = std::mem::take(&mut self.open);
        let ty = self.read(&node, context);
        self.open = open;
        ty
    }

    /// A struct that is still being read is inside of itself.
    fn boxed(&self, ty: Type) -> Type {
        match ty {
            Type::Named(name) if self.open.contains(&name) => Type::Boxed(Box::new(Type::Named(name))),
            Type::Optional(inner) => self.boxed(*inner).optional(),
            ty => ty,
        }
    }

    // --- names ---

    /// The name of a schema of the document in Rust.
    fn declared(&self, schema: &str) -> String {
        let own = self.reserved.iter().find(|(_, known)| *known == schema).map(|(name, _)| name.as_str());
        self.unused(own.unwrap_or(schema))
    }

    /// The name, or one like it that means nothing yet.
    fn unused(&self, name: &str) -> String {
        let prefixed = format!("{}{name}", self.prefix);
        let numbered = (2_u32..).map(|number| format!("{prefixed}{number}"));
        let mut candidates = [name.to_owned(), prefixed.clone()].into_iter().chain(numbered);
        candidates.find(|name| !self.is_taken(name)).unwrap_or_default()
    }

    fn is_taken(&self, name: &str) -> bool {
        let of_a_trait = name.ends_with("Api") || name == format!("{}Client", self.prefix);
        of_a_trait || ELSEWHERE.contains(&name) || self.items.contains_key(name) || self.imported.contains(name)
    }

    /// The name for something that the document does not name; names of its schemas stay theirs.
    pub(super) fn unnamed(&self, name: &str) -> String {
        if self.reserved.contains_key(name) { self.unused(&format!("{name}Data")) } else { self.unused(name) }
    }
}

// === schemas ===

/// What `type` says, or what the other keywords suggest; and whether null is one of it.
fn kinds<'a>(node: &Node<'a>) -> (Vec<&'a str>, bool) {
    let mut kinds: Vec<&str> = match node.text("type") {
        Some(kind) => vec![kind],
        None => node.texts("type"),
    };
    let is_a_word =
        node.value().get("enum").and_then(Value::as_array).is_some_and(|words| words.contains(&Value::Null));
    let is_a_branch = branches(node).is_some_and(|branches| branches.iter().any(is_null));
    let nullable = node.is("nullable") || kinds.contains(&"null") || is_a_word || is_a_branch;
    kinds.retain(|kind| *kind != "null");
    if kinds.is_empty() {
        let has = |key: &str| node.child(key).is_some();
        let object = (has("properties") || has("additionalProperties")).then_some("object");
        let array = has("items").then_some("array");
        kinds.extend(object.or(array).or(texts::is_words(node).then_some("string")));
    }
    (kinds, nullable)
}

fn is_null(schema: &Node<'_>) -> bool {
    schema.text("type") == Some("null")
}

/// The schemas of a choice; one that only tells which fields go together is none.
fn branches<'a>(node: &Node<'a>) -> Option<Vec<Node<'a>>> {
    let branches = ["oneOf", "anyOf"].into_iter().map(|key| node.list(key)).find(|branches| !branches.is_empty())?;
    let only_requires = |branch: &Node<'_>| branch.map().is_some_and(|map| map.keys().all(|key| key == "required"));
    if branches.iter().all(only_requires) { None } else { Some(branches) }
}
