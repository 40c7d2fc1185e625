"""Understands which locality is meant, however it is written, and completes what is typed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from rapidfuzz import fuzz, process

from homeprices.domain.locality import (
    Place,
    locality_key,
    phonetic_key,
    place_of,
    without_divisions,
)
from homeprices.domain.market import Market
from homeprices.valuation.localities.spelling import Spelling, corrected_divisions

_LEAST_LIKENESS = 75


@dataclass(frozen=True, slots=True)
class ResolvedLocality:
    """A locality as it was understood: the name to show, its keys, and whether it has listings.

    `corrected` says that the text was taken for a misspelling of this name, `geocoded` that
    there is no listing but a point on the market's map.
    """

    name: str
    place: Place
    known: bool
    corrected: bool = False
    geocoded: bool = False


@dataclass(frozen=True, slots=True)
class LocalityNames:
    """The localities that listings were seen in.

    `names` is how people write each sublocality; `localities` leads from a phonetic key to the
    locality it stands for; `regions` from a locality to its region. `geocoded` names the
    localities without listings that are on the market's map.
    """

    names: dict[str, str]
    localities: dict[str, str]
    regions: dict[str, str]
    geocoded: dict[str, str] = field(default_factory=dict)

    def find(self, text: str, market: Market) -> ResolvedLocality:
        """The locality that `text` means: all of it, else one of its parts between commas."""
        parts = text.split(",")
        candidates = [text, *reversed(parts)] if len(parts) > 1 else [text]
        for candidate in candidates:
            if (resolved := self._known(candidate, market)) is not None:
                return resolved
        return ResolvedLocality(" ".join(text.split()), place_of(text, market), False)

    def _known(self, text: str, market: Market) -> ResolvedLocality | None:
        key = locality_key(text, market)
        name = without_divisions(key)
        locality = self.localities.get(phonetic_key(name)) if name else None
        return None if locality is None else self.listed(locality, key.removeprefix(name))

    def listed(self, locality: str, divisions: str) -> ResolvedLocality:
        """A part of a locality with listings; `divisions` is what follows it in the key, or ""."""
        key = locality + divisions
        name = self.names.get(key) or self.names.get(locality) or locality.title()
        return ResolvedLocality(name, Place(key, locality, self.regions[locality]), True)


def fit_locality_names(
    texts: Sequence[str], market: Market, on_the_map: Iterable[str] = ()
) -> LocalityNames:
    """The localities of `texts`, as written; of spellings that sound alike the common one wins."""
    times = Counter(texts)
    counts: Counter[str] = Counter()
    for text, n in times.items():
        counts[place_of(text, market).locality] += n
    localities: dict[str, str] = {}
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        localities.setdefault(phonetic_key(name), name)
    names: dict[str, str] = {}
    regions: dict[str, Counter[str]] = defaultdict(Counter)
    for text in sorted(times, key=lambda text: (-times[text], text[:1].isdigit(), text)):
        place = place_of(text, market)
        locality = localities[phonetic_key(place.locality)]
        divisions = place.sublocality.removeprefix(place.locality)
        names.setdefault(locality + divisions, " ".join(text.split()))
        region = localities.get(phonetic_key(place.region), place.region)
        regions[locality][region] += times[text]
    geocoded = {place_of(text, market).locality: text for text in on_the_map}
    return LocalityNames(
        names,
        localities,
        {locality: seen.most_common(1)[0][0] for locality, seen in regions.items()},
        {name: text for name, text in geocoded.items() if phonetic_key(name) not in localities},
    )


class Completion:
    """Completes names as they are typed, misspelled or not."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = list(names)
        self._lower = [name.casefold() for name in names]
        self._phonetic_keys = [phonetic_key(name) for name in self._lower]

    def complete(self, typed: str, limit: int = 8) -> list[str]:
        """Names that start with `typed`, then that have a word that does, then that sound like it.

        Empty text completes to the first names.
        """
        text = " ".join(typed.casefold().split())
        if not text:
            return self._names[:limit]
        starts = [
            n for n, low in zip(self._names, self._lower, strict=True) if low.startswith(text)
        ]
        inside = [n for n, low in zip(self._names, self._lower, strict=True) if f" {text}" in low]
        completions = list(dict.fromkeys([*starts, *inside]))
        if len(completions) < limit:
            completions = list(dict.fromkeys([*completions, *self._alike(text, limit)]))
        return completions[:limit]

    def closest(self, typed: str) -> str | None:
        """The one name that a misspelling most likely means; None when nothing is near."""
        return next(iter(self._alike(" ".join(typed.casefold().split()), 1)), None)

    def _alike(self, text: str, limit: int) -> list[str]:
        sound = phonetic_key(text)
        if len(sound) < 3:
            return []
        starts = [name[: len(sound) + 1] for name in self._phonetic_keys]
        likeness = process.cdist([sound], starts, scorer=fuzz.ratio)[0]
        likely = [
            i
            for i, (likely, start) in enumerate(zip(likeness.tolist(), starts, strict=True))
            if likely >= _LEAST_LIKENESS and start[:1] == sound[:1]
        ]
        likely.sort(key=lambda i: (-likeness[i], len(self._phonetic_keys[i])))
        return [self._names[i] for i in likely[:limit]]


class LocalityResolver:
    """Finds localities by name: those with listings, and those that are only on the map."""

    def __init__(self, names: LocalityNames, market: Market) -> None:
        self._names = names
        self._market = market
        self._geocoded = {phonetic_key(name): name for name in names.geocoded}
        meanings = {name: name for name in [*names.geocoded, *names.localities.values()]}
        aliases = {key: without_divisions(locality_key(key, market)) for key in market.aliases}
        known = set(meanings)
        meanings.update({key: name for key, name in aliases.items() if name in known})
        self._sounds = {phonetic_key(key): name for key, name in meanings.items()}
        self._spelling = Spelling(meanings, market.endings)

    def find(self, text: str) -> ResolvedLocality:
        """The locality that `text` means: all of it, else one of its parts between commas.

        What is written right goes before what is misspelt, and that before a name with words
        around it that name no place ("Hebbal flyover"); a place with listings before one that is
        only on the map. A place that is none of these is as it was written.
        """
        as_written = self._names.find(text, self._market)
        if as_written.known:
            return as_written
        corrected = corrected_divisions(text)
        if corrected != text:
            resolved = self.find(corrected)
            if resolved.known or resolved.geocoded:
                return replace(resolved, corrected=True)
        parts = text.split(",")
        texts = [text, *reversed(parts)] if len(parts) > 1 else [text]
        keys = [key for part in texts if (key := locality_key(part, self._market))]
        for key in keys:
            if (name := self._geocoded.get(phonetic_key(without_divisions(key)))) is not None:
                return self._on_the_map(name)
        for meaning in (self._spelling.meant, self._without_words_around):
            for key in keys:
                written = without_divisions(key)
                if (name := meaning(written)) is not None:
                    divisions = key[len(written) :] if key.startswith(written) else ""
                    return replace(self._named(name, divisions), corrected=True)
        return as_written

    def _without_words_around(self, name: str) -> str | None:
        """The locality that `name` means without the words that name no place, and numbers."""
        words = name.split()
        kept = [word for word in words if word not in self._market.around and word.isalpha()]
        if not 0 < len(kept) < len(words):
            return None
        return self._sounds.get(phonetic_key(" ".join(kept)))

    def _named(self, name: str, divisions: str) -> ResolvedLocality:
        if name in self._names.geocoded:
            return self._on_the_map(name)
        return self._names.listed(name, divisions)

    def _on_the_map(self, name: str) -> ResolvedLocality:
        place = place_of(name, self._market)
        written = self._names.geocoded[name]
        return ResolvedLocality(written, Place(name, name, place.region), False, geocoded=True)
