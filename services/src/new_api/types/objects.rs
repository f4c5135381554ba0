//! Objects: DTOs, pages, maps, and those whose keys are free.

use std::collections::BTreeSet;

use payment_clients::contract::error::Result;
use serde_json::Value;

use super::{Context, Types};
use crate::new_api::{
    document::Node,
    model::{Field, Item, Struct, Type},
    names,
};

/// The fields of a page, and nothing else.
const PAGE: [&str; 4] = ["list", "total", "page", "page_size"];

impl<'a> Types<'a> {
    /// The type of an object that has no name in the document.
    pub(super) fn object(&mut self, node: &Node<'a>, context: &Context) -> Result<Type> {
        if let Some(list) = page(node) {
            if super::kinds(&list).1 {
                self.notes.add(&list.at, "`Page` holds a list that is never null", "make the server answer `[]`");
            }
            let elements = list.target()?.child("items");
            let owner = context.owner.strip_suffix("Page").unwrap_or(&context.owner);
            return Ok(Type::Page(Box::new(self.apart(elements, &Context::whole(owner))?)));
        }
        if is_struct(node) {
            let name = match context.field {
                Some(_) => self.unnamed(&context.name()),
                None => self.unused(&context.owner),
            };
            self.structure(node, &name)?;
            return Ok(Type::Named(name));
        }
        match node.child("additionalProperties") {
            Some(values) if says_something(values.value()) => {
                Ok(Type::Map(Box::new(self.apart(Some(values), &context.element())?)))
            }
            _ => Ok(Type::JsonObject),
        }
    }

    /// Declares the struct of an object.
    pub(super) fn structure(&mut self, node: &Node<'a>, name: &str) -> Result<()> {
        // Holds the name while the fields are read.
        self.items.insert(name.to_owned(), Item::Struct(Struct::default()));
        self.open.push(name.to_owned());
        let fields = self.fields(node, name);
        self.open.pop();
        for key in ["not", "oneOf", "anyOf", "dependentRequired", "if"] {
            if node.child(key).is_some() {
                let what = format!("`{key}` is a rule over several fields, which no type keeps");
                self.notes.add(&node.at, &what, "say it in the documentation and check it in the handler");
            }
        }
        let doc = node.text("description").map_or_else(|| names::sentence(name), names::full_stop);
        let mut item = Struct { doc, fields: fields?, camel_case: false, query: false };
        item.settle_case();
        self.items.insert(name.to_owned(), Item::Struct(item));
        Ok(())
    }

    /// Whether the document's default is the one that the type has anyway.
    fn has_default(&self, schema: &Node<'a>, ty: &Type) -> bool {
        let Some(default) = schema.value().get("default") else { return false };
        match ty {
            Type::Bool => *default == Value::Bool(false),
            Type::I32 | Type::I64 => default.as_i64() == Some(0),
            Type::Text => default.as_str() == Some(""),
            Type::Named(name) if !matches!(self.items.get(name), Some(Item::Struct(_) | Item::Words(_))) => {
                default.as_str() == Some("")
            }
            Type::List(_) => default.as_array().is_some_and(Vec::is_empty),
            _ => false,
        }
    }

    /// Says what a body is for, where the document does not: a name that begins with a verb is no thing.
    pub(in crate::new_api) fn describe_body(&mut self, name: &str, operation: &str) {
        let verb = |name: &str| names::snake(name).split('_').next().map(str::to_owned);
        if let Some(Item::Struct(item)) = self.items.get_mut(name)
            && item.doc == names::sentence(name)
            && (names::subject(name) != name || verb(name) == verb(operation))
        {
            item.doc = format!("What `{operation}` takes.");
        }
    }

    fn fields(&mut self, node: &Node<'a>, name: &str) -> Result<Vec<Field>> {
        let required: BTreeSet<&str> = node.texts("required").into_iter().collect();
        let mut fields: Vec<Field> = Vec::new();
        for (wire, schema) in node.entries("properties") {
            let ty = self.read(&schema, &Context::field(name, wire))?;
            let has_default = self.has_default(&schema, &ty);
            fields.push(Field { has_default, ..Field::new(wire, doc(&schema), ty, required.contains(wire)) });
        }
        let more = node.child("additionalProperties").filter(|more| *more.value() != Value::Bool(false));
        if let Some(more) = more {
            let ty = match says_something(more.value()) {
                true => Type::Map(Box::new(self.apart(Some(more), &Context::field(name, "other"))?)),
                false => Type::JsonObject,
            };
            fields.push(Field { rest: true, ..Field::new("other_fields", "All further keys.".to_owned(), ty, true) });
        }
        distinct(&mut fields);
        Ok(fields)
    }
}

impl Struct {
    /// Says camelCase once where all fields would say it each.
    pub(in crate::new_api) fn settle_case(&mut self) {
        let renamed = || self.fields.iter().filter(|field| !field.rest && field.rename.is_some());
        let camel = |field: &Field| {
            let plain = field.name.trim_start_matches("r#");
            field.rest || names::camel(plain) == field.rename.as_deref().unwrap_or(plain)
        };
        self.camel_case = renamed().count() > 1 && self.fields.iter().all(camel);
        if self.camel_case {
            self.fields.iter_mut().for_each(|field| field.rename = None);
        }
    }
}

impl Field {
    pub(in crate::new_api) fn new(wire: &str, doc: String, ty: Type, required: bool) -> Self {
        let name = names::field(wire);
        let rename = (name.trim_start_matches("r#") != wire).then(|| wire.to_owned());
        Self { name, rename, doc, ty, required, has_default: false, rest: false }
    }
}

/// Fields whose names became the same get a number.
fn distinct(fields: &mut [Field]) {
    let mut seen = BTreeSet::new();
    for field in fields {
        let plain = field.name.clone();
        let mut number = 2_u32;
        while !seen.insert(field.name.clone()) {
            if field.rename.is_none() {
                field.rename = Some(plain.trim_start_matches("r#").to_owned());
            }
            field.name = format!("{}_{number}", plain.trim_start_matches("r#"));
            number += 1;
        }
    }
}

/// What a schema says of itself; for amounts at least their unit.
pub(in crate::new_api) fn doc(schema: &Node<'_>) -> String {
    match (schema.text("description"), schema.text("x-unit")) {
        (Some(text), _) => names::full_stop(text),
        (None, Some("minor")) => "Minor units.".to_owned(),
        (None, Some(unit)) => names::full_stop(&format!("in {unit}")),
        (None, None) => String::new(),
    }
}

/// An object with fields of its own that is no page.
pub(super) fn is_struct(node: &Node<'_>) -> bool {
    !node.entries("properties").is_empty() && page(node).is_none()
}

/// The list of a page.
fn page<'a>(node: &Node<'a>) -> Option<Node<'a>> {
    let fields = node.entries("properties");
    let is_page = fields.len() == PAGE.len() && fields.iter().all(|(name, _)| PAGE.contains(name));
    if is_page { fields.into_iter().find(|(name, _)| *name == "list").map(|(_, list)| list) } else { None }
}

/// Whether a schema is more than *anything*.
fn says_something(schema: &Value) -> bool {
    schema.as_object().is_some_and(|schema| !schema.is_empty())
}
