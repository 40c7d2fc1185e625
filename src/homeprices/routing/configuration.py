"""What nginx reads, as text: templates filled in, and the split of an experiment."""

from __future__ import annotations

import re
from collections.abc import Mapping

from homeprices.domain.errors import Corrupt
from homeprices.domain.experiments.experiment import Experiment

_PLACEHOLDER = re.compile(r"\$\{(HOMES_[A-Z_]+)\}")
_PLAIN = re.compile(r"[\w.:/;\[\] -]*", re.ASCII)
_SALT = re.compile(r"[\w.:-]{1,200}", re.ASCII)
_EXPERIMENT = re.compile(r"E[1-9]\d{0,8}")


def render(template: str, values: Mapping[str, str]) -> str:
    """`template` with each ${HOMES_...} replaced, as envsubst in the nginx image does.

    Variables of nginx stay. Raises Corrupt for a name without a value, and
    for a value that nginx would read as more than a word.

    >>> render("listen ${HOMES_ROUTER_LISTEN}; # $visitor", {"HOMES_ROUTER_LISTEN": "7000"})
    'listen 7000; # $visitor'
    """

    def value(placeholder: re.Match[str]) -> str:
        name = placeholder[1]
        if name not in values:
            raise Corrupt(f"the nginx template asks for {name}, which has no value")
        if _PLAIN.fullmatch(values[name]) is None:
            raise Corrupt(f"{name} must be a plain word for nginx; got {values[name]!r}")
        return values[name]

    return _PLACEHOLDER.sub(value, template)


def split(experiment: Experiment | None) -> str:
    """The lines that set $arm and $experiment: a salted split, or everyone to production.

    Raises Corrupt when the experiment's record could not be one of ours.
    """
    if experiment is None:
        return (
            'map $visitor $arm { default production; }\nmap $visitor $experiment { default ""; }\n'
        )
    if _EXPERIMENT.fullmatch(experiment.id) is None or _SALT.fullmatch(experiment.salt) is None:
        raise Corrupt(f"trial {experiment.id!r} has an id or salt that is not one of ours")
    return (
        f'split_clients "{experiment.salt}:$visitor" $arm {{\n'
        f"    {_percent(experiment.share)} candidate;\n"
        "    * production;\n"
        "}\n"
        f"map $visitor $experiment {{ default {experiment.id}; }}\n"
    )


def _percent(share: float) -> str:
    # nginx knows two decimals, and neither 0 % nor more than 100 %.
    return f"{min(max(100 * share, 0.01), 99.99):.2f}%"
