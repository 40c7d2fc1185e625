// The estimate as a mark inside its range, or the range alone. x is in percent, so that text keeps its size.

import { figureIn, unitOf, withSymbol } from "./format.js";

const SVG = "http://www.w3.org/2000/svg";
const AIR = 0.45; // of the range's width, left free on either side

export function drawRange(svg, { low, price, high }, label) {
  const room = Math.max((high - low) * AIR, high * 0.02);
  const scale = niceScale(Math.max(0, low - room), high + room);
  const at = (price) => `${(100 * (price - scale.from)) / (scale.to - scale.from)}%`;
  const unit = unitOf(price ?? low);
  const width = `${(100 * (high - low)) / (scale.to - scale.from)}%`;
  const parts = [
    ["rect", { class: "track", x: 0, y: 22, width: "100%", height: 24, rx: 4 }],
    ["rect", { class: "band", x: at(low), y: 22, width, height: 24 }],
    ["line", { class: "edge", x1: at(low), x2: at(low), y1: 19, y2: 49 }],
    ["line", { class: "edge", x1: at(high), x2: at(high), y1: 19, y2: 49 }],
    ["text", { class: "end bold", x: at(low), y: 12 }, figureIn(unit, low)],
    ["text", { class: "bold", x: at(high), y: 12 }, figureIn(unit, high)],
    ["line", { class: "grid", x1: 0, x2: "100%", y1: 60, y2: 60 }],
  ];
  if (price !== undefined) {
    parts.push(["line", { class: "mark", x1: at(price), x2: at(price), y1: 18, y2: 50 }]);
    parts.push(["text", { class: "middle own", x: at(price), y: 12 }, figureIn(unit, price)]);
  }
  scale.ticks.forEach((price, i) => {
    const anchor = i === 0 ? "" : i === scale.ticks.length - 1 ? "end" : "middle";
    const figure = String(Number(figureIn(unit, price)));
    const second = i === 1 ? " second" : "";
    parts.push(["line", { class: "grid", x1: at(price), x2: at(price), y1: 60, y2: 65 }]);
    parts.push(["text", { class: anchor + second, x: at(price), y: 78 }, i === 0 ? `${withSymbol(figure)} ${unit}` : figure]);
  });
  svg.replaceChildren(...parts.map(([name, attributes, text]) => element(name, attributes, text)));
  svg.setAttribute("aria-label", label);
}

// At most five ticks on round numbers that hold [from, to].
function niceScale(from, to) {
  const raw = (to - from) / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 2.5, 5, 10].find((m) => m * power >= raw);
  const first = Math.floor(from / step) * step;
  const ticks = [];
  for (let price = first; price < to + step; price += step) ticks.push(Number(price.toPrecision(12)));
  return { from: ticks[0], to: ticks.at(-1), ticks };
}

function element(name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== "") node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}
