"""What `homes status` says of a service that answers and is not well."""

import pytest

from homeprices.local import probe, status
from homeprices.local.plan import Service

PRODUCTION = Service("production", "production", [], path="/api/health/live", port=6001)


@pytest.mark.parametrize(
    ("health", "model", "note"),
    [
        ({"model_version": "BO2", "load_failures": 0, "reasons": []}, "BO2", ""),
        (
            {"model_version": None, "load_failures": 3, "reasons": ["BO2 cannot be served: x"]},
            "none yet",
            "BO2 cannot be served: x",
        ),
        ({"model_version": None, "load_failures": 0, "reasons": ["no trial"]}, "none yet", ""),
        (
            {"model_version": "BO1", "load_failures": 0, "reasons": ["PostgreSQL is away"]},
            "BO1",
            "PostgreSQL is away",
        ),
        (None, "none yet", ""),
    ],
)
def test_what_is_wrong_is_the_note(
    monkeypatch: pytest.MonkeyPatch, health: object, model: str, note: str
) -> None:
    monkeypatch.setattr(probe, "get", lambda *_: (200, health))
    assert status.served_model(PRODUCTION, "127.0.0.1") == (model, note)
