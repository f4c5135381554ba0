//! Every OpenAPI document that we write is one, by the specification's own schema; and what a schema cannot say of a document
//! holds, too: references point somewhere, names are unique, templates and parameters agree, and what is not served says so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod served;
#[path = "../support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};

use payment_services::documents;
use serde_json::Value;

/// The schema of OpenAPI 3.1 documents, as <https://spec.openapis.org/oas/3.1/schema/2022-10-07> publishes it under
/// Apache-2.0.
const SPECIFICATION: &str = include_str!("openapi-3.1.json");

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Operations of a document, as `("/orders/{no}", "get", {…})`.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    document["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        let item = item.as_object().unwrap().iter();
        item.filter(|(method, _)| METHODS.contains(&method.as_str()))
            .map(|(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// Every place in a document that holds `key`.
fn each<'a>(value: &'a Value, key: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get(key));
            map.values().for_each(|value| each(value, key, found));
        }
        Value::Array(list) => list.iter().for_each(|value| each(value, key, found)),
        _ => {}
    }
}

/// Runs a check over all documents and reports everything that is wrong at once.
fn in_every_document(check: impl Fn(&Value) -> Vec<String>) {
    let documents: Vec<_> = documents::all().collect();
    assert!(!documents.is_empty());
    let wrong: Vec<String> = documents
        .iter()
        .flat_map(|(name, document)| check(document).into_iter().map(move |text| format!("{name}: {text}")))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn documents_are_valid_by_the_specification() {
    let specification = serde_json::from_str(SPECIFICATION).unwrap();
    let validator = jsonschema::draft202012::new(&specification).unwrap();
    in_every_document(|document| {
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
    });
}

#[test]
fn schemas_are_valid_json_schemas() {
    in_every_document(|document| {
        let mut schemas = Vec::new();
        each(document, "schema", &mut schemas);
        schemas.extend(document["components"]["schemas"].as_object().unwrap().values());
        let errors = schemas.into_iter().filter_map(|schema| jsonschema::draft202012::meta::validate(schema).err());
        errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
    });
}

#[test]
fn references_point_somewhere() {
    in_every_document(|document| {
        let mut references = Vec::new();
        each(document, "$ref", &mut references);
        let references = references.into_iter().filter_map(Value::as_str);
        references
            .filter(|reference| document.pointer(reference.trim_start_matches('#')).is_none())
            .map(|reference| format!("{reference} points nowhere"))
            .collect()
    });
}

#[test]
fn an_operation_has_a_name_of_its_own_a_summary_and_a_class() {
    in_every_document(|document| {
        let mut seen = BTreeSet::new();
        let mut wrong = Vec::new();
        for (path, method, operation) in operations(document) {
            let id = operation["operationId"].as_str().unwrap();
            if !seen.insert(id) {
                wrong.push(format!("{id} names two operations"));
            }
            for key in ["summary", "x-class", "x-tier"] {
                if operation[key].as_str().is_none_or(str::is_empty) {
                    wrong.push(format!("{method} {path} has no {key}"));
                }
            }
        }
        wrong
    });
}

#[test]
fn templates_name_their_parameters_and_no_two_match_the_same_paths() {
    in_every_document(|document| {
        let mut shapes: BTreeMap<String, &str> = BTreeMap::new();
        let mut wrong = Vec::new();
        for (path, _, operation) in operations(document) {
            let in_template: BTreeSet<&str> =
                path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')).collect();
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let declared: BTreeSet<&str> = parameters
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| parameter["name"].as_str().unwrap())
                .collect();
            if in_template != declared {
                wrong.push(format!("{path} has the parameters {in_template:?} and declares {declared:?}"));
            }
            let shape = path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
            let shape = shape.collect::<Vec<_>>().join("/");
            let first = *shapes.entry(shape).or_insert(path);
            if first != path {
                wrong.push(format!("{path} and {first} match the same paths"));
            }
        }
        wrong
    });
}
