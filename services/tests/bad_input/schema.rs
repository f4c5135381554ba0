//! What a schema says of a value that was made from it.

use std::collections::BTreeSet;

use serde_json::Value;

/// A place of a request, and what may stand there.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where in the body.
    pub pointer: String,
    pub name: String,
    pub required: bool,
    pub schema: Value,
}

/// A document and a schema in it.
#[derive(Clone, Copy)]
pub struct Schema<'d> {
    pub document: &'d Value,
    pub schema: &'d Value,
}

// === impl Schema ===

impl<'d> Schema<'d> {
    fn at(self, schema: &'d Value) -> Self {
        Self { schema, ..self }
    }

    /// Itself, and everything that it refers to or is one of.
    pub fn parts(self) -> Vec<&'d Value> {
        let referred = self.schema["$ref"].as_str().and_then(|path| self.document.pointer(&path[1..]));
        let lists = ["anyOf", "oneOf", "allOf"].into_iter();
        let branches = lists.flat_map(|word| self.schema[word].as_array().into_iter().flatten());
        let below = referred.into_iter().chain(branches).flat_map(|part| self.at(part).parts());
        std::iter::once(self.schema).chain(below).collect()
    }

    /// The kinds of JSON that may stand here; none is known of a place for anything.
    pub fn kinds(self) -> BTreeSet<String> {
        let list = |types: &Value| match types {
            Value::Array(several) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            one => one.as_str().map(str::to_owned).into_iter().collect::<Vec<_>>(),
        };
        let mut kinds: BTreeSet<_> = self.parts().into_iter().flat_map(|part| list(&part["type"])).collect();
        let words = self.parts().into_iter().filter(|part| part.get("enum").is_some() || part.get("const").is_some());
        kinds.extend(words.map(|_| "string".to_owned()));
        kinds
    }

    /// The first thing that a part says under this word.
    pub fn says(self, word: &str) -> Option<&'d Value> {
        self.parts().into_iter().find_map(|part| part.get(word))
    }

    /// Every named place of a value that is one of these.
    pub fn places(self, value: &Value, at: &str) -> Vec<Place> {
        match value {
            Value::Object(fields) => {
                let named = fields.iter().filter_map(|(name, value)| Some((name, value, self.field(name)?)));
                named
                    .flat_map(|(name, value, (field, required))| {
                        let pointer = format!("{at}/{name}");
                        let below = self.at(field).places(value, &pointer);
                        let schema = self.at(field).flat();
                        std::iter::once(Place { pointer, name: name.clone(), required, schema })
                            .chain(below)
                            .collect::<Vec<_>>()
                    })
                    .collect()
            }
            Value::Array(items) => {
                let (Some(first), Some(schema)) = (items.first(), self.says("items")) else { return Vec::new() };
                self.at(schema).places(first, &format!("{at}/0"))
            }
            _ => Vec::new(),
        }
    }

    fn field(self, name: &str) -> Option<(&'d Value, bool)> {
        self.parts().into_iter().find_map(|part| {
            let field = part["properties"].get(name)?;
            let required = part["required"].as_array().is_some_and(|names| names.iter().any(|known| known == name));
            Some((field, required && field.get("default").is_none()))
        })
    }

    /// What matters of all parts, in one.
    pub fn flat(self) -> Value {
        let mut flat = serde_json::Map::new();
        for word in ["format", "pattern", "enum", "const"] {
            if let Some(said) = self.says(word) {
                flat.insert(word.to_owned(), said.clone());
            }
        }
        flat.insert("type".to_owned(), self.kinds().into_iter().collect());
        flat.into()
    }
}
