"""What a Prometheus says about a demo that was paid and still runs, and whether that is what the demo says itself.

gather PROMETHEUS SERVICES   asks until everything was scraped after the last payment; prints the answers
compare ANSWERS DEMO         compares them with the object of `payments demo --json`
"""

import json
import sys
import time
import urllib.parse
import urllib.request

PATIENCE = 30
TRACE = "0af7651916cd43dd8448eb211c80319c"
# Who stands for a provider of places: it is asked by anybody, and so can be asked with a trace of ours.
OUTSIDE = "ipapi"

QUERIES = {
    "up": "sum(up)",
    "succeeded": 'sum(payment_gateway_payment_total{status="success"})',
    "not succeeded": 'sum(payment_gateway_payment_total{status!="success"}) or vector(0)',
    "amount": 'sum(payment_gateway_payment_amount_sum{currency="USD"})',
    "answered": 'sum(payment_gateway_payment_duration_seconds_count{operation="create_payment"})',
    "orders asked for": 'sum(http_client_request_duration_seconds_count{http_request_method="POST", url_template="/api/v1/orders"})',
    "orders served": 'sum(http_server_request_duration_seconds_count{http_request_method="POST", http_route="/api/v1/orders"})',
    "calls": "sum(payment_clients_call_duration_seconds_count)",
    "attempts": "sum(http_client_request_duration_seconds_count)",
    "unknown": 'sum(payment_clients_call_duration_seconds_count{outcome="unknown", peer="order-service"}) or vector(0)',
    "currencies": "count(ledger_imbalance_minor)",
    "out of balance": "count(ledger_imbalance_minor != 0) or vector(0)",
    "breakers": "count(service_peer:payment_clients_breaker_state:max)",
    "rates": 'sum(service_peer_outcome:payment_clients_calls:rate5m{outcome="done"})',
    "waiting": "sum(outbox_unpublished) + sum(dead_letters_open)",
}


def ask(base, path, **arguments):
    url = f"{base}/api/v1/{path}?{urllib.parse.urlencode(arguments)}"
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)["data"]


def value(base, query):
    result = ask(base, "query", query=query)["result"]
    return float(result[0]["value"][1]) if result else None


def wait_for(what, condition):
    until = time.monotonic() + PATIENCE
    while True:
        try:
            found = condition()
        except OSError:
            found = None
        if found:
            return found
        if time.monotonic() > until:
            sys.exit(f"prometheus: {what} did not come about in {PATIENCE} s")
        time.sleep(0.2)


def traced(base):
    now = time.time()
    query = f'http_server_request_duration_seconds_bucket{{service="{OUTSIDE}"}}'
    series = ask(base, "query_exemplars", query=query, start=now - 300, end=now + 60)
    return [one for one in series for exemplar in one["exemplars"] if exemplar["labels"].get("trace_id") == TRACE]


def gather(base, services):
    wait_for(f"{services} targets that are up", lambda: value(base, "sum(up)") == services)
    # Whatever is counted now is in samples that are younger than this.
    paid = time.time()
    wait_for("a scrape of every target", lambda: value(base, "min(timestamp(up))") > paid + 1)
    wait_for("a rate", lambda: value(base, QUERIES["rates"]))
    answers = {name: value(base, query) for name, query in QUERIES.items()}
    answers["alerts"] = [alert["labels"]["alertname"] for alert in ask(base, "alerts")["alerts"] if alert["state"] == "firing"]
    instance = ask(base, "query", query=f'store_units_total{{service="{OUTSIDE}"}}')["result"][0]["metric"]["instance"]
    headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    request = urllib.request.Request(f"http://{instance}/8.8.8.8/json/", headers=headers)
    urllib.request.urlopen(request, timeout=5).read()
    answers["exemplars"] = len(wait_for("an exemplar", lambda: traced(base)))
    json.dump(answers, sys.stdout)


def compare(answers, demo):
    with open(answers, encoding="utf-8") as file:
        told = json.load(file)
    with open(demo, encoding="utf-8") as file:
        paid = json.load(file)
    payments, amount, http = paid["payments"], paid["amount_minor"]["USD"], paid["http"]
    facts = {
        "payments that succeeded": (told["succeeded"], payments["succeeded"]),
        "payments that did not": (told["not succeeded"], payments["refused"] + payments["failed"]),
        "requests that were answered": (told["answered"], payments["offered"]),
        "cents that were taken": (told["amount"], amount["succeeded"]),
        "orders that were served": (told["orders served"], told["orders asked for"]),
        "currencies out of balance": (told["out of balance"], 0),
        "events that wait": (told["waiting"], 0),
        "alerts that fire": (told["alerts"], []),
    }
    wrong = [f"{name}: Prometheus says {said}, and it is {known}" for name, (said, known) in facts.items() if said != known]
    # The demo's own calls to the gateway are no service's.
    for name in ("calls", "attempts"):
        if not 0 < told[name] <= http[name]:
            wrong.append(f"{name}: Prometheus says {told[name]}, and all together are {http[name]}")
    wrong += [f"there is no value of {name}" for name in ("breakers", "currencies", "exemplars") if not told[name]]
    if wrong:
        sys.exit("prometheus: " + "; ".join(wrong))
    print(
        f"prometheus: {told['up']:.0f} targets are up; it knows of {told['succeeded']:.0f} payments, {told['amount']:.0f} cents and "
        f"{told['attempts']:.0f} attempts, as the demo does, and of a trace by its exemplar"
    )


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "gather":
        prometheus, services = arguments
        gather(prometheus, int(services))
    else:
        compare(*arguments)
