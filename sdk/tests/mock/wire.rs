//! What a declaration asks for, without a stack.

use payment_clients::{
    contract::{call::Exposes, error::Error, request::Request},
    mock::{Wire, Witness},
};

use super::{CREATE, GET, Order, create_order, get_order, order};

#[tokio::test]
async fn a_wire_records_what_a_declaration_asks_for() {
    let wire = Wire::new()
        .on(&GET, |request: &Request| Ok(order(request.path())))
        .on(&CREATE, |_| Err::<Order, _>(Error::conflict("ORDER_EXISTS", "there already")));
    assert_eq!(get_order(&wire, "a b").await.unwrap(), order("/orders/a%20b"));
    let error = create_order(&wire, &order("OD1")).await.unwrap_err();
    assert_eq!(error.code(), Some("ORDER_EXISTS"), "errors pass as they are");

    let requests = wire.requests();
    let asked: Vec<_> = requests.iter().map(|request| request.operation().name).collect();
    assert_eq!(asked, ["get_order", "create_order"]);
    assert_eq!(requests[1].body(), r#"{"order_no":"OD1"}"#);
    assert_eq!(requests[1].headers()["content-type"], "application/json");
}

#[tokio::test]
async fn an_unscripted_call_says_what_to_script_and_the_last_script_counts() {
    let error = get_order(&Wire::new(), "OD1").await.unwrap_err();
    assert!(error.message().contains("get_order") && error.message().contains("Wire::on"), "{error}");
    let wire = Wire::new().on(&GET, |_| Ok(order("old"))).on(&GET, |_| Ok(order("new")));
    assert_eq!(get_order(&wire, "OD1").await.unwrap(), order("new"));
}

#[tokio::test]
async fn a_wire_stands_behind_every_api() {
    trait AnyApi {}
    fn caller<C: Exposes<dyn AnyApi>>(client: &C) -> &C::Caller {
        client.caller()
    }
    let wire = Wire::new().on(&GET, |_| Ok(order("OD1")));
    assert_eq!(get_order(caller(&wire), "OD1").await.unwrap(), order("OD1"));
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn a_witness_sees_several_wires_in_one_order() {
    let witness = Witness::new();
    let wires = [Wire::new().seen_by(&witness), Wire::new().seen_by(&witness)];
    create_order(&wires[1], &order("OD1")).await.unwrap_err();
    get_order(&wires[0], "OD1").await.unwrap_err();
    assert_eq!(witness.order(), ["create_order", "get_order"]);
    assert_eq!(witness.of(&CREATE)[0].json::<Order>().unwrap(), order("OD1"));
}
