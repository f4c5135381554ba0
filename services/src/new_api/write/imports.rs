//! The imports of a file, as a tree.

use std::collections::{BTreeMap, BTreeSet};

use crate::new_api::{
    model::{Api, Item, Resource, Type},
    types::{KNOWN_IDS, KNOWN_WORDS},
};

/// What a file names from elsewhere.
pub(super) struct Imports<'a> {
    api: &'a Api,
    file: &'a str,
    homes: &'a BTreeMap<String, String>,
    /// Paths below `payment_clients`.
    sdk: BTreeSet<String>,
    /// Paths below `super`.
    neighbours: BTreeSet<String>,
    std: BTreeSet<String>,
    serde: bool,
}

/// A path's next steps.
#[derive(Default)]
struct Tree(BTreeMap<String, Tree>);

impl<'a> Imports<'a> {
    pub(super) fn new(api: &'a Api, file: &'a str, homes: &'a BTreeMap<String, String>) -> Self {
        let none = BTreeSet::new;
        Self { api, file, homes, sdk: none(), neighbours: none(), std: none(), serde: false }
    }

    pub(super) fn of_trait(&mut self, resource: &Resource) {
        self.sdk.insert("contract::error::Result".to_owned());
        self.sdk.insert("prelude::api".to_owned());
        for operation in &resource.operations {
            self.of_type(&operation.answer);
            operation.arguments.iter().for_each(|argument| self.of_type(&argument.ty));
        }
    }

    pub(super) fn of_item(&mut self, item: &Item) {
        match item {
            Item::Struct(_) => {
                self.serde = true;
                item.parts().for_each(|ty| self.of_type(ty));
            }
            Item::Words(_) => drop(self.sdk.insert("open_enum".to_owned())),
            Item::Id(id) => drop(self.sdk.insert(if id.uuid { "uuid_id" } else { "text_id" }.to_owned())),
        }
    }

    fn of_type(&mut self, ty: &Type) {
        let path = match ty {
            Type::Timestamp => "contract::timestamp::Timestamp",
            Type::Currency => "contract::money::Currency",
            Type::Secret => "contract::secret::SecretText",
            Type::JsonObject => "apis::words::JsonObject",
            Type::Page(inner) => {
                self.of_type(inner);
                "contract::page::Page"
            }
            Type::Map(inner) => {
                self.std.insert("collections::BTreeMap".to_owned());
                return self.of_type(inner);
            }
            Type::Optional(inner) | Type::List(inner) | Type::Boxed(inner) => return self.of_type(inner),
            Type::Named(name) => return self.of_name(name),
            _ => return,
        };
        self.sdk.insert(path.to_owned());
    }

    fn of_name(&mut self, name: &str) {
        if self.api.items.contains_key(name) {
            if let Some(home) = self.homes.get(name).filter(|home| *home != self.file) {
                self.neighbours.insert(format!("{home}::{name}"));
            }
        } else if KNOWN_IDS.iter().any(|(known, _)| *known == name) {
            self.sdk.insert(format!("apis::ids::{name}"));
        } else if KNOWN_WORDS.iter().any(|(known, _)| *known == name) {
            self.sdk.insert(format!("apis::words::{name}"));
        }
    }

    pub(super) fn write(&self) -> String {
        let mut text = String::new();
        let mut group = |line: String| text.push_str(&format!("{line}\n"));
        for path in &self.std {
            group(format!("\nuse std::{path};"));
        }
        group(String::new());
        if !self.sdk.is_empty() {
            group(format!("use payment_clients::{};", tree(&self.sdk)));
        }
        if self.serde {
            group("use serde::{Deserialize, Serialize};".to_owned());
        }
        if !self.neighbours.is_empty() {
            group(format!("\nuse super::{};", tree(&self.neighbours)));
        }
        text
    }
}

fn tree(paths: &BTreeSet<String>) -> String {
    let mut root = Tree::default();
    for path in paths {
        path.split("::").fold(&mut root, |tree, step| tree.0.entry(step.to_owned()).or_default());
    }
    root.write()
}

impl Tree {
    fn write(&self) -> String {
        let branch = |(step, tree): (&String, &Self)| match tree.0.is_empty() {
            true => step.clone(),
            false => format!("{step}::{}", tree.write()),
        };
        let branches: Vec<String> = self.0.iter().map(branch).collect();
        match &branches[..] {
            [only] => only.clone(),
            all => format!("{{{}}}", all.join(", ")),
        }
    }
}
