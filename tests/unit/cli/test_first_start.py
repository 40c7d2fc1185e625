"""The first priced home is said with the market's units."""

from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from homeprices import markets
from homeprices.bootstrap import Homes
from homeprices.cli import first_start
from homeprices.cli.first_start import priced_line
from homeprices.domain.errors import Unavailable
from homeprices.settings import Settings
from homeprices.wording.speech import Speech


def test_a_priced_home_is_a_line_without_lone_numbers() -> None:
    answer = {
        "estimated_price": 62.0,
        "low": 55.25,
        "high": 118.0,
        "area": 1200.0,
        "location": "Hebbal",
        "model_version": "BO1",
        "simulated": False,
    }
    assert priced_line(answer, Speech(markets.load("bangalore"))) == (
        "1,200 sq ft with 2 bedrooms in Hebbal: ₹ 62 lakh, likely between ₹ 55.2 lakh and "
        "₹ 1.18 crore (BO1)"
    )


@pytest.mark.parametrize(("is_required", "sent"), [("0", {}), ("1", {"X-API-Key": "homes_op"})])
def test_the_key_is_told_to_nobody_who_does_not_ask_for_it(
    is_required: str, sent: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(operator_key=SecretStr("homes_op"), require_api_key=is_required)
    headers: list[dict[str, str]] = []

    def get(_: str, headers_sent: dict[str, str] | None = None) -> tuple[int, object]:
        headers.append(headers_sent or {})
        return 503, None

    monkeypatch.setattr(first_start.probe, "get", get)
    monkeypatch.setattr(first_start, "_usual_home", lambda _: {})
    monkeypatch.setattr(first_start, "FIRST_PRICE_S", 0.0)
    with pytest.raises(Unavailable):
        first_start.priced_home(Homes(settings))
    assert headers == [{}, sent]


def test_a_home_that_the_candidate_priced_does_not_hide_a_production_without_a_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings = Settings(router_port=7000, production_port=6001)
    priced = {"estimated_price": 80.0, "model_version": "CO5"}
    why = {"error": {"code": "no_model", "message": "BO2 cannot be served: it is of format 99"}}
    answers = {6001: (503, why), 7000: (200, priced)}
    monkeypatch.setattr(first_start.probe, "get", lambda url, *_: answers[urlsplit(url).port])
    monkeypatch.setattr(first_start, "_usual_home", lambda _: {})
    monkeypatch.setattr(first_start, "FIRST_PRICE_S", 0.0)
    with pytest.raises(Unavailable, match=r"production answered 503 .*BO2 cannot be served"):
        first_start.priced_home(Homes(settings))
