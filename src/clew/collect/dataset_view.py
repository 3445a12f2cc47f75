"""A dataset for a notebook: where it came from, what its columns are, and the first rows."""

import re
from collections import Counter
from typing import TYPE_CHECKING

from clew.core.excerpt import COLUMNS, ROWS, findings, many, rows
from clew.core.html import element, fragment
from clew.core.schema import Column, Role

if TYPE_CHECKING:
    from clew.collect.dataset import Dataset


def dataset_view(data: "Dataset") -> str:
    """Return the first rows under the names and kinds of their columns."""
    kinds = Counter(column.kind.value for column in data.schema)
    counted = ", ".join(f"{count:,} {kind}" for kind, count in kinds.most_common())
    told = f"{many(len(data), 'row')}, {many(len(data.schema), 'column')}" + (f": {counted}" if counted else "")
    known = f"; version {data.version} of {data.name}" if data.version is not None else ""
    shown = _shown(data)
    head = data.frame.head(ROWS).select(column.name for column in shown)
    notes = [(column.name, _note(column)) for column in shown]
    return fragment(
        element("h3", short_source(data.source)),
        element("p", told + known, class_="lead"),
        rows(notes, head.iter_rows(), len(data), wide=len(data.schema)),
        findings(data.findings),
        title="Dataset",
    )


def short_source(source: str) -> str:
    """Return the last part of a path, without the folders that are nobody's business."""
    return re.split(r"[/\\]", source.rstrip("/\\"))[-1] or source


def _shown(data: "Dataset") -> list[Column]:
    """Return the columns that are shown: the first ones, and the target wherever it stands."""
    listed = list(data.schema)
    target = data.schema.target
    if target is None or target in listed[:COLUMNS]:
        return listed[:COLUMNS]
    return [*listed[: COLUMNS - 1], target]


def _note(column: Column) -> str:
    role = "" if column.role is Role.FEATURE else f", {column.role.value}"
    return f"{column.kind.value}{role}"
