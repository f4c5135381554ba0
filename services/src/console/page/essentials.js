// The figures that matter first, as tiles: each says when it is bad, in words and not by colour alone.

import { byId, el, say, setAttr, svg } from "./dom.js";
import { ago, count, rate } from "./words.js";

/** Looks that the little curve remembers. */
const PAST = 60;

export class Essentials {
  constructor() {
    this.past = [];
    this.tiles = {};
    const root = byId("essentials");
    for (const [key, title] of [
      ["payments", "Payments per second"],
      ["ledger", "Ledger by currency"],
      ["holds", "Open holds"],
      ["sagas", "Sagas open"],
      ["outbox", "Outbox lag"],
      ["incidents", "Incidents"],
      ["dead", "Dead letters"],
      ["checks", "Invariants"],
    ]) {
      const parts = { big: el("dd", { cls: "big" }, "–"), small: el("dd", { cls: "small" }) };
      const tile = el("div", { cls: "tile" }, el("dl", {}, el("dt", {}, title), parts.big, parts.small));
      root.append(tile);
      this.tiles[key] = { tile, ...parts };
    }
    this.area = svg("path", { cls: "area" });
    this.line = svg("path", {});
    this.tiles.payments.tile.append(svg("svg", { cls: "spark", viewBox: "0 0 100 40", preserveAspectRatio: "none", "aria-hidden": "true" }, this.area, this.line));
    this.currencies = el("dd", { cls: "currencies" });
    this.tiles.ledger.big.replaceWith(this.currencies);
  }

  draw(state) {
    const { latest, checks } = state.frame;
    const services = [...state.services.values()];
    const sum = (field) => services.reduce((all, service) => (service[field] === null ? all : (all ?? 0) + service[field]), null);
    const worst = (field) => services.filter((service) => service[field] > 0).map((service) => service.name.replace(/-service$/, "")).join(", ");
    this.set("payments", rate(latest.per_second_milli), latest.error ?? "at the gateway", latest.error ? "bad" : "");
    this.curve(latest.per_second_milli);
    this.ledger(state.frame.picture.ledger);
    const holds = state.frame.picture.ledger.reduce((all, { holds_open }) => (holds_open === null ? all : (all ?? 0) + holds_open), null);
    this.set("holds", count(holds), holds === null ? "nobody has told yet" : holds ? "money set aside" : "nothing set aside", "");
    this.set("sagas", count(sum("sagas_open")), worst("sagas_open") || "nothing half done", "");
    const unpublished = sum("unpublished");
    this.set("outbox", count(unpublished), worst("unpublished") || "all events are out", unpublished > 200 ? "warn" : "");
    for (const [key, field] of [["incidents", "incidents"], ["dead", "dead_letters"]]) {
      const all = sum(field);
      this.set(key, count(all), all > 0 ? worst(field) : "none", all > 0 ? "bad" : "");
    }
    this.checks(checks, state.now);
  }

  set(key, big, small, kind) {
    const { tile, big: bigNode, small: smallNode } = this.tiles[key];
    say(bigNode, big);
    say(smallNode, small);
    setAttr(smallNode, "title", small);
    setAttr(tile, "class", `tile ${kind}`.trim());
  }

  ledger(rows) {
    const off = rows.filter(({ imbalance_minor }) => imbalance_minor !== 0 && imbalance_minor !== null);
    const shown = rows.map(({ currency, imbalance_minor }) =>
      el("span", { cls: imbalance_minor === 0 ? "ok" : "off" }, `${currency} ${imbalance_minor ?? "?"}${imbalance_minor === 0 ? " ✓" : " ✗"}`));
    const text = rows.map(({ currency, imbalance_minor }) => `${currency} ${imbalance_minor}`).join();
    if (this.told !== text) this.currencies.replaceChildren(...(shown.length ? shown : [el("span", { cls: "big" }, "–")]));
    this.told = text;
    say(this.tiles.ledger.small, off.length ? "does not add up" : rows.length ? "every account adds up" : "nobody has told yet");
    setAttr(this.tiles.ledger.tile, "class", off.length ? "tile bad" : "tile");
  }

  checks({ held, violated, not_reached, rows, at_ms, moving, error }, now) {
    const all = held + violated.length + not_reached;
    const when = at_ms === null ? "not checked yet" : ago(now - at_ms);
    const unreached = not_reached ? `${not_reached} cannot be checked in this run` : null;
    const waits = moving ? ", waits for rest" : "";
    const small = error ?? (violated.length ? `broken: ${violated.join(", ")} · ${when}` : `${when}${waits}`);
    this.set("checks", at_ms === null ? "–" : `${held}/${all}`, small, violated.length || error ? "bad" : at_ms === null ? "" : "good");
    setAttr(this.tiles.checks.small, "title", [small, unreached, moving, ...rows].filter(Boolean).join("\n"));
  }

  curve(value) {
    this.past = [...this.past, value].slice(-PAST);
    const most = Math.max(...this.past, 1000);
    const at = (value, place) => `${(100 - (this.past.length - 1 - place) * (100 / (PAST - 1))).toFixed(1)} ${(37 - (value / most) * 32).toFixed(1)}`;
    const line = this.past.map(at).join("L");
    this.line.setAttribute("d", `M${line}`);
    this.area.setAttribute("d", `M${(100 - (this.past.length - 1) * (100 / (PAST - 1))).toFixed(1)} 40L${line}L100 40Z`);
  }
}
