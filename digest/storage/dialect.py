"""The words that SQLite and PostgreSQL spell differently, each as one construct.

Statements are built of these and then are the same for both engines. Row locks
(`with_for_update`) need nothing here: SQLite has one writer at a time and leaves them out.
"""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Connection,
    Date,
    Float,
    Integer,
    Table,
    Text,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class seconds_now(FunctionElement[float]):  # noqa: N801 - it stands in statements like func.now()
    """Seconds since 1970 by the database's clock, to the millisecond or finer; not fixed within a transaction."""

    type = Float()
    inherit_cache = True


@compiles(seconds_now)
def _(_element: seconds_now, _compiler: SQLCompiler, **_: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(seconds_now, "postgresql")
def _(_element: seconds_now, _compiler: SQLCompiler, **_: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)"


class utc_date(FunctionElement[Any]):  # noqa: N801
    """The date of an instant, UTC, whatever the zone of the session."""

    type = Date()
    inherit_cache = True


@compiles(utc_date)
def _(element: utc_date, compiler: SQLCompiler, **kw: Any) -> str:
    return f"date({compiler.process(element.clauses, **kw)})"


@compiles(utc_date, "postgresql")
def _(element: utc_date, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(({compiler.process(element.clauses, **kw)}) AT TIME ZONE 'UTC' AS DATE)"


class as_one(FunctionElement[str]):  # noqa: N801
    """All rows as one value: the JSON of a list with a list of these columns for each row, in the rows' order.

    A driver lets another thread in at every row that it fetches; of this there is one.
    """

    type = Text()
    inherit_cache = True


@compiles(as_one)
def _(element: as_one, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **kw)}))"


@compiles(as_one, "postgresql")
def _(element: as_one, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(coalesce(json_agg(json_build_array({compiler.process(element.clauses, **kw)})), '[]') AS TEXT)"


class _elements(FunctionElement[Any]):  # noqa: N801
    inherit_cache = True


@compiles(_elements)
def _(element: _elements, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(_elements, "postgresql")
def _(element: _elements, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_array_elements(CAST({compiler.process(element.clauses, **kw)} AS JSON))"


class _member(FunctionElement[Any]):  # noqa: N801
    """The n-th member of a JSON list: text, or a number where `type` says so."""

    inherit_cache = True

    def __init__(self, value: ColumnElement[Any], place: int, kind: Any) -> None:
        super().__init__(value, literal_column(str(place)))
        self.type = kind


@compiles(_member)
def _(element: _member, compiler: SQLCompiler, **kw: Any) -> str:
    value, place = element.clauses
    return f"json_extract({compiler.process(value, **kw)}, '$[{compiler.process(place, **kw)}]')"


@compiles(_member, "postgresql")
def _(element: _member, compiler: SQLCompiler, **kw: Any) -> str:
    value, place = element.clauses
    text = f"({compiler.process(value, **kw)} ->> {compiler.process(place, **kw)})"
    return f"CAST({text} AS BIGINT)" if isinstance(element.type, Integer) else text


def rows(lists: BindParameter[str], **columns: Any) -> CTE:
    """Many rows handed over as one value: a JSON list with a list of these columns' values for each.

    MATERIALIZED makes SQLite look up each row by its key where this is joined; without it,
    it reads the other table once for every row.
    """
    value = cast(Any, _elements(lists)).table_valued("value").c.value
    members = [_member(value, place, kind).label(name) for place, (name, kind) in enumerate(columns.items())]
    return select(*members).cte("given").prefix_with("MATERIALIZED")


def upsert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that can say what is to be done with a row that is there already."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
