"""Writes rows as the release before migration 0003 did: its columns, by name."""

from collections.abc import Iterable

from psycopg.types.json import Jsonb

from homeprices.domain.requests.records import PredictionRecord
from homeprices.stores.postgres.database import Database

_INSERT = """
INSERT INTO predictions (id, at, slot, model_version, status, latency_ms, visitor, signed,
    address_hash, network_hash, assigned_arm, experiment, inputs, locality, area, bedrooms,
    bathrooms, price, low, high)
VALUES (%(id)s, to_timestamp(%(at)s), %(slot)s, %(model_version)s, %(status)s, %(latency_ms)s,
    NULL, false, NULL, NULL, NULL, NULL, %(inputs)s, %(locality)s, %(area)s, %(bedrooms)s,
    %(bathrooms)s, %(price)s, %(low)s, %(high)s)
ON CONFLICT DO NOTHING
"""


def store_as_before(database: Database, rows: Iterable[PredictionRecord]) -> None:
    names = ("id", "at", "slot", "model_version", "status", "latency_ms", "locality", "area")
    names += ("bedrooms", "bathrooms", "price", "low", "high")
    with database.connection() as connection:
        for row in rows:
            values = {name: getattr(row, name) for name in names}
            connection.execute(_INSERT, {**values, "inputs": Jsonb(row.inputs)})
