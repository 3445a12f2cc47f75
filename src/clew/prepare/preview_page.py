"""A preview as a page, or as a part of a notebook: what a step changes, drawn before and after."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from clew.core.html import (
    PALETTE,
    Html,
    Section,
    badge,
    chart,
    element,
    facts,
    fragment,
    join,
    legend,
    page,
    table,
    tiles,
)
from clew.core.readable import number, percent
from clew.explore.cells_chart import cells_chart
from clew.explore.column import ColumnStatistics
from clew.explore.comparison import Overlay
from clew.explore.families import Family
from clew.explore.overlay_chart import overlay_chart
from clew.prepare.column_change import ColumnChange, Spread

if TYPE_CHECKING:
    from clew.prepare.step_change import Preview

#: What the two sides are called.
BEFORE, AFTER = "before", "after"
#: Columns that are drawn, on a page and in a notebook; the others stand in the table.
_ON_PAGE, _IN_NOTEBOOK = 40, 8
#: Longer texts are cut where rows are shown.
_LONGEST = 60


def render(seen: "Preview") -> str:
    """Return the preview as an HTML document that needs nothing else."""
    sections = [
        Section("columns", "Columns", join((_tiles(seen), changes(seen)))),
        Section("distributions", "Distributions", charts(seen, _ON_PAGE), _LEAD),
        Section("rows", "Rows", _rows(seen), "The first rows after the step; cells that it changed are marked."),
    ]
    return page(f"Step {seen.number}: {seen.op}", sections, subtitle=_told(seen))


def summary(seen: "Preview") -> str:
    """Return the preview for a notebook."""
    return fragment(
        element("h3", f"Step {seen.number}: {seen.op}"),
        element("p", _told(seen), class_="lead"),
        changes(seen),
        charts(seen, _IN_NOTEBOOK),
        _rows(seen),
    )


_LEAD = (
    "Shares of the values before and after the step, the columns that it changes most first. "
    "Where no axis suits both, each has its own."
)


def _told(seen: "Preview") -> str:
    sampled = f", a sample of {number(seen.sampled_from)}" if seen.sampled_from else ""
    return f"{number(seen.rows_in)} rows in{sampled}, {number(seen.rows_out)} out"


def _tiles(seen: "Preview") -> Html:
    words = Counter(_word(column, seen) for column in seen.columns)
    sampled = f"a sample of {number(seen.sampled_from)}" if seen.sampled_from else ""
    return tiles(
        (
            ("Rows in", number(seen.rows_in), sampled),
            ("Rows out", number(seen.rows_out)),
            *((f"Columns {word}", number(words[word])) for word in ("changed", "added", "removed")),
        )
    )


def changes(seen: "Preview") -> Html:
    """Return a table of the columns that a step adds, removes and changes."""
    if not seen.columns:
        return element("p", "It changes no column of these rows.", class_="empty")
    headers = ("Column", "", "Cells changed", "Missing before", "After", "Mean before", "After")
    sides = [(column, column.before, column.after) for column in seen.columns]
    listed = [
        (
            column.name,
            _word(column, seen),
            column.cells,
            *(side and side.missing for side in (before, after)),
            *(side and side.mean for side in (before, after)),
        )
        for column, before, after in sides
    ]
    return table(headers, listed)


def charts(seen: "Preview", most: int) -> Html:
    """Return the distributions before and after a step, of at most this many columns, the most changed ones first."""
    drawn = sorted((column for column in seen.columns if column.spreads), key=_order)
    if not drawn:
        return element("p", "No column that it changes has frequent values.", class_="empty")
    cards = [_card(column, _word(column, seen)) for column in drawn[:most]]
    parts = [legend((BEFORE, AFTER)), element("div", *cards, class_="cards")]
    if len(drawn) > most:
        parts.append(element("p", f"{len(drawn) - most:,} more columns stand in the table only.", class_="lead"))
    return join(parts)


def _order(column: ColumnChange) -> tuple[bool, float]:
    return column.change == "removed", -column.distance


def _word(column: ColumnChange, seen: "Preview") -> str:
    """Say what happens to a column; of one whose every cell stays as it is, that other rows are left."""
    kept = column.change == "changed" and column.cells == 0
    return "other rows" if kept and seen.rows_in != seen.rows_out else column.change


def _card(column: ColumnChange, word: str) -> Html:
    apart = len(column.spreads) > 1
    sides = (BEFORE, AFTER) if apart else ("",)
    drawings = [
        chart(_drawing(spread, column), label=f"{column.name} {side or f'{BEFORE} and {AFTER}'}", caption=side)
        for spread, side in zip(column.spreads, sides, strict=True)
    ]
    return element(
        "article",
        element("h3", column.name),
        element("div", badge(word, "info"), class_="tags"),
        *drawings,
        facts(_figures(column)),
        class_="card",
    )


def _drawing(spread: Spread, column: ColumnChange) -> str:
    if not isinstance(spread, Overlay):
        return cells_chart(spread, BEFORE, AFTER, colours=PALETTE[:2])
    side = column.after if any(spread.other) else column.before
    return overlay_chart(spread, (BEFORE, AFTER), time=side is not None and side.family is Family.MOMENT)


def _figures(column: ColumnChange) -> Sequence[tuple[str, object]]:
    sides = [side for side in (column.before, column.after) if side is not None]
    found: list[tuple[str, object]] = []
    if column.cells is not None:
        found.append(("cells changed", number(column.cells)))
    found.append(("missing", _change([percent(side.missing_share) for side in sides])))
    if all(side.distinct is not None for side in sides):
        found.append(("distinct", _change([number(side.distinct) for side in sides])))
    for name, value in (("mean", _mean), ("deviation", _deviation), ("median", _median)):
        values = [value(side) for side in sides]
        if all(figure is not None for figure in values):
            found.append((name, _change([number(figure) for figure in values])))
    return found


def _mean(side: ColumnStatistics) -> float | None:
    return side.mean


def _deviation(side: ColumnStatistics) -> float | None:
    return side.std


def _median(side: ColumnStatistics) -> float | None:
    return side.quantile(0.5) if side.family is Family.NUMBER else None


def _change(texts: Sequence[str]) -> str:
    return " → ".join(dict.fromkeys(texts))


def _rows(seen: "Preview") -> Html:
    rows = []
    for position, row in enumerate(seen.after.iter_rows()):
        cells = [_shown(value) for value in row]
        marked = [(position, name) in seen.changed for name in seen.after.columns]
        rows.append([element("mark", cell) if new else cell for cell, new in zip(cells, marked, strict=True)])
    return table(seen.after.columns, rows)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return number(value)
    text = "" if value is None else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
