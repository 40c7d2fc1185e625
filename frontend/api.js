// Calls the service, and turns every way it can fail into one kind of error.

import { words } from "./words.js";

export class ServiceError extends Error {
  constructor([title, advice], detail = "", fields = []) {
    super(detail || advice);
    Object.assign(this, { title, advice, detail, fields });
  }
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
    response = await fetch(path, options);
  } catch {
    throw new ServiceError(navigator.onLine ? words.away : words.offline);
  }
  const answer = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer;
  const { message = `status ${response.status}`, fields = [] } = answer?.error ?? {};
  const kind = response.status < 500 ? words.refused : response.status === 503 ? words.away : words.failed;
  throw new ServiceError(kind, message, fields);
}
