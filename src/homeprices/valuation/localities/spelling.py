"""What a misspelt name most likely means, or that nothing is near enough to tell.

Words such as "phase" are mended by themselves, beside a number. For names there are three
rules, each stricter than a plain measure of likeness, which takes every "... nagar" for
another: an ending left out, if only one name has it; the same sound under another word
division; else the one name that is alike both as a whole and without its ending, and
clearly ahead of the next.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from homeprices.domain.locality import phonetic_key

FEWEST_LETTERS = 5
ALIKE, STEM_ALIKE = 80.0, 70.0
# Letters put in, left out, replaced or swapped.
MOST_SLIPS, SHORT_STEM = 2, 5
# Where something speaks for another place.
NEARLY_EQUAL = 88.0
AHEAD = 3.0


_DIVISIONS = ("phase", "stage", "block", "sector")
# A number, its digits apart from what stands behind them where that is no ending of numbers.
_NUMBER = re.compile(r"(\d+)(?:st|nd|rd|th|([a-z]{1,3}))?|[ivx]{1,4}")


def corrected_divisions(text: str) -> str:
    """`text` with the words of its divisions, and the ends of the numbers beside, written right.

    >>> corrected_divisions("Sectr 7 HSR Layout"), corrected_divisions("jp nagar 2cd phaes")
    ('sector 7 HSR Layout', 'jp nagar 2 phase')
    """
    words = text.replace(",", " , ").split()
    written = list(words)
    for i, word in enumerate(words):
        division = _division(word)
        numbers = {
            j: number
            for j in (i - 2, i - 1, i + 1)
            if division
            and 0 <= j < len(words)
            and (number := _NUMBER.fullmatch(words[j].casefold()))
        }
        if division and numbers:
            words[i] = word if word.casefold() == division else division
            for j, number in numbers.items():
                words[j] = number[1] if number[2] else words[j]
    return text if words == written else " ".join(words).replace(" , ", ", ")


def _division(word: str) -> str | None:
    """The word of a division that `word` is, or is one slip away from."""
    text = word.casefold() if word.isalpha() else ""
    return next(
        (word for word in _DIVISIONS if OSA.distance(text, word, score_cutoff=1) <= 1), None
    )


@dataclass(frozen=True, slots=True)
class _Name:
    """A name as it is compared: how it sounds, without its ending, and the ending."""

    sound: str
    stem: str
    ending: str
    means: str


class Spelling:
    """Understands misspellings of `names`, which lead from a key to the locality that it means."""

    def __init__(self, names: Mapping[str, str], endings: Sequence[str]) -> None:
        self._endings = sorted({phonetic_key(ending) for ending in endings}, key=len, reverse=True)
        self._all = [self._name(key, means) for key, means in names.items()]
        self._stems: dict[str, set[str]] = defaultdict(set)
        self._by_letter: dict[str, list[_Name]] = defaultdict(list)
        self._by_sound: dict[str, set[str]] = defaultdict(set)
        self._short: dict[str, list[str]] = defaultdict(list)
        self._means = names
        for key, name in zip(names, self._all, strict=True):
            if len(name.sound) <= FEWEST_LETTERS:
                self._short[key[0]].append(key)
            self._by_letter[name.sound[:1]].append(name)
            self._by_sound[name.sound].add(name.means)
            if name.ending:
                self._stems[name.stem].add(name.means)

    def meant(self, key: str, least: float = ALIKE) -> str | None:
        """The locality that `key` most likely means; None when none is clearly the nearest.

        `least` is how alike the two must be, of 100.
        """
        typed = self._name(key, "")
        if typed.sound in self._endings:
            return None
        bare = self._stems.get(typed.sound)
        if bare is not None:
            return next(iter(bare)) if len(bare) == 1 else None
        if len(typed.sound) < FEWEST_LETTERS:
            return self._nearly(key)
        return self._nearest(typed, self._by_letter[typed.sound[0]], least) or self._begun(typed)

    def _begun(self, typed: _Name) -> str | None:
        """The name that has one letter more in front, or one less; None where it is not the only.

        Where the first letter is another, it mostly is another place: Lakkasandra, Jakkasandra.
        """
        sound = typed.sound
        if len(typed.stem) <= SHORT_STEM:
            return None
        means = {name.means for name in self._all if name.sound[1:] == sound}
        means |= self._by_sound.get(sound[1:], set())
        return means.pop() if len(means) == 1 else None

    def _nearly(self, key: str) -> str | None:
        """For a short name the one that differs in one letter, if there is only one."""
        if len(key) < FEWEST_LETTERS:
            return None
        near = process.extract(key, self._short[key[0]], scorer=OSA.distance, score_cutoff=1)
        means = {self._means[name] for name, _, _ in near}
        return means.pop() if len(means) == 1 else None

    def _name(self, key: str, means: str) -> _Name:
        sound = phonetic_key(key)
        ending = next((e for e in self._endings if sound.endswith(e) and sound != e), "")
        return _Name(sound, sound.removesuffix(ending), ending, means)

    def _nearest(self, typed: _Name, names: Sequence[_Name], least: float) -> str | None:
        """The name whose likeness is at least `least` and well ahead of any other's."""
        sounds = [name.sound for name in names]
        near = process.extract(
            typed.sound, sounds, scorer=fuzz.ratio, score_cutoff=least - AHEAD, limit=8
        )
        alike = [(score, names[i]) for _, score, i in near if _stem_alike(typed, names[i])]
        if not alike or alike[0][0] < least:
            return None
        best, name = alike[0]
        others = [score for score, other in alike if other.means != name.means]
        return name.means if not others or best - others[0] >= AHEAD else None


def _stem_alike(typed: _Name, name: _Name) -> bool:
    """Where both end alike, the ending says little: what comes before it must be alike too.

    In a short one a letter is as much as may be wrong.
    """
    if typed.ending != name.ending:
        return OSA.distance(typed.sound, name.sound) <= MOST_SLIPS
    slips = 1 if max(len(typed.stem), len(name.stem)) <= SHORT_STEM else MOST_SLIPS
    alike = fuzz.ratio(typed.stem, name.stem) >= STEM_ALIKE
    return alike and OSA.distance(typed.stem, name.stem) <= slips
