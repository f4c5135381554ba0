//! What the gateway counts: each end once, by what it is.

use payment_clients::{
    apis::payment_gateway::{CancelPayment, CreateRefund, PaymentApi, RefundApi},
    prelude::*,
};

use crate::stage::{World, key, request, stage};

fn counts(figures: &[String], name: &str) -> Vec<String> {
    let mut found: Vec<_> = figures.iter().filter(|line| line.split('{').next() == Some(name)).cloned().collect();
    found.sort();
    found
}

#[tokio::test]
async fn each_end_is_counted_once_however_often_it_is_asked_for_or_told() {
    let stage = stage(World::default().mocks()).await;
    for _ in 0..3 {
        let created = stage.client.with(key("create-0001-0001"));
        let payment = created.create_payment(&request("M-1", 1999)).await.unwrap();
        let number = &payment.payment_no;
        let paid = format!(r#"{{"payment_no": "{number}", "status": "success", "amount": 1999, "currency": "USD"}}"#);
        stage.callback(&paid).await.unwrap();
        let refund =
            CreateRefund { payment_no: number.clone(), amount: 500, reason: "worn".into(), ..CreateRefund::default() };
        stage.client.with(key("refund-0001-0001")).create_refund(&refund).await.unwrap();
    }
    let other = stage.client.create_payment(&request("M-2", 5)).await.unwrap();
    let given_up = CancelPayment { reason: "no".into() };
    stage.client.cancel_payment(&other.payment_no, &given_up).await.unwrap();
    stage.client.cancel_payment(&other.payment_no, &given_up).await.unwrap_err();
    let figures = stage.figures().await;
    assert_eq!(
        counts(&figures, "payment_gateway_payment_total"),
        [
            r#"payment_gateway_payment_total{status="cancelled",channel="stripe",currency="USD"} 1"#,
            r#"payment_gateway_payment_total{status="success",channel="stripe",currency="USD"} 1"#,
        ]
    );
    assert_eq!(
        counts(&figures, "payment_gateway_refund_total"),
        [r#"payment_gateway_refund_total{status="success",currency="USD"} 1"#]
    );
    assert_eq!(
        counts(&figures, "payment_gateway_payment_amount_sum"),
        [r#"payment_gateway_payment_amount_sum{currency="USD"} 1999.0"#],
        "what was cancelled is no money"
    );
    let waited: Vec<_> = counts(&figures, "payment_gateway_payment_duration_seconds_count");
    assert_eq!(
        waited,
        [
            r#"payment_gateway_payment_duration_seconds_count{operation="cancel_payment",status="success"} 1"#,
            r#"payment_gateway_payment_duration_seconds_count{operation="create_payment",status="success"} 2"#,
            r#"payment_gateway_payment_duration_seconds_count{operation="create_refund",status="success"} 1"#,
        ]
    );
}
