"""One name for the many ways people write a locality.

A key reads from the general to the particular: the name, then its phases,
stages, blocks and sectors. A key with its divisions is of a sublocality, the name alone of the
locality.
"""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass

from homeprices.domain.market import Market

_ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_SAID = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_IN_ORDER = (
    *("first", "second", "third", "fourth", "fifth"),
    *("sixth", "seventh", "eighth", "ninth", "tenth"),
)
_NUMBERS = {
    word: str(number)
    for words in (_ROMAN, _SAID, _IN_ORDER)
    for number, word in enumerate(words, 1)
}
_UNITS = {
    **{unit: unit for unit in ("phase", "stage", "block", "sector")},
    **{"ph": "phase", "stg": "stage", "blk": "block", "sec": "sector", "sect": "sector"},
}
# "2ndphase", "phaseii": a number and its unit in one word.
_GLUED = re.compile(
    r"(?<=\d)(?:st|nd|rd|th)(?=(?:phase|stage|block|sector|ph|blk)\b)"
    r"|(?<=phase|stage|block)(?=[ivx]+\b)|(?<=sector)(?=[ivx]+\b)"
)
_NUMBER = re.compile(r"0*([1-9]\d?)|([ivx]+)(?:st|nd|rd|th)?|[a-z]+")
_ENDINGS = {"st", "nd", "rd", "th"}
_DIVISION = re.compile(
    r"\b(phase|stage|block|sector) (\d+)(?: (t)\b)?|\b(\d+) (?:(t) )?(phase|stage|block|sector)\b"
)
_DIGIT = re.compile(r"\d")
_LONG_FORMS = {
    "rd": "road",
    "rod": "road",
    "lyt": "layout",
    "ngr": "nagar",
    "hally": "halli",
    "ext": "extension",
    "extn": "extension",
    "extenstion": "extension",
    "blk": "block",
}
_SAME_SOUND = (
    ("aa", "a"),
    ("ee", "i"),
    ("oo", "u"),
    ("w", "v"),
    ("ck", "k"),
    ("sh", "s"),
    ("th", "t"),
    ("dh", "d"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a home is, from the particular to the general: three keys, often equal."""

    sublocality: str
    locality: str
    region: str

    def name_on_map(self, points: Container[str]) -> str:
        """The name to look for on a map of these points: the locality, else the region."""
        return self.locality if self.locality in points else self.region


def locality_key(text: str, market: Market) -> str:
    """`text` without punctuation, fillers and spelling habits; "" if nothing is left.

    Aliases of the market are followed. With the fillers of `bangalore`:
    "near 2nd Phase JP Nagar, Bangalore" and "J.P.Nagar Phase II" both become
    "jp nagar phase 2".
    """
    words = _joined_initials(_words(text))
    words = [_LONG_FORMS.get(w, w) for w in words if w not in market.fillers]
    name, divisions = _divided(" ".join(words))
    name = " ".join(dict.fromkeys(name.split()))
    name = market.aliases.get(name, name)
    return " ".join([name, *divisions]).strip()


def place_of(text: str, market: Market) -> Place:
    """Sublocality, locality and region of a locality as people write it.

    The region is the market's, else the last of several parts between commas,
    else the locality itself.
    """
    sublocality = locality_key(text, market)
    locality = without_divisions(sublocality)
    parts = [key for part in text.split(",") if (key := locality_key(part, market))]
    wider = without_divisions(parts[-1]) if len(parts) > 1 else locality
    region = market.parents.get(locality, market.parents.get(wider, wider))
    return Place(sublocality, locality, region)


def without_divisions(key: str) -> str:
    """The key without its divisions.

    >>> without_divisions("jp nagar phase 2")
    'jp nagar'
    """
    return _divided(key)[0] or key


def name_words(text: str) -> list[str]:
    """The words of `text` as keys have them: initials joined, in their long forms."""
    return [_LONG_FORMS.get(word, word) for word in _joined_initials(_words(text))]


def marked_divisions(words: Sequence[str]) -> list[str]:
    """`words`, each division among them as one, and where it stands.

    >>> marked_divisions(["jp", "nagar", "2", "phase"])
    ['jp', 'nagar', 'phase 2']
    """
    marked = _DIVISION.sub(lambda match: f"\n{_division(match)}\n", " ".join(words))
    lines = [line.strip() for line in marked.split("\n")]
    return [
        word for i, line in enumerate(lines) for word in ([line] if i % 2 else line.split()) if word
    ]


def phonetic_key(key: str) -> str:
    """What is left of a key when spellings that sound alike are made equal.

    >>> phonetic_key("vijaya nagara") == phonetic_key("vijay nagar")
    True
    """
    bare = "".join(re.sub(r"(?<=[a-z]{3})a\b", "", word) for word in key.split())
    for written, heard in _SAME_SOUND:
        bare = bare.replace(written, heard)
    return re.sub(r"([a-z])\1+", r"\1", bare)


def _words(text: str) -> list[str]:
    """Letters and numbers of `text`, case folded; endings of ordinals and postal codes dropped."""
    text = _GLUED.sub(" ", text.casefold().replace("'", ""))
    kept: list[str] = []
    for word in re.findall(r"[^\W\d_]+|\d+", text):
        after_number = bool(kept) and kept[-1].isdigit()
        if not (after_number and word in _ENDINGS) and not re.fullmatch(r"\d{6}", word):
            kept.append(word)
    return kept if _UNITS.keys().isdisjoint(kept) else _numbered(kept)


def _numbered(words: Sequence[str]) -> list[str]:
    """Units of divisions and the numbers beside them in one form, every other word as it is.

    >>> _numbered(["jp", "nagar", "iind", "ph"]), _numbered(["block", "no", "four"])
    (['jp', 'nagar', '2', 'phase'], ['block', '4'])
    """
    words = [
        word
        for word, before in zip(words, ["", *words], strict=False)
        if word not in {"no", "number"} or before not in _UNITS
    ]
    written = list(words)
    for i, word in enumerate(words):
        unit = _UNITS.get(word)
        for j in (i - 1, i + 1):
            if unit and 0 <= j < len(words) and (number := _number(words[j])):
                written[i], written[j] = unit, number
    return written


def _number(word: str) -> str | None:
    """The number of a division as digits: of "2", "ii", "iind", "second" and "two"; else None."""
    match = _NUMBER.fullmatch(word)
    return match and (match[1] or _NUMBERS.get(match[2] or word))


def _joined_initials(words: list[str]) -> list[str]:
    """Runs of single letters as one word: "j p nagar" is "jp nagar"."""
    joined: list[str] = []
    in_run = False
    for word in words:
        single = len(word) == 1 and word.isalpha()
        if single and in_run:
            joined[-1] += word
        else:
            joined.append(word)
        in_run = single
    return joined


def _divided(name: str) -> tuple[str, list[str]]:
    """The name without its divisions and stray numbers, and the divisions in one order."""
    if not _DIGIT.search(name):
        return name, []
    divisions = [_division(match) for match in _DIVISION.finditer(name)]
    bare = re.sub(r"^\d+ (?=[a-z])", "", _DIVISION.sub(" ", name).strip())
    return " ".join(bare.split()), sorted(set(divisions))


def _division(match: re.Match[str]) -> str:
    """A division in one order, whichever way it was written: "phase 2"."""
    unit, number, letter, number_before, letter_before, unit_after = match.groups()
    parts = [unit or unit_after, number or number_before, letter or letter_before]
    return " ".join(filter(None, parts))
