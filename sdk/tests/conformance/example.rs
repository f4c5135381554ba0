//! Examples are made of schemas alone.

use payment_clients::conformance::{Form, example};
use serde_json::{Value, json};

fn document() -> Value {
    json!({ "components": { "schemas": {
        "Tree": {
            "type": "object",
            "properties": {
                "id": { "type": "string", "format": "uuid" },
                "status": { "type": "string", "x-known-values": ["new", "old"] },
                "currency": { "type": "string", "pattern": "^[A-Z]{3}$", "examples": ["EUR"] },
                "note": { "type": ["string", "null"] },
                "parent": { "anyOf": [{ "$ref": "#/components/schemas/Tree" }, { "type": "null" }] },
                "children": { "type": "array", "items": { "$ref": "#/components/schemas/Tree" } },
                "prices": { "type": "object", "additionalProperties": { "type": "integer" } },
            },
            "required": ["id", "status", "note", "parent", "children"],
        },
    } } })
}

fn tree(form: Form) -> Value {
    example(&json!({ "$ref": "#/components/schemas/Tree" }), &document(), form)
}

#[test]
fn a_full_example_has_everything_once_and_no_scalar_twice() {
    let wanted = json!({
        "id": "00000000-0000-4000-8000-000000000001", "status": "new", "currency": "EUR", "note": "note 3",
        "parent": null, "children": [], "prices": { "key": 4 },
    });
    assert_eq!(tree(Form::Full), wanted, "a type that holds itself ends");
    assert_eq!(tree(Form::Full), tree(Form::Full));
}

#[test]
fn a_sparse_example_has_what_must_be_there() {
    let wanted = json!({
        "id": "00000000-0000-4000-8000-000000000001", "status": "new", "note": null, "parent": null, "children": [],
    });
    assert_eq!(tree(Form::Sparse), wanted);
}

#[test]
fn newer_examples_differ_from_the_full_one_in_nothing_else() {
    let (full, mut fields, mut words) = (tree(Form::Full), tree(Form::NewFields), tree(Form::NewWords));
    assert!(fields.as_object_mut().unwrap().shift_remove("field_of_a_newer_version").is_some());
    assert_eq!(fields["prices"], full["prices"], "a map's keys are the sender's business");
    assert_eq!(fields, full);
    assert_ne!(words["status"], full["status"]);
    words["status"] = full["status"].clone();
    assert_eq!(words, full);
}
