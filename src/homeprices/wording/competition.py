"""What is said of candidates that compete to go on trial."""

from collections.abc import Sequence
from math import exp

from homeprices.domain.evidence.competition import ChosenBy, Lead, Standing
from homeprices.domain.experiments.competition import Competition
from homeprices.domain.units import counted

# The ends of the band's grid: "or beyond".
_EDGE = 0.5
_LARGEST_SHOWN = 50.0


def competition_reasons(standing: Standing) -> tuple[str, ...]:
    """Why a competition ended as it did, or how it goes on, in sentences."""
    if standing.winner is None:
        return (_goes_on(standing), *_beside(standing))
    return (_won(standing), *_beside(standing), outcompeted(standing.competitors, standing.winner))


def outcompeted(candidates: Sequence[str], winner: str) -> str:
    """Who is retired with that word.

    >>> outcompeted(["CO1", "CO2", "CO3"], "CO2")
    'CO1 and CO3 are retired: outcompeted'
    """
    losers = [candidate for candidate in candidates if candidate != winner]
    return f"{listed(losers)} {'is' if len(losers) == 1 else 'are'} retired: outcompeted"


def competition_ended(competition: Competition | None, chosen: str) -> tuple[str, ...]:
    """What a person's act does to the competition that is under way, as a reason to be kept."""
    if competition is None:
        return ()
    if chosen not in competition.candidates:
        return (
            f"{competition.id}, the competition of {listed(competition.candidates)}, ends "
            "without a winner; those that wait compete anew",
        )
    return (
        f"{competition.id} ends in favour of {chosen}, whatever the sale prices have shown",
        outcompeted(competition.candidates, chosen),
    )


def competition_sentence(competition: Competition) -> str:
    """The competition that is under way, in a sentence."""
    return (
        f"{competition.id}: {listed(competition.candidates)} compete on sale prices since "
        f"{competition.started_at[:19]}Z, until {competition.deadline:%Y-%m-%d %H:%M}Z at the "
        f"latest; {competition.production} answers everyone"
    )


def competition_lines(standing: Standing) -> list[str]:
    """How a competition stands, a line each."""
    errors = [
        f"  {version}: mean absolute log error {loss:.3f}"
        + (
            f", {standing.missing[version]} without a price"
            if standing.missing.get(version)
            else ""
        )
        for version, loss in standing.mean_losses.items()
    ]
    return [_goes_on(standing), *errors, *_beside(standing)]


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    >>> listed(["CO1", "CO2", "CO3"])
    'CO1, CO2 and CO3'
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _won(standing: Standing) -> str:
    winner = standing.winner
    others = listed([name for name in standing.competitors if name != winner])
    prices = counted(standing.labels, "sale price")
    match standing.chosen_by:
        case ChosenBy.EVIDENCE:
            return f"{winner} goes on trial: on {prices} it is shown to err less than {others}"
        case ChosenBy.MEAN_LOSS:
            return (
                f"{winner} goes on trial: after {standing.deadline_hours:.0f} h nothing is shown, "
                f"and on {prices} it errs least, beside {others}"
            )
        case _:
            few = (
                "which few networks hold most of"
                if standing.rests_on_few
                else "too few to compare by"
            )
            return (
                f"{winner} goes on trial: after {standing.deadline_hours:.0f} h there are "
                f"{prices}, {few}, and it is better on the holdout than {others}"
            )


def _goes_on(standing: Standing) -> str:
    until = f"after {standing.deadline_hours:.0f} h at the latest one goes on trial"
    if not standing.labels:
        return f"no sale price yet tells {listed(standing.competitors)} apart; {until}"
    leads = f"{standing.leader} errs least on {counted(standing.labels, 'sale price')}; {until}"
    if standing.rests_on_few:
        return f"few networks hold most of what speaks for {standing.leader}; {leads}"
    return leads


def _beside(standing: Standing) -> tuple[str, ...]:
    """How far the leader is ahead of each of the others; nothing without labels."""
    return tuple(_lead(standing, lead) for lead in standing.leads if lead.reduction is not None)


def _lead(standing: Standing, lead: Lead) -> str:
    low, high = lead.band or (-_EDGE, _EDGE)
    return (
        f"{standing.leader} beside {lead.other}: error {100 * (lead.reduction or 0):.1f} % smaller "
        f"(95 % at all looks: {_percent(low)} to {_percent(high)}), "
        f"bet {_odds(lead.log_e)} of {_odds(standing.needed)}"
    )


def _percent(part: float) -> str:
    beyond = " or beyond" if abs(part) >= _EDGE else ""
    return f"{100 * part:.0f} %{beyond}"


def _odds(log_e: float) -> str:
    odds = exp(min(log_e, _LARGEST_SHOWN))
    return f"{odds:,.0f}" if odds >= 10 else f"{odds:.1f}"
