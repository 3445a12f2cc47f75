"""One SELECT over a table ``df``: what it reads, by DuckDB's own parser, and its result, computed in a closed room.

A query is data of a recipe that somebody may have sent. So it is looked at before it runs: one statement, a SELECT
through and through, over ``df`` and what it makes of it. And where it runs there is nothing but ``df``: a database in
memory, without files, network, extensions, other Python variables or settings to change; one thread, so that the same
rows give the same result; a limit in memory and in time.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from threading import Timer
from typing import Any

import polars as pl
import pyarrow as pa

from clew.core.errors import ConfigError, RecipeError, did_you_mean
from clew.prepare.foreign import settled
from clew.prepare.values import said

#: Name of the table.
TABLE = "df"
#: Functions that may stand in the place of a table: they make rows out of their arguments.
_MAKERS = frozenset({"range", "generate_series", "unnest", "repeat", "repeat_row"})
_SELECTS = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_ROWS = 122_880
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "max_temp_directory_size": "0KB",
    "threads": "1",
}


@dataclass(frozen=True)
class Query:
    """What a query reads and hands on.

    Parameters
    ----------
    columns : frozenset of str
        Every word in it that may name a column, in lower case.
    everything : bool
        Whether a ``*`` asks for all columns.
    handed_on : frozenset of str
        Columns, in lower case, that come out under their own name and as they are, besides those of `stars`.
    stars : bool
        Whether all others come out as they are, but for those in `but`.
    but : frozenset of str
        Names, in lower case, that a ``*`` leaves out or replaces.
    inside : frozenset of str
        Words in lower case that may name a column anywhere but where a column is handed on.
    """

    columns: frozenset[str]
    everything: bool
    handed_on: frozenset[str]
    stars: bool
    but: frozenset[str]
    inside: frozenset[str]

    def hands_on(self, name: str) -> bool:
        """Whether a column comes out under its own name and as it is."""
        low = name.casefold()
        return low in self.handed_on or (self.stars and low not in self.but)


@lru_cache(maxsize=128)
def read_query(text: str) -> Query:
    """Read a query without running it.

    Raises
    ------
    ConfigError
        If DuckDB is not installed; or if it is no single SELECT over ``df``, with the way out.
    """
    node = _parsed(text)
    _check_nodes(node, frozenset({TABLE}))
    shadowed = any(str(entry["key"]).casefold() == TABLE for found in _walk(node) for entry in _ctes(found))
    simple = node["type"] == "SELECT_NODE" and _is_table(node.get("from_table")) and not shadowed
    top = node if simple else {"select_list": []}
    plain = [item for item in top["select_list"] if _is_plain(item)]
    stars = [item for item in top["select_list"] if item["class"] == "STAR" and not item.get("columns")]
    but = {str(name).casefold() for star in stars for name in _named_in(star)}
    made = {_label(item) for item in top["select_list"] if item["class"] != "STAR" and not _is_plain(item)}
    words = frozenset(_words(node)) | {str(name).casefold() for found in _walk(node) for name in _named_in(found)}
    rest = {**node, "select_list": [item for item in node.get("select_list") or () if not (simple and _is_plain(item))]}
    return Query(
        words,
        any(found.get("class") == "STAR" for found in _walk(node)),
        frozenset(item["column_names"][-1].casefold() for item in plain) - made,
        bool(stars),
        frozenset(but | made),
        frozenset(_words(rest)),
    )


def _parsed(text: str) -> Any:
    """Return the syntax tree of the one SELECT."""
    try:
        import duckdb
    except ImportError:
        raise ConfigError("A step of SQL needs DuckDB.", hint="pip install 'clew[duckdb]'") from None
    try:
        statements = duckdb.extract_statements(text)
    except duckdb.Error as error:
        raise ConfigError(f"The query cannot be read: {_said(error)}.", hint="Write DuckDB's SQL.") from None
    if len(statements) != 1:
        raise ConfigError(f"The query holds {len(statements)} statements; one is needed.", hint="Write one SELECT.")
    if statements[0].type != duckdb.StatementType.SELECT:
        kind = str(statements[0].type).rpartition(".")[2]
        raise ConfigError(
            f"The query is a statement of the kind {kind}, and only SELECT may run.",
            hint="Write `SELECT … FROM df`.",
        )
    with duckdb.connect(":memory:", config=_CONFIG) as connection:
        (tree,) = connection.execute("SELECT json_serialize_sql(?)", [text]).fetchone() or ("{}",)
    try:
        found = json.loads(tree)
    except RecursionError:
        raise ConfigError("The query is nested too deeply.", hint="Make it simpler.") from None
    if found.get("error", True) or len(found["statements"]) != 1:
        raise ConfigError(f"The query is no SELECT: {found.get('error_message')}.", hint="Write one SELECT.")
    return found["statements"][0]["node"]


def _check_nodes(node: Any, tables: frozenset[str]) -> None:
    """Refuse all that is not a SELECT over the table, wherever it hides."""
    known = tables | {str(entry["key"]).casefold() for found in _walk(node) for entry in _ctes(found)}
    for found in _walk(node):
        kind = str(found.get("type", ""))
        if kind.endswith("_NODE") and kind not in _SELECTS:
            raise ConfigError(
                f"The query holds {kind.partition('_')[0]}, which writes; only SELECT may run.",
                hint="Leave it out: a step gives back what it selects.",
            )
        if kind == "SHOW_REF":
            raise ConfigError("The query describes a table, and only its rows may be asked for.", hint="Write SELECT.")
        if kind == "BASE_TABLE" and str(found["table_name"]).casefold() not in known:
            raise ConfigError(
                f"The query reads {found['table_name']!r}, and the only table is {TABLE}.",
                hint="Join other tables with the step join, or before the recipe.",
            )
        if kind == "TABLE_FUNCTION":
            name = str(found.get("function", {}).get("function_name", "?")).casefold()
            if name not in _MAKERS:
                raise ConfigError(
                    f"The query calls {name}() as a table, which may read files or settings.",
                    hint=f"Read from {TABLE}; {', '.join(sorted(_MAKERS))} may be used.",
                )


def _walk(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping of a tree."""
    waiting = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _ctes(node: Mapping[str, Any]) -> list[Any]:
    found = node.get("cte_map")
    entries = list(found.get("map", [])) if isinstance(found, dict) else []
    return [*entries, *([{"key": node["cte_name"]}] if "cte_name" in node else [])]


def _words(node: Any) -> Iterator[str]:
    for found in _walk(node):
        if found.get("class") == "COLUMN_REF":
            yield from (str(word).casefold() for word in found["column_names"])
        yield from (str(word).casefold() for word in found.get("using_columns") or ())


def _named_in(star: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the names that a ``*`` leaves out, replaces or renames; none for anything else."""
    if star.get("class") != "STAR":
        return
    for key in ("exclude_list", "replace_list", "rename_list", "qualified_exclude_list"):
        for entry in star.get(key) or ():
            name = entry.get("key", entry) if isinstance(entry, dict) else entry
            yield name.get("column", "") if isinstance(name, dict) else name


def _is_table(source: Any) -> bool:
    return isinstance(source, dict) and source.get("type") == "BASE_TABLE" and source["table_name"].casefold() == TABLE


def _is_plain(item: Mapping[str, Any]) -> bool:
    """Whether an item of the list is a column as it is, under its own name."""
    if item["class"] != "COLUMN_REF":
        return False
    *qualifier, name = item["column_names"]
    own = not qualifier or [word.casefold() for word in qualifier] == [TABLE]
    return own and item["alias"].casefold() in {"", name.casefold()}


def _label(item: Mapping[str, Any]) -> str:
    names = item.get("column_names") or [""]
    return str(item["alias"] or names[-1]).casefold()


def run_query(text: str, table: pl.DataFrame, *, timeout_s: float, memory_gb: float) -> pl.DataFrame:
    """Run a query that `read_query` has let through.

    Parameters
    ----------
    text : str
        The query.
    table : polars.DataFrame
        The rows that it knows as ``df``; lengths of time are given in seconds.
    timeout_s : float
        It is ended after this many seconds.
    memory_gb : float
        The most memory for it, and for its result, in gigabytes.

    Raises
    ------
    RecipeError
        If it cannot run, takes too long or too much memory.
    """
    import duckdb

    seconds = pl.selectors.duration().dt.total_microseconds().cast(pl.Float64) * 1e-6
    zones = {dtype.time_zone for dtype in table.dtypes if isinstance(dtype, pl.Datetime) and dtype.time_zone}
    with duckdb.connect(":memory:", config={**_CONFIG, "memory_limit": f"{int(memory_gb * 1000)}MB"}) as connection:
        # Clocks are read in the zone of the columns, if they have one and the same.
        zone = zones.pop() if len(zones) == 1 else "UTC"
        connection.execute(f"SET TimeZone = {_quoted(zone)}")
        connection.execute("SELECT setseed(0.0)").fetchall()
        connection.execute("SET lock_configuration = true")
        connection.register(TABLE, table.with_columns(seconds).to_arrow())
        ending = Timer(timeout_s, connection.interrupt)
        ending.start()
        try:
            return _told_alike(_read(_fetched(connection.sql(text), memory_gb)), table)
        except duckdb.InterruptException:
            raise RecipeError(
                f"The query was ended after {timeout_s:g} seconds.", hint="Make it simpler, or raise `timeout_s`."
            ) from None
        except duckdb.OutOfMemoryException:
            raise _too_large(memory_gb) from None
        except duckdb.Error as error:
            raise _cannot_run(error, table.columns) from None
        finally:
            ending.cancel()


def _fetched(relation: Any, memory_gb: float) -> pa.Table:
    """Fetch a result piece by piece, so that it cannot grow without bound."""
    batches, size = [], 0
    reader = pa.RecordBatchReader.from_stream(relation)
    for field in reader.schema:
        if pa.types.is_interval(field.type):
            raise RecipeError(
                f"The column {field.name!r} of the query holds lengths of time by the calendar, which are no numbers.",
                hint=f"Select `epoch({field.name})`, in seconds.",
            )
    for batch in reader:
        batches.append(batch)
        size += batch.nbytes
        if size > memory_gb * 1e9:
            raise _too_large(memory_gb)
    return pa.Table.from_batches(batches, schema=reader.schema)


def _read(result: pa.Table) -> pl.DataFrame:
    """Return a result in the form that steps rely on."""
    repeated = {name for name in result.column_names if result.column_names.count(name) > 1}
    if repeated:
        raise RecipeError(
            f"Two columns of the query are called {min(repeated)!r}.", hint="Give one another name: `… AS name`."
        )
    frame = pl.from_arrow(result)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - it is one of a table
    return settled(frame)


def _told_alike(result: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Tell moments in the zone of their namesakes: a database knows one zone only."""
    zones = {}
    for name, dtype in result.schema.items():
        own = table.schema.get(name)
        if isinstance(own, pl.Datetime) and isinstance(dtype, pl.Datetime) and own.time_zone and dtype.time_zone:
            zones[name] = own.time_zone
    return result.with_columns(pl.col(name).dt.convert_time_zone(zone) for name, zone in zones.items())


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _too_large(memory_gb: float) -> RecipeError:
    return RecipeError(
        f"The query needs more than {memory_gb:g} GB of memory.", hint="Select less, or raise `memory_gb`."
    )


def _cannot_run(error: Exception, columns: Sequence[str]) -> RecipeError:
    gone = re.search(r'Referenced column "(.+?)" not found', str(error))
    if gone:
        return RecipeError(
            f"There is no column {gone[1]!r}, which the query reads.", hint=did_you_mean(gone[1], columns)
        )
    converts = str(error).startswith("Conversion Error")
    hint = "Use try_cast, which gives a missing value instead." if converts else "Correct the query."
    return RecipeError(f"The query cannot run: {_said(error)}.", hint=hint)


def _said(error: Exception) -> str:
    return said(error).replace('"', "'")
