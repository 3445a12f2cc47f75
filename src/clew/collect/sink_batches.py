"""Rows go out bit by bit, for tables that are larger than memory."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import polars as pl

from clew.core.errors import DataError, UsageError
from clew.store.files import replacing

_TEXT: dict[str, Callable[[pl.DataFrame, IO[bytes], bool], object]] = {
    ".csv": lambda frame, file, first: frame.write_csv(file, include_header=first),
    ".tsv": lambda frame, file, first: frame.write_csv(file, include_header=first, separator="\t"),
    ".jsonl": lambda frame, file, _: frame.write_ndjson(file),
    ".ndjson": lambda frame, file, _: frame.write_ndjson(file),
}
#: Endings of files that are written bit by bit.
STREAMED = (*_TEXT, ".parquet", ".arrow", ".feather", ".ipc")


def check_streamed(path: Path) -> None:
    """Refuse a file whose format cannot be written bit by bit.

    Raises
    ------
    UsageError
        If its ending is none of `STREAMED`.
    """
    if path.suffix.lower() not in STREAMED:
        raise UsageError(
            f"The file {path.name!r} cannot be written bit by bit.", hint=f"Use one of {', '.join(STREAMED)}."
        )


def write_batches(frames: Iterable[pl.DataFrame], path: Path) -> int:
    """Write the rows of many frames below one another; only one frame is held at a time.

    Parameters
    ----------
    frames : iterable of polars.DataFrame
        At least one; all of the same columns and types.
    path : Path
        Ends in one of `STREAMED`. The file appears whole or not at all; an older one is replaced.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    UsageError
        If the ending names no format that is written bit by bit.
    DataError
        If the format cannot hold the columns, or the place cannot be written to.
    """
    check_streamed(path)
    rows = 0
    with replacing(path) as file, ExitStack() as opened:
        write: Callable[[pl.DataFrame], object] | None = None
        for frame in frames:
            write = write or opened.enter_context(_writer(path.suffix.lower(), file, frame))
            try:
                write(frame)
            except pl.exceptions.PolarsError as error:
                raise DataError(
                    f"The columns cannot be written as {path.suffix}: {str(error).splitlines()[0]}",
                    hint="Write Parquet, which holds every type.",
                ) from None
            rows += len(frame)
    return rows


@contextmanager
def _writer(ending: str, file: IO[bytes], first: pl.DataFrame) -> Iterator[Callable[[pl.DataFrame], object]]:
    if ending in _TEXT:
        yield lambda frame: _TEXT[ending](frame, file, frame is first)
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _arrow(first).schema
    if ending == ".parquet":
        with pq.ParquetWriter(file, schema, compression="zstd") as parquet:
            yield lambda frame: parquet.write_table(_arrow(frame))
    else:
        with pa.ipc.new_file(file, schema) as arrow:
            yield lambda frame: arrow.write_table(_arrow(frame))


def _arrow(frame: pl.DataFrame) -> Any:
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())
