"""The beginning of something long, for a notebook: a few rows, a few names, and how much more there is.

What shows itself must be quick and small whatever it holds: ten thousand columns, a million rows, a text of a megabyte.
"""

from collections.abc import Iterable, Sequence
from itertools import islice

from clew.core.finding import Finding
from clew.core.html import Html, element, finding_list, join, table

#: Rows, columns beside each other, lines of a list, names in a cell and findings that are shown at most.
ROWS, COLUMNS, LINES, NAMES, FINDINGS = 8, 24, 60, 6, 12
#: Longer texts are cut.
_LONGEST = 60


def rows(
    columns: Sequence[tuple[str, str]], values: Iterable[Sequence[object]], total: int, *, wide: int | None = None
) -> Html:
    """Return the first rows of a table, as they are: no figure is rounded to less than six digits.

    Parameters
    ----------
    columns : sequence of (name, note)
        Columns to show; the note stands small under the name.
    values : iterable of sequences
        Rows, with a value per column shown; only the first `ROWS` are asked for.
    total : int
        Rows that there are.
    wide : int, optional
        Columns that there are, if these are not all.
    """
    listed = [tuple(row) for row in islice(values, ROWS)]
    right = [_of_figures([row[place] for row in listed]) for place in range(len(columns))]
    heads = [
        element("th", name, Html("<br>"), element("small", note), scope="col", class_="number" if figures else None)
        for (name, note), figures in zip(columns, right, strict=True)
    ]
    body = []
    for row in listed:
        cells = zip(row, right, strict=True)
        body.append(element("tr", *(element("td", cell(v), class_="number" if f else None) for v, f in cells)))
    grid = element("table", element("thead", element("tr", *heads)), element("tbody", *body))
    said = f"The first {many(len(listed), 'row')} of {total:,}" if total > len(listed) else many(total, "row")
    if wide is not None and wide > len(columns):
        said += f", {len(columns):,} of {many(wide, 'column')}"
    return join(
        (
            element("div", grid, class_="scroll rows", tabindex="0", role="group", aria_label="Rows"),
            element("p", f"{said}.", class_="empty"),
        )
    )


def _of_figures(cells: Sequence[object]) -> bool:
    known = [value for value in cells if value is not None]
    return bool(known) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in known)


def cell(value: object) -> object:
    """Return a value of a row: what is missing is said, long texts are cut."""
    if value is None:
        return element("small", "missing")
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, bytes):
        return element("small", f"{len(value):,} bytes")
    return cut(value)


def cut(value: object, longest: int = _LONGEST) -> str:
    """Return a text that is cut where it is long."""
    text = str(value)
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


def many(count: int, word: str) -> str:
    """Return a count with its word, e.g. ``"1 row"``, ``"41,188 rows"``."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def names(listed: Sequence[object], most: int = NAMES) -> Html:
    """Return names as code, the first ones, and how many more there are."""
    shown = join((element("code", cut(name)) for name in listed[:most]), " ")
    return join((shown, element("small", f" and {len(listed) - most:,} more"))) if len(listed) > most else shown


def rest(total: int, shown: int, word: str, where: str = "") -> Html | None:
    """Return a line that says how many are not shown, and where they are; None if all are."""
    if total <= shown:
        return None
    hint = (" They are in ", element("code", where), ".") if where else ()
    return element("p", f"{many(total - shown, f'more {word}')}.", *hint, class_="empty")


def lines(
    headers: Sequence[object], rows: Iterable[Sequence[object]], total: int, word: str, *, where: str = ""
) -> Html:
    """Return a table of the first lines of a list, and how many more there are.

    Parameters
    ----------
    headers : sequence
        Names of the columns.
    rows : iterable of sequences
        Lines; only the first `LINES` are asked for.
    total : int
        How many there are.
    word : str
        What a line is about, e.g. ``"column"``.
    where : str, optional
        Expression that gives all of them.
    """
    return join(
        part for part in (table(headers, islice(rows, LINES)), rest(total, LINES, word, where)) if part is not None
    )


def findings(found: Sequence[Finding], where: str = ".findings") -> Html | None:
    """Return the first findings, the gravest first; None where there are none."""
    if not found:
        return None
    # The list itself puts them in order, so what is cut off must be the least grave.
    graded = sorted(found, key=lambda item: ("error", "warning", "info").index(item.severity.value))
    more = rest(len(found), FINDINGS, "finding", where)
    return join(part for part in (finding_list(graded[:FINDINGS]), more) if part is not None)
