"""Which locality a text means: as it is written, else as it was probably meant."""

from __future__ import annotations

from dataclasses import replace

from homeprices.domain.locality import (
    Place,
    locality_key,
    phonetic_key,
    place_of,
    without_divisions,
)
from homeprices.domain.market import Market
from homeprices.valuation.localities.names import LocalityNames, ResolvedLocality
from homeprices.valuation.localities.spelling import Spelling, corrected_divisions


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
