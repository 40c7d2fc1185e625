"""A price as a page, for whom a browser sends here by itself: its script is off, or not there yet.

The page's form asks by GET, and what a browser sends with a form prefers a page by far.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping

from starlette.responses import Response
from starlette.types import Scope

from homeprices.domain.errors import HomesError
from homeprices.domain.explanation import Certainty
from homeprices.domain.market import Market
from homeprices.domain.requests.home_request import UNIT, with_unit
from homeprices.reports import pages
from homeprices.serving.http.accept import HTML, JSON, wanted
from homeprices.serving.http.body import Fields
from homeprices.serving.http.pages import content_policy
from homeprices.serving.price import Answer
from homeprices.serving.problems import NOT_KEPT, error_headers, problem_detail
from homeprices.wording.speech import Speech

# From the route of a price to the page that has the form.
FORM = "../"


def is_for_a_page(scope: Scope) -> bool:
    """True for a request of a browser itself: whose script asks wants JSON, or anything."""
    return scope["method"] == "GET" and wanted(scope, (JSON, HTML)) == HTML


class PricePages:
    """Makes the pages of one market."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._speech = Speech(market)

    async def price(self, fields: Fields, answer: Answer) -> Response:
        """The page of an answer."""
        money = self._speech.money
        low, high = money(answer.low), money(answer.high)
        is_range_alone = answer.certainty == Certainty.TOO_FEW
        facts = {
            "answer": answer,
            "is_range_alone": is_range_alone,
            "heading": f"{low} to {high}" if is_range_alone else money(answer.estimated_price),
            "low": low,
            "high": high,
            "of_ten": round(10 * answer.coverage),
            "near_percent": round(100 * answer.chance_within_20_percent),
            "said": self._said(fields),
        }
        return await self._page(200, fields, facts, answer.notes)

    async def problem(self, fields: Fields, error: HomesError) -> Response:
        """The page of why a question has no price."""
        problem = problem_detail(error, self._speech)
        titles = {spec.field: spec.title for spec in self._market.facts.values()}
        sentences = [f"{titles.get(f.field, f.field)} {f.problem}" for f in problem.fields]
        facts = {
            "answer": None,
            "heading": "This could not be priced",
            "said": self._said(fields),
        }
        page = await self._page(error.status, fields, facts, sentences or [problem.message])
        page.headers.update(error_headers(error))
        return page

    def _said(self, fields: Fields) -> list[tuple[str, object]]:
        """What was asked, by the titles of the form."""
        specs, unit = self._market.facts.values(), fields.get(UNIT) or self._market.area_words
        asked = with_unit({**fields, UNIT: unit}, self._market.fields["area"])
        return [(spec.title, asked[spec.field]) for spec in specs if asked.get(spec.field)]

    async def _page(
        self, status: int, fields: Fields, facts: Mapping[str, object], sentences: Iterable[str]
    ) -> Response:
        """The page, with a form to ask again as it was filled in."""
        known = {"form": list(self._form(fields)), "page": FORM, "sentences": list(sentences)}
        return await page_of(self._market, "price.html", status, {**known, **facts})

    def _form(self, fields: Fields) -> Iterator[tuple[str, str, object]]:
        """What is asked for again: the fields that are required and those that were filled in."""
        for name, spec in self._market.facts.items():
            if spec.required or fields.get(spec.field):
                yield spec.field, spec.title, fields.get(spec.field, "")
            if name == "area":
                yield UNIT, "Unit of the area", fields.get(UNIT) or self._market.area_words


async def page_of(
    market: Market, template: str, status: int, facts: Mapping[str, object]
) -> Response:
    """The page that `template` makes, in a thread: the first waits for its template to be read."""
    known = {"title": market.title, "language": market.language}
    page = await asyncio.to_thread(pages.page, template, {**known, **facts})
    headers = {
        "Cache-Control": NOT_KEPT,
        "Content-Security-Policy": content_policy(page.decode()),
        "Vary": "Accept",
    }
    return Response(page, status, headers, HTML)
