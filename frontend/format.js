// Money and numbers as people here write them.

const LAKH_IN_RUPEES = 100_000;
const CRORE_IN_LAKH = 100;
const whole = new Intl.NumberFormat("en-IN", { maximumFractionDigits: 0 });

export function unitOf(lakh) {
  return Number(lakh.toFixed(1)) < CRORE_IN_LAKH ? "lakh" : "crore";
}

// The figure alone: 48.2 in lakh, 1.18 in crore.
export function moneyIn(unit, lakh) {
  return unit === "lakh" ? lakh.toFixed(1) : (lakh / CRORE_IN_LAKH).toFixed(2);
}

// ₹48.2 lakh, from 1 crore ₹1.18 crore.
export function money(lakh) {
  const unit = unitOf(lakh);
  return `₹${moneyIn(unit, lakh)} ${unit}`;
}

export function spokenMoney(lakh) {
  return `${whole.format(Number(lakh.toFixed(1)) * LAKH_IN_RUPEES)} rupees`;
}

export function rupees(amount) {
  return `₹${whole.format(amount)}`;
}

