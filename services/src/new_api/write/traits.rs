//! A resource as a trait.

use super::docs;
use crate::new_api::model::{Api, Argument, Operation, Place, Resource, Type};

pub(super) fn write(api: &Api, resource: &Resource) -> String {
    let mut settings = vec![format!("service = \"{}\"", api.service)];
    settings.extend((!api.base_path.is_empty()).then(|| format!("base_path = \"{}\"", api.base_path)));
    settings.extend(api.port.map(|port| format!("port = {port}")));
    settings.extend(resource.tier.as_ref().map(|tier| format!("tier = \"{tier}\"")));
    settings.extend(resource.bare.then(|| "envelope = \"bare\"".to_owned()));
    let mut text = format!("\n{}#[api({})]\n", docs::outer(&resource.doc, ""), settings.join(", "));
    text.push_str(&format!("pub trait {} {{\n", resource.name));
    let operations: Vec<String> = resource.operations.iter().map(operation).collect();
    text.push_str(&operations.join("\n"));
    text.push_str("}\n");
    text
}

fn operation(operation: &Operation) -> String {
    let mut words = vec![format!("\"{}\"", operation.path)];
    words.extend(operation.words.iter().cloned());
    let mut text = docs::outer(&operation.doc, "    ");
    text.push_str(&format!("    #[{}({})]\n", operation.verb, words.join(", ")));
    let named = matches!(operation.verb, "get" | "delete");
    let mut arguments = vec!["&self".to_owned()];
    arguments.extend(operation.arguments.iter().map(|it| argument(it, named)));
    text.push_str(&format!(
        "    async fn {}({}) -> Result<{}>;\n",
        operation.name,
        arguments.join(", "),
        operation.answer.rust()
    ));
    text
}

/// An argument; `free` says that scalars without an attribute are query arguments here.
fn argument(argument: &Argument, free: bool) -> String {
    let Argument { name, wire, place, ty } = argument;
    let attribute = match place {
        Place::Path | Place::Body => String::new(),
        Place::Query if name != wire => format!("#[query(\"{wire}\")] "),
        Place::Query if free => String::new(),
        Place::Query | Place::Filter => "#[query] ".to_owned(),
        Place::Header => format!("#[header(\"{wire}\")] "),
    };
    format!("{attribute}{name}: {}", handed_over(ty, *place))
}

fn handed_over(ty: &Type, place: Place) -> String {
    match (ty, place) {
        (Type::Text, _) if place != Place::Body => "&str".to_owned(),
        (Type::Optional(inner), _) if **inner == Type::Text => "Option<&str>".to_owned(),
        (Type::Named(_), Place::Path | Place::Filter | Place::Body) | (Type::JsonObject, Place::Body) => {
            format!("&{}", ty.rust())
        }
        _ => ty.rust(),
    }
}

impl Type {
    /// The type as a declaration writes it.
    pub(super) fn rust(&self) -> String {
        match self {
            Self::Nothing => "()".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::I32 => "i32".to_owned(),
            Self::I64 => "i64".to_owned(),
            Self::F64 => "f64".to_owned(),
            Self::Text => "String".to_owned(),
            Self::Timestamp => "Timestamp".to_owned(),
            Self::Currency => "Currency".to_owned(),
            Self::Secret => "SecretText".to_owned(),
            Self::Json => "serde_json::Value".to_owned(),
            Self::JsonObject => "JsonObject".to_owned(),
            Self::Named(name) => name.clone(),
            Self::Optional(ty) => format!("Option<{}>", ty.rust()),
            Self::List(ty) => format!("Vec<{}>", ty.rust()),
            Self::Map(ty) => format!("BTreeMap<String, {}>", ty.rust()),
            Self::Page(ty) => format!("Page<{}>", ty.rust()),
            Self::Boxed(ty) => format!("Box<{}>", ty.rust()),
        }
    }
}
