// Calls as moving dots: a dot is a call, or stands for several where there are more than the eye can follow. Who wants less
// motion sees none, and reads the figures on the lines instead.

import { svg } from "./dom.js";
import { point } from "./layout.js";

/** Dots of one outcome on one line each second. */
const MOST_OF_ONE = 5;
/** Dots in all. */
const MOST = 260;
/** Milliseconds between two looks. */
const SECOND = 1000;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

const SHAPES = {
  done: () => svg("circle", { cls: "dot done", r: 3.6 }),
  outside: () => svg("circle", { cls: "dot outside", r: 3.6 }),
  refused: () => svg("path", { cls: "dot refused", d: "M0 -5.4 5.4 0 0 5.4 -5.4 0Z" }),
  unknown: () => svg("path", { cls: "dot unknown", d: "M0 -5.8 6 4.8H-6Z" }),
  news: () => svg("path", { cls: "dot news", d: "M-3.2 -3.2H3.2V3.2H-3.2Z" }),
};

export class Flow {
  constructor(layer) {
    this.layer = layer;
    this.moving = [];
    this.spare = { done: [], outside: [], refused: [], unknown: [], news: [] };
    this.owed = new Map();
    this.frame = null;
  }

  /** Lets the calls of the last second travel along a line during the next. */
  add(edge, call) {
    if (STILL.matches || document.hidden) return;
    const now = performance.now();
    const kinds = [[call.outside ? "outside" : "done", call.done_milli], ["refused", call.refused_milli], ["unknown", call.unknown_milli], ["news", call.news_milli]];
    for (const [kind, milli] of kinds) {
      const key = `${edge.key}/${kind}`;
      const owed = (this.owed.get(key) ?? 0) + milli / 1000;
      const dots = Math.min(Math.floor(owed + 0.001), MOST_OF_ONE);
      this.owed.set(key, dots < MOST_OF_ONE ? owed - dots : 0);
      for (let number = 0; number < dots && this.moving.length < MOST; number += 1) {
        const begin = now + (SECOND * (number + Math.random() * 0.6)) / dots;
        this.moving.push({ edge, kind, begin, lasts: lasts(edge.at), shape: null });
      }
    }
    this.frame ??= requestAnimationFrame((at) => this.step(at));
  }

  step(now) {
    this.frame = null;
    this.moving = this.moving.filter((dot) => this.move(dot, now));
    if (this.moving.length > 0) this.frame = requestAnimationFrame((at) => this.step(at));
  }

  /** Moves a dot; false when it has arrived. */
  move(dot, now) {
    const t = (now - dot.begin) / dot.lasts;
    if (t < 0) return true;
    if (t >= 1) {
      if (dot.shape) {
        dot.shape.remove();
        this.spare[dot.kind].push(dot.shape);
      }
      return false;
    }
    if (!dot.shape) {
      dot.shape = this.spare[dot.kind].pop() ?? SHAPES[dot.kind]();
      this.layer.append(dot.shape);
    }
    // Listeners ask for news, which come the other way.
    const [x, y] = point(dot.edge.at, dot.kind === "news" ? 1 - t : t);
    dot.shape.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
    return true;
  }

  end() {
    if (this.frame !== null) cancelAnimationFrame(this.frame);
    this.moving = [];
  }
}

/** Longer ways take longer, within reason. */
function lasts([ax, ay, , , , , dx, dy]) {
  return Math.min(Math.max(Math.hypot(dx - ax, dy - ay) * 4, 650), 1500);
}
