"""What became of feedback as a page, for a browser that sent the form of a price's page itself."""

from starlette.responses import Response
from starlette.types import Scope

from homeprices.domain.errors import HomesError, PriceUnlikely
from homeprices.domain.market import Market
from homeprices.domain.requests.feedback import COMMENT
from homeprices.serving.http.accept import HTML, JSON, wanted
from homeprices.serving.http.body import Fields, media_of
from homeprices.serving.price_page import FORM, page_of
from homeprices.serving.problems import error_headers, problem_detail
from homeprices.wording.speech import Speech

_SENT_AGAIN = (
    *("prediction_id", "feedback_type", "feedback_value"),
    *("sold_on", "price_source", COMMENT),
)


def is_for_a_page(scope: Scope) -> bool:
    """True for a form that a browser itself sends: a script sends JSON, or wants it."""
    is_json = media_of(dict(scope["headers"])) == b"application/json"
    return not is_json and wanted(scope, (JSON, HTML)) == HTML


class FeedbackPages:
    """Makes the pages of one market."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._speech = Speech(market)

    async def thanks(self, message: str) -> Response:
        """The page of feedback that is kept."""
        return await self._page(200, "Kept", [message], {})

    async def problem(self, fields: Fields, error: HomesError) -> Response:
        """The page of why feedback is not kept; an unlikely price can be sent again as right."""
        detail = problem_detail(error, self._speech)
        sentences = [field.problem for field in detail.fields] or [detail.message]
        is_unlikely = isinstance(error, PriceUnlikely)
        again = {name: fields[name] for name in _SENT_AGAIN if is_unlikely and name in fields}
        page = await self._page(error.status, "This was not kept", sentences, again)
        page.headers.update(error_headers(error))
        return page

    async def _page(
        self, status: int, heading: str, sentences: list[str], again: Fields
    ) -> Response:
        facts = {"heading": heading, "sentences": sentences, "again": again, "back": FORM}
        return await page_of(self._market, "feedback.html", status, facts)
