"""The ledger of an evaluation in PostgreSQL, inside its transaction; and one that keeps nothing."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection

from homeprices.domain.evidence.ledger import EvidenceUnit, LedgerKey, MemoryLedger, UnitKind

# Keys come as two columns of texts, and so do answers.
_REMEMBER = """
INSERT INTO evidence_seen (ledger, what, whose)
SELECT %(ledger)s, what, whose FROM unnest(%(what)s::text[], %(whose)s::text[]) AS k (what, whose)
ON CONFLICT DO NOTHING RETURNING what, whose
"""
_COUNT = """
INSERT INTO evidence_counts AS kept (ledger, what, whose, count)
SELECT %(ledger)s, what, whose, count(*)
FROM unnest(%(what)s::text[], %(whose)s::text[]) AS k (what, whose) GROUP BY what, whose
ON CONFLICT (ledger, what, whose) DO UPDATE SET count = kept.count + excluded.count
RETURNING what, whose, count
"""
_KEEP = """
INSERT INTO evidence_units (ledger, kind, number, network, production, candidate, zone)
SELECT %(ledger)s, unit.* FROM unnest(
    %(kind)s::text[], %(number)s::bigint[], %(network)s::text[],
    %(production)s::float8[], %(candidate)s::float8[], %(zone)s::text[]
) AS unit
"""
_UNITS = """
SELECT kind, number, network, production, candidate, zone FROM evidence_units
WHERE ledger = %(ledger)s AND kind = %(kind)s AND number >= %(since)s ORDER BY number
"""
_SEEN = """
SELECT what, whose FROM evidence_seen
JOIN unnest(%(what)s::text[], %(whose)s::text[]) AS k (what, whose) USING (what, whose)
WHERE ledger = %(ledger)s
"""
_COUNTED = """
SELECT what, whose, count FROM evidence_counts
JOIN unnest(%(what)s::text[], %(whose)s::text[]) AS k (what, whose) USING (what, whose)
WHERE ledger = %(ledger)s
"""


class PostgresLedger:
    """`domain.evidence.ledger.Ledger` in the transaction of `connection`."""

    def __init__(self, connection: Connection, ledger: str) -> None:
        self._connection = connection
        self._ledger = {"ledger": ledger}

    def first_seen(self, keys: Sequence[LedgerKey]) -> list[bool]:
        """See `Ledger`."""
        new = {LedgerKey(*row) for row in self._of_keys(_REMEMBER, keys)}
        return [_taken(new, key) for key in keys]

    def counted(self, keys: Sequence[LedgerKey]) -> list[int]:
        """See `Ledger`."""
        after = _counts(self._of_keys(_COUNT, keys))
        return _numbered(keys, {key: after[key] - n for key, n in Counter(keys).items()})

    def keep(self, units: Sequence[EvidenceUnit]) -> None:
        """See `Ledger`."""
        if not units:
            return
        columns = {
            "kind": [unit.kind.value for unit in units],
            "number": [unit.number for unit in units],
            "network": [unit.network for unit in units],
            "production": [unit.production for unit in units],
            "candidate": [unit.candidate for unit in units],
            "zone": [unit.zone for unit in units],
        }
        self._connection.execute(_KEEP, {**self._ledger, **columns})

    def units(self, kind: UnitKind, since: int = 0) -> list[EvidenceUnit]:
        """See `Ledger`."""
        values = {**self._ledger, "kind": kind.value, "since": since}
        rows = self._connection.execute(_UNITS, values).fetchall()
        return [EvidenceUnit(UnitKind(kind), *figures) for kind, *figures in rows]

    def seen(self, keys: Sequence[LedgerKey]) -> set[LedgerKey]:
        """Those of `keys` that are remembered; nothing more is."""
        return {LedgerKey(*row) for row in self._of_keys(_SEEN, keys)}

    def counts(self, keys: Sequence[LedgerKey]) -> dict[LedgerKey, int]:
        """How often those of `keys` were counted that were; nothing more is."""
        return _counts(self._of_keys(_COUNTED, keys))

    def _of_keys(self, query: str, keys: Sequence[LedgerKey]) -> list[Any]:
        if not keys:
            return []
        what, whose = zip(*keys, strict=True)
        values = {**self._ledger, "what": list(what), "whose": list(whose)}
        return self._connection.execute(query, values).fetchall()


class UnkeptLedger:
    """A ledger of a look: what was kept before, and what the look itself adds, in memory.

    It writes nothing, so that a look never waits for an evaluation, nor an evaluation for it.
    """

    def __init__(self, kept: PostgresLedger) -> None:
        self._kept = kept
        self._added = MemoryLedger()

    def first_seen(self, keys: Sequence[LedgerKey]) -> list[bool]:
        """See `Ledger`."""
        before = self._kept.seen(keys)
        are_new = self._added.first_seen(keys)
        return [is_new and key not in before for key, is_new in zip(keys, are_new, strict=True)]

    def counted(self, keys: Sequence[LedgerKey]) -> list[int]:
        """See `Ledger`."""
        before = self._kept.counts(keys)
        added = self._added.counted(keys)
        return [before.get(key, 0) + count for key, count in zip(keys, added, strict=True)]

    def keep(self, units: Sequence[EvidenceUnit]) -> None:
        """See `Ledger`."""
        self._added.keep(units)

    def units(self, kind: UnitKind, since: int = 0) -> Iterable[EvidenceUnit]:
        """See `Ledger`."""
        kept = self._kept.units(kind, since)
        added = [unit for unit in self._added.units(kind) if unit.number >= since]
        return [*kept, *added]


def _taken(keys: set[LedgerKey], key: LedgerKey) -> bool:
    """True for a key that is in `keys`, and no more than once."""
    is_there = key in keys
    keys.discard(key)
    return is_there


def _numbered(keys: Sequence[LedgerKey], before: dict[LedgerKey, int]) -> list[int]:
    """The number of each key among its like, going on from `before`."""
    counts = Counter(before)
    numbers = []
    for key in keys:
        counts[key] += 1
        numbers.append(counts[key])
    return numbers


def _counts(rows: Iterable[tuple[str, str, int]]) -> dict[LedgerKey, int]:
    return {LedgerKey(what, whose): count for what, whose, count in rows}
