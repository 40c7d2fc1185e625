"""A loaded model: from a home to its price, range and notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, isnan, log1p

from homeprices.domain.explanation import Estimate, Narrowing
from homeprices.domain.listing import Home
from homeprices.domain.market import Market
from homeprices.domain.requests.usual import UsualTogether, oddities
from homeprices.valuation.features.area_clipping import AreaClipping
from homeprices.valuation.features.encodings import (
    ModelInput,
    PlaceLevels,
    TargetEncodings,
    count_comparables,
    place_levels,
    word,
)
from homeprices.valuation.features.feature_sets import APART, FeatureSet, given_facts
from homeprices.valuation.features.layout import FeatureLayout
from homeprices.valuation.localities.names import (
    Completion,
    LocalityNames,
    LocalityResolver,
    ResolvedLocality,
)
from homeprices.valuation.numeric.kernel import Kernel
from homeprices.valuation.predict import notes as notes_on
from homeprices.valuation.predict.feature_choice import AnswersWhen, FeatureSetChooser
from homeprices.valuation.predict.intervals import UNUSUAL_FACTOR, Ranges, group_features, groups_of
from homeprices.valuation.predict.market_map import MarketMap
from homeprices.valuation.predict.members import Ensemble
from homeprices.valuation.predict.notes import Notes
from homeprices.valuation.predict.property_type import PropertyTypeClassifier
from homeprices.valuation.predict.untold import UntoldFacts, UntoldShares, certain

_REMEMBERED = 2048
# The chance is rounded here and nowhere else, so that its word is that of the number shown.
_CHANCE_DIGITS = 2


@dataclass(frozen=True, slots=True)
class ModelContext:
    """What every recipe learns beside its members.

    Estimates are explained from the `reference_home`. `untold` is None in models of before, which
    average over nothing.
    """

    market: Market
    names: LocalityNames
    area_clipping: AreaClipping
    encodings: TargetEncodings
    reference_home: Home
    usual: UsualTogether
    untold: UntoldShares | None


class SubModelPredictor:
    """The model of one feature set, with the ranges around its estimates, and its kernel."""

    def __init__(
        self, ensemble: Ensemble, ranges: Ranges, kernel: Kernel, layout: FeatureLayout
    ) -> None:
        self.feature_set: FeatureSet = ensemble.feature_set
        self.ensemble = ensemble
        self.ranges = ranges
        self.kernel = kernel
        self.pick_groups = layout.picker(group_features(ensemble.feature_set))
        self.needs_house_probability = ensemble.feature_set.house == "house_probability"
        self.sees_kind = "kind" in ensemble.feature_set.optional
        self.sees_apart = set(APART) <= set(ensemble.feature_set.optional)


@dataclass(frozen=True, slots=True)
class _Answering:
    """The model that answers, what would narrow its range, and the note on what it ignores."""

    model: SubModelPredictor
    missing_inputs: tuple[Narrowing, ...]
    notes: Notes


class BundlePredictor:
    """Implements ports.Predictor on a bundle; also completes names of localities."""

    def __init__(
        self,
        context: ModelContext,
        layout: FeatureLayout,
        property_type: PropertyTypeClassifier,
        models: Mapping[str, SubModelPredictor],
        answers_when: AnswersWhen,
    ) -> None:
        self.context = context
        self.layout = layout
        sees_kind = any(model.sees_kind for model in models.values())
        self._untold = UntoldFacts(context.untold, layout) if context.untold and sees_kind else None
        self._property_type = property_type
        self._models = models
        self._answering = _answering(models, answers_when, context.market)
        self._log_area = layout.position("log_area")
        self._is_house = layout.position_if_any("is_house")
        self._society_listings = layout.position_if_any("society_listings")
        self._localities = tuple(sorted(context.names.names.values(), key=str.casefold))
        self._completion = Completion(self._localities)
        self._log_ratio = log1p(context.market.comparable.area_share)
        self._fewest = context.market.comparable.fewest
        self._map = MarketMap(context.market, context.encodings)
        self._resolver = LocalityResolver(context.names, context.market)
        self._remembered: dict[str, tuple[ResolvedLocality, PlaceLevels, Notes]] = {}

    @property
    def localities(self) -> Sequence[str]:
        """The names of the localities it has listings of, sorted."""
        return self._localities

    @property
    def feature_sets(self) -> Sequence[FeatureSet]:
        """The feature sets that there are models for, four facts first."""
        return [model.feature_set for model in self._models.values()]

    def complete(self, typed: str, limit: int = 8) -> list[str]:
        """Names of localities that `typed` may become or mean; of a city's name, only become."""
        completed = self._completion.complete(typed, limit)
        if self._resolver.is_city(typed):
            return [name for name in completed if _goes_on(name, " ".join(typed.split()))]
        if completed and completed[0].casefold().startswith(" ".join(typed.casefold().split())):
            return completed
        resolved = self._resolver.find(typed)
        meant = [resolved.name] if resolved.name in self._localities else []
        return list(dict.fromkeys([*meant, *completed]))[:limit]

    def model_for(self, home: Home) -> SubModelPredictor:
        """The model that answers for `home`."""
        return self._answering_for(home, is_odd=self._has_unknown_area_type(home)).model

    def _answering_for(self, home: Home, *, is_odd: bool) -> _Answering:
        return self._answering[given_facts(home.with_facts(area_type=None) if is_odd else home)]

    def _has_unknown_area_type(self, home: Home) -> bool:
        """True for an area type that no listing has: it counts as not given."""
        area_type = home.facts.get("area_type")
        known = self.context.encodings.area_types
        return isinstance(area_type, str) and word(area_type) not in known

    def resolve(self, text: str) -> ResolvedLocality:
        """The locality that `text` is understood as."""
        return self._place(text)[0]

    def model_input(self, home: Home) -> ModelInput:
        """`home` at its place, as its features are made of it."""
        return self._located(home)[1]

    def features(self, home: Home) -> tuple[ModelInput, list[float]]:
        """`home` at its place, and all its features."""
        model_input = self.model_input(home)
        values = self.layout.row(self.context.encodings, model_input)
        self._property_type.fill(values)
        return model_input, values

    def estimate(self, home: Home, feature_set: FeatureSet | None = None) -> Estimate:
        """The price of `home` with its range, in the market's unit of price.

        By the model that fits the facts given, or by that of `feature_set`.
        """
        context = self.context
        resolved, model_input, notes = self._located(home)
        is_odd = self._has_unknown_area_type(home)
        answering = self._answering_for(home, is_odd=is_odd)
        model = answering.model if feature_set is None else self._models[feature_set.name]
        values = self.layout.row(context.encodings, model_input)
        lacks_kind = self._lacks_kind(values)
        if model.needs_house_probability or lacks_kind:
            self._property_type.fill(values)
        point, error_scale = self._point(model, values, model_input, lacks_kind=lacks_kind)
        log_price = point + values[self._log_area]
        ranges = model.ranges
        member = groups_of(model.pick_groups(values), log_price, ranges.edges)
        odd = oddities(home, context.market, context.usual)
        if is_odd:
            notes = (*notes, *notes_on.area_type(home, context.encodings.area_types))
        if self._is_unknown_society(values) and model.feature_set.sees_society:
            notes = (*notes, *notes_on.society(home, resolved))
        down, up = ranges.around(member, error_scale, UNUSUAL_FACTOR if odd else 1.0)
        price = exp(log_price)
        return Estimate(
            price=price,
            low=price * exp(down),
            high=price * exp(up),
            coverage=ranges.coverage,
            chance_within_20_percent=round(ranges.chance_near(down, up), _CHANCE_DIGITS),
            locality=resolved.name,
            locality_known=resolved.known,
            notes=(*notes, *answering.notes, *odd),
            missing_inputs=answering.missing_inputs,
            too_few=count_comparables(context.encodings, model_input, self._log_ratio)
            < self._fewest,
        )

    def _point(
        self,
        model: SubModelPredictor,
        values: list[float],
        model_input: ModelInput,
        *,
        lacks_kind: bool,
    ) -> tuple[float, float]:
        """The log price per unit of area by `model`, and the scale of its error in log price.

        What is not told and the model sees is averaged over; models of before are asked as they
        stand.
        """
        alternatives = certain(values)
        if self._untold is not None and model.sees_kind:
            alternatives = self._untold.alternatives(
                values, lacks_kind=lacks_kind, sees_apart=model.sees_apart
            )
        return model.ensemble.predict(alternatives, values, model_input)

    def _lacks_kind(self, values: Sequence[float]) -> bool:
        """True where P(house) has to stand in for the kind of a home."""
        return self._is_house is not None and isnan(values[self._is_house])

    def _is_unknown_society(self, values: Sequence[float]) -> bool:
        """True for a society that no listing has."""
        return self._society_listings is not None and values[self._society_listings] == 0

    def _located(self, home: Home) -> tuple[ResolvedLocality, ModelInput, Notes]:
        """Where `home` is, and how that was understood.

        A place without listings is where the coordinates say; one with listings where it is.
        """
        resolved, levels, notes = self._place(home.locality)
        area = self.context.area_clipping.area(home)
        at = self._map.point(home) if "latitude" in home.facts else None
        named = ModelInput(home, area, resolved.place, levels)
        if at is None:
            return resolved, named, notes
        far_off = notes_on.far_off(resolved, self._map.apart_km(resolved.place, at))
        if resolved.known:
            return resolved, named, (*notes, *far_off)
        levels_there = self._map.levels(resolved.place, at)
        if not levels_there.has_neighbourhood:
            return resolved, named, (*notes, *notes_on.NOTHING_NEAR)
        unlisted = notes_on.neighbourhood(resolved, by_coordinates=True)
        notes = (*notes_on.correction(home.locality, resolved), *unlisted, *far_off)
        return resolved, ModelInput(home, area, resolved.place, levels_there, at), notes

    def _place(self, text: str) -> tuple[ResolvedLocality, PlaceLevels, Notes]:
        """What is known of a locality; remembered, since few names make up most of the traffic."""
        remembered = self._remembered.get(text)
        if remembered is not None:
            return remembered
        resolved = self._resolver.find(text)
        levels = place_levels(self.context.encodings, resolved.place)
        unlisted = () if resolved.known else self._unlisted(resolved, levels)
        entry = resolved, levels, (*notes_on.correction(text, resolved), *unlisted)
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        self._remembered[text] = entry
        return entry

    def _unlisted(self, resolved: ResolvedLocality, levels: PlaceLevels) -> Notes:
        """What a place without listings is priced from."""
        if resolved.geocoded and levels.has_neighbourhood:
            return notes_on.neighbourhood(resolved, by_coordinates=False)
        has_none = resolved.geocoded or resolved.elsewhere
        near = None if has_none else self._completion.closest(resolved.name)
        return notes_on.whole_city(resolved, self.context.market.city, near)


def _answering(
    models: Mapping[str, SubModelPredictor], answers_when: AnswersWhen, market: Market
) -> dict[frozenset[str], _Answering]:
    """The model that answers and what goes with its answers, by which facts are given."""
    sets = {name: model.feature_set for name, model in models.items()}
    ranges = {name: model.ranges for name, model in models.items()}
    narrowing = {name: _narrower_than(ranges, name) for name in ranges}
    choices = FeatureSetChooser(sets, answers_when, narrowing, market.fields).choices()
    return {
        given: _Answering(
            models[choice.answers], choice.missing_inputs, notes_on.not_seen(choice.ignored)
        )
        for given, choice in choices.items()
    }


def _goes_on(name: str, typed: str) -> bool:
    """True where what is typed may be the begin of the first word of `name`: Anand of Ananda."""
    behind = name[len(typed) :][:1]
    return name.casefold().startswith(typed.casefold()) and behind.isalpha()


def _narrower_than(ranges: Mapping[str, Ranges], name: str) -> Mapping[str, float]:
    """By what share ranges narrow with the facts of a set; of older models, those of all homes."""
    of_all = {other: 1 - ranges[name].width / ranges[other].width for other in ranges}
    return of_all | ranges[name].narrower_than
