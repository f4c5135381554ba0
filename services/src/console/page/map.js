// The map: services as cards, calls as lines between them, and what is wrong said by shape as well as by colour.

import { byId, say, setAttr, show, svg } from "./dom.js";
import { Flow } from "./flow.js";
import { NARROW, WIDE, curve, path, point } from "./layout.js";
import { BREAKERS, STATUS, WEATHER, count, label, rate, took } from "./words.js";

/** Frames for which a line stays bright after its last call. */
const WARM = 3;
/** Thousandths of a call per second below which a line is drawn thin: somebody looks after something. */
const FAINT = 1500;
const NARROWER = matchMedia("(max-width: 700px)");

/** Marks of a service's health: a shape each, so that nobody needs the colours. */
const MARKS = {
  ok: "M-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0 -4.5 0Z",
  degraded: "M0 -5.5 5.8 4.8H-5.8Z",
  unhealthy: "M-4.6 -4.6H4.6V4.6H-4.6Z",
  down: "M-5 -3 -3 -5 0 -2 3 -5 5 -3 2 0 5 3 3 5 0 2 -3 5 -5 3 -2 0Z",
};

/** The network before a service, in as much room as a card has. */
const WEATHERED = { cut: "cut off", slow: "slow", deaf: "deaf", robbed: "robbed" };

export class ServiceMap {
  constructor(onChoose) {
    this.root = byId("map");
    this.tip = byId("tip");
    this.onChoose = onChoose;
    this.chosen = null;
    this.nodes = new Map();
    this.edges = new Map();
    this.state = null;
    NARROWER.addEventListener("change", () => this.build());
    this.build();
  }

  /** Draws everything anew, as when the screen has turned. */
  build() {
    this.layout = NARROWER.matches ? NARROW : WIDE;
    this.root.replaceChildren();
    this.root.setAttribute("viewBox", `0 0 ${this.layout.box.join(" ")}`);
    this.nodes.clear();
    this.edges.clear();
    const titles = this.layout.titles.map(([x, y, text]) => svg("text", { x, y, cls: "layer", "text-anchor": this.layout.across ? "middle" : "start" }, text));
    [this.lines, this.dots, this.cards, this.badges] = ["lines", "dots", "cards", "badges"].map((cls) => svg("g", { cls }));
    this.badges.setAttribute("aria-hidden", "true");
    this.root.append(svg("g", { cls: "titles", "aria-hidden": "true" }, titles), this.lines, this.dots, this.cards, this.badges);
    for (const name of Object.keys(this.layout.at)) this.card(name);
    this.flow?.end();
    this.flow = new Flow(this.dots);
    if (this.state) this.draw(this.state, false);
  }

  card(name) {
    const [[x, y], [width, height]] = [this.layout.at[name], this.layout.node];
    const parts = {
      mark: svg("path", { cls: "mark", transform: `translate(${13 - width / 2} ${-9})`, d: MARKS.ok }),
      name: svg("text", { cls: label(name).length > 12 ? "name long" : "name", x: 24 - width / 2, y: -5 }, label(name)),
      fact: svg("text", { cls: "fact", x: 9 - width / 2, y: 13 }),
      hurt: svg("text", { cls: "hurt", x: width / 2 - 8, y: 13 }),
    };
    const card = svg(
      "g",
      {
        cls: `node ${name.endsWith("-sim") ? "outside" : ""}`,
        transform: `translate(${x} ${y})`,
        tabindex: this.nodes.size === 0 ? 0 : -1,
        role: "button",
        "data-name": name,
        on: {
          click: () => this.onChoose(name),
          keydown: (event) => this.key(event, name),
          pointerenter: () => this.hint(name),
          pointerleave: () => this.unhint(),
          focus: () => this.enter(name),
          blur: () => this.unhint(),
        },
      },
      svg("rect", { x: -width / 2, y: -height / 2, width, height, rx: 10 }),
      Object.values(parts),
    );
    this.nodes.set(name, { card, ...parts });
    this.cards.append(card);
  }

  enter(name) {
    for (const [other, { card }] of this.nodes) setAttr(card, "tabindex", other === name ? 0 : -1);
    this.hint(name);
  }

  /** Enter opens; arrows go to the nearest service in their direction, Home to where everything begins. */
  key(event, name) {
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      return this.onChoose(name, true);
    }
    if (event.key === "Home") {
      event.preventDefault();
      return this.nodes.get("console").card.focus();
    }
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return undefined;
    event.preventDefault();
    const [x, y] = this.layout.at[name];
    let [best, nearest] = [Infinity, null];
    for (const [other, [ox, oy]] of Object.entries(this.layout.at)) {
      const ahead = (ox - x) * way[0] + (oy - y) * way[1];
      const aside = Math.abs((ox - x) * way[1]) + Math.abs((oy - y) * way[0]);
      if (ahead > 8 && ahead + aside * 2 < best) [best, nearest] = [ahead + aside * 2, other];
    }
    return nearest && this.nodes.get(nearest).card.focus();
  }

  /** Marks the service whose details are open. */
  mark(name) {
    this.chosen = name;
    for (const [other, { card }] of this.nodes) card.classList.toggle("chosen", other === name);
    for (const [, edge] of this.edges) edge.line.classList.toggle("near", name !== null && (edge.from === name || edge.to === name));
  }

  // === what is shown ===

  /** Shows a state; `fresh` says that its calls have not been shown yet. */
  draw(state, fresh = true) {
    this.state = state;
    for (const [name, node] of this.nodes) this.drawCard(name, node, state);
    const seen = new Set();
    for (const call of state.calls) {
      const key = `${call.fromNode}>${call.toNode}`;
      if (!this.layout.at[call.fromNode] || !this.layout.at[call.toNode] || call.fromNode === call.toNode) continue;
      seen.add(key);
      const edge = this.edges.get(key) ?? this.edge(key, call);
      this.drawEdge(edge, call, fresh);
    }
    for (const [key, edge] of this.edges) {
      if (!seen.has(key)) this.drawEdge(edge, null, fresh);
    }
    if (this.hinted) this.hint(this.hinted);
  }

  drawCard(name, node, { services, plant, shop }) {
    const service = services.get(name);
    const condition = plant?.[name];
    const status = service ? service.status : name === "console" ? "ok" : "down";
    setAttr(node.mark, "d", MARKS[status]);
    const weather = condition?.weather && condition.weather !== "fair" ? condition.weather : null;
    const dead = condition && !condition.running;
    const idle = name === "console" && !shop.open;
    setAttr(node.card, "class", [
      "node", status, name.endsWith("-sim") ? "outside" : "", weather ? "weather" : "", idle ? "idle" : "",
      this.chosen === name ? "chosen" : "",
    ].join(" ").replace(/ +/g, " ").trim());
    const hurts = dead ? "killed" : weather ? WEATHERED[weather] : status === "down" ? "down" : status === "ok" ? hurt(service) : status;
    const fact = service ? `${rate(service.per_second_milli)}/s${hurts ? "" : `  ${took(service.p50_us)}`}` : "";
    say(node.fact, name === "console" ? consoleFact(shop) : status === "down" ? "" : fact);
    say(node.hurt, hurts);
    setAttr(node.card, "aria-label", spoken(name, service, condition, shop));
  }

  edge(key, call) {
    const at = curve(this.layout, call.fromNode, call.toNode);
    const line = svg("path", { cls: "edge", d: path(at) });
    const [x, y] = point(at, 0.5);
    const badge = svg("g", { cls: "badge", transform: `translate(${x} ${y})` },
      svg("rect", { x: -26, y: -8.5, width: 52, height: 17, rx: 8.5 }), svg("text", { y: 4 }));
    badge.style.display = "none";
    const count = svg("text", { cls: "count", x: point(at, 0.45)[0], y: point(at, 0.45)[1] - 5 });
    this.lines.append(line);
    this.badges.append(count, badge);
    const edge = { key, from: call.fromNode, to: call.toNode, at, line, badge, count, warm: 0, kind: "idle" };
    this.edges.set(key, edge);
    edge.line.classList.toggle("near", edge.from === this.chosen || edge.to === this.chosen);
    return edge;
  }

  drawEdge(edge, call, fresh) {
    const sum = call ? call.done_milli + call.refused_milli + call.unknown_milli : 0;
    if (call?.news_milli > 0 && sum === 0) [edge.warm, edge.kind] = [WARM, "news"];
    if (sum > 0) {
      edge.warm = WARM;
      edge.kind = call.unknown_milli > 0 ? "unknown" : call.refused_milli > 0 ? "refused" : call.outside ? "outside" : "done";
    } else if (fresh && edge.warm > 0 && !call?.news_milli) {
      edge.warm -= 1;
    }
    const near = edge.line.classList.contains("near") ? " near" : "";
    const trouble = call && call.breaker !== "closed" ? " broken" : "";
    const faint = sum < FAINT && edge.kind === "done" ? " faint" : "";
    setAttr(edge.line, "class", `edge ${edge.warm > 0 ? edge.kind : "idle"}${faint}${near}${trouble}`);
    const told = call && call.breaker !== "closed" ? BREAKERS[call.breaker] : call?.queued > 0 ? `${call.queued} wait` : "";
    edge.badge.style.display = told ? "" : "none";
    setAttr(edge.badge, "class", `badge ${call?.breaker ?? "closed"}`);
    say(edge.badge.lastChild, told);
    say(edge.count, sum >= FAINT || (sum > 0 && near) ? `${rate(sum)}/s` : "");
    if (fresh && call && sum + call.news_milli > 0) this.flow.add(edge, call);
  }

  // === the hint beside a service ===

  hint(name) {
    this.hinted = name;
    const service = this.state?.services.get(name);
    const lines = [label(name)];
    if (service) {
      lines.push(`${rate(service.per_second_milli)} calls/s · p50 ${took(service.p50_us)} · p99 ${took(service.p99_us)}`);
      if (service.note) lines.push(service.note);
    }
    this.tip.replaceChildren(...lines.map((line, place) => Object.assign(document.createElement(place ? "span" : "b"), { textContent: line })));
    const [box, own] = [this.root.getBoundingClientRect(), this.nodes.get(name).card.getBoundingClientRect()];
    show(this.tip, true);
    const left = Math.min(Math.max(own.left - box.left + own.width / 2 - this.tip.offsetWidth / 2, 4), box.width - this.tip.offsetWidth - 4);
    const above = own.top - box.top - this.tip.offsetHeight - 6;
    this.tip.style.left = `${left}px`;
    this.tip.style.top = `${above < 0 ? own.bottom - box.top + 6 : above}px`;
  }

  unhint() {
    this.hinted = null;
    show(this.tip, false);
  }
}

function hurt(service) {
  if (!service) return "";
  if (service.incidents > 0) return `${service.incidents} incident${service.incidents > 1 ? "s" : ""}`;
  if (service.dead_letters > 0) return `${service.dead_letters} dead`;
  return "";
}

function consoleFact(shop) {
  if (!shop.available) return "pays by itself";
  return shop.per_second ? `${shop.per_second}/s wanted` : shop.open ? "open" : "not open yet";
}

/** The card in words, for whoever does not see it. */
function spoken(name, service, condition, shop) {
  if (!service) return `${label(name)}: ${consoleFact(shop)}`;
  const parts = [
    `${label(name)}: ${STATUS[service.status]}`,
    `${rate(service.per_second_milli)} calls a second`,
    service.p50_us === null ? null : `half within ${took(service.p50_us)}, 99 of 100 within ${took(service.p99_us)}`,
    condition && !condition.running ? "killed" : null,
    condition?.weather && condition.weather !== "fair" ? WEATHER[condition.weather] : null,
    service.incidents > 0 ? `${count(service.incidents)} incidents` : null,
  ];
  return parts.filter(Boolean).join(", ");
}
