// Money and numbers as people here write them.

const LAKH_IN_RUPEES = 100_000;
const CRORE_IN_LAKH = 100;
const whole = new Intl.NumberFormat("en-IN", { maximumFractionDigits: 0 });

// ₹48.2 lakh, from 1 crore ₹1.18 crore.
export function money(lakh) {
  const { figure, unit } = moneyParts(lakh);
  return `₹${figure} ${unit}`;
}

export function moneyParts(lakh) {
  return Number(lakh.toFixed(1)) < CRORE_IN_LAKH
    ? { figure: lakh.toFixed(1), unit: "lakh" }
    : { figure: (lakh / CRORE_IN_LAKH).toFixed(2), unit: "crore" };
}

export function spokenMoney(lakh) {
  return `${whole.format(Math.round(lakh * 10) * (LAKH_IN_RUPEES / 10))} rupees`;
}

export function rupees(amount) {
  return `₹${whole.format(amount)}`;
}

