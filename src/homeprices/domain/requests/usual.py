"""What is uncommon about a home, by itself and with the rest of it: it gets a wider range.

What goes together is learned from listings: of a hundred homes with two bedrooms none has ten
bathrooms, of homes with ten most have.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor

from homeprices.domain.listing import Home
from homeprices.domain.market import Bounds, Market
from homeprices.domain.notes import Note, note

# Of homes with as many bedrooms, the part with less, and that with more, that is uncommon.
UNCOMMON = 0.002
# Bedrooms that fewer listings have are judged with those of the counts around them.
FEWEST = 50
AREA_WITH = "unusual_area_with"
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class UsualWith:
    """What homes of so many bedrooms mostly have; None of what hardly any listing tells."""

    area: Bounds
    bathrooms: Bounds
    balconies: Bounds | None = None

    def has(self, home: Home) -> bool:
        """True for a home within all of it; asked of every home that is priced."""
        area, bathrooms = self.area, self.bathrooms
        if not area.least <= home.area <= area.most:
            return False
        if not bathrooms.least <= home.bathrooms <= bathrooms.most:
            return False
        told = home.number_fact("balconies") if self.balconies else None
        return told is None or self.balconies is None or told in self.balconies


@dataclass(frozen=True, slots=True)
class UsualTogether:
    """What goes together by bedrooms, 1 to the most that are accepted.

    Empty for a model that was made before it was learned.
    """

    by_bedrooms: dict[int, UsualWith] = field(default_factory=dict)

    def notes(self, home: Home, market: Market) -> tuple[Note, ...]:
        """What of `home` hardly goes with its number of bedrooms."""
        usual = self.by_bedrooms.get(home.bedrooms)
        if usual is None or usual.has(home):
            return ()
        values = (
            ("area", home.area, usual.area),
            ("bathrooms", home.bathrooms, usual.bathrooms),
            ("balconies", home.number_fact("balconies"), usual.balconies),
        )
        return tuple(
            note(
                AREA_WITH if fact == "area" else "unusual_with",
                value=value,
                words=market.facts[fact].words,
                bedrooms=home.bedrooms,
                title=market.facts["bedrooms"].title,
                least=bounds.least,
                most=bounds.most,
            )
            for fact, value, bounds in values
            if value is not None and bounds is not None and value not in bounds
        )


def fit_usual(homes: Sequence[Home], market: Market) -> UsualTogether:
    """What goes together in `homes`.

    A home may have fewer balconies than others, and one for each bedroom and one more.
    """
    accepted = market.facts["bedrooms"].accepted
    counts = range(int(accepted.least), int(accepted.most) + 1)
    area = _by_bedrooms([(home.bedrooms, home.area) for home in homes], counts)
    bathrooms = _by_bedrooms([(home.bedrooms, home.bathrooms) for home in homes], counts)
    told = [(home.bedrooms, home.number_fact("balconies")) for home in homes]
    balconies = _by_bedrooms([(n, value) for n, value in told if value is not None], counts)
    return UsualTogether(
        {
            n: UsualWith(
                area[n],
                bathrooms[n],
                Bounds(0, max(balconies[n].most, n + 1)) if n in balconies else None,
            )
            for n in counts
            if n in area
        }
    )


def _by_bedrooms(pairs: Sequence[tuple[int, float]], counts: range) -> dict[int, Bounds]:
    """Bounds of a value by bedrooms, from `pairs` of bedrooms and value; {} of too few pairs."""
    values = defaultdict(list)
    for bedrooms, value in pairs:
        values[bedrooms].append(value / bedrooms)
    if len(pairs) < FEWEST:
        return {}
    return {bedrooms: _bounds(values, bedrooms) for bedrooms in counts}


def _bounds(values: Mapping[int, Sequence[float]], bedrooms: int) -> Bounds:
    """From values for each bedroom to what is usual with so many bedrooms, in whole numbers."""
    by_distance = sorted(values, key=lambda other: (abs(other - bedrooms), other))
    near: list[float] = []
    for other in by_distance:
        if len(near) >= FEWEST:
            break
        near.extend(values[other])
    near.sort()
    out = int(len(near) * UNCOMMON)
    least, most = near[out] * bedrooms, near[-1 - out] * bedrooms
    return Bounds(floor(least + _ROUNDING), ceil(most - _ROUNDING))


def oddities(home: Home, market: Market, together: UsualTogether) -> tuple[Note, ...]:
    """All that is uncommon about `home`; of its area no more than one rule has to say."""
    size = unusual(home, market)
    rest = together.notes(home, market)
    return (*size, *(note for note in rest if note.code != AREA_WITH)) if size else rest


def unusual(home: Home, market: Market) -> tuple[Note, ...]:
    """What is uncommon about the size of `home`, whatever its market's listings."""
    usual, notes = market.usual, []
    if home.area not in usual.area:
        bounds = {"least": usual.area.least, "most": usual.area.most}
        notes.append(note("unusual_area", area=home.area, **bounds))
    room = home.area / home.bedrooms
    if room < usual.least_area_per_bedroom:
        notes.append(note("little_area_per_bedroom", area=room))
    if room > usual.most_area_per_bedroom:
        notes.append(
            note("much_area_per_bedroom", area=room, priced_as=usual.most_area_per_bedroom)
        )
    return tuple(notes)
