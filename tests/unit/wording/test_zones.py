"""Zones as a table: both errors as people say them, and which zone is worse."""

from math import log

from homeprices.domain.evidence.zones import ZoneFinding
from homeprices.wording.zones import zone_lines


def test_a_zone_is_a_line_and_says_where_it_is_worse() -> None:
    quiet = ZoneFinding("north", 0, None, None, None, 0.0, 0.0, log(80), is_worse=False)
    worse = ZoneFinding(
        "east", 1200, 0.1823, 0.2231, 1.2238, -4.0, log(91.4), log(80), is_worse=True
    )
    head, first, second = zone_lines([quiet, worse])
    assert head.split()[:3] == ["zone", "sale", "prices"]
    assert first.split() == ["north", "0", "-", "-", "-", "1.00", "80"]
    assert " ".join(second.split()) == "east 1,200 20.0 % 25.0 % +22 % 91 80 worse"
    assert len(head) == len(first) <= 100
    assert zone_lines([]) == []
