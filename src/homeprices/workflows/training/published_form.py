"""Fits a model that passed the gate again, on every listing: that is what is published."""

from collections.abc import Sequence

from homeprices.domain.listing import Listing
from homeprices.domain.market import Market
from homeprices.valuation.evaluate.gate import (
    Budget,
    against_cost,
    against_disagreement,
    against_size,
)
from homeprices.valuation.evaluate.holdout import HoldoutEvaluation
from homeprices.valuation.evaluate.published_form import PublishedForm, examine
from homeprices.valuation.features.feature_sets import FeatureSet
from homeprices.valuation.train.fit import FitConfig, OnProgress, fit
from homeprices.workflows.training.beside_production import with_facts


def published_form(
    config: FitConfig,
    listings: Sequence[Listing],
    evaluation: HoldoutEvaluation,
    market: Market,
    progress: OnProgress,
) -> PublishedForm:
    """What `config` learns from all `listings`, beside the judged form of `evaluation`.

    Recipe, parameters and promise are those that were judged. Its ranges are calibrated again by
    the same means, cross-validation inside what it learns from: each listing is estimated by a
    fold that has not seen it. Raises Declined where it is not whole, Refused.
    """
    progress(f"fitting it again on all {len(listings):,} listings, to be published")
    form = examine(fit(config, listings, market, progress), evaluation)
    for name, agreement in form.agreement.items():
        progress(
            f"published form, {name}: on the held-out listings, which it has seen, it differs by "
            f"{agreement.difference:.3f} in log price, {agreement.unexplained:.3f} of it beyond "
            f"having seen them; {form.cost_us[name]:.0f} us"
        )
    size = sum(map(len, form.files.values())) / 1e6
    progress(f"published form: the files are {size:.1f} MB")
    return form


def against_published(
    form: PublishedForm, feature_sets: Sequence[FeatureSet], budget: Budget
) -> list[str]:
    """Reasons that no force overrules: size, cost, and a difference that nothing explains."""
    reasons = against_size(form.files, budget)
    for feature_set in feature_sets:
        against = against_cost(form.cost_us[feature_set.name], budget)
        against += against_disagreement(form.agreement[feature_set.name])
        reasons += with_facts(feature_set, against)
    return reasons
