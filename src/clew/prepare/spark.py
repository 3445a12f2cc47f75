"""Blocks of columns on Spark: Polars works on the batches of rows where they are."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl


def spark_block(
    frame: Any,
    sources: Sequence[str],
    made: Mapping[str, pl.DataType],
    function: Callable[[pl.DataFrame], pl.DataFrame],
) -> Any:
    """Add columns that a function makes of others, batch by batch; the workers need Clew installed.

    Parameters
    ----------
    frame : pyspark DataFrame
        The rows.
    sources : sequence of str
        What the function is given.
    made : mapping of str to polars data type
        What it returns, by name; a name that is there is replaced in its place.
    function : callable
        Makes each row from that row alone.
    """
    from pyspark.sql.pandas.types import from_arrow_type
    from pyspark.sql.types import StructField, StructType

    empty = _readable(pl.DataFrame(schema=dict(made))).schema
    new = {field.name: StructField(field.name, from_arrow_type(field.type)) for field in empty}
    fields = [new.pop(field.name, field) for field in frame.schema.fields]
    names, kept = [field.name for field in (*fields, *new.values())], list(made)

    def run(batches: Iterable[Any]) -> Iterator[Any]:
        for batch in batches:
            rows = pl.DataFrame(batch)
            block = function(rows.select(*sources)).select(*kept)
            yield from _readable(rows.with_columns(*block.iter_columns()).select(names)).to_batches()

    return frame.mapInArrow(run, StructType([*fields, *new.values()]))


def _readable(table: pl.DataFrame) -> Any:
    """Return rows as an Arrow table with lists of the size that Spark reads."""
    import pyarrow as pa

    arrow = table.to_arrow()
    fields = [
        field.with_type(pa.list_(field.type.value_type)) if pa.types.is_large_list(field.type) else field
        for field in arrow.schema
    ]
    return arrow.cast(pa.schema(fields))
