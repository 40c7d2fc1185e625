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
  sale.reset();
  buttons.forEach((button) => button.setAttribute("aria-pressed", "false"));

  const say = (text, good) => {
    said.textContent = text;
    said.className = `note ${good ? "good" : "bad"}`;
    said.hidden = false;
  };

  const send = async (feedback, thanks) => {
    try {
      await post("api/feedback", { prediction_id: predictionId, ...feedback });
      say(thanks, true);
      return true;
    } catch (error) {
      say(words.notSaved(error.message), false);
      return false;
    }
  };

  buttons.forEach((button) => {
    button.onclick = async () => {
      const kept = await send({ feedback_type: button.value }, words.thanks(words.saved[button.value]));
      if (kept) buttons.forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
    };
  });

  sale.onsubmit = (event) => {
    event.preventDefault();
    const paid = Number(sale.sold.value.replaceAll(",", ""));
    if (!(paid > 0)) return say(words.notSaved(words.giveSale(priceUnit())), false);
    const feedback = { feedback_type: "actual_price", feedback_value: paid, price_source: sale.source.value };
    return send(feedback, words.thanksPrice(price(paid)));
  };
}
