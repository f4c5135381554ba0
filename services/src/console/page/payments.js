// The latest payments, and the way to each one's story.

import { byId, el, say } from "./dom.js";
import { money, time } from "./words.js";

export const STATES = {
  success: ["good", "paid"],
  pending: ["wait", "pending"],
  processing: ["wait", "under way"],
  failed: ["bad", "failed"],
  cancelled: ["calm", "cancelled"],
  expired: ["calm", "lapsed"],
};

export function stateTag(status) {
  const [kind, word] = STATES[status] ?? ["calm", status];
  return el("span", { cls: `tag ${kind}` }, word);
}

export class Payments {
  constructor(open) {
    this.open = open;
    this.rows = new Map();
    this.body = el("tbody");
    this.empty = el("p", { cls: "why" }, "No payments yet.");
    const heads = ["Payment", "Status", "Amount", "Channel", "Order", "At"];
    this.table = el("table", {}, el("thead", {}, el("tr", {}, heads.map((head, place) =>
      el("th", { scope: "col", cls: [place === 2 && "right", place > 2 && "hide-narrow"].filter(Boolean).join(" ") }, head)))), this.body);
    byId("payments").append(this.empty, this.table);
    byId("search").addEventListener("submit", (event) => {
      event.preventDefault();
      const number = byId("number").value.trim();
      if (number) open(number);
    });
  }

  draw({ frame: { latest } }) {
    this.empty.hidden = latest.payments.length > 0;
    this.table.hidden = latest.payments.length === 0;
    say(this.empty, latest.error ?? "No payments yet.");
    const rows = latest.payments.map((payment) => this.row(payment));
    const same = rows.length === this.body.children.length && rows.every((row, place) => this.body.children[place] === row);
    if (!same) this.place(rows);
  }

  /** New rows come, old ones go, and whoever has the focus keeps it. */
  place(rows) {
    const kept = new Set(rows);
    for (const row of [...this.body.children]) if (!kept.has(row)) row.remove();
    rows.forEach((row, place) => {
      if (this.body.children[place] !== row) this.body.insertBefore(row, this.body.children[place] ?? null);
    });
    const known = new Set(rows.map((row) => row.dataset.number));
    for (const number of this.rows.keys()) if (!known.has(number)) this.rows.delete(number);
  }

  row(payment) {
    let row = this.rows.get(payment.payment_no);
    if (!row) {
      const open = () => this.open(payment.payment_no);
      row = el("tr", { "data-number": payment.payment_no },
        el("td", {}, el("button", { type: "button", cls: "link mono", title: payment.payment_no, on: { click: open } }, payment.payment_no)),
        el("td"),
        el("td", { cls: "right" }, money(payment.amount, payment.currency)),
        el("td", { cls: "hide-narrow" }, payment.channel),
        el("td", { cls: "hide-narrow mono" }, payment.order_no),
        el("td", { cls: "hide-narrow" }, el("time", {}, time(payment.created_at))));
      this.rows.set(payment.payment_no, row);
    }
    if (row.dataset.status !== payment.status) {
      row.dataset.status = payment.status;
      row.children[1].replaceChildren(stateTag(payment.status));
    }
    return row;
  }

  /** Marks the payment whose story is open. */
  mark(number) {
    for (const [known, row] of this.rows) row.classList.toggle("open", known === number);
  }
}
