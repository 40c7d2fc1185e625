"""Which part of the visitors' homes lies in a zone, and whether such a part can decide."""

from collections.abc import Mapping
from dataclasses import dataclass

from homeprices.domain.errors import Refused
from homeprices.domain.units import counted
from homeprices.domain.zones import ZoneMap
from homeprices.workflows.experiments.rehearse import FEWEST_REQUESTS_SEEN, CandidateTrials

# What finds a difference less often than so is not worth to wait for: the usual power of a trial.
POWER = 0.8
TEN, TWENTY = "10 % better", "20 % better"


@dataclass(frozen=True, slots=True)
class ZoneShare:
    """The part of all homes that lies in `zone`, 0 to 1, and in words of what it was counted."""

    zone: str
    share: float
    counted_of: str

    def __str__(self) -> str:
        return f"zone {self.zone}: {self.share:.1%} of {self.counted_of}"


def zone_share(
    zone: str, seen: Mapping[str | None, int], listings: Mapping[str, float], zones: ZoneMap
) -> ZoneShare:
    """The zone's share of the requests that were `seen` (by zone), where these are enough to tell.

    Else its share of public `listings` (by locality), which visitors' homes are taken to follow.
    Raises Refused where there are none either.
    """
    requests = sum(seen.values())
    if requests >= FEWEST_REQUESTS_SEEN:
        words = f"{counted(requests, 'request')} of the last seven days"
        return ZoneShare(zone, seen.get(zone, 0) / requests, words)
    if not listings:
        raise Refused(
            f"{counted(requests, 'request')} in seven days, and the market has no figures of its "
            f"listings: too little to tell the part of {zone}"
        )
    return ZoneShare(zone, zones.shares(listings)[zone], "public listings, for want of requests")


def can_decide(zone: str, rows: list[CandidateTrials]) -> str:
    """Whether the traffic of `zone` can decide, in a sentence, by what became of better ones."""
    promoted = {row.candidate: row.promoted.value for row in rows}
    ten, twenty = promoted[TEN], promoted[TWENTY]
    shown = (
        f"of candidates that err 10 % less {ten:.0%} are promoted before the deadline, of those "
        f"that err 20 % less {twenty:.0%}"
    )
    if ten >= POWER:
        return f"{zone} can decide: {shown}"
    if twenty >= POWER:
        return f"{zone} can decide large differences alone: {shown}"
    return f"{zone} cannot decide: {shown}; try it everywhere, with more prices, or for longer"
