//! Documents say what the declarations say.
#![cfg(feature = "openapi")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use http::Method;
use payment_clients::{
    __private::schema_of,
    contract::{
        operation::{Class, EnvelopeKind, Operation, Service, Tier},
        page::Page,
        timestamp::Timestamp,
    },
    openapi::Document,
    platform::REGISTRY,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const SERVICE: Service = Service { name: "order-service", port: Some(40004), tier: Tier::Standard };

static CREATE: Operation = Operation::new(SERVICE, "create_order", Method::POST, "/api/v1/orders")
    .class(Class::Keyed)
    .tier(Tier::Critical)
    .money()
    .summary("Creates an order with its items.");
static LIST: Operation = Operation::new(SERVICE, "list_orders", Method::GET, "/api/v1/orders");
static CANCEL: Operation =
    Operation::new(SERVICE, "cancel_order", Method::POST, "/api/v1/orders/{order_no}/cancel").class(Class::Unsafe);
static RATES: Operation = Operation::new(SERVICE, "rates", Method::GET, "/rates").envelope(EnvelopeKind::Bare);

payment_clients::text_id! {
    /// Number of an order.
    pub struct OrderNo
}

payment_clients::open_enum! {
    /// How far an order has come.
    pub enum OrderStatus {
        /// Not paid.
        Pending = "pending",
        /// Paid.
        Paid = "paid",
    }
}

/// An order to be created.
#[derive(Serialize, Deserialize, JsonSchema)]
struct CreateOrder {
    /// ISO 4217.
    currency: String,
    #[serde(default)]
    language: String,
    items: Vec<Item>,
    remark: Option<String>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Item {
    unit_price: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Order {
    order_no: OrderNo,
    status: OrderStatus,
    items: Vec<Item>,
    paid_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<Box<Order>>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Filter {
    /// Exact match.
    status: Option<OrderStatus>,
    currency: String,
    #[serde(default)]
    page: i64,
}

/// Has no schema.
struct Opaque;

fn described() -> Value {
    let mut document = Document::new(&SERVICE, "Orders", "1.0.0").description("Orders of the merchants.");
    document.operation(&CREATE).body(schema_of!(CreateOrder)).answer(schema_of!(Order));
    document.operation(&LIST).query_struct(schema_of!(Filter)).answer(schema_of!(Page<Order>));
    document
        .operation(&CANCEL)
        .path("order_no", schema_of!(OrderNo))
        .query("dry_run", false, schema_of!(bool))
        .header("x-reason", true, schema_of!(&str))
        .answer(schema_of!(()));
    document.operation(&RATES).answer(schema_of!(std::collections::BTreeMap<String, i64>));
    document.into_json()
}

#[test]
fn a_small_api_gives_exactly_this_document() {
    let error = json!({
        "description": "A refusal or a failure; status and code say which.",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ErrorAnswer" } } },
    });
    let key = json!({
        "name": "Idempotency-Key", "in": "header", "required": true,
        "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]*$" },
    });
    let envelope = |data: Value| {
        json!({ "description": "Success.", "content": { "application/json": { "schema": {
            "type": "object",
            "properties": {
                "code": { "type": "string", "const": "SUCCESS" },
                "message": { "type": "string" },
                "data": data,
                "trace_id": { "type": "string", "description": "The request id." },
            },
            "required": ["code", "message", "data"],
        } } } })
    };
    let mut document = described();
    let paths = document["paths"].take();
    assert_eq!(
        paths["/api/v1/orders"]["post"],
        json!({
            "operationId": "createOrder", "summary": "Creates an order with its items.",
            "x-class": "keyed", "x-money": true, "x-tier": "critical",
            "parameters": [key],
            "requestBody": { "required": true, "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/CreateOrder" },
            } } },
            "responses": { "200": envelope(json!({ "$ref": "#/components/schemas/Order" })), "default": error },
        })
    );
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(
        document["info"],
        json!({
            "title": "Orders", "version": "1.0.0", "x-service": "order-service",
            "description": "Orders of the merchants.",
        })
    );
    assert_eq!(document["servers"], json!([{ "url": "http://localhost:40004" }]));
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let names: Vec<_> = schemas.keys().collect();
    assert_eq!(names, ["CreateOrder", "ErrorAnswer", "Item", "Order", "OrderPage", "OrderStatus"]);
    assert_eq!(
        schemas["CreateOrder"],
        json!({
            "description": "An order to be created.", "type": "object",
            "properties": {
                "currency": { "description": "ISO 4217.", "type": "string" },
                "language": { "type": "string", "default": "" },
                "items": { "type": "array", "items": { "$ref": "#/components/schemas/Item" } },
                "remark": { "type": ["string", "null"] },
            },
            "required": ["currency", "items"],
        })
    );
    assert_eq!(
        schemas["Order"],
        json!({
            "type": "object",
            "properties": {
                "order_no": { "type": "string" },
                "status": { "$ref": "#/components/schemas/OrderStatus" },
                "items": { "type": "array", "items": { "$ref": "#/components/schemas/Item" } },
                "paid_at": { "type": ["string", "null"], "format": "date-time" },
                "extra": { "type": "string" },
                "previous": { "$ref": "#/components/schemas/Order" },
            },
            "required": ["order_no", "status", "items", "paid_at"],
        })
    );
    assert_eq!(schemas["OrderStatus"], json!({ "type": "string", "x-known-values": ["pending", "paid"] }));
    assert_eq!(schemas["Item"]["properties"]["unit_price"], json!({ "type": "integer", "format": "int64" }));
}

#[test]
fn the_document_of_a_registered_service_has_each_of_its_operations() {
    for entry in REGISTRY {
        let document = entry.document().into_json();
        assert_eq!(document["info"]["x-service"], entry.service.name);
        for operation in entry.operations() {
            let method = operation.method.as_str().to_ascii_lowercase();
            assert!(document["paths"][operation.path][method].is_object(), "{operation}");
        }
    }
}

#[test]
fn the_same_declarations_give_the_same_bytes() {
    assert_eq!(described().to_string(), described().to_string());
}

#[test]
fn fields_of_a_query_struct_become_arguments_and_no_schema() {
    let document = described();
    let list = &document["paths"]["/api/v1/orders"]["get"];
    assert_eq!(
        list["parameters"],
        json!([
            { "name": "status", "in": "query", "required": false, "description": "Exact match.",
              "schema": { "$ref": "#/components/schemas/OrderStatus" } },
            { "name": "currency", "in": "query", "required": true, "schema": { "type": "string" } },
            { "name": "page", "in": "query", "required": false,
              "schema": { "type": "integer", "format": "int64", "default": 0 } },
        ])
    );
    let data = &list["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["data"];
    assert_eq!(data, &json!({ "$ref": "#/components/schemas/OrderPage" }));
}

#[test]
fn no_payload_is_no_data_and_bare_is_no_envelope() {
    let document = described();
    let cancel = &document["paths"]["/api/v1/orders/{order_no}/cancel"]["post"];
    let answer = &cancel["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(answer["required"], json!(["code", "message"]));
    assert!(answer["properties"].get("data").is_none());
    let parameters: Vec<_> =
        cancel["parameters"].as_array().unwrap().iter().map(|p| (&p["name"], &p["in"], &p["required"])).collect();
    let expected = [
        (&json!("order_no"), &json!("path"), &json!(true)),
        (&json!("dry_run"), &json!("query"), &json!(false)),
        (&json!("x-reason"), &json!("header"), &json!(true)),
    ];
    assert_eq!(parameters, expected);
    let rates = &document["paths"]["/rates"]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(rates, &json!({ "type": "object", "additionalProperties": { "type": "integer", "format": "int64" } }));
}

#[test]
fn a_type_that_looks_different_each_way_has_two_schemas_and_so_has_what_holds_it() {
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Leaf {
        #[serde(default)]
        note: String,
    }
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Tree {
        leaf: Leaf,
    }
    let mut document = Document::new(&SERVICE, "Trees", "1");
    document.operation(&CREATE).body(schema_of!(Tree)).answer(schema_of!(Tree));
    let document = document.into_json();
    let body = &document["paths"]["/api/v1/orders"]["post"]["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(body["$ref"], "#/components/schemas/TreeInput");
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["TreeInput"]["properties"]["leaf"]["$ref"], "#/components/schemas/LeafInput");
    assert_eq!(schemas["Tree"]["properties"]["leaf"]["$ref"], "#/components/schemas/Leaf");
    assert!(schemas["LeafInput"].get("required").is_none());
    assert_eq!(schemas["Leaf"]["required"], json!(["note"]));
}

#[test]
fn the_input_form_of_a_type_never_takes_the_name_of_another_type() {
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Leaf {
        #[serde(default)]
        note: String,
    }
    #[derive(Serialize, Deserialize, JsonSchema)]
    struct LeafInput {
        leaf: Leaf,
        number: i64,
    }
    let mut document = Document::new(&SERVICE, "Leaves", "1");
    document.operation(&CREATE).body(schema_of!(LeafInput)).answer(schema_of!(Leaf));
    let schemas = &document.into_json()["components"]["schemas"];
    assert!(schemas["LeafInput"]["properties"].get("number").is_some());
    assert_eq!(schemas["LeafInput"]["properties"]["leaf"]["$ref"], "#/components/schemas/LeafInput2");
    assert!(schemas["LeafInput2"].get("required").is_none());
}

#[test]
fn a_type_without_a_schema_may_be_anything() {
    let _ = Opaque;
    let mut document = Document::new(&SERVICE, "Opaque", "1");
    document.operation(&CREATE).body(schema_of!(Opaque)).answer(schema_of!(bytes::Bytes));
    let document = document.into_json();
    let operation = &document["paths"]["/api/v1/orders"]["post"];
    assert_eq!(operation["requestBody"]["content"]["application/json"]["schema"], true);
}

#[test]
fn every_reference_points_somewhere() {
    let document = described();
    let text = document.to_string();
    for rest in text.split("\"$ref\":\"").skip(1) {
        let pointer = rest.split('"').next().unwrap().trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}
