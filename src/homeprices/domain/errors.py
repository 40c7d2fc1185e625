"""Every error this project raises on purpose, in one tree.

HomesError
├── BadInput        a value is out of its range, or missing        422
│   └── PriceUnlikely  a sale price far from the estimate          422
├── Unreadable      a body, file or id that has not its form       400
│   ├── KeyMisplaced  a key in an address or a form                400
│   └── UnsupportedEncoding  a body packed by what is not unpacked   415
├── TooLarge        a body over the limit                          413
│   ├── TargetTooLong  an address over the limit                   414
│   └── HeadersTooLarge headers over the limit                     431
├── KeyMissing      what needs a key came without one              401
├── KeyRefused      a key that is not ours                         403
│   ├── KeyEnded    one that was revoked, replaced, or expired     403
│   └── ScopeTooSmall  one that does not let in here               403
├── NotFound        a version, id or file that does not exist      404
│   └── Gone        it did once; its retention is over             410
├── Refused         the act is not possible in the present state   409
│   └── Declined    it was considered and decided against          409
├── Misdirected     a home that this model is not tried on         421
├── RateLimited     more requests than one client may send         429
├── ModelFailed     the candidate's model raised on a home         500
├── Corrupt         stored bytes are not what their manifest says  500
├── Taken           a create-only write found the name in use      409
└── Unavailable     a service is away; the same act may work later 503
    ├── Busy        as many batches as may be are under way        503
    └── NoModel     this slot has no model to serve (yet)          503

Each carries a stable `code` for machines and a message for people that says
what was given, what was expected, and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# What a model may raise on a home that it cannot price.
MODEL_FAILURES = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field that cannot be used, and why: `total_sqft`, `out_of_range`, what was expected.

    `wording` makes the sentence of it. What is for operators alone has its sentence as it is:
    `unusable`, with the value `why`.
    """

    field: str
    code: str
    values: Mapping[str, object]

    @classmethod
    def with_sentence(cls, field: str, why: str) -> FieldProblem:
        """A problem that is said to operators, or by a library, in these words."""
        return cls(field, "unusable", {"why": why})


class HomesError(Exception):
    """The root: catch it where an error becomes an answer or an exit code.

    `retry_after_s` is after how long the same may work, None where it would not by waiting.
    """

    code = "error"
    status = 500
    retry_after_s: float | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadInput(HomesError):
    """One or more values cannot be used; `fields` of the answer names each of them once.

    Its message names codes; where people read it, `wording` says what they mean.
    """

    code = "bad_input"
    status = 422

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__("; ".join(f"{p.field} {p.values.get('why', p.code)}" for p in problems))
        self.problems = tuple(problems)


class PriceUnlikely(BadInput):
    """A sale price is so far from the estimate that it may be in another unit."""

    code = "price_unlikely"


class Unreadable(HomesError):
    """The bytes have not the form that was expected."""

    code = "unreadable"
    status = 400


class TooLarge(HomesError):
    """More bytes than the limit."""

    code = "too_large"
    status = 413


class TargetTooLong(TooLarge):
    """More bytes in the address than the limit."""

    status = 414


class HeadersTooLarge(TooLarge):
    """More bytes in the headers than the limit."""

    status = 431


class KeyMisplaced(Unreadable):
    """A key came in an address or a form, where it is kept by whoever passes it on."""

    code = "key_misplaced"


class UnsupportedEncoding(Unreadable):
    """The body is packed in a way that is not unpacked here."""

    code = "unsupported_encoding"
    status = 415


class KeyMissing(HomesError):
    """What was asked for needs a key, and none came."""

    code = "key_missing"
    status = 401


class KeyRefused(HomesError):
    """The key that came is not ours."""

    code = "key_refused"
    status = 403


class KeyEnded(KeyRefused):
    """The key that came was ours: it was revoked or replaced, or has expired."""

    code = "key_ended"


class ScopeTooSmall(KeyRefused):
    """The key that came is ours, and not for this."""

    code = "scope_too_small"


class NotFound(HomesError):
    """What was asked for does not exist."""

    code = "not_found"
    status = 404


class Gone(NotFound):
    """What was asked for was deleted when its retention ended."""

    code = "gone"
    status = 410


class Refused(HomesError):
    """The act is understood but not possible now; the message says why and what would be."""

    code = "refused"
    status = 409


class Declined(Refused):
    """Considered and decided against: no training is needed, a model is not good enough."""

    code = "declined"


class Misdirected(HomesError):
    """The router sent a home here that the experiment is not about: production is to answer."""

    code = "misdirected"
    status = 421


class ModelFailed(HomesError):
    """The candidate's model raised on a home that the router sent: production is to answer."""

    code = "model_failed"
    status = 500


class RateLimited(HomesError):
    """More requests of a kind than one client may send; the same is answered after a rest."""

    code = "rate_limited"
    status = 429

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Corrupt(HomesError):
    """Stored bytes do not match the hash in their manifest."""

    code = "corrupt"
    status = 500


class Taken(HomesError):
    """A create-only write found that the name exists already."""

    code = "taken"
    status = 409


class Unavailable(HomesError):
    """A service we need is away or full; nothing was changed."""

    code = "unavailable"
    status = 503
    retry_after_s = 1.0


class Busy(Unavailable):
    """As many batches are priced, or estimates explained, as may be at once; those go on."""

    code = "busy"
    retry_after_s = 10.0


class NoModel(Unavailable):
    """The slot is empty: no trial is open, or the model is still being loaded."""

    code = "no_model"
