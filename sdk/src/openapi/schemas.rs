//! The schemas of both directions, and how they become one set of components.

use std::collections::{BTreeMap, BTreeSet};

use schemars::{
    SchemaGenerator,
    generate::{Contract, SchemaSettings},
};
use serde_json::{Map, Value};

/// Which way a value travels.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    Request,
    Answer,
}

/// Two generators, one for what is read from requests and one for what is written into answers.
#[derive(Debug)]
pub(super) struct Sides {
    request: SchemaGenerator,
    answer: SchemaGenerator,
}

/// Where references into the components point in the finished document.
pub(super) const COMPONENTS: &str = "#/components/schemas/";
/// Where the request's point until then, so that both sides can be told apart.
const REQUESTS: &str = "#/components/requests/";

// === impl Sides ===

impl Sides {
    pub(super) fn new() -> Self {
        let generator = |contract: Contract, path: &'static str| {
            let settings = SchemaSettings::draft2020_12().with(|settings| {
                settings.contract = contract;
                settings.definitions_path = path.trim_start_matches('#').into();
            });
            settings.into_generator()
        };
        Self { request: generator(Contract::Deserialize, REQUESTS), answer: generator(Contract::Serialize, COMPONENTS) }
    }

    pub(super) fn generator(&mut self, side: Side) -> &mut SchemaGenerator {
        match side {
            Side::Request => &mut self.request,
            Side::Answer => &mut self.answer,
        }
    }

    /// Adds a schema that stands for no type.
    pub(super) fn define(&mut self, name: &str, schema: Value) {
        self.answer.definitions_mut().insert(name.to_owned(), schema);
    }

    /// The definition behind a reference, or the schema itself.
    pub(super) fn resolve(&mut self, side: Side, schema: Value) -> Value {
        let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next());
        let found = name.and_then(|name| self.generator(side).definitions().get(name)).cloned();
        found.unwrap_or(schema)
    }

    /// Names what both sides define, points the document's references there, and hands over what is referred to.
    pub(super) fn settle(mut self, document: &mut Value) -> Map<String, Value> {
        let mut requests = self.request.take_definitions(true);
        let mut answers = self.answer.take_definitions(true);
        answers.values_mut().for_each(absent_is_not_null);
        let renamed = differing(&requests, &answers);
        // Deterministic, and never the name of another type: the first that neither side uses.
        let unused = |name: &String| !requests.contains_key(name) && !answers.contains_key(name);
        let free = |name: &String| {
            let mut candidates =
                (1_u32..).map(|n| if n == 1 { format!("{name}Input") } else { format!("{name}Input{n}") });
            (name.clone(), candidates.find(unused).unwrap_or_default())
        };
        let inputs: BTreeMap<String, String> = renamed.iter().map(free).collect();
        let input_name = |name: &str| inputs.get(name).cloned().unwrap_or_else(|| name.to_owned());
        let settle = |reference: &mut String| {
            if let Some(name) = reference.strip_prefix(REQUESTS) {
                *reference = format!("{COMPONENTS}{}", input_name(name));
            }
        };
        requests.values_mut().for_each(|schema| each_reference(schema, &mut |path| settle(path)));
        each_reference(document, &mut |path| settle(path));

        let named = requests.into_iter().map(|(name, schema)| (input_name(&name), schema));
        let mut all: Map<String, Value> = named.collect();
        all.extend(answers);
        let used = reachable(document, &all);
        all.retain(|name, _| used.contains(name));
        all.sort_keys();
        all
    }
}

/// Names that both sides define and that differ, in themselves or in something that they refer to.
fn differing(requests: &Map<String, Value>, answers: &Map<String, Value>) -> BTreeSet<String> {
    let common = |name: &&String| answers.contains_key(name.as_str());
    let differs = |name: &&String| {
        let mut request = requests[name.as_str()].clone();
        each_reference(&mut request, &mut |path| *path = path.replacen(REQUESTS, COMPONENTS, 1));
        request != answers[name.as_str()]
    };
    let mut found: BTreeSet<String> = requests.keys().filter(common).filter(differs).cloned().collect();
    loop {
        let touched = |name: &&String| {
            let mut touched = false;
            let mut look = |path: &mut String| {
                touched |= path.strip_prefix(REQUESTS).is_some_and(|target| found.contains(target));
            };
            each_reference(&mut requests[name.as_str()].clone(), &mut look);
            touched && !found.contains(name.as_str())
        };
        let more: Vec<String> = requests.keys().filter(common).filter(touched).cloned().collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

/// The names that a document refers to, directly or through other schemas.
fn reachable(document: &Value, schemas: &Map<String, Value>) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let mut todo = vec![document.clone()];
    while let Some(mut value) = todo.pop() {
        each_reference(&mut value, &mut |path| {
            if let Some(name) = path.strip_prefix(COMPONENTS)
                && used.insert(name.to_owned())
            {
                todo.extend(schemas.get(name).cloned());
            }
        });
    }
    used
}

// === walking ===

fn each_reference(value: &mut Value, visit: &mut dyn FnMut(&mut String)) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                match value {
                    Value::String(path) if key == "$ref" => visit(path),
                    value => each_reference(value, visit),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| each_reference(value, visit)),
        _ => {}
    }
}

/// A field that answers leave out when it is empty is never null: takes null out of its schema.
fn absent_is_not_null(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            let required: BTreeSet<String> =
                map.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(text).collect();
            if let Some(Value::Object(properties)) = map.get_mut("properties") {
                for (_, property) in properties.iter_mut().filter(|(name, _)| !required.contains(*name)) {
                    *property = without_null(property);
                }
            }
            map.values_mut().for_each(absent_is_not_null);
        }
        Value::Array(list) => list.iter_mut().for_each(absent_is_not_null),
        _ => {}
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// A schema without the null that `Option` adds to it.
pub(super) fn without_null(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let Some(map) = schema.as_object_mut() else { return schema };
    if let Some(Value::Array(kinds)) = map.get_mut("type") {
        kinds.retain(|kind| kind != "null");
        if let [only] = &kinds[..] {
            let only = only.clone();
            map.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(branches)) = map.get_mut("anyOf") {
        branches.retain(|branch| branch["type"] != "null");
        if let [only] = &branches[..] {
            // What stands beside the branches, such as the field's own description, wins over the branch's.
            let only = only.clone();
            map.shift_remove("anyOf");
            for (key, value) in only.as_object().into_iter().flatten() {
                map.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    schema
}
