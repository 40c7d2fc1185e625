// One tap of opinion, changeable; and the sale price, for those who know it.

import { post } from "./api.js";
import { price, priceUnit } from "./format.js";
import { words } from "./words.js";

export function takeFeedback(part, predictionId) {
  const said = part.querySelector("#feedback-said");
  const buttons = [...part.querySelectorAll(".thirds button")];
  const sale = part.querySelector("#sale");
  said.hidden = true;
  part.querySelector("label[for=sold]").textContent = words.salePrice(priceUnit());
  const confirm = sale.querySelector("#confirm");
  sale.reset();
  confirm.hidden = true;
  buttons.forEach((button) => button.setAttribute("aria-pressed", "false"));

  const say = (text, good) => {
    said.textContent = text;
    said.className = `note ${good ? "good" : "bad"}`;
    said.hidden = false;
  };

  const send = async (feedback, thanks) => {
    try {
      const kept = await post("api/feedback", { prediction_id: predictionId, ...feedback });
      say(thanks(kept), true);
      return true;
    } catch (error) {
      confirm.hidden = error.code !== "price_unlikely";
      say(words.notSaved(error.message), false);
      return false;
    }
  };

  buttons.forEach((button) => {
    button.onclick = async () => {
      const kept = await send({ feedback_type: button.value }, () => words.thanks(words.saved[button.value]));
      if (kept) buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
    };
  });

  // Another price is asked about anew.
  sale.sold.oninput = () => {
    confirm.hidden = true;
    sale.confirmed.checked = false;
  };

  sale.onsubmit = async (event) => {
    event.preventDefault();
    const paid = sale.sold.value.trim();
    if (paid === "") return say(words.notSaved(words.giveSale(priceUnit())), false);
    const feedback = { feedback_type: "actual_price", feedback_value: paid, price_source: sale.source.value };
    if (sale.confirmed.checked) feedback.confirmed = true;
    if (await send(feedback, (kept) => words.thanksPrice(price(kept.feedback_value)))) confirm.hidden = true;
    return undefined;
  };
}
