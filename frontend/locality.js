// Completes the locality: a combobox as the WAI-ARIA pattern draws it, over the service's own matcher.

import { call } from "./api.js";
import { words } from "./words.js";

const PAUSE_MS = 120;

export function completeLocality(input, list, announcement) {
  let pause, asked = "", active = -1;
  Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false" })
    .forEach(([name, value]) => input.setAttribute(name, value));

  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const choose = (name) => {
    input.value = name;
    asked = name;
    close();
  };

  const move = (step) => {
    const options = [...list.children];
    if (list.hidden || options.length === 0) return;
    options[active]?.setAttribute("aria-selected", "false");
    active = (active + step + options.length) % options.length;
    options[active].setAttribute("aria-selected", "true");
    options[active].scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", options[active].id);
  };

  const show = (names) => {
    list.replaceChildren(...names.map((name, i) => {
      const option = document.createElement("li");
      Object.assign(option, { id: `locality-${i}`, role: "option", textContent: name });
      option.setAttribute("aria-selected", "false");
      option.addEventListener("pointerdown", (event) => { event.preventDefault(); choose(name); });
      return option;
    }));
    active = -1;
    list.hidden = names.length === 0;
    input.setAttribute("aria-expanded", String(names.length > 0));
    announcement.textContent = words.localities(names.length);
  };

  const ask = async () => {
    const text = input.value.trim();
    if (text === asked) return;
    asked = text;
    if (text === "") return close();
    try {
      const { localities } = await call(`api/localities?q=${encodeURIComponent(text)}`);
      if (asked === text && document.activeElement === input) show(localities);
    } catch {
      close(); // typing goes on without completion; the estimate says what is wrong
    }
  };

  input.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(ask, PAUSE_MS); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); move(1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); move(-1); }
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && active >= 0) { event.preventDefault(); choose(list.children[active].textContent); }
  });
}
