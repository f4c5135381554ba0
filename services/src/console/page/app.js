// Begins: reads what is being shown, then listens to one frame a second and hands each to the parts of the page.

import { Controls } from "./controls.js";
import { Details } from "./details.js";
import { byId, say } from "./dom.js";
import { Essentials } from "./essentials.js";
import { Journal } from "./journal.js";
import { ServiceMap } from "./map.js";
import { Payments } from "./payments.js";
import { Story } from "./story.js";
import { Tables } from "./tables.js";
import { LABELS, date, time } from "./words.js";

/** Milliseconds without a frame after which what is shown is old. */
const STALE = 4000;
const MODES = { up: "payments up", demo: "demo", day: "trading day" };
const WORST = ["closed", "ramping", "half_open", "open"];

// === colours ===

const THEMES = ["auto", "light", "dark"];
let theme = localStorage.getItem("theme") ?? "auto";
function colour() {
  document.documentElement.dataset.theme = theme;
  const word = { auto: "Auto", light: "Light", dark: "Dark" }[theme];
  say(byId("theme"), word);
  byId("theme").setAttribute("aria-label", `Colours: ${word}. Press for the next.`);
}
byId("theme").addEventListener("click", () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  localStorage.setItem("theme", theme);
  colour();
});
colour();

// === the parts ===

const setting = await (await fetch("/api/setting")).json();
const nodeNames = new Map(setting.nodes.flatMap(({ name, services }) => services.map((service) => [service, name])));
nodeNames.set("console", "console");
const nodeOf = (service) => nodeNames.get(service);
if (!setting.shop) LABELS.console = "Shops";
say(byId("mode"), `${MODES[setting.mode]}${setting.processes ? " · processes" : ""}`);

const details = new Details();
const controls = new Controls(setting);
const map = new ServiceMap((name, focus) => {
  map.mark(name);
  controls.choose(name);
  details.choose(name, focus);
});
const payments = new Payments((number) => {
  payments.mark(number);
  story.open(number);
});
const story = new Story(nodeOf, () => payments.mark(null));
const parts = [new Essentials(), map, new Tables(), details, controls, payments, new Journal()];

/** A frame as the parts want it: services and calls by their places on the map. */
function read(frame) {
  const services = new Map(frame.picture.services.map((service) => [nodeOf(service.name), service]));
  const calls = new Map();
  for (const call of frame.picture.calls) {
    const [fromNode, toNode] = [nodeOf(call.from), nodeOf(call.to)];
    if (!fromNode || !toNode) continue;
    const key = `${fromNode}>${toNode}`;
    calls.set(key, joined(calls.get(key), { ...call, fromNode, toNode }));
  }
  const known = [...calls.values()];
  if (!setting.shop) known.push(fromOutside(services.get("payment-gateway"), known));
  const shop = { ...frame.shop, available: setting.shop };
  return { frame, services, calls: known.filter(Boolean), plant: frame.plant, shop, now: frame.picture.at_ms };
}

/** Two lines between the same places are one, and as bad as the worse. */
function joined(one, other) {
  if (!one) return other;
  const sum = (field) => one[field] + other[field];
  const most = (field) => (one[field] === null && other[field] === null ? null : Math.max(one[field] ?? 0, other[field] ?? 0));
  const sums = ["done_milli", "refused_milli", "unknown_milli", "news_milli", "retries_milli", "in_flight", "limit", "queued"];
  return {
    ...one,
    ...Object.fromEntries(sums.map((field) => [field, sum(field)])),
    p50_us: most("p50_us"),
    p99_us: most("p99_us"),
    budget: most("budget"),
    breaker: WORST[Math.max(WORST.indexOf(one.breaker), WORST.indexOf(other.breaker))],
  };
}

/** What shops ask of the gateway: all that it answers and no service has asked. Nobody here knows how it ended for them. */
function fromOutside(gateway, calls) {
  if (!gateway) return null;
  const inside = calls.filter((call) => call.toNode === "payment-gateway");
  const asked = inside.reduce((all, call) => all + call.done_milli + call.refused_milli + call.unknown_milli, 0);
  return {
    fromNode: "console", toNode: "payment-gateway", outside: true, done_milli: Math.max(gateway.per_second_milli - asked, 0), refused_milli: 0,
    unknown_milli: 0, news_milli: 0, p50_us: gateway.p50_us, p99_us: gateway.p99_us, retries_milli: 0, breaker: "closed", in_flight: 0, limit: 0, queued: 0, budget: null,
  };
}

// === the stream ===

let seen = 0;
const live = (text, stale) => {
  say(byId("live-text"), text);
  byId("live").classList.toggle("stale", stale);
};
const stream = new EventSource("/events");
stream.addEventListener("message", ({ data }) => {
  const state = read(JSON.parse(data));
  seen = performance.now();
  live("live", false);
  say(byId("clock"), `${date(state.frame.clock_ms)} ${time(state.frame.clock_ms)}`);
  for (const part of parts) part.draw(state);
});
stream.addEventListener("error", () => live("console is away", true));
setInterval(() => {
  if (seen && performance.now() - seen > STALE) live("out of date", true);
}, 1000);
