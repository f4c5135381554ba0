//! `allOf` says in parts what is one schema. Parts are put together before anything else reads the document.

use serde_json::{Map, Value};

/// How deep parts may be made of parts; deeper is a circle.
const DEEPEST: usize = 16;

/// The document with every `allOf` merged into the schema it stands in.
pub(super) fn all_of(root: Value) -> Value {
    let merged = visit(&root, &root, 0);
    match merged {
        Value::Null => root,
        merged => merged,
    }
}

fn visit(value: &Value, root: &Value, depth: usize) -> Value {
    match value {
        Value::Object(map) => match map.get("allOf") {
            Some(Value::Array(parts)) if depth < DEEPEST => visit(&joined(map, parts, root), root, depth + 1),
            _ => map.iter().map(|(key, value)| (key.clone(), visit(value, root, depth))).collect(),
        },
        Value::Array(list) => list.iter().map(|value| visit(value, root, depth)).collect(),
        scalar => scalar.clone(),
    }
}

/// A schema and the parts of its `allOf` as one. A single reference stays a reference, so that its name is kept.
fn joined(schema: &Map<String, Value>, parts: &[Value], root: &Value) -> Value {
    let mut rest = schema.clone();
    rest.shift_remove("allOf");
    if let [Value::Object(only)] = parts
        && only.contains_key("$ref")
        && !rest.contains_key("properties")
    {
        rest.extend(only.clone());
        return Value::Object(rest);
    }
    let mut whole = Map::new();
    for part in parts.iter().chain([&Value::Object(rest)]) {
        let target = part.get("$ref").and_then(Value::as_str).and_then(|path| root.pointer(path.strip_prefix('#')?));
        match (target, part.get("$ref")) {
            // A reference that leads nowhere is kept, and found by whoever follows it.
            (None, Some(_)) => return part.clone(),
            (target, _) => add(&mut whole, target.unwrap_or(part)),
        }
    }
    Value::Object(whole)
}

/// Adds what a part says. Properties and required names add up; of anything else the last word counts.
fn add(whole: &mut Map<String, Value>, part: &Value) {
    for (key, value) in part.as_object().into_iter().flatten() {
        match (whole.get_mut(key), value) {
            (Some(Value::Object(known)), Value::Object(more)) if key == "properties" => {
                for (name, schema) in more {
                    known.insert(name.clone(), schema.clone());
                }
            }
            (Some(Value::Array(known)), Value::Array(more)) if key == "required" || key == "allOf" => {
                known.extend(more.iter().cloned());
            }
            _ => {
                whole.insert(key.clone(), value.clone());
            }
        }
    }
}
