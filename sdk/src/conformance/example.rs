//! Examples from JSON schemas: the same schema gives the same value, and every scalar in it is another one, so that two
//! fields which were confused are noticed.

use serde_json::{Map, Value, json};

/// Which example of a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Everything that may be there, once.
    Full,
    /// Only what must be there; null where that is allowed, and the last of several shapes where full has the first.
    Sparse,
    /// As full, and each object has a field that the schema does not name.
    NewFields,
    /// As full, and each open enum has a word that the schema does not list.
    NewWords,
}

/// The field of [`Form::NewFields`].
const NEW_FIELD: &str = "field_of_a_newer_version";
/// The words of [`Form::NewWords`].
const NEW_WORD: &str = "word_of_a_newer_version";

/// An example of `schema`, whose references point into `document`.
pub fn example(schema: &Value, document: &Value, form: Form) -> Value {
    Writer::new(document, form).write("value", schema)
}

/// Writes examples that share no scalar.
pub(super) struct Writer<'d> {
    document: &'d Value,
    form: Form,
    /// Scalars so far.
    written: u32,
    /// References that are being followed, so that a type which holds itself ends.
    open: Vec<&'d str>,
}

// === impl Writer ===

impl<'d> Writer<'d> {
    pub(super) fn new(document: &'d Value, form: Form) -> Self {
        Self { document, form, written: 0, open: Vec::new() }
    }

    /// An example of `schema`; null when it never ends.
    pub(super) fn write(&mut self, name: &str, schema: &'d Value) -> Value {
        self.value(name, schema).unwrap_or_default()
    }

    /// `None` when the value would hold itself for ever.
    fn value(&mut self, name: &str, schema: &'d Value) -> Option<Value> {
        if let Some(given) = schema.get("const").or_else(|| schema["examples"].get(0)) {
            return Some(given.clone());
        }
        // A schema may refer and have fields of its own: a variant that is told by a tag among its fields does.
        let mut parts = Vec::new();
        if let Some(path) = schema["$ref"].as_str() {
            parts.push(self.referred(name, path)?);
        }
        if let Some(branches) = ["anyOf", "oneOf"].iter().find_map(|word| schema[*word].as_array()) {
            parts.push(self.branch(name, branches)?);
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            parts.push(self.value(name, part)?);
        }
        if parts.is_empty() || schema.get("properties").is_some() {
            parts.push(self.own(name, schema)?);
        }
        parts.into_iter().reduce(merged)
    }

    /// What the schema itself describes, without what it refers to.
    fn own(&mut self, name: &str, schema: &'d Value) -> Option<Value> {
        if let Some(words) = schema["enum"].as_array() {
            return words.first().cloned();
        }
        match self.kind(&schema["type"]) {
            "object" => self.object(name, schema),
            "array" => self.array(name, schema),
            "null" => Some(Value::Null),
            "boolean" => Some(true.into()),
            "integer" => Some(self.count().into()),
            // A half is the same in binary and in decimal.
            "number" => serde_json::from_str(&format!("{}.5", self.count())).ok(),
            _ => Some(self.text(name, schema).into()),
        }
    }

    fn referred(&mut self, name: &str, path: &'d str) -> Option<Value> {
        if self.open.contains(&path) {
            return None;
        }
        self.open.push(path);
        let value = resolve(self.document, path).and_then(|schema| self.value(name, schema));
        self.open.pop();
        value
    }

    fn branch(&mut self, name: &str, branches: &'d [Value]) -> Option<Value> {
        let is_null = |branch: &Value| branch["type"] == "null";
        let nullable = branches.iter().any(is_null);
        let values = branches.iter().filter(|branch| !is_null(branch));
        let value = match self.form {
            Form::Sparse if nullable => None,
            // The other end of the list, so that two shapes of a value are seen.
            Form::Sparse => values.rev().find_map(|branch| self.value(name, branch)),
            _ => values.into_iter().find_map(|branch| self.value(name, branch)),
        };
        value.or_else(|| nullable.then_some(Value::Null))
    }

    /// The type to write, of those that are allowed.
    fn kind(&self, kinds: &'d Value) -> &'d str {
        let Some(several) = kinds.as_array() else { return kinds.as_str().unwrap_or_default() };
        let mut words = several.iter().filter_map(Value::as_str);
        let nullable = several.iter().any(|kind| kind == "null");
        if self.form == Form::Sparse && nullable {
            return "null";
        }
        words.find(|word| *word != "null").unwrap_or("null")
    }

    fn object(&mut self, name: &str, schema: &'d Value) -> Option<Value> {
        let mut object = Map::new();
        for (field, of) in schema["properties"].as_object().into_iter().flatten() {
            let is_required = requires(schema, field);
            if self.form == Form::Sparse && !is_required {
                continue;
            }
            match self.value(field, of) {
                Some(value) => drop(object.insert(field.clone(), value)),
                None if is_required => return None,
                None => {}
            }
        }
        let others = &schema["additionalProperties"];
        if self.form == Form::NewFields && schema.get("properties").is_some() {
            object.insert(NEW_FIELD.to_owned(), json!({ "nested": [1] }));
        } else if self.form != Form::Sparse && (others.is_object() || *others == true) {
            object.insert("key".to_owned(), self.value(name, others)?);
        }
        Some(object.into())
    }

    fn array(&mut self, name: &str, schema: &'d Value) -> Option<Value> {
        if let Some(places) = schema["prefixItems"].as_array() {
            return places.iter().map(|place| self.value(name, place)).collect();
        }
        let least = schema["minItems"].as_u64().unwrap_or(0);
        let wanted = if self.form == Form::Sparse { least } else { least.max(1) };
        let items: Option<Vec<Value>> = (0..wanted).map(|_| self.value(name, &schema["items"])).collect();
        match items {
            None if least == 0 => Some(json!([])),
            items => items.map(Value::from),
        }
    }

    fn text(&mut self, name: &str, schema: &'d Value) -> String {
        let n = self.count();
        let (minute, second, day) = (n / 60 % 60, n % 60, n % 28 + 1);
        match schema["format"].as_str() {
            Some("uuid") => format!("00000000-0000-4000-8000-{n:012}"),
            Some("date-time") => format!("2025-10-24T12:{minute:02}:{second:02}Z"),
            Some("date") => format!("2025-10-{day:02}"),
            Some("time") => format!("12:{minute:02}:{second:02}Z"),
            Some("email") => format!("{n}@example.com"),
            Some("uri") => format!("https://example.com/{n}"),
            Some("ip" | "ipv4") => format!("192.0.2.{}", n % 256),
            Some("ipv6") => format!("2001:db8::{n:x}"),
            _ => match schema["x-known-values"].as_array() {
                Some(_) if self.form == Form::NewWords => format!("{NEW_WORD}_{n}"),
                Some(known) => known.first().and_then(Value::as_str).unwrap_or_default().to_owned(),
                None => format!("{name} {n}"),
            },
        }
    }

    fn count(&mut self) -> u32 {
        self.written += 1;
        self.written
    }
}

/// Both as one object; anything else is described by its first part.
fn merged(first: Value, second: Value) -> Value {
    match (first, second) {
        (Value::Object(mut all), Value::Object(more)) => {
            all.extend(more);
            all.into()
        }
        (first, _) => first,
    }
}

// === schemas ===

/// What a reference such as `#/components/schemas/Order` points to.
pub(super) fn resolve<'d>(document: &'d Value, path: &str) -> Option<&'d Value> {
    document.pointer(path.strip_prefix('#')?)
}

/// Whether an object must have this field.
pub(super) fn requires(schema: &Value, field: &str) -> bool {
    schema["required"].as_array().is_some_and(|names| names.iter().any(|name| name == field))
}
