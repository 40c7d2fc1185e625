"""Erases what is kept of one visitor, at their request."""

import hashlib

import msgspec

from homeprices.domain.errors import BadInput, FieldProblem
from homeprices.domain.requests.identity import is_visitor
from homeprices.domain.requests.records import ErasureOrder
from homeprices.domain.units import counted
from homeprices.stores.spool.files import LONGEST_OPEN_HOURS
from homeprices.workflows.context import ErasurePorts

# An object, so that it outlives the database: a backup from before is forgotten in, too.
ERASURES = "erasures/"


def forget_visitor(ports: ErasurePorts, visitor: str, *, actor: str, reason: str) -> list[str]:
    """Delete the requests and opinions of `visitor`; sentences that say what is gone, what is not.

    Rows of theirs that still come, from a spool or a backup, are left out if they are from
    before. What they did to counts and sums of experiments stays: it names nobody. Raises
    BadInput for what is no visitor, Unavailable.
    """
    if not is_visitor(visitor):
        why = f"must be 32 hexadecimal digits, the value of the cookie `visitor`; got {visitor!r}"
        raise BadInput([FieldProblem.with_sentence("visitor", why)])
    digest, at = hashlib.sha256(visitor.encode()).hexdigest(), ports.clock().isoformat()
    order = ErasureOrder(digest, at, actor, reason)
    ports.objects.create(f"{ERASURES}{at}-{digest[:16]}.json", msgspec.json.encode(order))
    gone = ports.erasures.forget(order)
    hours = ports.spool_keep_hours + LONGEST_OPEN_HOURS
    requests = counted(gone.predictions, "request")
    return [
        f"erased {requests} and {counted(gone.feedback, 'opinion')} of visitor {visitor[:6]}..",
        "what spools and backups still have of before is left out when it comes again; the files "
        f"themselves: spools of running services within {hours:g} hours, of stopped ones when they "
        "run again, rows that were set aside (set_aside.jsonl) and backups when somebody deletes "
        "them",
    ]


def forget_again(ports: ErasurePorts) -> int:
    """Erase in a restored database whoever was erased since its backup; how many rows that was."""
    rows = 0
    for key in ports.objects.keys(ERASURES):
        order = msgspec.json.decode(ports.objects.read(key), type=ErasureOrder)
        gone = ports.erasures.forget(order)
        rows += gone.predictions + gone.feedback
    return rows
