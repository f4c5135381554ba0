// What was done from here and what was seen to happen: newest first for the eye, in order for whoever listens.

import { byId, el } from "./dom.js";
import { time } from "./words.js";

const SIGNS = { did: "→", good: "✓", bad: "✗", unknown: "?" };
const WORDS = { did: "done here: ", good: "", bad: "attention: ", unknown: "in doubt: " };
const KEPT = 80;

export class Journal {
  constructor() {
    this.root = byId("log");
    this.last = 0;
    this.empty = el("li", { cls: "why" }, "Nothing yet.");
    this.root.append(this.empty);
  }

  draw({ frame: { journal } }) {
    // A console that was started anew counts from 1 again.
    if (journal.length && journal[journal.length - 1].id < this.last) this.last = 0;
    const fresh = journal.filter((line) => line.id > this.last);
    if (fresh.length === 0) return;
    this.empty.remove();
    for (const line of fresh) {
      this.last = line.id;
      this.root.append(el("li", { cls: `${line.kind} new` },
        el("time", {}, time(line.at_ms)),
        el("span", { cls: "sign", "aria-hidden": "true" }, SIGNS[line.kind]),
        el("span", {}, el("span", { cls: "hidden" }, WORDS[line.kind]), line.text)));
    }
    while (this.root.children.length > KEPT) this.root.firstChild.remove();
  }
}
