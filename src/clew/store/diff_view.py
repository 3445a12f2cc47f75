"""What changed between two versions of a table, for a notebook."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from clew.core.excerpt import COLUMNS, ROWS, lines, names, rows
from clew.core.html import Html, element, fragment, pairs, tiles

if TYPE_CHECKING:
    import polars as pl

    from clew.store.compare import TableDiff


def diff_view(found: "TableDiff") -> str:
    """Return the counts, the columns that changed, and the first rows of each kind."""
    counts = tiles((word.capitalize(), f"{getattr(found, word):,}") for word in ("added", "removed", "changed"))
    columns = {
        word: names(listed)
        for word, listed in (("columns added", found.columns_added), ("columns removed", found.columns_removed))
        if listed
    }
    often = sorted(found.changed_columns.items(), key=lambda item: -item[1])
    return fragment(
        element("h3", "Difference of two versions"),
        counts,
        pairs(columns) if columns else None,
        lines(("Column", "Rows that differ"), often, len(often), "column", where=".changed_columns") if often else None,
        *_rows(found),
        title="Difference",
    )


def _rows(found: "TableDiff") -> Iterator[Html]:
    parts = (
        ("Added", found.added_rows),
        ("Removed", found.removed_rows),
        ("Changed, before", found.changed_before),
        ("Changed, after", found.changed_after),
    )
    for title, frame in parts:
        if len(frame):
            yield element("h3", title)
            yield _first(frame)


def _first(frame: "pl.DataFrame") -> Html:
    shown = frame.columns[:COLUMNS]
    notes = [(name, str(frame.schema[name])) for name in shown]
    return rows(notes, frame.select(shown).head(ROWS).iter_rows(), len(frame), wide=frame.width)
