"""A loaded model: from a home to its price, range and notes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import exp, isnan, log1p

from homeprices.domain.estimate import Estimate, Narrowing
from homeprices.domain.home_request import unusual
from homeprices.domain.listing import Home
from homeprices.domain.market import Market
from homeprices.valuation.features.area_clipping import AreaClipping
from homeprices.valuation.features.definitions import (
    AROUND,
    HOUSE,
    KIND,
    LOG_AREA,
    PARENT,
    SOCIETY_LISTINGS,
    ModelInput,
    TargetEncodings,
    comparables,
    features,
    place_features,
    tell_house,
    word,
)
from homeprices.valuation.features.feature_sets import OPTIONAL, FeatureSet, given
from homeprices.valuation.localities.names import Completion, LocalityNames, ResolvedLocality
from homeprices.valuation.localities.resolver import LocalityResolver
from homeprices.valuation.predict import notes as notes_on
from homeprices.valuation.predict.ensemble import Ensemble
from homeprices.valuation.predict.intervals import UNUSUAL_FACTOR, Ranges, groups_of
from homeprices.valuation.predict.market_map import MarketMap
from homeprices.valuation.predict.missing_inputs import answering_set, narrower_with, not_seen
from homeprices.valuation.predict.notes import Notes

_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class ModelContext:
    """What every recipe learns beside its formulas; estimates are explained from `middle`."""

    market: Market
    places: LocalityNames
    guard: AreaClipping
    tables: TargetEncodings
    middle: Home


@dataclass(frozen=True, slots=True)
class SubModelPredictor:
    """The model of one set of facts, with the ranges around its estimates."""

    mix: Ensemble
    ranges: Ranges


_Choice = tuple[SubModelPredictor, tuple[Narrowing, ...], Notes]


class BundlePredictor:
    """Implements ports.Valuer on a formula; also completes names of localities."""

    def __init__(
        self,
        knowledge: ModelContext,
        houses: Callable[[Sequence[float]], float],
        models: Mapping[str, SubModelPredictor],
    ) -> None:
        self.knowledge = knowledge
        self._houses = houses
        self._models = models
        self._choices = _choices(models, knowledge.market)
        self._localities = tuple(sorted(knowledge.places.names.values(), key=str.casefold))
        self._completion = Completion(self._localities)
        self._log_ratio = log1p(knowledge.market.comparable.area_share)
        self._fewest = knowledge.market.comparable.fewest
        self._map = MarketMap(knowledge.market, knowledge.tables)
        self._finder = LocalityResolver(knowledge.places, knowledge.market)
        self._remembered: dict[str, tuple[ResolvedLocality, list[float], Notes]] = {}

    @property
    def localities(self) -> Sequence[str]:
        """The names of the localities it has listings of, sorted."""
        return self._localities

    @property
    def fact_sets(self) -> Sequence[FeatureSet]:
        """The sets of facts that there are models for, four facts first."""
        return [model.mix.facts for model in self._models.values()]

    def complete(self, typed: str, limit: int = 8) -> list[str]:
        """Names of localities that `typed` may become or mean."""
        completed = self._completion.complete(typed, limit)
        if completed and completed[0].casefold().startswith(" ".join(typed.casefold().split())):
            return completed
        found = self._finder.find(typed)
        meant = [found.name] if found.name in self._localities else []
        return list(dict.fromkeys([*meant, *completed]))[:limit]

    def facts_of(self, home: Home) -> FeatureSet:
        """The facts that the model sees which answers for `home`."""
        return self._chosen(home)[0].mix.facts

    def _chosen(self, home: Home) -> _Choice:
        """The model that answers for `home`, what would narrow its range, and what to note."""
        return self._choices[given(home.with_facts(area_type=None) if self._is_odd(home) else home)]

    def _is_odd(self, home: Home) -> bool:
        """True for an area type that no listing has: it counts as not given."""
        area_type = home.facts.get("area_type")
        known = self.knowledge.tables.area_types
        return isinstance(area_type, str) and word(area_type) not in known

    def found(self, text: str) -> ResolvedLocality:
        """The locality that `text` is understood as."""
        return self._place(text)[0]

    def see(self, home: Home) -> tuple[ModelInput, list[float]]:
        """`home` at its place, and its features."""
        _, subject, _ = self._stand(home)
        return subject, features(self.knowledge.tables, subject, self._houses)

    def estimate(self, home: Home, facts: FeatureSet | None = None) -> Estimate:
        """The price of `home` with its range, in the market's unit of price.

        By the model that fits the facts given, or by that of `facts`.
        """
        knowledge = self.knowledge
        found, subject, notes = self._stand(home)
        model, narrower, unseen = self._chosen(home)
        if facts is not None:
            model = self._models[facts.name]
        values = features(knowledge.tables, subject, None)
        if model.mix.facts.house == HOUSE or isnan(values[KIND]):
            tell_house(values, self._houses)
        point, spread = model.mix.judge(values, subject)
        log_price = point + values[LOG_AREA]
        member = groups_of(values, values[model.mix.facts.house], log_price, model.ranges.edges)
        oddities = unusual(home, knowledge.market)
        if self._is_odd(home):
            notes = (*notes, *notes_on.area_type(home, knowledge.tables.area_types))
        if values[SOCIETY_LISTINGS] == 0 and model.mix.facts.sees_society:
            notes = (*notes, *notes_on.society(home, found))
        down, up = model.ranges.around(member, spread, UNUSUAL_FACTOR if oddities else 1.0)
        price = exp(log_price)
        return Estimate(
            price=price,
            low=price * exp(down),
            high=price * exp(up),
            coverage=model.ranges.coverage,
            locality=found.name,
            locality_known=found.known,
            notes=(*notes, *unseen, *oddities),
            narrower=narrower,
            too_few=comparables(knowledge.tables, subject, self._log_ratio) < self._fewest,
        )

    def _stand(self, home: Home) -> tuple[ResolvedLocality, ModelInput, Notes]:
        """Where `home` is, and how that was understood.

        A place without listings is where the coordinates say; one with listings where it is.
        """
        found, here, notes = self._place(home.locality)
        area = self.knowledge.guard.area(home)
        at = self._map.point(home) if "latitude" in home.facts else None
        if at is None:
            return found, ModelInput(home, area, found.place, here), notes
        far_off = notes_on.far_off(found, self._map.apart_km(found.place, at))
        if found.known:
            return found, ModelInput(home, area, found.place, here), (*notes, *far_off)
        around = self._map.features(found.place, at)
        if isnan(around[AROUND - PARENT]):
            return (
                found,
                ModelInput(home, area, found.place, here),
                (*notes, *notes_on.NOTHING_NEAR),
            )
        here, unlisted = around, notes_on.neighbourhood(found, by_coordinates=True)
        notes = (*notes_on.correction(home.locality, found), *unlisted, *far_off)
        return found, ModelInput(home, area, found.place, here, at), notes

    def _place(self, text: str) -> tuple[ResolvedLocality, list[float], Notes]:
        """What is known of a locality; remembered, since few names make up most of the traffic."""
        remembered = self._remembered.get(text)
        if remembered is not None:
            return remembered
        found = self._finder.find(text)
        here = place_features(self.knowledge.tables, found.place)
        unlisted = () if found.known else self._unlisted(found, here)
        entry = found, here, (*notes_on.correction(text, found), *unlisted)
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        self._remembered[text] = entry
        return entry

    def _unlisted(self, found: ResolvedLocality, here: list[float]) -> Notes:
        """What a place without listings is priced from."""
        if found.charted and not isnan(here[AROUND - PARENT]):
            return notes_on.neighbourhood(found, by_coordinates=False)
        near = None if found.charted else self._completion.closest(found.name)
        return notes_on.whole_city(found, self.knowledge.market.city, near)


def _choices(
    models: Mapping[str, SubModelPredictor], market: Market
) -> dict[tuple[bool, ...], _Choice]:
    """The model that answers and what goes with its answers, by which facts are `given`."""
    widths, fields = {name: model.ranges.width for name, model in models.items()}, market.fields
    return {
        told: (
            models[answering_set(told, widths)],
            narrower_with(told, widths, fields),
            notes_on.not_seen(not_seen(told, widths, fields)),
        )
        for told in product((False, True), repeat=len(OPTIONAL))
    }
