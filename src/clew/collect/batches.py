"""Files whose rows pass by in batches, for tables that are larger than memory.

The rows are those that `clew.read` gives before it judges the columns: of a CSV file every cell is text. Nothing is
kept of a batch once the next one is asked for, and a file can be walked through again.
"""

import csv
import io
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from clew.collect.raw import check_rows, clean_names, named
from clew.collect.read_csv import sniff
from clew.core.errors import DataError
from clew.core.finding import Finding
from clew.core.readable import size

_CSV, _PARQUET, _ARROW = (
    (".csv", ".tsv", ".tab", ".txt"),
    (".parquet", ".pq"),
    (".arrow", ".feather", ".ipc", ".arrows"),
)
#: Endings of files that can be walked through in batches.
BATCHED = (*_CSV, *_PARQUET, *_ARROW)
#: Memory that the rows of a batch take, about, and rows that one has at least and at most.
_BATCH_BYTES, _FEWEST, _MOST = 96 << 20, 2_000, 1_000_000
#: Rows that are looked at to tell how large a row is.
_FIRST_ROWS = 10_000
#: Bytes of a CSV file read at once: several blocks are read ahead, and a record has to fit into one.
_BLOCK_BYTES, _HEAD_BYTES = 1 << 23, 1 << 18
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Batches:
    """The rows of a file in batches.

    Parameters
    ----------
    path : Path
        The file.
    names : tuple of str
        Its columns.
    rows : int, optional
        Number of rows, where the file says so.
    size_bytes : int
        Memory that all rows would take, about.
    batch_rows : int
        Rows in a batch, about.
    findings : tuple of Finding
        What was noticed about the header.
    """

    path: Path
    names: tuple[str, ...]
    rows: int | None
    size_bytes: int
    batch_rows: int
    findings: tuple[Finding, ...] = ()

    def __iter__(self) -> Iterator[pl.DataFrame]:
        return self.of(self.names)

    def of(self, names: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Walk through some columns only, which reads no others where the file is stored by columns.

        Parameters
        ----------
        names : sequence of str
            Columns to read, at least one; they come in the order of the file.
        """
        wanted = set(names)
        places = [place for place, name in enumerate(self.names) if name in wanted]
        known = [self.names[place] for place in places]
        for frame in _walk(self.path, self.batch_rows, None if len(places) == len(self.names) else places):
            yield frame.rename(dict(zip(frame.columns, known, strict=True)))


def open_batches(path: Path) -> Batches:
    """Open a file whose rows are to be walked through.

    Parameters
    ----------
    path : Path
        A file with one of the endings in `BATCHED`.

    Returns
    -------
    Batches
        Rows as they are stored; of a CSV file as text.

    Raises
    ------
    DataError
        If it cannot be read, has no rows, or names of columns break a rule.
    """
    with closing(_walk(path, _FIRST_ROWS)) as walk:
        first = next(walk, None)
    if first is None or not first.width:
        raise DataError(f"The file {path.name!r} is empty.", hint="Check the export that should have filled it.")
    is_csv = path.suffix.lower() in _CSV
    raw = named(first, f"The file {path.name!r}", first.columns if is_csv else None)
    check_rows(raw)
    row_bytes = max(1.0, raw.frame.estimated_size() / raw.frame.height)
    rows = _rows(path)
    held = path.stat().st_size * 2 if rows is None else round(rows * row_bytes)
    per_batch = min(_MOST, max(_FEWEST, round(_BATCH_BYTES / row_bytes)))
    return Batches(path, tuple(raw.frame.columns), rows, held, per_batch, raw.findings)


def _rows(path: Path) -> int | None:
    if path.suffix.lower() in _PARQUET:
        import pyarrow.parquet as pq

        return int(pq.read_metadata(path).num_rows)
    return None


def _walk(path: Path, rows: int, places: Sequence[int] | None = None) -> Generator[pl.DataFrame]:
    """Yield the rows of a file, with the names that stand in it, about this many at a time; of the columns named."""
    import pyarrow as pa

    ending = path.suffix.lower()
    walk = _parquet if ending in _PARQUET else _arrow if ending in _ARROW else _csv
    try:
        yield from _gathered(walk(path, rows, places), rows)
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError):
            raise DataError(f"There is no file {str(path)!r}.") from None
        reason = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        if "straddling" in reason:
            reason = f"a record is larger than {size(_BLOCK_BYTES)}, or quotes are opened and never closed"
        raise DataError(
            f"The file {path.name!r} cannot be read: {reason.rstrip('.')}.",
            hint="Check that it is complete; a file that fits into memory is told more about with `--no-streaming`.",
        ) from None


def _gathered(parts: Iterator[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Put small parts together."""
    held: list[pl.DataFrame] = []
    for part in parts:
        held.append(part)
        if sum(map(len, held)) >= rows:
            yield pl.concat(held, how="vertical_relaxed", rechunk=True)
            held = []
    if held:
        yield pl.concat(held, how="vertical_relaxed", rechunk=True)


def _frame(batch: Any) -> pl.DataFrame:
    found = pl.from_arrow(batch)
    if not isinstance(found, pl.DataFrame):
        raise TypeError("Arrow batches become data frames.")
    return found


def _chosen(frame: pl.DataFrame, places: Sequence[int] | None) -> pl.DataFrame:
    return frame if places is None else frame.select([frame.columns[place] for place in places])


def _parquet(path: Path, rows: int, places: Sequence[int] | None) -> Iterator[pl.DataFrame]:
    import pyarrow.parquet as pq

    # Buffered: the memory does not grow with the row groups, which some writers make as large as the file.
    with pq.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
        every = file.schema_arrow.names
        names = None if places is None else [every[place] for place in places]
        for batch in file.iter_batches(batch_size=rows, columns=names):
            # A name with a dot may stand for a part of another column too, so what was asked for is chosen again.
            found = _frame(batch)
            yield found if names is None else found.select(names)


def _arrow(
    path: Path,
    rows: int,  # noqa: ARG001 - batches are as large as they were written
    places: Sequence[int] | None,
) -> Iterator[pl.DataFrame]:
    import pyarrow as pa

    with pa.OSFile(str(path)) as source:
        if source.read(6) == b"ARROW1":
            source.seek(0)
            file = pa.ipc.open_file(source)
            for place in range(file.num_record_batches):
                yield _chosen(_frame(file.get_batch(place)), places)
            return
        source.seek(0)
        for batch in pa.ipc.open_stream(source):
            yield _chosen(_frame(batch), places)


def _csv(
    path: Path,
    rows: int,  # noqa: ARG001 - a block holds what it holds
    places: Sequence[int] | None,
) -> Iterator[pl.DataFrame]:
    import pyarrow as pa
    from pyarrow import csv as arrow

    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")
    text = head.decode(encoding, errors="ignore").lstrip("\ufeff").lstrip("\r\n")
    if not text.strip():
        return
    separator = sniff(text.encode(), "\t" if path.suffix.lower() == ".tsv" else ",")
    header = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    names, _ = clean_names(header, f"The file {path.name!r}")
    every = [str(place) for place in range(len(header))]
    kept = every if places is None else [every[place] for place in places]
    reader = arrow.open_csv(
        path,
        read_options=arrow.ReadOptions(column_names=every, block_size=_BLOCK_BYTES, encoding=encoding),
        parse_options=arrow.ParseOptions(delimiter=separator, newlines_in_values=True),
        convert_options=arrow.ConvertOptions(
            column_types=dict.fromkeys(kept, pa.string()), strings_can_be_null=False, include_columns=kept
        ),
    )
    with reader:
        first = True
        for batch in reader:
            frame = _frame(batch)
            yield (frame.slice(1) if first else frame).rename({place: names[int(place)] for place in kept})
            first = False
