"""The columns of a record's table, made of its fields: what is written, what is read, the types."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from types import NoneType, UnionType
from typing import Annotated, Any, Generic, TypeVar, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from psycopg import sql

from homeprices.domain.requests.records import Stored

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Row = tuple[object, ...]
Conversion = Callable[[Any], Any]
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Storage:
    """A type of PostgreSQL, and how values go there and come back; None where as they are."""

    type: str
    write: Conversion | None = None
    read: Conversion | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `path` leads to its value in a record."""

    path: str
    storage: Storage
    nullable: bool

    @property
    def name(self) -> str:
        """The column's name."""
        return self.path.rpartition(".")[2]

    def getter(self) -> Callable[[Any], object]:
        """Takes the value to be stored out of a record."""
        take, write = attrgetter(self.path), self.storage.write
        if write is None:
            return take
        return lambda record: None if (value := take(record)) is None else write(value)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(value: float) -> float | int:
    """A whole number as one."""
    return int(value) if value == int(value) else value


def _moment(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


STORAGES: Mapping[object, Storage] = {
    Stored.UUID: Storage("uuid", UUID, str),
    Stored.MOMENT: Storage("timestamp with time zone", _moment, datetime.timestamp),
    Stored.DAY: Storage("date", _day, date.isoformat),
    Stored.STATUS: Storage("smallint"),
    str: Storage("text"),
    bool: Storage("boolean"),
    int: Storage("integer"),
    float: Storage("double precision"),
    Stored.NUMBER: Storage("double precision", None, _number),
    dict: Storage("jsonb", lambda value: msgspec.json.encode(value).decode()),
}


class RecordTable(Generic[R]):
    """The table of one kind of record."""

    def __init__(self, name: str, record: type[R]) -> None:
        self.name = name
        self.columns = tuple(_columns(record))
        self._record = record
        self._getters = tuple(column.getter() for column in self.columns)

    @property
    def column_list(self) -> sql.Composed:
        """The names of all columns for a statement, in the order of `row`."""
        return sql.SQL(", ").join(sql.Identifier(column.name) for column in self.columns)

    def row(self, record: R) -> Row:
        """The values of `record` as they are stored; raises ValueError, OverflowError."""
        return tuple(getter(record) for getter in self._getters)

    def record(self, row: Mapping[str, Any]) -> R:
        """The record that was stored as `row`, a value for each column."""
        values: dict[str, Any] = {}
        for column in self.columns:
            value, read = row[column.name], column.storage.read
            group, _, name = column.path.rpartition(".")
            place = values.setdefault(group, {}) if group else values
            place[name] = value if value is None or read is None else read(value)
        return msgspec.convert(values, self._record)


def _columns(record: type[Any], prefix: str = "") -> list[Column]:
    hints, columns = get_type_hints(record, include_extras=True), []
    for field in fields(record):
        hint, path = hints[field.name], prefix + field.name
        if is_dataclass(hint):
            columns += _columns(cast("type[Any]", hint), f"{path}.")
        else:
            columns.append(_column(path, hint))
    return columns


def _column(path: str, hint: object) -> Column:
    """The column of a plain field: what it is annotated as decides, else its Python type."""
    annotated: Sequence[object] = ()
    if get_origin(hint) is Annotated:
        hint, *annotated = get_args(hint)
    kinds = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    plain = next(kind for kind in kinds if kind is not NoneType)
    kind = annotated[0] if annotated else get_origin(plain) or plain
    return Column(path, STORAGES[kind], NoneType in kinds)
