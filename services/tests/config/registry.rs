//! The registry of services: who is alive.

use std::time::Duration;

use payment_clients::{apis::config_service::RegisterService, contract::error::ErrorKind, prelude::*};

use crate::stage::{Stage, names, refused};

fn at(url: &str) -> RegisterService {
    RegisterService { service_name: "order-service".into(), service_url: url.into(), ..RegisterService::default() }
}

#[tokio::test]
async fn an_instance_that_is_not_heard_of_is_listed_no_more() {
    let stage = Stage::open();
    let orders = stage.client("service:order-service");
    let fresh = orders.with(CallOptions::new().fresh());
    let alive = async || fresh.list_services().await.unwrap().len();
    let first = orders.register_service(&at("http://10.0.0.1:40004")).await.unwrap();
    orders.register_service(&at("http://10.0.0.2:40004")).await.unwrap();
    let again = orders.register_service(&at("http://10.0.0.1:40004")).await.unwrap();
    assert_eq!((first.id, alive().await), (again.id, 2), "the same place is the same instance");

    let (name, silence) = ("order-service".into(), Duration::from_secs(60));
    stage.hand.advance(silence);
    orders.heartbeat_service(&name).await.unwrap();
    stage.hand.advance(silence);
    assert_eq!(alive().await, 2);
    stage.hand.advance(silence);
    assert_eq!(alive().await, 0);
    refused(fresh.get_service(&name).await, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
    orders.heartbeat_service(&name).await.unwrap();
    assert_eq!(alive().await, 2, "who is heard of again is alive again");
    let lowest = fresh.list_services().await.unwrap().remove(0);
    assert_eq!(fresh.get_service(&name).await.unwrap(), lowest);
}

#[tokio::test]
async fn who_was_taken_out_comes_back_by_registering_and_not_by_a_heartbeat() {
    let stage = Stage::open();
    let orders = stage.client("service:order-service");
    let name = "order-service".into();
    refused(orders.heartbeat_service(&name).await, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
    refused(orders.deregister_service(&name).await, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
    orders.register_service(&at("http://10.0.0.1:40004")).await.unwrap();
    for _ in 0..2 {
        orders.deregister_service(&name).await.unwrap();
    }
    let fresh = orders.with(CallOptions::new().fresh());
    assert!(fresh.list_services().await.unwrap().is_empty());
    refused(orders.heartbeat_service(&name).await, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
    orders.register_service(&at("http://10.0.0.1:40004")).await.unwrap();
    assert_eq!(fresh.list_services().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_service_speaks_for_itself_only() {
    let stage = Stage::open();
    let risk = stage.client("service:risk-service");
    refused(risk.register_service(&at("http://10.0.0.1")).await, ErrorKind::Forbidden, "FORBIDDEN");
    refused(risk.deregister_service(&"order-service".into()).await, ErrorKind::Forbidden, "FORBIDDEN");
    let merchant = stage.client("merchant:7c9e6679-7425-40de-944b-e07fc1f90ae7");
    refused(merchant.list_services().await, ErrorKind::Forbidden, "FORBIDDEN");
    for url in ["", "10.0.0.1", "ftp://10.0.0.1", "http://"] {
        names(stage.staff.register_service(&at(url)).await, "service_url");
    }
    let port = RegisterService { service_port: Some(65_536), ..at("http://10.0.0.1") };
    names(stage.staff.register_service(&port).await, "service_port");
}
