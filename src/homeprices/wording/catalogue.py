"""The sentences of a language, as its TOML file beside this one has them; English fills gaps.

A sentence names values in braces, with how each is written: `{area:area}`, `{price:money}`,
`{choices:or}`, or anything that Python's format understands (`{km:.0f}`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import msgspec

from homeprices.domain.errors import NotFound

Sentences = Mapping[str, str]
ENGLISH = "en"
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
