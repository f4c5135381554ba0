// What can be done from the page. What this run does not offer stays visible, disabled, with the reason.

import { byId, el, say, show } from "./dom.js";
import { label } from "./words.js";

const DEEDS = [
  ["kill", "Kill", "cruel"],
  ["start", "Start again", "kind"],
  ["cut", "Cut off", "cruel"],
  ["slow", "Slow down", "cruel"],
  ["deaf", "Lose answers", "cruel"],
  ["fair", "Fair weather", "kind"],
];

export class Controls {
  constructor(setting) {
    this.setting = setting;
    this.state = null;
    this.pay();
    this.breakers();
    this.rules();
  }

  /** Asks the console for something; what it refuses is said. */
  async ask(path, body, button) {
    button?.classList.add("busy");
    try {
      const answer = await fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json", "x-console-token": this.setting.token },
        body: JSON.stringify(body ?? {}),
      });
      const told = await answer.json();
      say(byId("said"), answer.ok ? "" : told.error);
    } catch {
      say(byId("said"), "The console does not answer.");
    } finally {
      button?.classList.remove("busy");
    }
  }

  on(id, path, body) {
    const button = byId(id);
    button.addEventListener("click", () => this.ask(path, body(), button));
  }

  pay() {
    const rateInput = byId("rate");
    const wanted = () => Number(rateInput.value);
    this.on("pay", "/api/pay", () => ({ customer: byId("customer").value }));
    this.on("steady", "/api/steady", () => ({ per_second: wanted() }));
    this.on("stop", "/api/steady", () => ({ per_second: 0 }));
    rateInput.addEventListener("input", () => say(byId("rate-shown"), rateInput.value));
    rateInput.addEventListener("change", () => {
      if (this.state?.frame.shop.per_second) this.ask("/api/steady", { per_second: wanted() });
    });
  }

  breakers() {
    const target = byId("target");
    for (const { name } of [...this.setting.nodes].sort((one, other) => label(one.name).localeCompare(label(other.name)))) {
      target.append(el("option", { value: name }, label(name)));
    }
    target.value = "risk";
    target.addEventListener("change", () => this.allow());
    this.deeds = new Map(DEEDS.map(([deed, text, kind]) => {
      const button = el("button", { type: "button", cls: kind, "data-deed": deed }, text);
      button.addEventListener("click", () => this.ask(`/api/services/${target.value}/${deed}`, {}, button));
      byId("deeds").append(button);
      return [deed, button];
    }));
    this.on("webhook", "/api/webhook", () => ({}));
    for (const button of document.querySelectorAll("[data-clock]")) {
      button.addEventListener("click", () => this.ask("/api/clock", { by_ms: Number(button.dataset.clock) }, button));
    }
  }

  /** What this run does not offer, and why. */
  rules() {
    const { setting } = this;
    show(byId("pay-form"), setting.shop);
    this.why("pay-why", setting.shop ? "" : "This run pays by itself and compares its books in the end, so nobody else pays here. `payments up` has a shop of the console’s own.");
    this.why("break-why", setting.processes ? "" : "All services are one process here. Start `payments up --processes` to kill them, cut them off and move their clock.");
    for (const button of document.querySelectorAll("[data-clock]")) button.disabled = !setting.clock;
    this.allow();
  }

  why(id, text) {
    say(byId(id), text);
    show(byId(id), text !== "");
  }

  /** The service that is chosen on the map is the one that is broken. */
  choose(name) {
    if (name === "console") return;
    byId("target").value = name;
    this.allow();
  }

  allow() {
    const condition = this.state?.plant?.[byId("target").value];
    const relayed = condition?.weather !== null && condition?.weather !== undefined;
    const may = {
      kill: condition?.running === true,
      start: condition?.running === false,
      cut: relayed && condition.weather !== "cut",
      slow: relayed && condition.weather !== "slow",
      deaf: relayed && condition.weather !== "deaf",
      fair: relayed && condition.weather !== "fair",
    };
    for (const [deed, button] of this.deeds) button.disabled = !this.setting.processes || !may[deed];
  }

  draw(state) {
    this.state = state;
    this.allow();
    const { shop } = state.frame;
    byId("stop").disabled = !shop.per_second;
    say(byId("steady"), shop.per_second ? "Running" : "Start");
    byId("steady").disabled = shop.per_second > 0;
    const parts = [`${shop.done} taken on`, `${shop.refused} refused`, `${shop.unknown} were in doubt`, `${shop.under_way} under way`];
    if (shop.held_back) parts.push(`${shop.held_back} held back`);
    say(byId("takings"), shop.open ? parts.join(" · ") : "The shop is let in with its first payment.");
  }
}
