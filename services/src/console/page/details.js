// One service: how it is, whom it calls, who calls it.

import { byId, el } from "./dom.js";
import { BREAKERS, STATUS, WEATHER, count, label, rate, took } from "./words.js";

/** A tag that says how a service is. */
export function stateOf(service, condition) {
  if (condition && !condition.running) return el("span", { cls: "tag bad" }, "✗ killed");
  const kind = { ok: "good", degraded: "wait" }[service.status] ?? "bad";
  const sign = { good: "●", wait: "▲", bad: "■" }[kind];
  const tags = [el("span", { cls: `tag ${kind}` }, `${sign} ${STATUS[service.status]}`)];
  if (condition?.weather && condition.weather !== "fair") tags.push(" ", el("span", { cls: "tag wait" }, WEATHER[condition.weather]));
  return el("span", {}, tags);
}

export class Details {
  constructor() {
    this.name = null;
    this.told = "";
  }

  choose(name, focus) {
    this.name = name;
    this.told = "";
    if (this.state) this.draw(this.state);
    if (focus) byId("details").focus();
    byId("details").scrollIntoView({ block: "nearest" });
  }

  draw(state) {
    this.state = state;
    if (this.name === null) return;
    const service = state.services.get(this.name);
    const calls = state.calls.filter((call) => call.fromNode === this.name || call.toNode === this.name);
    const condition = state.plant?.[this.name];
    // Nothing is drawn anew that says the same: whoever reads it is not disturbed.
    const told = JSON.stringify([this.name, service, condition, calls]);
    if (told === this.told) return;
    this.told = told;
    byId("details-title").textContent = label(this.name);
    byId("details-body").replaceChildren(
      service ? facts(service, condition) : el("p", { cls: "why" }, "It stands for those who buy: it pays through the typed client."),
      ...side("Calls", calls.filter((call) => call.fromNode === this.name), (call) => call.toNode),
      ...side("Called by", calls.filter((call) => call.toNode === this.name), (call) => call.fromNode));
  }
}

function facts(service, condition) {
  const pairs = [
    ["state", stateOf(service, condition)],
    ["network name", el("span", { cls: "mono" }, service.name)],
    ["answers", `${rate(service.per_second_milli)}/s, p50 ${took(service.p50_us)}, p99 ${took(service.p99_us)}`],
    ["sagas open", count(service.sagas_open)],
    ["unpublished", count(service.unpublished)],
    ["incidents", count(service.incidents)],
    ["dead letters", count(service.dead_letters)],
    ["note", service.note],
  ];
  return el("dl", { cls: "pairs" }, pairs.filter(([, value]) => value !== null && value !== undefined).flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function side(title, calls, other) {
  if (calls.length === 0) return [];
  const lines = calls.map((call) => el("li", {},
    el("span", {}, label(other(call))),
    call.outside ? "" : el("span", { cls: `tag ${call.breaker === "closed" ? "calm" : call.breaker === "open" ? "bad" : "wait"}` }, `breaker ${BREAKERS[call.breaker]}`),
    el("span", { cls: "sub" }, sentence(call))));
  return [el("h3", {}, title), el("ul", { cls: "lines" }, lines)];
}

function sentence(call) {
  if (call.outside) return `${rate(call.done_milli)}/s, as the gateway counts them`;
  const parts = [`${rate(call.done_milli)}/s done`];
  if (call.refused_milli) parts.push(`${rate(call.refused_milli)}/s refused`);
  if (call.unknown_milli) parts.push(`${rate(call.unknown_milli)}/s unknown`);
  if (call.news_milli) parts.push(`${rate(call.news_milli)}/s brought events`);
  if (call.p50_us !== null) parts.push(`p50 ${took(call.p50_us)}, p99 ${took(call.p99_us)}`);
  parts.push(`${count(call.in_flight)} of ${count(call.limit)} in flight`);
  if (call.queued) parts.push(`${count(call.queued)} wait`);
  if (call.budget !== null) parts.push(`budget of ${count(call.budget)} retries`);
  return parts.join(" · ");
}
