// The map as tables: everything that it shows by shape and motion, in figures.

import { byId, el } from "./dom.js";
import { stateOf } from "./details.js";
import { BREAKERS, count, label, rate, took } from "./words.js";

const right = (text) => el("td", { cls: "right" }, text);
const heads = (...names) => el("thead", {}, el("tr", {}, names.map((name) =>
  el("th", { scope: "col", cls: name.startsWith("<") ? "" : "right" }, name.replace("<", "")))));

export class Tables {
  constructor() {
    this.view = "map";
    for (const tab of document.querySelectorAll(".tab")) tab.addEventListener("click", () => this.turn(tab.dataset.view));
  }

  turn(view) {
    this.view = view;
    for (const tab of document.querySelectorAll(".tab")) tab.setAttribute("aria-pressed", String(tab.dataset.view === view));
    for (const name of ["map", "services", "calls"]) byId(`view-${name}`).hidden = name !== view;
    if (this.state) this.draw(this.state);
  }

  draw(state) {
    this.state = state;
    if (this.view === "services") byId("view-services").replaceChildren(services(state));
    if (this.view === "calls") byId("view-calls").replaceChildren(calls(state));
  }
}

function services({ services: all, plant }) {
  const rows = [...all].map(([name, service]) => el("tr", {},
    el("th", { scope: "row" }, label(name)),
    el("td", {}, stateOf(service, plant?.[name])),
    right(rate(service.per_second_milli)), right(took(service.p50_us)), right(took(service.p99_us)),
    right(count(service.sagas_open)), right(count(service.unpublished)), right(count(service.incidents)), right(count(service.dead_letters)),
    el("td", {}, service.note ?? "")));
  return el("table", {}, heads("<Service", "<State", "Calls/s", "p50", "p99", "Sagas", "Unpublished", "Incidents", "Dead letters", "<Note"), el("tbody", {}, rows));
}

function calls({ calls: all }) {
  const busy = (call) => call.done_milli + call.refused_milli + call.unknown_milli;
  const sorted = all.filter((call) => !call.outside).sort((one, other) => busy(other) - busy(one) || one.fromNode.localeCompare(other.fromNode));
  const rows = sorted.map((call) => el("tr", {},
    el("th", { scope: "row" }, `${label(call.fromNode)} → ${label(call.toNode)}`),
    right(rate(call.done_milli)), right(rate(call.refused_milli)), right(rate(call.unknown_milli)), right(rate(call.news_milli)), right(took(call.p50_us)), right(took(call.p99_us)),
    right(rate(call.retries_milli)),
    el("td", {}, el("span", { cls: `tag ${call.breaker === "closed" ? "good" : call.breaker === "open" ? "bad" : "wait"}` }, BREAKERS[call.breaker])),
    right(`${count(call.in_flight)} of ${count(call.limit)}`), right(count(call.queued)), right(count(call.budget))));
  return el("table", {}, heads("<Who calls whom", "Done/s", "Refused/s", "Unknown/s", "Events/s", "p50", "p99", "Retries/s", "<Breaker", "In flight", "Queue", "Retry budget"), el("tbody", {}, rows));
}
