"""A table in memory, prepared by an engine that is named: handed over, and read back."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw
import polars as pl

from clew.core.errors import RecipeError, UsageError, did_you_mean
from clew.core.schema import Schema
from clew.prepare.dtypes import zone_of
from clew.prepare.table import as_engine

#: What runs a recipe over a table in memory.
ENGINES = ("polars", "pandas", "pyarrow", "duckdb", "spark")
#: Package of each engine that need not be there, and the extra of ours that brings it.
_PACKAGES = {"duckdb": ("duckdb", "duckdb"), "spark": ("pyspark", "spark")}
Frame: TypeAlias = Any


def check_engine(engine: str) -> None:
    """Refuse an engine that does not exist or is not installed.

    Raises
    ------
    UsageError
        With the command that installs it.
    """
    if engine not in ENGINES:
        raise UsageError(
            f"There is no engine {engine!r}.",
            hint=did_you_mean(engine, ENGINES) or f"Use {', '.join(ENGINES)} or streaming.",
        )
    package, extra = _PACKAGES.get(engine, ("", ""))
    if package and find_spec(package) is None:
        raise UsageError(
            f"The engine {engine} needs the package {package}.", hint=f"Install it: pip install 'clew[{extra}]'"
        )


def handed_over(frame: pl.DataFrame, schema: Schema, engine: str) -> AbstractContextManager[Frame]:
    """Give a table to an engine.

    Parameters
    ----------
    frame : polars.DataFrame
        The rows.
    schema : Schema
        Their columns: what shows moments in the time zone of its session is told theirs.
    engine : str
        One of `ENGINES`.

    Returns
    -------
    context manager
        Whose value is the engine's own frame. What is made of it can be read inside the context only.

    Raises
    ------
    UsageError
        If there is no such engine, or it is not installed.
    RecipeError
        If the engine cannot hold the columns.
    """
    check_engine(engine)
    if engine == "duckdb":
        return _duckdb(frame, _zone(schema, engine))
    if engine == "spark":
        return _spark(frame, _zone(schema, engine))
    return nullcontext(as_engine(frame, nw.Implementation.from_string(engine)))


def read_back(prepared: Frame, engine: str) -> pl.DataFrame:
    """Return what an engine made as a Polars frame, computed if it was not.

    Parameters
    ----------
    prepared : frame
        Of the engine, or of another where training rows had to be collected.
    engine : str
        One of `ENGINES`.

    Raises
    ------
    RecipeError
        If the engine fails at the values.
    """
    with _failures(engine):
        frame: Any = nw.from_native(prepared)
        if not isinstance(frame, nw.LazyFrame):
            return pl.DataFrame(frame.to_arrow())
        if frame.implementation.is_duckdb():
            return _from_duckdb(prepared)
        if frame.implementation.is_pyspark():
            return pl.DataFrame(prepared.toArrow())
        return pl.DataFrame(frame.collect().to_arrow())


def _zone(schema: Schema, engine: str) -> str | None:
    """Return the one time zone of the columns; None if they have none."""
    zones = {zone: column.name for column in schema if (zone := zone_of(column.dtype)) is not None}
    if len(zones) > 1:
        shown = " and ".join(f"{name!r} in {zone}" for zone, name in list(zones.items())[:2])
        raise RecipeError(
            f"{engine} shows all moments in one time zone, and the columns are {shown}.",
            hint="Use the engine polars, pandas or pyarrow.",
        )
    return next(iter(zones), None)


@contextmanager
def _failures(engine: str) -> Iterator[None]:
    """Say in one line what an engine stumbles over while it computes."""
    kinds: tuple[type[Exception], ...] = ()
    if engine == "duckdb":
        import duckdb

        kinds = (duckdb.Error,)
    elif engine == "spark":
        from pyspark.errors import PySparkException

        kinds = (PySparkException,)
    try:
        yield
    except kinds as error:
        told = str(error).strip().partition("\n")[0]
        raise RecipeError(
            f"{engine} could not compute the rows: {told}", hint="Use the engine polars, pandas or pyarrow."
        ) from error


@contextmanager
def _duckdb(frame: pl.DataFrame, zone: str | None) -> Iterator[Frame]:
    import duckdb

    with duckdb.connect() as connection, _failures("duckdb"):
        if zone is not None:
            spelt = zone.replace("'", "''")
            connection.execute(f"SET TimeZone = '{spelt}'")
        yield connection.from_arrow(frame.to_arrow())


def _from_duckdb(relation: Any) -> pl.DataFrame:
    """Read a relation; lengths of time leave DuckDB as months, days and seconds, so they go through microseconds."""
    kinds = zip(relation.columns, relation.types, strict=True)
    lasting = [name for name, kind in kinds if str(kind) == "INTERVAL"]
    if lasting:
        spelt = ", ".join(f"epoch_us({_quoted(name)}) AS {_quoted(name)}" for name in lasting)
        relation = relation.select(f"* REPLACE ({spelt})")
    return pl.DataFrame(relation.to_arrow_table()).cast(dict.fromkeys(lasting, pl.Duration("us")))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _spark(frame: pl.DataFrame, zone: str | None) -> Iterator[Frame]:
    """Start Spark, or join what the surroundings name (SPARK_REMOTE, spark-submit), and end it if it was started."""
    if not (os.environ.get("SPARK_REMOTE") or os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise UsageError("The engine spark needs Java, and none is found.", hint="Install it, or set JAVA_HOME.")
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    running = SparkSession.getActiveSession()
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        # What came from the memory of one machine gains nothing from the usual 200 parts.
        "spark.sql.shuffle.partitions": "8",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.session.timeZone": zone or "UTC",
    }
    builder = SparkSession.builder.appName("clew")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        with _failures("spark"):
            yield session.createDataFrame(frame.to_arrow())
    finally:
        if running is None:
            session.stop()
