// One payment's story: what each service did, in time, why the payment is where it is, and the trace of its first call.

import { byId, el, show, svg } from "./dom.js";
import { stateTag } from "./payments.js";
import { label, time, took } from "./words.js";

/** What only carries other steps about. */
const MINOR = new Set(["an event is written", "the event is published", "the event is taken", "a step of the saga", "a saga begins", "the saga ends"]);

export class Story {
  constructor(nodeOf, closed) {
    this.root = byId("story");
    this.nodeOf = nodeOf;
    this.closed = closed;
    this.number = null;
  }

  async open(number, focus = true) {
    this.number = number;
    const answer = await fetch(`/api/payments/${encodeURIComponent(number)}`);
    const told = await answer.json();
    if (this.number !== number) return;
    if (answer.ok) this.draw(told);
    else this.draw({ story: null, why: told.error });
    show(this.root, true);
    if (focus) {
      this.root.focus();
      this.root.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    }
  }

  close() {
    this.number = null;
    show(this.root, false);
    this.closed();
  }

  draw({ story, spans, why }) {
    const close = el("button", { type: "button", cls: "plain", on: { click: () => this.close() } }, "Close");
    const again = el("button", { type: "button", cls: "plain", on: { click: () => this.open(this.number, false) } }, "Look again");
    const title = el("h2", { id: "story-title" }, "Payment ", el("span", { cls: "mono" }, this.number));
    if (!story) {
      this.root.replaceChildren(el("div", { cls: "story-head" }, title, close), el("p", { cls: "because" }, why));
      return;
    }
    this.root.replaceChildren(
      el("div", { cls: "story-head" }, title, stateTag(story.status), el("span", { cls: "amount num" }, story.money), again, close),
      because(story),
      el("div", { cls: "story-grid" },
        el("div", {}, el("h3", {}, "What was done"), this.steps(story.steps)),
        el("div", {}, el("h3", {}, "Known as"), names(story), el("h3", {}, "Trace of the request"), this.trace(spans ?? [], story.trace_id))));
  }

  /** The steps; those that only carry others about are shown when they are asked for. */
  steps(steps) {
    const minor = steps.filter(({ what }) => MINOR.has(what)).length;
    const list = el("ol", { cls: "steps brief" });
    const more = el("button", { type: "button", cls: "plain", "aria-pressed": "false" }, `Show ${minor} more: events and steps of sagas`);
    more.addEventListener("click", () => {
      const brief = list.classList.toggle("brief");
      more.setAttribute("aria-pressed", String(!brief));
      more.textContent = brief ? `Show ${minor} more: events and steps of sagas` : "Show less";
    });
    list.append(...steps.map((step) => this.step(step)));
    return [minor ? el("p", { cls: "more" }, more) : null, list];
  }

  step({ at_ms, service, what, facts }) {
    const known = Object.entries(facts);
    const shown = known.flatMap(([name, value], place) => [place ? " · " : "", `${name.replaceAll("_", " ")} `, el("b", {}, String(value))]);
    return el("li", { cls: MINOR.has(what) ? "minor" : "" },
      el("div", { cls: "line" }, el("strong", {}, what), el("span", { cls: "who" }, this.whose(service)), el("time", {}, time(at_ms, true))),
      known.length ? el("div", { cls: "facts" }, shown) : null);
  }

  whose(service) {
    return label(this.nodeOf(service) ?? service);
  }

  // === the trace ===

  trace(spans, id) {
    if (spans.length === 0) {
      const text = id ? "The trace is not kept here: it was not sampled, it is too old, or it goes to a collector of your own." : "No trace is known of it.";
      return el("p", { cls: "why" }, text);
    }
    const begin = Math.min(...spans.map((span) => span.start_us));
    const whole = Math.max(...spans.map((span) => span.start_us + span.duration_us)) - begin || 1;
    const rows = ordered(spans).map(([span, depth]) => this.span(span, depth, begin, whole));
    const services = new Set(spans.map((span) => span.service)).size;
    return el("div", { cls: "spans" },
      el("p", { cls: "why" }, `${spans.length} spans of ${services} services in ${took(whole)} `, el("span", { cls: "mono" }, id ?? "")), rows);
  }

  span(span, depth, begin, whole) {
    const [left, width] = [((span.start_us - begin) / whole) * 100, Math.max((span.duration_us / whole) * 100, 0.4)];
    const place = left + width < 78 ? [left + width + 1, "start", "beside"] : left > 16 ? [left - 1, "end", "beside"] : [left + 1.5, "start", "within"];
    const bar = svg("svg", { "aria-hidden": "true" },
      svg("rect", { x: `${left}%`, y: 4, width: `${width}%`, height: 12 }),
      svg("text", { x: `${place[0]}%`, y: 14, "text-anchor": place[1], cls: place[2] }, took(span.duration_us)));
    const title = el("span", { cls: "title" });
    title.style.paddingLeft = `${Math.min(depth, 12) * 9}px`;
    title.append(span.name, " ", el("i", {}, this.whose(span.service)));
    const more = el("div", { cls: "attributes", hidden: true });
    const spoken = `${span.name}, ${this.whose(span.service)}, ${span.kind}, ${took(span.duration_us)}${span.status === "error" ? ", an error" : ""}`;
    const button = el("button", { type: "button", cls: `span ${span.kind} ${span.status}`, "aria-expanded": "false", "aria-label": spoken }, title, bar);
    button.addEventListener("click", () => {
      if (!more.hasChildNodes()) more.append(attributes(span));
      show(more, more.hidden);
      button.setAttribute("aria-expanded", String(!more.hidden));
    });
    return [button, more];
  }
}

/** Spans as a tree, parents before their children, each with its depth. */
function ordered(spans) {
  const ids = new Set(spans.map((span) => span.span_id));
  const below = new Map();
  for (const span of spans) {
    const parent = ids.has(span.parent_id) ? span.parent_id : null;
    below.set(parent, [...(below.get(parent) ?? []), span]);
  }
  const rows = [];
  const walk = (parent, depth) => {
    for (const span of below.get(parent) ?? []) {
      rows.push([span, depth]);
      if (depth < 64) walk(span.span_id, depth + 1);
    }
  };
  walk(null, 0);
  return rows;
}

function because({ why, next, remedies, incidents, missing }) {
  const lines = [...why, next ? `Next: ${next}` : null, ...remedies.map((remedy) => `To do: ${remedy}`)];
  for (const { store, reason, detail, remedy } of incidents) lines.push(`Incident of ${store}: ${reason}. ${detail} ${remedy}`);
  if (missing.length) lines.push(`Not told, for want of the stores of: ${missing.join(", ")}`);
  return el("div", { cls: "because" }, lines.filter(Boolean).map((line) => el("p", {}, line)));
}

function names({ order_no, merchant_id, channel, key, request_id, trace_id }) {
  const pairs = { "order number": order_no, merchant: merchant_id, channel, "idempotency key": key, "request id": request_id, "trace id": trace_id };
  const known = Object.entries(pairs).filter(([, value]) => value);
  return el("dl", { cls: "pairs" }, known.flatMap(([name, value]) => [el("dt", {}, name), el("dd", { cls: "mono" }, value)]));
}

function attributes({ attributes: pairs, events, kind, span_id }) {
  const all = [["span", span_id], ["kind", kind], ...pairs, ...events.map((event) => ["event", `${event.name} ${event.attributes.map((pair) => pair.join("=")).join(" ")}`])];
  return el("dl", { cls: "pairs" }, all.flatMap(([name, value]) => [el("dt", {}, name), el("dd", { cls: "mono" }, value)]));
}
