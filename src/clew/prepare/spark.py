"""Blocks of columns on Spark: Polars works on the batches of rows where they are."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import polars as pl


class Blocks(Protocol):
    """What is asked of a block; see `clew.prepare.table.BlockOfColumns`."""

    @property
    def sources(self) -> Sequence[str]:
        """What the function is given."""

    @property
    def made(self) -> Mapping[str, pl.DataType]:
        """What it returns, by name."""

    @property
    def function(self) -> Callable[[pl.DataFrame], pl.DataFrame]:
        """Makes each row from that row alone."""


def with_spark_blocks(frame: Any, blocks: Sequence[Blocks]) -> Any:
    """Add columns that functions make of others, batch by batch; the workers need Clew installed.

    Parameters
    ----------
    frame : pyspark DataFrame
        The rows.
    blocks : sequence of Blocks
        All are made from the frame as it is; a name that is there is replaced in its place.
    """
    from pyspark.sql.pandas.types import from_arrow_type
    from pyspark.sql.types import StructField, StructType

    made = {name: dtype for block in blocks for name, dtype in block.made.items()}
    empty = readable(pl.DataFrame(schema=made)).schema
    new = {field.name: StructField(field.name, from_arrow_type(field.type)) for field in empty}
    fields = [new.pop(field.name, field) for field in frame.schema.fields]
    names = [field.name for field in (*fields, *new.values())]

    def run(batches: Iterable[Any]) -> Iterator[Any]:
        for batch in batches:
            rows = pl.DataFrame(batch)
            columns: list[pl.Series] = []
            for block in blocks:
                columns += block.function(rows.select(*block.sources)).select(*block.made).get_columns()
            yield from readable(rows.with_columns(columns).select(names)).to_batches()

    return frame.mapInArrow(run, StructType([*fields, *new.values()]))


def readable(table: pl.DataFrame) -> Any:
    """Return rows as an Arrow table that Spark reads: of Arrow's sorts of lists it knows one, at any depth."""
    import pyarrow as pa

    arrow = table.to_arrow()
    return arrow.cast(pa.schema([field.with_type(_known(field.type)) for field in arrow.schema]))


def _known(dtype: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_large_list(dtype) or pa.types.is_list(dtype) or pa.types.is_fixed_size_list(dtype):
        return pa.list_(_known(dtype.value_type))
    if pa.types.is_struct(dtype):
        return pa.struct([field.with_type(_known(field.type)) for field in dtype])
    return dtype
