//! DTOs, words and ids.

use std::collections::BTreeSet;

use super::docs;
use crate::new_api::model::{Api, Field, Id, Item, Struct, Type, Words};

pub(super) fn write(name: &str, item: &Item, api: &Api, sent: &BTreeSet<String>) -> String {
    match item {
        Item::Struct(item) => structure(name, item, api, sent.contains(name)),
        Item::Words(words) => open_enum(name, words),
        Item::Id(id) => newtype(name, id),
    }
}

/// Whether an item has a field of which the document says nothing.
pub(super) fn has_bare_field(item: &Item) -> bool {
    matches!(item, Item::Struct(item) if item.fields.iter().any(|field| field.doc.is_empty()))
}

fn structure(name: &str, item: &Struct, api: &Api, sent: bool) -> String {
    let has_default = item.fields.iter().all(|field| has_default(&written(field, item, sent), api, &mut vec![name]));
    let default = if has_default { "Default, " } else { "" };
    let mut text = format!("\n{}", docs::outer(&item.doc, ""));
    text.push_str(&format!("#[derive(Clone, Debug, {default}PartialEq, Serialize, Deserialize)]\n"));
    text.push_str("#[derive(schemars::JsonSchema)]\n");
    if item.camel_case {
        text.push_str("#[serde(rename_all = \"camelCase\")]\n");
    }
    text.push_str(&format!("pub struct {name} {{\n"));
    for field in &item.fields {
        text.push_str(&docs::outer(&field.doc, "    "));
        let ty = written(field, item, sent);
        let settings = settings(field, item, &ty);
        if !settings.is_empty() {
            text.push_str(&format!("    #[serde({})]\n", settings.join(", ")));
        }
        text.push_str(&format!("    pub {}: {},\n", field.name, ty.rust()));
    }
    text.push_str("}\n");
    text
}

/// The type of a field. In answers, a list that may be absent is an empty list.
fn written(field: &Field, item: &Struct, sent: bool) -> Type {
    match &field.ty {
        ty if field.required || field.has_default => ty.clone(),
        ty @ Type::List(_) if !sent && !item.query => ty.clone(),
        ty => ty.clone().optional(),
    }
}

fn settings(field: &Field, item: &Struct, ty: &Type) -> Vec<String> {
    let mut settings: Vec<String> = field.rename.iter().map(|wire| format!("rename = \"{wire}\"")).collect();
    if field.rest {
        settings.push("flatten".to_owned());
    }
    match ty {
        Type::Optional(_) if !field.required && !item.query => {
            settings.push("skip_serializing_if = \"Option::is_none\"".to_owned());
        }
        _ if field.has_default && !field.required => settings.push("default".to_owned()),
        Type::List(_) if !field.required => {
            settings.push("default".to_owned());
            settings.push("skip_serializing_if = \"Vec::is_empty\"".to_owned());
        }
        _ => {}
    }
    settings
}

/// Whether a type has a value that it has without being told.
fn has_default<'a>(ty: &Type, api: &'a Api, inside: &mut Vec<&'a str>) -> bool {
    match ty {
        Type::Timestamp | Type::Currency => false,
        Type::Named(name) => match api.items.get_key_value(name) {
            Some((_, Item::Words(_))) => false,
            Some((_, Item::Id(_))) => true,
            Some((name, _)) if inside.contains(&name.as_str()) => true,
            Some((name, Item::Struct(item))) => {
                inside.push(name);
                let all = item
                    .fields
                    .iter()
                    .all(|field| !(field.required || field.has_default) || has_default(&field.ty, api, inside));
                inside.pop();
                all
            }
            None => !crate::new_api::types::KNOWN_WORDS.iter().any(|(known, _)| known == name),
        },
        Type::Boxed(ty) | Type::Page(ty) => has_default(ty, api, inside),
        _ => true,
    }
}

fn open_enum(name: &str, words: &Words) -> String {
    let mut text = format!("\nopen_enum! {{\n{}    pub enum {name} {{\n", docs::outer(&words.doc, "    "));
    for (variant, word, doc) in &words.variants {
        text.push_str(&docs::outer(doc, "        "));
        text.push_str(&format!("        {variant} = {word:?},\n"));
    }
    text.push_str("    }\n}\n");
    text
}

fn newtype(name: &str, id: &Id) -> String {
    let kind = if id.uuid { "uuid_id" } else { "text_id" };
    format!("\n{kind}! {{\n{}    pub struct {name}\n}}\n", docs::outer(&id.doc, "    "))
}
