"""Which locality a text means: as it is written, else as it was probably meant."""

from __future__ import annotations

from dataclasses import replace

from homeprices.domain.locality import Place, base_of, locality_key, place_of, skeleton
from homeprices.domain.market import Market
from homeprices.valuation.localities.names import LocalityNames, ResolvedLocality
from homeprices.valuation.localities.spelling import Spelling, mended_divisions


class LocalityResolver:
    """Finds localities by name: those with listings, and those that are only on the map."""

    def __init__(self, places: LocalityNames, market: Market) -> None:
        self._places = places
        self._market = market
        self._charted = {skeleton(base): base for base in places.charted}
        names = {base: base for base in [*places.charted, *places.bases.values()]}
        meant = {key: base_of(locality_key(key, market)) for key in market.aliases}
        known = set(names)
        names.update({key: base for key, base in meant.items() if base in known})
        self._sounds = {skeleton(key): base for key, base in names.items()}
        self._spelling = Spelling(names, market.endings)

    def find(self, text: str) -> ResolvedLocality:
        """The locality that `text` means: all of it, else one of its parts between commas.

        What is written right goes before what is misspelt, and that before a name with words
        around it that name no place ("Hebbal flyover"); a place with listings before one that is
        only on the map. A place that is none of these is as it was written.
        """
        found = self._places.find(text, self._market)
        if found.known:
            return found
        mended = mended_divisions(text)
        if mended != text:
            again = self.find(mended)
            if again.known or again.charted:
                return replace(again, corrected=True)
        parts = text.split(",")
        texts = [text, *reversed(parts)] if len(parts) > 1 else [text]
        keys = [key for part in texts if (key := locality_key(part, self._market))]
        for key in keys:
            if (base := self._charted.get(skeleton(base_of(key)))) is not None:
                return self._on_the_map(base)
        for meaning in (self._spelling.meant, self._bare):
            for key in keys:
                written = base_of(key)
                if (base := meaning(written)) is not None:
                    divisions = key[len(written) :] if key.startswith(written) else ""
                    return replace(self._called(base, divisions), corrected=True)
        return found

    def _bare(self, name: str) -> str | None:
        """The base that `name` means without the words that name no place, and numbers."""
        words = name.split()
        kept = [word for word in words if word not in self._market.around and word.isalpha()]
        return self._sounds.get(skeleton(" ".join(kept))) if 0 < len(kept) < len(words) else None

    def _called(self, base: str, divisions: str) -> ResolvedLocality:
        if base in self._places.charted:
            return self._on_the_map(base)
        return self._places.at(base, divisions)

    def _on_the_map(self, base: str) -> ResolvedLocality:
        place = place_of(base, self._market)
        name = self._places.charted[base]
        return ResolvedLocality(name, Place(base, base, place.parent), False, charted=True)
