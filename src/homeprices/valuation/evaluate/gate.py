"""May a model be published? Reasons against it, in sentences; none means yes.

Under the floor nobody should see a model's prices: a plain regression of the
public tutorials errs by 27 % at the median. A model that does not beat the
median price per area of its locality has learned nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from homeprices.domain.model_card import Agreement
from homeprices.valuation.evaluate.metrics import metrics, paired_bootstrap
from homeprices.valuation.evaluate.predictions import Predictions
from homeprices.valuation.predict.intervals import COVERAGE

WORST_MDAPE_PERCENT = 25.0
# A median error may hide a model that is right for most homes and absurd for the rest.
WORST_LOG_ERROR, WIDEST_PERCENT = 0.4, 150.0
FEWEST_HELD_OUT = 30
# A range that misses its promise by more than this, beyond what chance explains, is no range.
COVERAGE_SLACK = 0.05
# Shares of the judged form's error on the holdout. Beyond them is more than having seen the holdout
# does to any recipe: `benchmarks/two_forms.py` measures it.
MOST_UNEXPLAINED, MOST_LEAN = 0.75, 0.4
# In log price; the served form of a member is an approximation, and nobody should see it.
MOST_SERVED_DIFFERS = 0.05


@dataclass(frozen=True, slots=True)
class Budget:
    """What a model may weigh, and the processor time that one estimate may take.

    The time is many times what the default recipe needs, so that a slow machine
    never refuses a good model.
    """

    megabytes: float = 12.0
    estimate_us: float = 1000.0


def conditions(budget: Budget) -> list[str]:
    """What every published model has met, in sentences."""
    return [
        f"On the held-out listings its median error is at most {WORST_MDAPE_PERCENT:.0f} %, its "
        f"mean absolute log error at most {WORST_LOG_ERROR}, and below that of the naive way.",
        f"Its range holds the promised share of them, give or take {100 * COVERAGE_SLACK:.0f} "
        f"points and three standard errors, and is at most {WIDEST_PERCENT:.0f} % wide at the "
        "median.",
        f"What is served differs from what was learned by at most {MOST_SERVED_DIFFERS} in log "
        "price.",
        "What is published learned from every listing. On the held-out ones it errs less than what "
        "was judged, and what having seen them does not explain of the difference is at most "
        f"{100 * MOST_UNEXPLAINED:.0f} % of the error, and leans by at most {100 * MOST_LEAN:.0f} "
        "% of it.",
        f"It weighs at most {budget.megabytes:g} MB, and one estimate takes at most "
        f"{budget.estimate_us:,.0f} µs of a processor.",
        "It is not worse than the production model on the same homes, beyond chance, unless it is "
        "the first or somebody forced it.",
    ]


def against_floor(predictions: Predictions, naive: Predictions) -> list[str]:
    """Reasons that no force overrules."""
    figures, rows = metrics(predictions), len(predictions.actual)
    if rows < FEWEST_HELD_OUT:
        return [f"only {rows} listings are held out; {FEWEST_HELD_OUT} are needed to judge"]
    reasons = []
    mdape = figures["mdape_percent"]
    if mdape > WORST_MDAPE_PERCENT:
        reasons.append(
            f"its median error is {mdape:.1f} % on {rows:,} held-out listings; "
            f"the floor is {WORST_MDAPE_PERCENT:.0f} %"
        )
    log_error, naive_error = (of["mean_abs_log_error"] for of in (figures, metrics(naive)))
    if log_error > WORST_LOG_ERROR:
        reasons.append(
            f"its mean absolute log error is {log_error:.3f}; the floor is {WORST_LOG_ERROR}: look "
            "for listings whose prices are in another unit"
        )
    if predictions.promise <= COVERAGE and figures["median_width_percent"] > WIDEST_PERCENT:
        reasons.append(
            f"its ranges are {figures['median_width_percent']:,.0f} % of the estimate wide at the "
            f"median; {WIDEST_PERCENT:.0f} % is accepted"
        )
    promise = predictions.promise
    slack = COVERAGE_SLACK + 3 * sqrt(promise * (1 - promise) / rows)
    least, most = 100 * (promise - slack), min(100.0, 100 * (promise + slack))
    coverage = figures["coverage_percent"]
    if not least <= coverage <= most:
        reasons.append(
            f"its {100 * promise:.0f} % range holds {coverage:.1f} % of {rows:,} held-out "
            f"listings; {least:.1f} to {most:.1f} % is accepted"
        )
    if log_error >= naive_error:
        reasons.append(
            f"its mean absolute log error is {log_error:.3f}; the median price per area of "
            f"the locality gives {naive_error:.3f}"
        )
    return reasons


def against_production(candidate: Predictions, production: Predictions, sets: int = 1) -> list[str]:
    """Reasons that force overrules: worse than production on the same homes, beyond chance.

    Of `sets` comparisons each is the stricter, so that all together call an equal model worse no
    oftener than one would (Bonferroni). Widths are not compared: two models may promise
    different shares of homes.
    """
    share = 1 - 0.05 / sets
    low, high = paired_bootstrap(candidate, production, share)
    if low <= 0:
        return []
    return [
        f"it is worse than production on the same {len(candidate.actual):,} held-out listings: "
        f"mean absolute log error {low:.4f} to {high:.4f} higher ({100 * share:.1f} %)"
    ]


def against_served_form(differs: Mapping[str, float]) -> list[str]:
    """Reasons that no force overrules: a member is not served as it was learned."""
    return [
        f"its {member} as served differs from the exact one by {most:.3f} in log price; "
        f"{MOST_SERVED_DIFFERS} is accepted: use more basis points"
        for member, most in differs.items()
        if not most <= MOST_SERVED_DIFFERS
    ]


def against_disagreement(forms: Agreement) -> list[str]:
    """Reasons that no force overrules: what is published is another model than what was judged."""
    error, reasons = forms.judged_error, []
    if forms.published_error > error:
        reasons.append(
            f"its published form errs by {forms.published_error:.3f} in log price on held-out "
            f"listings that it has learned from, its judged form, which has not, by {error:.3f}"
        )
    if forms.unexplained > MOST_UNEXPLAINED * error:
        reasons.append(
            f"its published form differs from the judged one by {forms.unexplained:.3f} in log "
            "price beyond what having seen the held-out listings explains; "
            f"{MOST_UNEXPLAINED * error:.3f} is accepted"
        )
    if abs(forms.lean) > MOST_LEAN * error:
        reasons.append(
            f"its published form leans by {forms.lean:+.3f} in log price beside the judged one; "
            f"{MOST_LEAN * error:.3f} is accepted"
        )
    return reasons


def against_size(files: Mapping[str, bytes], budget: Budget) -> list[str]:
    """Reasons that no force overrules: every service keeps the model in memory and fetches it."""
    size = sum(len(content) for content in files.values()) / 1e6
    if size <= budget.megabytes:
        return []
    name, largest = max(files.items(), key=lambda file: len(file[1]))
    return [
        f"its files are {size:.1f} MB, {name} alone {len(largest) / 1e6:.1f}; "
        f"{budget.megabytes:g} MB are allowed: use fewer rounds or leaves, fewer basis points or "
        "fact_sets, or raise HOMES_MODEL_MB"
    ]


def against_cost(estimate_us: float, budget: Budget) -> list[str]:
    """Reasons that no force overrules: an estimate takes too much of a processor."""
    if estimate_us <= budget.estimate_us:
        return []
    return [
        f"one estimate takes {estimate_us:,.0f} us of processor time; {budget.estimate_us:,.0f} "
        "are allowed: use fewer rounds or leaves, or raise HOMES_ESTIMATE_US"
    ]
