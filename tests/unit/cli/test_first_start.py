"""The first priced home is said with the market's units."""

from homeprices import markets
from homeprices.cli.first_start import priced_line
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
