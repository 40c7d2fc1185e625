"""What a misspelt name most likely means, or that nothing is near enough to tell.

Words such as "phase" are mended by themselves, beside a number. For names there are three
rules, each stricter than a plain measure of likeness, which takes every "... nagar" for
another: an ending left out, if only one name has it; the same sound under another word
division; else the one name that a slip of the pen parts from what was written, and that is
clearly ahead of the next. Another first letter is another place; a long name may lack its own.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, Postfix, Prefix

from homeprices.domain.locality import phonetic_key

FEWEST_LETTERS = 5
ALIKE = 80.0
# Letters put in, left out, replaced or swapped.
MOST_SLIPS = 2
# Letters of a stem: of initials, and of one in which every consonant counts.
INITIALS, SHORT_STEM = 2, 3
VOWELS, BACK = frozenset("aeiou"), frozenset("ou")
# So short a stem is a name of its own, and none that lacks its first letter.
MOST_BEGUN = 5
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

    letters: str
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
        self._without_first: dict[str, set[str]] = defaultdict(set)
        self._short: dict[str, list[str]] = defaultdict(list)
        self._means = names
        self._first_words = {key.partition(" ")[0] for key in names}
        self._joined = {key.replace(" ", "") for key in names}
        for key, name in zip(names, self._all, strict=True):
            if len(name.sound) <= FEWEST_LETTERS:
                self._short[key[0]].append(key)
            self._by_letter[name.sound[:1]].append(name)
            self._without_first[name.sound[1:]].add(name.means)
            if name.ending:
                self._stems[name.stem].add(name.means)

    def meant(self, key: str, least: float = ALIKE, *, is_whole: bool = True) -> str | None:
        """The locality that `key` most likely means; None when none is clearly the nearest.

        `least` is how alike the two must be, of 100. An ending may be left out of a whole
        name alone.
        """
        typed = self._name(key, "")
        if typed.sound in self._endings or self.is_of_none(key):
            return None
        bare = self._stems.get(typed.sound) if is_whole else None
        if bare is not None:
            return next(iter(bare)) if len(bare) == 1 else None
        if len(typed.sound) < FEWEST_LETTERS:
            return self._nearly(key)
        return self._nearest(typed, self._by_letter[typed.sound[0]], least) or self._begun(typed)

    def is_of_none(self, key: str) -> bool:
        """True for a name that begins with one letter, once or over and over, as none here does.

        What sounds alike says nothing of it: "R Nagar" is not RR Nagar, "www" not VV Puram.
        """
        first = key.partition(" ")[0]
        if not first.isalpha() or len(set(first)) > 1 or first in self._first_words:
            return False
        return key.replace(" ", "") not in self._joined

    def _begun(self, typed: _Name) -> str | None:
        """The name whose first letter was left out; None where it is not the only one."""
        if len(typed.stem) <= MOST_BEGUN:
            return None
        means = self._without_first.get(typed.sound, set())
        return next(iter(means)) if len(means) == 1 else None

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
        return _Name(key.replace(" ", ""), sound, sound.removesuffix(ending), ending, means)

    def _nearest(self, typed: _Name, names: Sequence[_Name], least: float) -> str | None:
        """The name whose likeness is at least `least` and well ahead of any other's."""
        sounds = [name.sound for name in names]
        near = process.extract(
            typed.sound, sounds, scorer=fuzz.ratio, score_cutoff=least - AHEAD, limit=8
        )
        alike = [(score, names[i]) for _, score, i in near if _is_slip(typed, names[i])]
        if not alike or alike[0][0] < least:
            return None
        best, name = alike[0]
        others = [score for score, other in alike if other.means != name.means]
        return name.means if not others or best - others[0] >= AHEAD else None


def _is_slip(typed: _Name, name: _Name) -> bool:
    """True where the pen slipped, false where the two are more likely two places.

    One letter may be wrong, or two if all consonants are right; in initials none may. What is one
    letter as written may be two as heard. Two endings that are both known are one place's only
    where they are nearly one: palya, palaya.
    """
    written, meant = typed.sound, name.sound
    slips = OSA.distance(written, meant)
    if slips > 1 and OSA.distance(typed.letters, name.letters) <= 1:
        written, meant, slips = typed.letters, name.letters, 1
    if typed.ending and name.ending and typed.ending != name.ending:
        return slips <= 1
    stem = min(len(typed.stem), len(name.stem)) if typed.ending == name.ending else None
    if slips and stem is not None and len(name.stem) <= INITIALS:
        return False
    if _is_another(*_between(written, meant), is_short=stem is not None and stem <= SHORT_STEM):
        return False
    return slips <= 1 or (slips <= MOST_SLIPS and _consonants(written) == _consonants(meant))


def _is_another(written: str, meant: str, *, is_short: bool) -> bool:
    """True where one letter stands for another and makes a name of its own: Chikka-, Chokka-.

    A vowel of the back of the mouth for one of its front always does, any other letter but a vowel
    in a short stem.
    """
    if len(written) != 1 or len(meant) != 1:
        return False
    if {written, meant} <= VOWELS:
        return (written in BACK) != (meant in BACK)
    return is_short


def _between(first: str, second: str) -> tuple[str, str]:
    """What is left of both without the letters that they begin and end with alike."""
    begun = Prefix.similarity(first, second)
    first, second = first[begun:], second[begun:]
    ended = Postfix.similarity(first, second)
    return first[: len(first) - ended], second[: len(second) - ended]


def _consonants(sound: str) -> str:
    return "".join(letter for letter in sound if letter not in VOWELS)
