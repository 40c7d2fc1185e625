"""The page of a month, every decision beside the truth: HTML in one file, or Markdown."""

from html import unescape
from pathlib import Path

from markupsafe import Markup

from homeprices.reports.pages import page
from homeprices.simulation.door import HTTP_EVERY
from homeprices.simulation.month import MonthRecord
from homeprices.simulation.outcome import MonthOutcome, truth_in_words
from homeprices.simulation.truth import SAMPLE


def month_page(record: MonthRecord, outcome: MonthOutcome, svg: bytes) -> bytes:
    """The HTML of a month; `svg` is its picture, ours and without a script."""
    picture = svg[svg.index(b"<svg") :].decode()
    facts = _facts(record, outcome)
    # It was drawn by us, a moment ago.
    return page("month.html", {**facts, "picture": Markup(picture)})  # noqa: S704


def month_markdown(record: MonthRecord, outcome: MonthOutcome, out: Path, picture: str) -> bytes:
    """The same as Markdown for `out`, with a link to its `picture`."""
    facts = _facts(record, outcome)
    text = page("month.md", {**facts, "out": out, "picture": picture}).decode()
    return (unescape(text).rstrip() + "\n").encode()


def _facts(record: MonthRecord, outcome: MonthOutcome) -> dict[str, object]:
    replaced = [
        (other, truth_in_words(other.production_error / other.true_error))
        for other in outcome.replaced
    ]
    return {
        "command": command(record),
        "order": record.order,
        "outcome": outcome,
        "lines": list(outcome.lines()),
        "files": record.events.files,
        "moves": record.events.moves,
        "replaced": replaced,
        "sample": SAMPLE,
        "sent": record.sent,
        "by_http": record.sent // HTTP_EVERY,
        "http_every": HTTP_EVERY,
    }


def command(record: MonthRecord) -> str:
    """What plays this month again."""
    order = record.order
    return f"homes simulate --days {order.days} --seed {order.seed} --visitors {order.visitors:g}"
