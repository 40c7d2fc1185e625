// The inputs that a market declares beside those that every page has: one for each optional fact.

import { words } from "./words.js";

const $ = (id) => document.getElementById(id);

// Draw an input for each of `fields` into `part`, in their order.
export function drawFields(part, fields) {
  part.replaceChildren(...fields.map(drawn));
  // Fields that go together begin a row of their own.
  for (const { fact, group } of fields) {
    if (group && fields.find((field) => field.group === group).fact === fact) $(fact).closest(".field").classList.add("first");
  }
}

function drawn(field) {
  const box = element("div", { className: "field" });
  const label = element("label", { textContent: field.title, htmlFor: field.fact });
  const problem = element("p", { className: "error", id: `${field.fact}-problem`, hidden: true });
  const hint = element("p", { className: "hint", id: `${field.fact}-hint`, textContent: hintOf(field) });
  const input = control(field);
  input.setAttribute("aria-describedby", `${hint.id} ${problem.id}`);
  box.append(label, input, ...suggestions(field), problem);
  if (hint.textContent) box.append(hint);
  return box;
}

function control({ fact, name, kind, values, examples }) {
  if (kind === "choice" || kind === "flag") {
    const select = element("select", { id: fact, name });
    const choices = kind === "flag" ? ["yes", "no"] : values;
    select.append(new Option(words.notSaid, ""), ...choices.map((value) => new Option(words.choice(value), value)));
    return select;
  }
  const input = element("input", { id: fact, name, type: kind === "date" ? "date" : "text", autocomplete: "off", maxLength: 200 });
  if (kind === "whole") input.inputMode = "numeric";
  if (kind === "number") input.inputMode = "decimal";
  if (kind === "text" && examples.length > 0) input.setAttribute("list", `${fact}-examples`);
  return input;
}

function suggestions({ fact, kind, examples }) {
  if (kind !== "text" || examples.length === 0) return [];
  const list = element("datalist", { id: `${fact}-examples` });
  list.append(...examples.map((example) => new Option(example, example)));
  return [list];
}

function hintOf({ kind, least, most, hint }) {
  const bounds = least !== null && kind !== "area" ? words.between(least, most) : "";
  return [bounds, hint].filter(Boolean).join(" ");
}

function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}
