//! The table beside a platform that runs.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use futures_util::future::join_all;
use http::Request;
use payment_clients::{
    apis::{
        ids::MerchantId,
        payment_gateway::{CreatePayment, CreateRefund, Payment, PaymentStatus},
    },
    prelude::*,
    transport::{Connection, Transport, http::Http},
};
use payment_services::{
    channel_sim::Manners,
    kit::clock::Clock,
    platform::{Bound, Ports, Setup, Urls},
    registry::Name,
};
use tokio::time::{Instant, timeout};

use crate::{
    support::{self, Place},
    table::{Family, documented},
};

type Families = BTreeMap<String, Family>;

/// Longest time until each family has been seen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Adds the families of a text in Prometheus' format.
fn add(families: &mut Families, text: &str) {
    let mut current = String::new();
    for line in text.lines() {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|rest| rest.split_once(' ')) {
            current = name.to_owned();
            families.entry(current.clone()).or_default().kind = kind.to_owned();
        } else if !line.starts_with('#') {
            let (name, rest) = line.split_once('{').unwrap_or_else(|| panic!("a sample without labels: {line}"));
            assert!(name.starts_with(&current), "{line} stands below {current}");
            let labels = rest.split(['{', ',']).filter_map(|part| part.split_once("=\"")).map(|(label, _)| label);
            let own = labels.filter(|label| !["service", "le"].contains(label)).map(str::to_owned);
            families.get_mut(&current).unwrap().labels.extend(own);
        }
    }
}

async fn scrape(urls: &Urls, families: &mut Families) {
    for url in urls.values() {
        let connection = Http::new().open(&url.parse().unwrap(), &Default::default()).unwrap();
        let request = Request::get(format!("{url}/metrics")).body(Bytes::new()).unwrap();
        let answer = connection.send(request).await.unwrap();
        add(families, std::str::from_utf8(answer.body()).unwrap());
    }
}

fn request(order_no: &str, payer: &str) -> CreatePayment {
    CreatePayment {
        customer_email: format!("{payer}@example.com").into(),
        notify_url: "https://shop.example/notify".into(),
        return_url: "https://shop.example/back".into(),
        ..CreatePayment::new(MerchantId::from_u128(7), order_no.into(), Money::new(1999, Currency::USD))
    }
}

/// One payment that is paid and paid back, and many whose answers are lost, so that calls are repeated and breakers move.
async fn trade(client: &PaymentGatewayClient) {
    let payment = client.create_payment(&request("M-1", "payer")).await.unwrap();
    loop {
        let Payment { status, .. } = client.get_payment(&payment.payment_no).await.unwrap();
        if status == PaymentStatus::Success {
            break;
        }
        tokio::task::yield_now().await;
    }
    let refund = CreateRefund {
        payment_no: payment.payment_no,
        amount: 500,
        reason: "it came too late".into(),
        ..CreateRefund::default()
    };
    client.create_refund(&refund).await.unwrap();
    let lost: Vec<_> = (0..40).map(|number| request(&format!("L-{number}"), "lose_answer")).collect();
    // What comes of them is not asked here.
    let _ = join_all(lost.iter().map(|request| client.create_payment(request))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_platform_shows_the_families_of_the_table_and_no_others() {
    let place = Place::new();
    let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
    let urls = bound.urls().unwrap();
    let client = PaymentGatewayClient::builder().url(&urls[&Name::PaymentGateway]).signer(support::merchant(7));
    let client: PaymentGatewayClient = client.build().unwrap().into();
    let setup = Setup {
        directory: Some(support::directory()),
        manners: Manners { hang: Duration::from_secs(60), late: Duration::from_millis(50) },
        ..Setup::new(place.path(), place.stores().clone(), Clock::system())
    };
    let running = bound.start(&setup).await.unwrap();
    let trading = tokio::spawn(async move { timeout(PATIENCE, trade(&client)).await });
    let (table, began) = (documented(), Instant::now());
    let mut shown = Families::new();
    while began.elapsed() < PATIENCE && (shown != table || !trading.is_finished()) {
        scrape(&urls, &mut shown).await;
        if let Some(name) = shown.keys().find(|name| !table.contains_key(*name)) {
            panic!("{name} is shown and not in docs/metrics.md");
        }
    }
    trading.await.unwrap().unwrap();
    running.stop().await.unwrap();
    let missing: Vec<_> = table.keys().filter(|name| !shown.contains_key(*name)).collect();
    assert!(missing.is_empty(), "docs/metrics.md names what is never shown: {missing:?}");
    for (name, family) in &table {
        assert_eq!(&shown[name], family, "{name} is not what docs/metrics.md says");
    }
}
