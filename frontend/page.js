// The question, the answer, and every state between them.

import { call, keepKey, post, ServiceError } from "./api.js";
import { drawRange } from "./chart.js";
import { takeFeedback } from "./feedback.js";
import { drawFields } from "./fields.js";
import { area, figureIn, number, perArea, price as priced, spokenPrice, unitOf, withSymbol } from "./format.js";
import { completeLocality } from "./locality.js";
import { market } from "./market.js";
import { words } from "./words.js";

// The facts that every market has; where the inputs are asked for, their ids are the facts.
const FIRST = ["locality", "area", "bedrooms", "bathrooms"];
const SKELETON_AFTER_MS = 300;
const SLOW_AFTER_MS = 4000;
const $ = (id) => document.getElementById(id);
const form = $("question");
let latest = 0;
let fields = [];

completeLocality($("locality"), $("localities"), $("locality-count"));
tellIfSimulated();
form.addEventListener("submit", (event) => {
  event.preventDefault();
  estimate();
});
$("key").addEventListener("submit", (event) => {
  event.preventDefault();
  keepKey($("key-text").value);
  $("key").reset();
  estimate();
});
start();

// Until the market has told its facts there is nothing to ask for; a failure is told when it is asked.
async function start() {
  try {
    await prepare();
  } catch {
    return;
  }
  fillFromAddress();
}

async function prepare() {
  if (fields.length > 0) return;
  const told = await market();
  const optional = told.fields.filter(({ fact }) => !FIRST.includes(fact));
  const typed = new URLSearchParams(new FormData(form));
  $("market").textContent = told.title;
  document.documentElement.lang = told.number_format;
  document.title = words.pageTitle(told.title);
  drawFields($("more-fields"), optional);
  $("more").hidden = optional.length === 0;
  $("unit").replaceChildren(...told.area_units.map(({ label, written }) => new Option(label, written)));
  if (told.area_units.some(({ written }) => written === typed.get("unit"))) $("unit").value = typed.get("unit");
  const byFact = Object.fromEntries(told.fields.map((field) => [field.fact, field]));
  for (const fact of FIRST) {
    $(fact).name = byFact[fact].name;
    $(fact).labels[0].textContent = byFact[fact].title;
  }
  const { area: size, bedrooms } = byFact;
  $("area-hint").textContent = words.areaHint(number(size.least), area(number(size.most)), size.examples.at(-1));
  $("rooms-hint").textContent = words.ofEach(number(bedrooms.least), number(bedrooms.most));
  for (const { fact, name } of optional) $(fact).value = typed.get(name) ?? "";
  fields = told.fields;
}

async function estimate() {
  try {
    await prepare();
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    return fail(error);
  }
  const home = Object.fromEntries(fields.map(({ fact }) => [fact, $(fact).value.trim()]).filter(([, value]) => value !== ""));
  const missing = fields.filter(({ fact, required }) => required && !(fact in home));
  if (missing.length > 0) return tellProblems(missing.map((field) => ({ fact: field.fact, problem: words.missing(field) })));
  tellProblems([]);
  const unit = $("unit");
  // Whoever wrote the unit beside the number is not given a second one.
  const hasUnit = /[a-z][²2]?\.?$/i.test(home.area);
  const size = unit.value && !hasUnit ? `${home.area} ${unit.value}` : home.area;
  const shown = hasUnit ? home.area : `${home.area} ${unit.selectedOptions[0].textContent}`;
  const turn = ++latest;
  const patience = [
    setTimeout(() => wait(words.waiting), SKELETON_AFTER_MS),
    setTimeout(() => wait(words.slow), SLOW_AFTER_MS),
  ];
  try {
    const answer = await post("api/predict_home_price", byName({ ...home, area: size }));
    if (turn === latest) tell(answer, { ...home, area: shown });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    if (turn === latest) error.fields.length > 0 ? refuse(error) : fail(error);
  } finally {
    patience.forEach(clearTimeout);
  }
  return undefined;
}

// What the market calls itself; the page's own name until it has said so.
function marketTitle() {
  return $("market").textContent;
}

// The facts of a home as the service calls them.
function byName(home) {
  return Object.fromEntries(fields.filter(({ fact }) => fact in home).map(({ fact, name }) => [name, home[fact]]));
}

function show(id) {
  for (const state of ["empty", "waiting", "trouble", "answer"]) $(state).hidden = state !== id;
}

function wait(word) {
  show("waiting");
  $("waiting-word").textContent = word;
}

function tell(answer, asked) {
  const { estimated_price: price, low, high } = answer;
  const rooms = fields.find(({ fact }) => fact === "bedrooms").title;
  const home = words.home(asked, rooms, answer.location);
  const unit = unitOf(price);
  const alone = answer.certainty === "too_few"; // then the range is told without one price
  $("answer-title").textContent = home;
  $("certainty").textContent = words.certainty[answer.certainty];
  $("certainty").dataset.grade = answer.certainty;
  $("price").parentElement.hidden = alone;
  $("price-spoken").textContent = `${spokenPrice(price)}.`;
  const small = document.createElement("small");
  small.textContent = unit;
  $("price").replaceChildren(`${withSymbol(figureIn(unit, price))} `, small);
  const [before, from, and, to] = words.range(priced(low), priced(high));
  $("range").replaceChildren(before, bold(from), and, bold(to));
  if (alone) drawRange($("chart"), { low, high }, words.chartAlone(priced(low), priced(high)));
  else drawRange($("chart"), { low, price, high }, words.chart(priced(low), priced(price), priced(high)));
  const near = Math.round(100 * answer.chance_within_20_percent);
  const coverage = Math.round(10 * answer.coverage);
  $("promise").textContent = alone ? words.promiseAlone(coverage) : words.promise(coverage, near);
  $("notes").replaceChildren(...answer.notes.map(item));
  const { model_version: version, prediction_id: id } = answer;
  $("origin").textContent = alone ? words.originAlone(version, id) : words.origin(perArea(answer.price_per_sqft), version, id);
  document.title = alone ? words.titleAlone(priced(low), priced(high), home, marketTitle()) : words.title(priced(price), home, marketTitle());
  $("simulated").hidden = !answer.simulated;
  takeFeedback($("feedback"), answer.prediction_id);
  show("answer");
  remember();
  $("result").focus();
}

function refuse(error) {
  if ($("answer").hidden) show("empty");
  tellProblems(error.fields.map(({ field, problem }) => {
    const { fact, title } = fields.find(({ name }) => name === field) ?? { fact: field, title: field };
    return { fact, problem: `${title} ${problem}` };
  }));
}

function fail(error) {
  const [title, advice, detail] = $("trouble").children;
  title.textContent = error.title;
  advice.textContent = error.advice;
  detail.textContent = error.wantsKey ? "" : error.detail;
  $("key").hidden = !error.wantsKey;
  show("trouble");
  (error.wantsKey ? $("key-text") : $("result")).focus();
}

// A summary with links, and the same words at each field.
function tellProblems(problems) {
  for (const { fact } of fields) {
    const problem = problems.find((other) => other.fact === fact);
    const line = $(`${fact}-problem`);
    line.hidden = !problem;
    line.textContent = problem?.problem ?? "";
    $(fact).setAttribute("aria-invalid", String(Boolean(problem)));
  }
  const summary = $("problems");
  summary.hidden = problems.length === 0;
  if (problems.some(({ fact }) => !FIRST.includes(fact))) $("more").open = true;
  if (summary.hidden) return;
  summary.querySelector("h2").textContent = words.problems(problems.length);
  summary.querySelector("ul").replaceChildren(...problems.map(({ fact, problem }) => {
    const link = document.createElement("a");
    link.href = `#${fact}`;
    link.textContent = problem;
    link.addEventListener("click", (event) => { event.preventDefault(); $(fact)?.focus(); });
    return item(link);
  }));
  document.title = words.problemTitle(marketTitle());
  summary.focus();
}

async function tellIfSimulated() {
  try {
    // Without cookies: the first estimate alone is given a visitor.
    const health = await call("api/health", { credentials: "omit" });
    $("simulated").hidden = !health.simulated;
  } catch {
    $("simulated").hidden = true; // said again, with certainty, by the first estimate
  }
}

// The address holds the question, so that a link asks it again.
function remember() {
  const address = new URLSearchParams(fields.map(({ fact, name }) => [name, $(fact).value]).filter(([, value]) => value));
  if ($("unit").value) address.set("unit", $("unit").value);
  history.replaceState(null, "", `?${address}`);
}

function fillFromAddress() {
  const address = new URLSearchParams(location.search);
  const inputs = [...fields, { fact: "unit", name: "unit" }];
  for (const { fact, name } of inputs) if (address.has(name)) $(fact).value = address.get(name);
  const given = fields.filter(({ name }) => address.get(name)).map(({ fact }) => fact);
  if (given.some((fact) => !FIRST.includes(fact))) $("more").open = true;
  if (FIRST.every((fact) => given.includes(fact))) estimate();
}

function bold(text) {
  const node = document.createElement("b");
  node.textContent = text;
  return node;
}

function item(content) {
  const node = document.createElement("li");
  node.append(content);
  return node;
}
