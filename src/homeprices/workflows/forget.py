"""Erases what is kept of one visitor, at their request."""

from homeprices.domain.errors import BadInput, FieldProblem
from homeprices.domain.requests.identity import is_visitor
from homeprices.domain.units import counted
from homeprices.workflows.context import ErasurePorts


def forget_visitor(ports: ErasurePorts, visitor: str, *, actor: str, reason: str) -> list[str]:
    """Delete the requests and opinions of `visitor`; sentences that say what is gone, what is not.

    What they did to counts and sums of experiments stays: it names nobody. Raises BadInput for
    what is no visitor, Unavailable.
    """
    if not is_visitor(visitor):
        why = f"must be 32 hexadecimal digits, the value of the cookie `visitor`; got {visitor!r}"
        raise BadInput([FieldProblem.with_sentence("visitor", why)])
    gone = ports.erasures.forget(visitor, at=ports.clock(), actor=actor, reason=reason)
    requests = counted(gone.predictions, "request")
    return [
        f"erased {requests} and {counted(gone.feedback, 'opinion')} of visitor {visitor[:6]}..",
        f"copies in the spools of services are gone within {ports.spool_keep_hours:g} hours; "
        "backups made before have them until they are deleted: after a restore from one, "
        "forget this visitor again",
    ]
