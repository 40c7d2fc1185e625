// What the service says of its market: the facts of a home, units of area, money. Asked for once.

import { call } from "./api.js";
import { speakOf } from "./format.js";

let asked;

// The market; asked for again after a failure. Without cookies: the first estimate alone is given a visitor.
export function market() {
  asked ??= call("api/fields", { credentials: "omit" }).then(
    (told) => { speakOf(told); return told; },
    (error) => { asked = undefined; throw error; },
  );
  return asked;
}
