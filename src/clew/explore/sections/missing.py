"""Which values are missing together, as a section of the page."""

from collections.abc import Mapping

from clew.core.html import Html, Section, element, join, table
from clew.core.readable import percent
from clew.explore.missingness import MissingPatterns
from clew.explore.profiled import Profiled

#: Combinations shown, columns of the grid, and pairs.
_COMBINATIONS, _GRID, _PAIRS = 12, 24, 10


def missing_section(profiled: Profiled, anchors: Mapping[str, str]) -> Section | None:
    """Return the section; None where nothing is missing.

    Parameters
    ----------
    profiled : Profiled
        The numbers.
    anchors : mapping of str to str
        Column → ``id`` of its card.
    """
    known = profiled.missing
    if known is None or not known.columns or not known.rows:
        return None
    lead = (
        f"{known.complete:,} of {known.rows:,} rows ({percent(known.complete / known.rows)}) lack nothing. A line is a "
        "combination of columns that are missing in the same rows."
    )
    if len(known.columns) < sum(column.missing > 0 for column in profiled.columns):
        lead += f" Looked at are the {len(known.columns)} columns that miss most."
    parts = [_combinations(known, anchors)]
    pairs = known.pairs()[:_PAIRS]
    if pairs:
        words = "Columns whose gaps go together (1) or exclude each other (-1): the phi coefficient."
        rows = (
            (" and ".join(pair["columns"]), round(float(pair["correlation"]), 3), int(pair["together"]))
            for pair in pairs
        )
        parts.append(element("h3", "Gaps that go together"))
        parts.append(element("p", words, class_="lead"))
        parts.append(table(("Columns", "Correlation", "Rows without both"), rows))
    return Section("missing", "Missing values", join(parts), lead)


def _combinations(known: MissingPatterns, anchors: Mapping[str, str]) -> Html:
    listed = known.combinations()[:_COMBINATIONS]
    most = max(count for _, count in listed)
    grid = known.columns if len(known.columns) <= _GRID else ()
    heads = [element("th", element("a", name, href=f"#{anchors[name]}"), scope="col", class_="up") for name in grid]
    head = element("tr", *heads, element("th", "missing", scope="col") if not grid else None, element("th", "rows"), "")
    lines = [_line(names, count, known.rows, most, grid) for names, count in listed]
    rest = known.rows - sum(count for _, count in listed)
    if rest:
        said = f"other combinations: {rest:,} rows ({percent(rest / known.rows)})"
        lines.append(element("tr", element("td", said, colspan=str(len(grid or "1") + 2), class_="rest")))
    body = element("table", element("thead", head), element("tbody", *lines), class_="combinations")
    return element(
        "div", body, class_="scroll", tabindex="0", role="group", aria_label="Combinations of missing values"
    )


def _line(names: tuple[str, ...], count: int, rows: int, most: int, grid: tuple[str, ...]) -> Html:
    gone = set(names)
    dots = [element("td", "\N{BLACK CIRCLE}" if name in gone else "", class_="dot", title=name) for name in grid]
    said = None if grid else element("td", ", ".join(names) if names else "nothing")
    width = f"width:{100 * count / most:.1f}%"
    bar = element("span", element("span", style=width), class_="bar")
    return element(
        "tr",
        *dots,
        said,
        element("td", f"{count:,}", class_="number"),
        element("td", bar, element("small", percent(count / rows)), class_="measure"),
        class_=None if names else "whole",
    )
