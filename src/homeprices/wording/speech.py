"""Says notes, reasons and problems in the language and the units of a market.

The sentences of a language stand in its TOML file beside this one; English fills gaps. A sentence
names values in braces, with how each is written: `{area:area}`, `{price:money}`, `{choices:or}`,
or anything that Python's format understands (`{km:.0f}`). `<bedroom>` and `<bedrooms>` are what the
market calls one of them and several.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from importlib import resources
from string import Formatter
from typing import Any

import msgspec

from homeprices.domain.errors import BadInput, FieldProblem, HomesError, NotFound
from homeprices.domain.explanation import Reason
from homeprices.domain.listing import Fact
from homeprices.domain.market import Market
from homeprices.domain.notes import Note

Sentences = Mapping[str, str]
ENGLISH = "en"
_EXACT_DIGITS, _SMALL_DIGITS = 2, 4
# Digits in pairs from the right; the first alone where they are odd.
_PAIRS = re.compile(r"\d{1,2}(?=(?:\d\d)*$)")
SECTIONS = ("problems", "expected", "notes", "words")


def languages() -> list[str]:
    """The languages there are catalogues of."""
    names = [entry.name for entry in resources.files(__package__).iterdir()]
    return sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


@cache
def catalogue(language: str) -> Mapping[str, Sentences]:
    """The sentences of each section by their code; raises NotFound naming the languages known."""
    if language not in languages():
        raise NotFound(f"no catalogue is called {language!r}; known: {', '.join(languages())}")
    return merged(_read(language))


def merged(own: Mapping[str, Sentences]) -> Mapping[str, Sentences]:
    """The sentences of a language, and English where it has none."""
    english = _read(ENGLISH)
    return {section: {**english[section], **own.get(section, {})} for section in SECTIONS}


def _read(language: str) -> dict[str, dict[str, str]]:
    text = resources.files(__package__).joinpath(f"{language}.toml").read_bytes()
    return msgspec.toml.decode(text, type=dict[str, dict[str, str]])


ValueWriter = Callable[[Any], str]
SentenceParts = Sequence[tuple[str, str, ValueWriter | None]]


class Speech:
    """Makes sentences of codes and values; takes those of the catalogue apart beforehand."""

    def __init__(self, market: Market, language: str | None = None) -> None:
        self._market = market
        self._writers: Mapping[str, ValueWriter] = {
            "": self._plain,
            "area": self.area,
            "money": self.money,
            "large": self.in_large_unit,
            "currency": self.in_currency,
            "exact_money": partial(self.money, digits=_EXACT_DIGITS),
            "number": lambda number: f"{number:,.6g}",
            "quoted": repr,
            "facts": self.facts,
            "named": self._named,
            "list": ", ".join,
            "or": " or ".join,
            "and": " and ".join,
        }
        one, several = market.facts["bedrooms"].counted
        self._called = {"<bedroom>": one, "<bedrooms>": several}
        self._sentences = {
            section: {code: self._parsed(sentence) for code, sentence in sentences.items()}
            for section, sentences in catalogue(language or market.language).items()
        }

    def note(self, note: Note) -> str:
        """A note on an estimate as whole sentences."""
        return self._say("notes", note.code, note.values)

    def notes(self, notes: Sequence[Note]) -> list[str]:
        """Each of the notes; most estimates have none."""
        return [self.note(note) for note in notes] if notes else []

    def words(self, note: Note) -> str:
        """What is compared, or in what it differs, as words inside a sentence or a table."""
        return self._say("words", note.code, note.values)

    def problem(self, problem: FieldProblem) -> str:
        """What is wrong with a field, to stand after its name."""
        return self._say("problems", problem.code, problem.values)

    def error(self, error: HomesError) -> str:
        """The message of an error, with the problem of each field."""
        if not isinstance(error, BadInput):
            return error.message
        return "; ".join(f"{problem.field} {self.problem(problem)}" for problem in error.problems)

    def reason(self, reason: Reason) -> str:
        """What a group of facts adds to the price of the reference home, or takes off it."""
        here, there = self.words(reason.here), self.words(reason.there)
        code = "takes_off" if reason.amount < 0 else "adds"
        if round(reason.amount, _EXACT_DIGITS) == 0:
            code = "changes_nothing"
        values = {"here": here, "there": there, "amount": abs(reason.amount)}
        return self._say("words", f"{code}_alike" if here == there else code, values)

    def facts(self, facts: Mapping[str, Fact]) -> str:
        """Optional facts as the market calls them, each with its value: area type Carpet Area."""
        return ", ".join(
            f"{self._market.facts[fact].words} {value}" for fact, value in facts.items()
        )

    def _named(self, fields: Sequence[str]) -> str:
        """Fields of a request by what the market calls their facts: number of balconies.

        A model may know fields that the market has no more: they are said as they are.
        """
        words = {spec.field: spec.words for spec in self._market.facts.values()}
        return ", ".join(words.get(field, field) for field in fields)

    def bedrooms(self, number: int) -> str:
        """So many bedrooms: 1 bedroom, 2 bedrooms."""
        return f"{number} {self._called['<bedroom>' if number == 1 else '<bedrooms>']}"

    def area(self, area: float) -> str:
        """An area with its unit: 1,200 sq ft."""
        return f"{area:,.0f} {self._market.area_words}"

    def money(self, price: float, *, digits: int | None = None) -> str:
        """A price with its unit, in the larger one where that is usual: ₹ 62 lakh, ₹ 1.18 crore.

        With `digits` always in the market's unit of price, so that amounts add up.
        """
        money = self._market.money
        if digits is not None:
            return f"{money.symbol} {price:,.{digits}f} {money.price_unit}"
        if round(price, 1) < money.large_unit_factor:
            return f"{money.symbol} {_shortest(price, 1)} {money.price_unit}"
        return f"{money.symbol} {price / money.large_unit_factor:,.2f} {money.large_unit}"

    def in_large_unit(self, price: float) -> str:
        """A price in the larger unit, however small it is: ₹ 0.62 crore."""
        money = self._market.money
        large = price / money.large_unit_factor
        digits = _EXACT_DIGITS if large >= 1 else _SMALL_DIGITS
        return f"{money.symbol} {large:,.{digits}f} {money.large_unit}"

    def in_currency(self, price: float) -> str:
        """A price in whole units of the currency: 62,00,000 rupees."""
        money = self._market.money
        whole = grouped(round(price * money.units_of_currency), self._market.number_format)
        return f"{whole} {money.currency}"

    def expected(self, note: Note) -> str:
        """What a field must be."""
        return self._say("expected", note.code, note.values)

    def _say(self, section: str, code: str, values: Mapping[str, object]) -> str:
        parts = self._sentences[section][code]
        return "".join(
            [text if write is None else text + write(values[name]) for text, name, write in parts]
        )

    def _parsed(self, sentence: str) -> SentenceParts:
        """A sentence taken apart: what stands before each value, its name, and how it is said."""
        for name, called in self._called.items():
            sentence = sentence.replace(name, called)
        return [
            (text, name or "", None if name is None else self._writer(spec or ""))
            for text, name, spec, _ in Formatter().parse(sentence)
        ]

    def _writer(self, spec: str) -> ValueWriter:
        """Writes a value as a sentence asks for: by the market, as a list, or as Python does."""
        return self._writers.get(spec) or (lambda value: format(value, spec))

    def _plain(self, value: object) -> str:
        return self.expected(value) if isinstance(value, Note) else format(value)


def facts_in_words(optional: Sequence[str]) -> str:
    """What a model was told of homes: four facts, and these besides.

    >>> facts_in_words(["kind", "area_type"])
    'four facts and kind, area type'
    """
    named = [fact.replace("_", " ") for fact in optional]
    return f"four facts and {', '.join(named)}" if named else "four facts alone"


def grouped(number: int, number_format: str) -> str:
    """A whole number with its digits in groups, in India of two before the last three.

    >>> grouped(6200000, "en-IN"), grouped(6200000, "en-GB")
    ('62,00,000', '6,200,000')
    """
    if not number_format.endswith("-IN"):
        return f"{number:,}"
    digits = str(number)
    before, last = digits[:-3], digits[-3:]
    return ",".join([*_PAIRS.findall(before), last]) if before else last


def _shortest(number: float, digits: int) -> str:
    """62 and 62.5, never 62.0."""
    return f"{number:,.{digits}f}".removesuffix("." + "0" * digits)
