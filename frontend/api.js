// Calls the service, and turns every way it can fail into one kind of error.

import { words } from "./words.js";

// Kept for as long as the tab is open, and sent to our own service alone.
const KEY = "homes-key";

export class ServiceError extends Error {
  constructor([title, advice], detail = "", fields = [], code = "") {
    super(detail || advice);
    Object.assign(this, { title, advice, detail, fields, code, wantsKey: code in words.key });
  }
}

export function keepKey(key) {
  // A header takes nothing else, and what is copied brings blanks along.
  sessionStorage.setItem(KEY, key.replace(/[^!-~]/g, ""));
}

export async function post(path, body) {
  return call(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

export async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, withKey(options));
  } catch {
    throw new ServiceError(navigator.onLine ? words.away : words.offline);
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer;
  const { message = `status ${response.status}`, fields = [], code = "" } = answer?.error ?? {};
  if (code in words.key) sessionStorage.removeItem(KEY);
  const kind = words.key[code] ?? (response.status < 500 ? words.refused : response.status === 503 ? words.away : words.failed);
  throw new ServiceError(kind, message, fields, code);
}

function withKey(options) {
  const key = sessionStorage.getItem(KEY);
  return key ? { ...options, headers: { ...options.headers, "x-api-key": key } } : options;
}
