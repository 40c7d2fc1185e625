"""How well misspelt localities are understood, and how seldom a place that is absent is mistaken.

    .venv/bin/python benchmarks/misspellings.py [LISTINGS.csv] [tune|report]

Makes 3,000 misspellings of names of the market's coordinates (seeded: a letter dropped, doubled,
swapped, replaced or put in; a sound written otherwise; words spaced or joined; an ending dropped
or abbreviated) and asks what they mean. The rules were tuned on half of the names, chosen by
hash (`tune`); the other half is what is reported. Known are all names of the market's
coordinates and, with a file, those of its listings, many of them misspelt themselves.
A misspelling that is another known name is none. Last, each name is left out in turn and asked
for as it is written: the share that is then taken for another place.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from time import process_time

import click

from homeprices import markets
from homeprices.datasets.clean import read_listings
from homeprices.domain.locality import locality_key, phonetic_key, without_divisions
from homeprices.domain.market import Market
from homeprices.markets.aggregates import coordinates
from homeprices.valuation.localities.names import LocalityResolver, fit_locality_names

MISSPELLINGS, SEED = 3_000, 20
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SOUNDS = (
    ("aa", "a"),
    ("a", "aa"),
    ("ee", "i"),
    ("i", "ee"),
    ("oo", "u"),
    ("u", "oo"),
    ("th", "t"),
    ("t", "th"),
    ("dh", "d"),
    ("d", "dh"),
    ("sh", "s"),
    ("s", "sh"),
    ("v", "w"),
    ("w", "v"),
    ("k", "c"),
    ("ph", "f"),
    ("y", "i"),
)
ENDINGS = {
    "nagar": ("ngr", "nagara", "nagr", ""),
    "layout": ("lyt", "lay out", "layot", ""),
    "road": ("rd", ""),
    "halli": ("hally", "alli", "hali"),
    "palya": ("palaya", "pallya"),
    "pura": ("puram", "poora"),
    "extension": ("extn", "ext", ""),
    "colony": ("clny", "colny", ""),
    "village": ("", "vilage"),
    "town": ("",),
}
Change = Callable[[str, random.Random], str]


def _letter(change: Callable[[str, int, random.Random], str]) -> Change:
    """`change` at a letter of the name, any but the first of all."""

    def at_a_letter(name: str, draw: random.Random) -> str:
        places = [i for i in range(1, len(name)) if name[i].isalpha()]
        return change(name, draw.choice(places), draw)

    return at_a_letter


def _swap(name: str, i: int, draw: random.Random) -> str:
    return name[:i] + name[i + 1 : i + 2] + name[i] + name[i + 2 :]


def _sound(name: str, draw: random.Random) -> str:
    """One sound written otherwise; the first letter stays."""
    choices = [
        name[:i] + heard + name[i + len(written) :]
        for written, heard in SOUNDS
        for i in range(1, len(name))
        if name.startswith(written, i)
    ]
    return draw.choice(choices) if choices else name


def _spaces(name: str, draw: random.Random) -> str:
    if " " in name and draw.random() < 0.7:
        return name.replace(" ", "", 1)
    i = draw.randrange(2, max(3, len(name) - 1))
    return f"{name[:i]} {name[i:]}"


def _ending(name: str, draw: random.Random) -> str:
    for ending, others in ENDINGS.items():
        if name.endswith(ending):
            return (name.removesuffix(ending) + draw.choice(others)).strip()
    return name


CHANGES: dict[str, Change] = {
    "drop": _letter(lambda name, i, _: name[:i] + name[i + 1 :]),
    "double": _letter(lambda name, i, _: name[:i] + name[i] + name[i:]),
    "swap": _letter(_swap),
    "replace": _letter(lambda name, i, draw: name[:i] + draw.choice(LETTERS) + name[i + 1 :]),
    "insert": _letter(lambda name, i, draw: name[:i] + draw.choice(LETTERS) + name[i:]),
    "sound": _sound,
    "spaces": _spaces,
    "ending": _ending,
}


def is_for_tuning(name: str) -> bool:
    """True for the half of the names that the rules were tuned on."""
    return blake2b(name.casefold().encode(), digest_size=1).digest()[0] < 128


def misspell(
    names: Sequence[str], known: set[str], market: Market, draw: random.Random
) -> list[tuple[str, str, str]]:
    """Triples of kind of change, name, and the misspelling, evenly over the kinds."""
    made: list[tuple[str, str, str]] = []
    kinds = list(CHANGES)
    while len(made) < MISSPELLINGS:
        kind, name = kinds[len(made) % len(kinds)], draw.choice(names).lower()
        text = CHANGES[kind](name, draw)
        key = without_divisions(locality_key(text, market))
        if text != name and phonetic_key(key) not in known - {_sound_of(name, market)}:
            made.append((kind, name, text))
    return made


def _sound_of(name: str, market: Market) -> str:
    return phonetic_key(without_divisions(locality_key(name, market)))


@click.command()
@click.argument(
    "file",
    metavar="[LISTINGS.csv]",
    required=False,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.argument("half", type=click.Choice(["report", "tune"]), default="report")
def main(file: Path | None, half: str) -> None:
    """Print right, wrong and not in list by kind of change, the cost, and absent places."""
    market = markets.load("bangalore")
    geocoded = list(coordinates(market.name))
    listed = (
        [row.home.locality for row in read_listings(file.read_bytes(), market)]
        if file
        else geocoded
    )
    finder = LocalityResolver(fit_locality_names(listed, market, geocoded), market)
    known = {_sound_of(name, market) for name in [*geocoded, *listed]}
    names = [name for name in geocoded if is_for_tuning(name) == (half == "tune")]
    made = misspell(names, known, market, random.Random(SEED))  # noqa: S311 - no secret
    started = process_time()
    found = [finder.find(text) for _, _, text in made]
    cost = 1e6 * (process_time() - started) / len(made)
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in [*CHANGES, "all"]}
    for (kind, name, text), one in zip(made, found, strict=True):
        meant = finder.find(name)
        told = one.known or one.geocoded
        outcome = "right" if told and one.place == meant.place else "wrong" if told else "none"
        counts[kind][outcome] += 1
        counts["all"][outcome] += 1
        if half == "tune" and outcome != "right":
            print(f"  {kind:<8} {outcome:<6} {name!r} as {text!r}: {one.name if told else ''}")
    print(f"{len(names)} names, {len(known):,} known; {'kind':<8} right  wrong  not in list (%)")
    for kind, by in counts.items():
        shares = [100 * by[outcome] / by.total() for outcome in ("right", "wrong", "none")]
        print(f"{kind:<8} " + " ".join(f"{share:6.2f}" for share in shares))
    print(f"{cost:.0f} us an uncached look-up")
    print(
        f"absent places taken for another: {100 * _mistaken(names, listed, geocoded, market):.1f} %"
    )


def _mistaken(
    names: Sequence[str], listed: Sequence[str], geocoded: Sequence[str], market: Market
) -> float:
    """The share of names, each left out in turn, that are then taken for another place."""
    mistaken = 0
    for name in names:
        own = _sound_of(name, market)
        others = [other for other in geocoded if _sound_of(other, market) != own]
        left = [other for other in dict.fromkeys(listed) if _sound_of(other, market) != own]
        one = LocalityResolver(fit_locality_names(left, market, others), market).find(name)
        mistaken += one.known or one.geocoded
    return mistaken / len(names)


if __name__ == "__main__":
    main()
