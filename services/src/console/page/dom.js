// Elements without markup: whatever comes as data becomes text, never HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element with properties, attributes and children; a child that is no element becomes text. */
export function el(tag, set = {}, ...children) {
  return fill(document.createElement(tag), set, children);
}

/** The same of SVG. */
export function svg(tag, set = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), set, children);
}

function fill(node, set, children) {
  for (const [name, value] of Object.entries(set)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else {
      node.setAttribute(name === "cls" ? "class" : name, value === true ? "" : String(value));
    }
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

/** Sets a text only when it is another: readers are not told again, and selections stay. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttr(node, name, value) {
  const text = String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

export function show(node, shown) {
  if (node.hidden === shown) node.hidden = !shown;
}
