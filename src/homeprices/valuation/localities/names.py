"""Understands which locality is meant, however it is written, and completes what is typed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rapidfuzz import fuzz, process

from homeprices.domain.locality import (
    Place,
    locality_key,
    name_words,
    phonetic_key,
    place_of,
    without_divisions,
)
from homeprices.domain.market import Market
from homeprices.domain.mentions import Mention, MentionReader, NamedAs, Reading, most_telling
from homeprices.valuation.localities.spelling import (
    ALIKE,
    NEARLY_EQUAL,
    Spelling,
    corrected_divisions,
)

_LEAST_LIKENESS = 75
# Of words among others: so many are looked at, so many together, of so many letters.
_MOST_WORDS, _MOST_MISSPELT, _FEWEST_LETTERS = 12, 3, 8


@dataclass(frozen=True, slots=True)
class ResolvedLocality:
    """A locality as it was understood: the name to show, its keys, and whether it has listings.

    `corrected` says that the text was taken for a misspelling of this name, or that something in
    it was not used, `geocoded` that there is no listing but a point on the market's map,
    `elsewhere` that the text names another city or a state, or nothing at all.
    """

    name: str
    place: Place
    known: bool
    corrected: bool = False
    geocoded: bool = False
    elsewhere: bool = False

    @property
    def is_found(self) -> bool:
        """True for a place that the model or the map knows."""
        return self.known or self.geocoded


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
        """The locality that `text` means as a whole."""
        key = locality_key(text, market)
        name = without_divisions(key)
        locality = self.localities.get(phonetic_key(name)) if name else None
        if locality is None:
            return ResolvedLocality(" ".join(text.split()), place_of(text, market), False)
        return self.listed(locality, key.removeprefix(name))

    def listed(self, locality: str, divisions: str) -> ResolvedLocality:
        """A part of a locality with listings; `divisions` is what follows it in the key, or ""."""
        key = locality + divisions
        as_divided = self.names.get(key)
        name = as_divided or self.names.get(locality) or locality.title()
        place = Place(key, locality, self.regions[locality])
        return ResolvedLocality(name, place, True, as_divided is None and divisions != "")


def fit_locality_names(
    texts: Sequence[str], market: Market, on_the_map: Iterable[str] = ()
) -> LocalityNames:
    """The localities of `texts`, as written; of spellings that sound alike the common one wins."""
    times = Counter(text for text in texts if not _says_nothing(text, market))
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


def _says_nothing(text: str, market: Market) -> bool:
    """True for a part of the city: "South Bangalore"."""
    words = locality_key(text, market).split()
    return bool(words) and set(words) <= {*market.around}


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
        self._respaced = _unambiguous(meanings)
        self._mentions = MentionReader(market, self._located)
        cities = [*market.city_names, *market.elsewhere]
        self._cities = Spelling(dict.fromkeys(cities, market.city), ())
        self._city_names = {*cities}
        self._city_sounds = {_city_sound(city) for city in cities}
        self._beside = {*market.beside}

    def find(self, text: str) -> ResolvedLocality:
        """The locality that `text` means.

        The whole of it as it is written, else the most telling place that it mentions
        (domain/mentions.py), else what is written wrong in it. What a slip of the pen has made of a
        whole name goes before the known place in it. A place that is none of these is as it was
        written. That a home is only near a place is never passed over in silence.
        """
        found = self._found(text)
        if not found.is_found or found.corrected or _is_same(found.name, text):
            return found
        return replace(found, corrected=not self._beside.isdisjoint(name_words(text)))

    def _found(self, text: str) -> ResolvedLocality:
        """The locality that `text` means, or the text as no locality."""
        key = locality_key(text, self._market)
        whole = self._as_a_whole(text, key)
        if whole.is_found:
            return whole
        corrected = corrected_divisions(text)
        if corrected != text and (resolved := self.find(corrected)).is_found:
            return replace(resolved, corrected=True)
        return self._mentioned(text, key, whole)

    def is_city(self, text: str) -> bool:
        """True for the own name of a city, this one too, of a state or of a country."""
        return " ".join(name_words(text)) in self._city_names

    def _as_a_whole(self, text: str, key: str) -> ResolvedLocality:
        """The locality that `text` names from its first word to its last, or the text as none."""
        name = without_divisions(key)
        found = self._names.find(text, self._market)
        on_the_map = None if found.known else self._geocoded.get(phonetic_key(name))
        if on_the_map is not None:
            found = self._on_the_map(on_the_map, key)
        if found.is_found and (self._spelling.is_of_none(name) or self._ends_in_its_city(text)):
            return ResolvedLocality(" ".join(text.split()), place_of(text, self._market), False)
        return found

    def _ends_in_its_city(self, text: str) -> bool:
        """True for "Mysore Road, Mysore": its key, which has no word twice, is a road here."""
        words = name_words(text)
        return len(set(words)) < len(words) and self._mentions.read(text).is_elsewhere

    def _mentioned(self, text: str, key: str, as_written: ResolvedLocality) -> ResolvedLocality:
        """The locality that is named in `text` among other words, or misspelt; else as written."""
        reading = self._mentions.read(text)
        if reading.is_elsewhere or reading.is_empty:
            return replace(as_written, elsewhere=True)
        mention = most_telling(reading.mentions, self._market)
        name = without_divisions(key)
        if mention is None and _city_sound(name) in self._city_sounds:
            return replace(as_written, elsewhere=True)
        misspelt = self._misspelt(name, reading, mention)
        if misspelt is not None:
            divisions = key[len(name) :] if mention is None else ""
            return replace(self._named(misspelt, divisions), corrected=True)
        if mention is None:
            is_city = self._cities.meant(name, NEARLY_EQUAL) is not None
            return replace(as_written, elsewhere=is_city)
        resolved = self._named(mention.locality, mention.suffix)
        is_said = mention.words < reading.words or self._sounding(mention.written) is None
        return replace(resolved, corrected=resolved.corrected or is_said)

    def _misspelt(self, name: str, reading: Reading, mention: Mention | None) -> str | None:
        """The locality that a text means which names no place, or only such as say little.

        Between the whole and a place that it does name, only a slip of a letter or two in what is
        no place decides for the whole.
        """
        if mention is None or (reading.unknown and reading.chunks == 1):
            whole = self._spelling.meant(name, ALIKE if mention is None else NEARLY_EQUAL)
            if whole is not None:
                return whole
        if mention is not None and mention.named_as is NamedAs.PLACE:
            return None
        runs = reading.unknown if mention is not None else [*reading.unknown, *reading.nearby]
        runs = list(_first_words(runs))
        return next(filter(None, map(self._spelling.meant, runs)), None) or next(
            filter(None, map(self._among, runs)), None
        )

    def _among(self, run: str) -> str | None:
        """The locality that some of the words mean, the more of them the better."""
        words = run.split()
        for length in range(min(len(words) - 1, _MOST_MISSPELT), 0, -1):
            for start in range(len(words) - length + 1):
                some = " ".join(words[start : start + length])
                if len(some) >= _FEWEST_LETTERS:
                    means = self._spelling.meant(some, NEARLY_EQUAL, is_whole=False)
                    if means is not None:
                        return means
        return None

    def _sounding(self, name: str) -> str | None:
        """The locality that has this name, or has it with another name of its first word."""
        first, _, more = name.partition(" ")
        other = self._market.aliases.get(first) if more else None
        known = self._sounds.get(phonetic_key(name))
        return known if known or not other else self._sounds.get(phonetic_key(f"{other} {more}"))

    def _located(self, name: str) -> str | None:
        """The locality that sounds so, or does under another word division."""
        if self._spelling.is_of_none(name):
            return None
        return self._sounding(name) or self._respaced.get(_joined_sound(name))

    def _named(self, name: str, divisions: str) -> ResolvedLocality:
        if name in self._names.geocoded:
            return self._on_the_map(name, name + divisions)
        return self._names.listed(name, divisions)

    def _on_the_map(self, name: str, key: str) -> ResolvedLocality:
        """A place without listings, which was written as `key`."""
        place = place_of(name, self._market)
        written = self._names.geocoded[name]
        is_whole = key in (name, locality_key(written, self._market))
        return ResolvedLocality(
            written, Place(name, name, place.region), False, not is_whole, geocoded=True
        )


def _first_words(runs: Iterable[str]) -> Iterator[str]:
    """The runs as far as their first `_MOST_WORDS` words: looking at more costs others time."""
    left = _MOST_WORDS
    for run in runs:
        words = run.split()[:left]
        left -= len(words)
        if words:
            yield " ".join(words)


def _unambiguous(meanings: Mapping[str, str]) -> dict[str, str]:
    """What names mean by their sound in one word, where that is one thing."""
    means: dict[str, set[str]] = defaultdict(set)
    for name, meaning in meanings.items():
        means[_joined_sound(name)].add(meaning)
    return {sound: min(found) for sound, found in means.items() if len(found) == 1}


def _city_sound(name: str) -> tuple[str, str]:
    """How the name of a city sounds, and how it ends: Anand is not Ananda."""
    return phonetic_key(name), name[-1:]


def _is_same(name: str, text: str) -> bool:
    return name.casefold() == " ".join(text.casefold().split())


def _joined_sound(name: str) -> str:
    return phonetic_key(name.replace(" ", ""))
