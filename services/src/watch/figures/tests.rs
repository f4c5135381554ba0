use std::time::Duration;

use super::{Figures, Since};
use crate::watch::picture::{Breaker, Calls, Ledger};

/// What a gateway tells after `rounds` rounds: each answers four calls, and makes two of order, of which one is unknown.
fn told(rounds: u64, units: u64) -> String {
    let (fast, done) = (3 * rounds, rounds);
    format!(
        r#"# HELP store_units_total Units of work that were run.
# TYPE store_units_total counter
store_units_total{{service="payment-gateway"}} {units}
# TYPE http_server_request_duration_seconds histogram
http_server_request_duration_seconds_bucket{{service="payment-gateway",http_route="/a",le="0.005"}} {fast}
http_server_request_duration_seconds_bucket{{service="payment-gateway",http_route="/a",le="0.01"}} {fast}
http_server_request_duration_seconds_bucket{{service="payment-gateway",http_route="/a",le="+Inf"}} {fast}
http_server_request_duration_seconds_sum{{service="payment-gateway",http_route="/a"}} 0.25
http_server_request_duration_seconds_count{{service="payment-gateway",http_route="/a"}} {fast}
http_server_request_duration_seconds_bucket{{service="payment-gateway",http_route="/b",le="0.005"}} 0
http_server_request_duration_seconds_bucket{{service="payment-gateway",http_route="/b",le="0.01"}} {done}
http_server_request_duration_seconds_bucket{{service="payment-gateway",http_route="/b",le="+Inf"}} {done}
http_server_request_duration_seconds_count{{service="payment-gateway",http_route="/b"}} {done}
# TYPE payment_clients_call_duration_seconds histogram
payment_clients_call_duration_seconds_bucket{{service="payment-gateway",peer="order-service",operation="create_order",outcome="done",le="0.01"}} {done}
payment_clients_call_duration_seconds_count{{service="payment-gateway",peer="order-service",operation="create_order",outcome="done"}} {done}
payment_clients_call_duration_seconds_bucket{{service="payment-gateway",peer="order-service",operation="pay_order",outcome="unknown",le="0.01"}} {done}
payment_clients_call_duration_seconds_count{{service="payment-gateway",peer="order-service",operation="pay_order",outcome="unknown"}} {done}
http_server_request_duration_seconds_count{{service="payment-gateway",http_route="/metrics"}} {done}
payment_clients_call_duration_seconds_count{{service="payment-gateway",peer="order-service",operation="get_liveness",outcome="refused"}} {done}
payment_clients_call_duration_seconds_bucket{{service="payment-gateway",peer="order-service",operation="read_events",outcome="done",le="0.5"}} {done}
payment_clients_call_duration_seconds_bucket{{service="payment-gateway",peer="order-service",operation="read_events",outcome="done",le="2.5"}} {fast}
payment_clients_call_duration_seconds_count{{service="payment-gateway",peer="order-service",operation="read_events",outcome="done"}} {fast}
payment_clients_retries_total{{service="payment-gateway",peer="order-service",operation="pay_order",why="timeout"}} {done}
payment_clients_breaker_state{{service="payment-gateway",peer="order-service",instance="127.0.0.1:1"}} 0
payment_clients_breaker_state{{service="payment-gateway",peer="order-service",instance="127.0.0.1:2"}} 2
payment_clients_limit{{service="payment-gateway",peer="order-service",instance="127.0.0.1:1"}} 128
payment_clients_limit{{service="payment-gateway",peer="order-service",instance="127.0.0.1:2"}} 64
payment_clients_in_flight{{service="payment-gateway",peer="order-service",instance="127.0.0.1:1"}} 3
payment_clients_queue_depth{{service="payment-gateway",peer="order-service",tier="critical"}} 1
payment_clients_queue_depth{{service="payment-gateway",peer="order-service",tier="standard"}} 2
payment_clients_retry_budget{{service="payment-gateway",peer="order-service"}} 9.5
payment_clients_limit{{service="payment-gateway",peer="risk-service",instance="127.0.0.1:3"}} 128
outbox_unpublished{{service="payment-gateway"}} 7
sagas_open{{service="payment-gateway",state="running"}} 2
sagas_open{{service="payment-gateway",state="compensating"}} 1
"#
    )
}

fn figures(rounds: u64, units: u64) -> Figures {
    Figures::read(&told(rounds, units)).unwrap()
}

fn since(after: &Figures, before: &Figures, millis: u64) -> Since {
    after.since(Some((Duration::from_millis(millis), before)))
}

#[test]
fn rates_and_times_are_of_what_came_between_two_looks() {
    let (before, after) = (figures(10, 100), figures(14, 140));
    let since = since(&after, &before, 2000);
    assert_eq!(since.per_second_milli(since.served.count), 8000, "16 calls in two seconds");
    assert_eq!(since.served.percentile(500), Some(3333), "eight of the twelve in 0..5 ms");
    assert_eq!(since.served.percentile(990), Some(9800));
    let calls = after.calls("payment-gateway", &since);
    let order = Calls {
        from: "payment-gateway",
        to: "order-service".into(),
        done_milli: 2000,
        refused_milli: 0,
        unknown_milli: 2000,
        news_milli: 2000,
        p50_us: Some(5000),
        p99_us: Some(9900),
        retries_milli: 2000,
        breaker: Breaker::HalfOpen,
        in_flight: 3,
        limit: 192,
        queued: 3,
        budget: Some(9),
    };
    assert_eq!(calls[0], order);
    assert_eq!((&*calls[1].to, calls[1].p50_us, calls[1].budget), ("risk-service", None, None));
    assert_eq!((after.sagas, after.unpublished, after.incidents), (3, Some(7), None));
}

#[test]
fn the_first_look_knows_no_rates() {
    let first = figures(10, 100);
    let since = first.since(None);
    assert_eq!((since.per_second_milli(since.served.count), since.served.percentile(500)), (0, None));
    assert_eq!(first.calls("payment-gateway", &since)[0].done_milli, 0);
}

#[test]
fn a_service_that_was_started_anew_counts_from_its_start() {
    let (before, after) = (figures(10, 100), figures(3, 12));
    let since = since(&after, &before, 1000);
    assert_eq!(since.served.count, 12);
    assert_eq!(after.calls("payment-gateway", &since)[0].done_milli, 3000);
}

#[test]
fn a_start_is_noticed_when_only_the_store_s_units_went_back() {
    // As many calls as before in less time: by their own counters, none.
    let since = since(&figures(10, 12), &figures(10, 100), 1000);
    assert_eq!(since.served.count, 40);
}

#[test]
fn two_looks_at_one_moment_divide_by_nothing() {
    let since = since(&figures(11, 2), &figures(10, 1), 0);
    assert_eq!(since.per_second_milli(since.served.count), 0);
}

#[test]
fn the_ledger_is_told_by_currency_and_what_is_not_told_is_no_zero() {
    let told = "ledger_imbalance_minor{service=\"accounting-service\",currency=\"USD\"} 0\n\
        ledger_imbalance_minor{service=\"accounting-service\",currency=\"EUR\"} -1000000000000001\n\
        ledger_holds_open{service=\"accounting-service\",currency=\"USD\"} 2\n";
    let ledger: Vec<_> = Figures::read(told).unwrap().ledger().collect();
    let eur = Ledger { currency: "EUR".into(), imbalance_minor: Some(-1_000_000_000_000_001), holds_open: None };
    let usd = Ledger { currency: "USD".into(), imbalance_minor: Some(0), holds_open: Some(2) };
    assert_eq!(ledger, [eur, usd]);
}

#[test]
fn a_figure_that_cannot_be_one_is_refused_by_name() {
    for (told, what) in [
        ("store_units_total -1", "store_units_total: is no count"),
        ("ledger_imbalance_minor 1", "ledger_imbalance_minor: has no label currency"),
        ("payment_clients_limit 1", "payment_clients_limit: has no label peer"),
        ("payment_clients_breaker_state{peer=\"order\"} 4", "payment_clients_breaker_state: is no state of a breaker"),
        (
            "payment_clients_call_duration_seconds_count{peer=\"order\",outcome=\"fine\"} 4",
            "payment_clients_call_duration_seconds_count: has no label outcome that is done, refused or unknown",
        ),
        ("http_server_request_duration_seconds_bucket 1", "http_server_request_duration_seconds_bucket: has no bound"),
        ("nothing", "line 1: nothing has no value"),
    ] {
        assert_eq!(Figures::read(told).unwrap_err(), what);
    }
}

#[test]
fn a_histogram_that_says_it_is_a_counter_is_refused() {
    let told = "# TYPE http_server_request_duration_seconds counter\nhttp_server_request_duration_seconds_count 1";
    assert!(Figures::read(told).unwrap_err().contains("another kind"));
}
