// Money, areas and numbers as the people of a market write them; `speakOf` says which market.

let money = null;
let whole = new Intl.NumberFormat();
let areaWords = "";

export function speakOf(market) {
  money = market.money;
  areaWords = market.area_words;
  whole = new Intl.NumberFormat(market.number_format, { maximumFractionDigits: 0 });
}

export function unitOf(price) {
  return Number(price.toFixed(1)) < money.large_unit_factor ? money.price_unit : money.large_unit;
}

// The figure alone: 48.2 in lakh, 1.18 in crore.
export function figureIn(unit, price) {
  return unit === money.price_unit ? price.toFixed(1) : (price / money.large_unit_factor).toFixed(2);
}

// A figure with the symbol of its currency: ₹48.2.
export function withSymbol(figure) {
  return `${money.symbol}${figure}`;
}

// ₹48.2 lakh, from 1 crore ₹1.18 crore.
export function price(amount) {
  const unit = unitOf(amount);
  return `${withSymbol(figureIn(unit, amount))} ${unit}`;
}

export function spokenPrice(amount) {
  return `${whole.format(Number(amount.toFixed(1)) * money.units_of_currency)} ${money.currency}`;
}

// What one unit of area costs, in units of currency: ₹5,500 per sq ft.
export function perArea(amount) {
  return `${money.symbol}${whole.format(amount)} per ${areaWords}`;
}

export function number(amount) {
  return whole.format(amount);
}

export function area(text) {
  return `${text} ${areaWords}`;
}

export function priceUnit() {
  return money.price_unit;
}
