"""From the body of a request to records: every shape in which clients send rows.

The shapes are those of MLflow's scoring server (``dataframe_split``, ``dataframe_records``, ``instances``, ``inputs``),
of SageMaker's containers (CSV without a header, JSON Lines), and a bare record or list. Values stay as they came; the
schema decides later what they mean. Positional rows (lists, CSV without a header) are in the order of the features.
"""

import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clew.core.errors import CellProblem
from clew.core.schema import Schema
from clew.deploy.errors import RequestError
from clew.deploy.media import CSV, JSON_LINES, MediaType

Record = Mapping[str, Any]

#: Keys that say how the rows are laid out.
WRAPPERS = ("dataframe_split", "dataframe_records", "instances", "inputs")
#: Keys that clients send along and that no model of ours reads.
_COMPANIONS = frozenset({"params", "parameters", "signature_name", "index"})
#: Offending rows listed in a reply.
MAX_PROBLEMS = 100
#: An escape that may be half of a surrogate pair; a lone half is no text and can be neither stored nor sent back.
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class Columns:
    """What a request may call its columns.

    Parameters
    ----------
    features : tuple of str
        Columns that a row must have, in the order of positional rows.
    known : frozenset of str
        Every column of the training table.
    """

    features: tuple[str, ...]
    known: frozenset[str]

    @classmethod
    def of(cls, schema: Schema) -> "Columns":
        """Take them from the schema of the training table."""
        return cls(tuple(column.name for column in schema.features), frozenset(schema.names))


def parse_rows(body: bytes, media: MediaType, columns: Columns) -> list[Record]:
    """Read the rows of a request.

    Parameters
    ----------
    body : bytes
        As it came, not empty.
    media : MediaType
        One of `clew.deploy.media.SUPPORTED`.
    columns : Columns
        Names by which rows are told.

    Returns
    -------
    list of mapping
        A record per row, in the order given; values are text, numbers, booleans, None or whatever nested JSON held.

    Raises
    ------
    RequestError
        400 if the body cannot be parsed, 415 if its encoding is not supported, 422 if rows have the wrong shape.
    """
    text = media.decode(body)
    if media.name == CSV:
        return _csv_rows(text, media.parameters.get("header"), columns)
    if media.name == JSON_LINES:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        return _rows([_load(line, f"Line {number} of the body") for number, line in lines], columns)
    return _json_rows(_load(text, "The body"), columns)


def _load(text: str, what: str) -> Any:
    try:
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
        if _HALF_CHARACTER.search(text):
            json.dumps(document, ensure_ascii=False).encode()
        return document
    except RecursionError:
        raise RequestError(400, f"{what} is nested too deeply.", hint="Send rows as flat records.") from None
    except json.JSONDecodeError as error:
        where = f"{error.msg} at character {error.pos}"
        raise RequestError(
            400, f"{what} is not valid JSON: {where}.", hint="Check quotes, commas and brackets."
        ) from None
    except UnicodeEncodeError:
        raise RequestError(
            400, f"{what} holds half a character (a lone surrogate escape).", hint="Escape both halves, or send UTF-8."
        ) from None
    except ValueError:
        # The interpreter refuses to read whole numbers of several thousand digits: their cost is quadratic.
        raise RequestError(400, f"{what} holds a whole number with too many digits.", hint="Send it as text.") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RequestError(400, f"A JSON object has the key {twice!r} twice.", hint="Send each column once.")
    return result


def _constant(name: str) -> float | None:
    """Read the constants that Python's and pandas' writers emit although JSON has none: NaN is a missing value."""
    return None if name == "NaN" else math.copysign(math.inf, -1 if name.startswith("-") else 1)


def _json_rows(document: Any, columns: Columns) -> list[Record]:
    if isinstance(document, list):
        return _rows(document, columns)
    if not isinstance(document, dict):
        raise RequestError(
            400,
            "The body is neither an object nor a list.",
            hint=f"Send a record, a list, or one of {_shown(WRAPPERS)}.",
        )
    named = [key for key in WRAPPERS if key in document]
    if not named or not _is_wrapper(document, named, columns):
        return [document]
    if len(named) > 1:
        raise RequestError(400, f"The body has {_shown(named)} at once.", hint="Send exactly one of them.")
    readers: Mapping[str, Callable[[Any, Columns], list[Record]]] = {
        "dataframe_split": _split_rows,
        "dataframe_records": _record_rows,
        "instances": _instance_rows,
        "inputs": _input_rows,
    }
    return readers[named[0]](document[named[0]], columns)


def _is_wrapper(document: Mapping[str, Any], named: Sequence[str], columns: Columns) -> bool:
    """Tell a wrapper from a record of a table whose columns happen to be called like one."""
    if not any(key in columns.known for key in named):
        return True
    only = set(document) <= {*WRAPPERS, *_COMPANIONS}
    return only and isinstance(document[named[0]], list | dict)


def _split_rows(value: Any, _columns: Columns) -> list[Record]:
    if not isinstance(value, dict) or not {"columns", "data"} <= set(value):
        raise RequestError(
            400, "`dataframe_split` needs the keys 'columns' and 'data'.", hint="As pandas writes with orient='split'."
        )
    names, data = value["columns"], value["data"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise RequestError(400, "`columns` of `dataframe_split` must be a list of names.")
    if not isinstance(data, list):
        raise RequestError(400, "`data` of `dataframe_split` must be a list of rows.")
    _refuse_repeated(names)
    return _positional(data, tuple(names))


def _record_rows(value: Any, columns: Columns) -> list[Record]:
    if not isinstance(value, list):
        raise RequestError(400, "`dataframe_records` must be a list of records.")
    return _rows(value, columns)


def _instance_rows(value: Any, columns: Columns) -> list[Record]:
    if not isinstance(value, list):
        raise RequestError(400, "`instances` must be a list with an entry per row.")
    return _rows(value, columns)


def _input_rows(value: Any, columns: Columns) -> list[Record]:
    """Read `inputs`: a list of rows, or an object with a list of values per column."""
    if isinstance(value, list):
        return _rows(value, columns)
    if not isinstance(value, dict):
        raise RequestError(400, "`inputs` must be a list of rows, or an object with a list of values per column.")
    if not any(isinstance(cells, list) for cells in value.values()):
        return [value]
    lengths = {name: len(cells) if isinstance(cells, list) else -1 for name, cells in value.items()}
    if len(set(lengths.values())) > 1:
        raise RequestError(400, f"The columns of `inputs` differ in length: {dict(list(lengths.items())[:5])}.")
    return [dict(zip(value, cells, strict=True)) for cells in zip(*value.values(), strict=True)]


def _rows(items: Sequence[Any], columns: Columns) -> list[Record]:
    """Read a list whose entries are records, lists in the order of the features, or values of the only feature."""
    if all(isinstance(item, dict) for item in items):
        return list(items)
    single = len(columns.features) == 1
    problems = []
    for row, item in enumerate(items):
        if not isinstance(item, dict | list) and not single:
            problems.append(CellProblem(row, "", "is no row", _kind(item), "a record or a list of values"))
    if problems:
        raise _wrong_rows(problems, len(items))
    lists = [item if isinstance(item, dict | list) else [item] for item in items]
    return _positional(lists, columns.features)


def _positional(items: Sequence[Any], names: tuple[str, ...]) -> list[Record]:
    """Name the values of each row; entries that are records already stay as they are."""
    width = len(names)
    problems = [
        CellProblem(row, "", "has the wrong number of values", _kind(item), f"{width} values")
        for row, item in enumerate(items)
        if not isinstance(item, dict) and not (isinstance(item, list) and len(item) == width)
    ]
    if problems:
        raise _wrong_rows(problems, len(items), hint=f"In this order: {_shown(names[:20])}.")
    return [item if isinstance(item, dict) else dict(zip(names, item, strict=True)) for item in items]


def _csv_rows(text: str, header: str | None, columns: Columns) -> list[Record]:
    """Read CSV (RFC 4180); an empty cell is a missing value, and so is an empty line of a table of one column."""
    lines: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines.extend(reader)
    except csv.Error as error:
        raise RequestError(
            400,
            f"The CSV cannot be read in line {reader.line_num}: {error}.",
            hint="Check its quotes: inside quotes they are doubled.",
        ) from None
    names = columns.features
    if lines and _is_header(lines[0], header, columns):
        names = tuple(lines.pop(0))
        _refuse_repeated(names)
    width = len(names)
    filled = [cells or [""] for cells in lines] if width == 1 else [cells for cells in lines if cells]
    problems = [
        CellProblem(row, "", "has the wrong number of cells", f"{len(cells)} cells", f"{width} cells")
        for row, cells in enumerate(filled)
        if len(cells) != width
    ]
    if problems:
        raise _wrong_rows(problems, len(filled), hint=f"In this order: {_shown(names[:20])}.")
    return [dict(zip(names, (cell or None for cell in cells), strict=True)) for cells in filled]


def _is_header(cells: Sequence[str], header: str | None, columns: Columns) -> bool:
    """Tell a header line from a row: by the parameter `header` (RFC 7111), else because most cells name columns.

    Most, not all: a header that lacks a column or has one too many must be told as such, not read as a row.
    """
    if header in {"present", "absent"}:
        return header == "present"
    if header is not None:
        raise RequestError(
            415, f"The parameter header={header!r} is not known.", hint="Use header=present or header=absent."
        )
    known = sum(cell in columns.known for cell in cells)
    return known > len(cells) / 2 or (bool(cells) and set(columns.features) <= set(cells))


def _refuse_repeated(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise RequestError(400, f"The column {name!r} is named twice.", hint="Send each column once.")
        seen.add(name)


def _wrong_rows(problems: Sequence[CellProblem], rows: int, hint: str | None = None) -> RequestError:
    first = problems[0]
    message = f"{len(problems)} of {rows} rows cannot be used: row {first.row} {first.problem} ({first.got})."
    return RequestError(422, message, hint=hint, problems=problems[:MAX_PROBLEMS])


def _kind(item: Any) -> str:
    if isinstance(item, list):
        return f"{len(item)} values"
    return "null" if item is None else f"a {type(item).__name__}"


def _shown(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)
