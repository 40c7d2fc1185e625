"""Which locality a text means: as it is written, else as it was probably meant."""

from __future__ import annotations

from dataclasses import replace

from homeprices.domain.locality import Place, base_of, locality_key, place_of, skeleton
from homeprices.domain.market import Market
from homeprices.valuation.locality import Found, Places
from homeprices.valuation.spelling import FEWEST_LETTERS, Spelling


class Finder:
    """Finds localities by name: those with listings, and those that are only on the map."""

    def __init__(self, places: Places, market: Market) -> None:
        self._places = places
        self._market = market
        self._charted = {skeleton(base): base for base in places.charted}
        names = {base: base for base in [*places.charted, *places.bases.values()]}
        meant = {key: base_of(locality_key(key, market)) for key in market.aliases}
        known = set(names)
        names.update({key: base for key, base in meant.items() if base in known})
        self._spelling = Spelling(names, market.endings)

    def find(self, text: str) -> Found:
        """The locality that `text` means: all of it, else one of its parts between commas.

        What is written right goes before what is misspelt, and that before a name with words
        around it ("Hebbal flyover"); a place with listings before one that is only on the map. A
        place that is none of these is as it was written.
        """
        found = self._places.find(text, self._market)
        if found.known:
            return found
        parts = text.split(",")
        texts = [text, *reversed(parts)] if len(parts) > 1 else [text]
        keys = [key for part in texts if (key := locality_key(part, self._market))]
        for key in keys:
            if (base := self._charted.get(skeleton(base_of(key)))) is not None:
                return self._on_the_map(base)
        for key in keys:
            written = base_of(key)
            if (base := self._spelling.meant(written)) is not None:
                divisions = key[len(written) :] if key.startswith(written) else ""
                return replace(self._called(base, divisions), corrected=True)
        for key in keys:
            if (base := self._among(base_of(key).split())) is not None:
                return replace(self._called(base, ""), corrected=True)
        return found

    def _among(self, words: list[str]) -> str | None:
        """The longest name that `words` begin with, else end with."""
        lengths = range(len(words) - 1, 0, -1)
        for some in [*(words[:n] for n in lengths), *(words[-n:] for n in lengths)]:
            sound = skeleton(" ".join(some))
            base = self._places.bases.get(sound) or self._charted.get(sound)
            if base is not None and len(sound) >= FEWEST_LETTERS:
                return base
        return None

    def _called(self, base: str, divisions: str) -> Found:
        if base in self._places.charted:
            return self._on_the_map(base)
        return self._places.at(base, divisions)

    def _on_the_map(self, base: str) -> Found:
        place = place_of(base, self._market)
        name = self._places.charted[base]
        return Found(name, Place(base, base, place.parent), False, charted=True)
