"""JSON files: a list of objects, an object of columns, pandas' layouts, or one object a line."""

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from clew.collect.files import StoredFile
from clew.collect.missing import SPACE
from clew.collect.raw import Raw, named
from clew.core.errors import DataError


def read_json(file: StoredFile, *, lines: bool) -> Raw:
    """Read a JSON file.

    Parameters
    ----------
    file : StoredFile
        The file, in UTF-8.
    lines : bool
        Whether each line is an object.

    Returns
    -------
    Raw
        Columns in the types that JSON gives them; text where the types of a column differ.

    Raises
    ------
    DataError
        If the file is empty, is no JSON, or holds no table.
    """
    what = repr(file.name)
    data = file.content().removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise DataError(f"The file {what} is empty.", hint="Check the export that should have filled it.")
    frame = _quick(data, lines=lines)
    if frame is None:
        # The slow way reads what the quick one cannot (NaN, mixed types), or says where the file is broken.
        frame = _frame_of(_records(data, lines, what), what)
    return named(frame, f"The file {what}")


def _quick(data: bytes, *, lines: bool) -> pl.DataFrame | None:
    """Read objects by Polars' own parser; None where it cannot."""
    if not lines and data.lstrip()[:1] != b"[":
        return None
    reader = pl.read_ndjson if lines else pl.read_json
    try:
        frame = reader(io.BytesIO(data), infer_schema_length=None)
        # Of many columns the parser forgets the order; the first object tells it.
        text = data.decode()
        first, _ = json.JSONDecoder().raw_decode(text, text.index("{"))
    except (pl.exceptions.PolarsError, ValueError, RecursionError):
        return None
    names = [name for name in first if name in frame.columns]
    return frame[[*names, *sorted(set(frame.columns) - set(names))]] if names else None


def _records(data: bytes, lines: bool, what: str) -> Any:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise DataError(
            f"The file {what} is not UTF-8, as JSON must be: byte 0x{data[error.start]:02x} at offset {error.start}.",
            hint="Write it again as UTF-8.",
        ) from None
    if lines:
        return [_parse(line, what, number) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and error.lineno > 1:
            return _records(data, lines=True, what=what)
        raise _broken(error, what, error.lineno) from None
    except RecursionError:
        raise DataError(f"The file {what} is nested too deeply.", hint="Write a list of flat objects.") from None


def _parse(line: str, what: str, number: int) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise _broken(error, what, number) from None


def _broken(error: json.JSONDecodeError, what: str, line: int) -> DataError:
    return DataError(
        f"The file {what} is no valid JSON: {error.msg} at line {line}, column {error.colno}.",
        hint="Check that the file is complete.",
    )


def _frame_of(content: Any, what: str) -> pl.DataFrame:
    """Make a table of parsed JSON."""
    if isinstance(content, list) and content and all(isinstance(record, Mapping) for record in content):
        names = list(dict.fromkeys(name for record in content for name in record))
        return pl.DataFrame([_column(name, [record.get(name) for record in content]) for name in names])
    if isinstance(content, Mapping) and content:
        if set(content) >= {"columns", "data"} and isinstance(content["data"], list):
            uneven = next((len(row) for row in content["data"] if len(row) != len(content["columns"])), None)
            if uneven is not None:
                raise DataError(
                    f"The file {what} has a row of {uneven} values for {len(content['columns'])} columns.",
                    hint="Check that the file is complete.",
                )
            columns = zip(*content["data"], strict=True) if content["data"] else ([] for _ in content["columns"])
            return pl.DataFrame(
                [_column(str(n), values) for n, values in zip(content["columns"], columns, strict=True)]
            )
        if all(isinstance(values, list) for values in content.values()):
            return _equally_long({str(name): values for name, values in content.items()}, what)
        if all(isinstance(values, Mapping) for values in content.values()):
            rows = list(dict.fromkeys(row for values in content.values() for row in values))
            return pl.DataFrame([_column(n, [values.get(row) for row in rows]) for n, values in content.items()])
        return pl.DataFrame([_column(name, [value]) for name, value in content.items()])
    shown = "an empty list" if content == [] else "an empty object" if content == {} else f"a {type(content).__name__}"
    if isinstance(content, list) and content:
        shown = f"a list of {next(type(r).__name__ for r in content if not isinstance(r, Mapping))}"
    raise DataError(f"The file {what} holds {shown}, and no table.", hint='Write a list of objects: [{"a": 1}, …].')


def _equally_long(columns: Mapping[str, list[Any]], what: str) -> pl.DataFrame:
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name!r} {length}" for name, length in list(lengths.items())[:5])
        raise DataError(f"The columns of {what} differ in length: {shown}.", hint="Check that the file is complete.")
    return pl.DataFrame([_column(name, values) for name, values in columns.items()])


def _column(name: str, given: Iterable[Any]) -> pl.Series:
    """Make a column; values of different types become text."""
    values = list(given)
    types = {type(value) for value in values if value is not None}
    if types <= {int, float} or len(types) == 1:
        try:
            return pl.Series(name, values, dtype=pl.Float64 if types == {int, float} else None)
        except (pl.exceptions.PolarsError, OverflowError, TypeError):
            pass  # Integers beyond 128 bits, or lists of mixed values: text keeps every digit.
    texts = [v if v is None or isinstance(v, str) else json.dumps(v, ensure_ascii=False) for v in values]
    return pl.Series(name, texts, dtype=pl.String)


def join_json(files: Sequence[StoredFile], frames: Sequence[pl.DataFrame]) -> list[pl.DataFrame] | None:
    """Judge the fields of several files together, as if all their objects stood in one.

    What a field is follows from all of its values: 1 in one file and "x" in another are the texts "1" and "x".

    Parameters
    ----------
    files : sequence of StoredFile
        Files of objects.
    frames : sequence of DataFrame
        What each holds, with the same columns.

    Returns
    -------
    list of DataFrame or None
        One for each file; None where the types agree, or a file has another layout, so that there is nothing to do.
    """
    if all(_agree({frame.schema[name] for frame in frames}) for name in frames[0].columns):
        return None
    parts = [_objects(file) for file in files]
    if any(part is None for part in parts):
        return None
    records = [record for part in parts for record in part or ()]
    names = frames[0].columns
    data = b"\n".join(json.dumps(record).encode() for record in records)
    whole = _quick(data, lines=True)
    whole = _frame_of(records, "the files") if whole is None else whole
    if set(whole.columns) != set(names):
        return None
    whole = whole.select(pl.col(names))
    heights = [len(part or ()) for part in parts]
    starts = [sum(heights[:i]) for i in range(len(heights))]
    return [whole.slice(start, height) for start, height in zip(starts, heights, strict=True)]


def _agree(types: set[pl.DataType]) -> bool:
    known = types - {pl.Null()}
    return len(known) < 2 or all(dtype.is_numeric() for dtype in known)


def _objects(file: StoredFile) -> list[Mapping[str, Any]] | None:
    """Return the objects of a file, with the names of their fields as a table has them."""
    content = _records(file.content().removeprefix(b"\xef\xbb\xbf"), file.ending != ".json", repr(file.name))
    if not isinstance(content, list) or not all(isinstance(record, Mapping) for record in content):
        return None
    return [{name.strip(SPACE): value for name, value in record.items()} for record in content]
