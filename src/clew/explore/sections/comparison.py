"""Two tables side by side, as a section of the page: columns that came and went, and those that moved."""

from collections.abc import Mapping

from clew.core.html import PALETTE, Html, Section, badge, chart, element, facts, join, legend, table, tiles
from clew.core.readable import number, percent
from clew.core.schema import Column
from clew.explore.cells_chart import cells_chart
from clew.explore.column import ColumnStatistics
from clew.explore.comparison import ColumnComparison, Comparison
from clew.explore.overlay_chart import overlay_chart

#: Columns drawn: those that moved, the farthest first, and those at least so far apart (Jensen-Shannon distance).
_MOST_CHARTS, _APART = 40, 0.05
#: What the two tables are called.
THIS, OTHER = "this table", "the other"


def comparison_section(
    known: Comparison, anchors: Mapping[str, str], names: tuple[str, str] = (THIS, OTHER)
) -> Section:
    """Return the section.

    Parameters
    ----------
    known : Comparison
        The numbers.
    anchors : mapping of str to str
        Column → ``id`` of its card, where there is one.
    names : tuple of two str
        What the two tables are called.
    """
    parts = [_tiles(known, names), _schema(known, names), _all(known, anchors)]
    drawn = [item for item in _farthest(known) if item.shifted or item.distances.get("js", 0.0) >= _APART]
    if drawn:
        parts.append(element("h3", "Side by side, the farthest apart first"))
        parts.append(legend(names))
        parts.append(element("div", *(_card(item, names) for item in drawn[:_MOST_CHARTS]), class_="cards"))
    title = f"{names[0][0].upper()}{names[0][1:]}"
    lead = (
        f"{title} beside {_title(known.source)}. Shifted means that the population stability index is above 0.2 "
        "and above what chance does to so many rows."
    )
    return Section("comparison", "Comparison", join(parts), lead)


def _title(source: str) -> str:
    return source.replace("\\", "/").rstrip("/").split("/")[-1] or source


def _farthest(known: Comparison) -> list[ColumnComparison]:
    return sorted(known.columns, key=lambda item: -item.distances.get("js", -1.0))


def _tiles(known: Comparison, names: tuple[str, str]) -> Html:
    this, other = names
    return tiles(
        (
            ("Rows", f"{known.other_rows:,}", f"{this} {known.rows:,}"),
            ("Common columns", f"{len(known.columns):,}"),
            (f"Only in {other}", f"{len(known.added):,}"),
            (f"Only in {this}", f"{len(known.removed):,}"),
            ("Of another type", f"{len(known.retyped):,}"),
            ("Shifted", f"{len(known.shifted):,}"),
        )
    )


def _schema(known: Comparison, names: tuple[str, str]) -> Html:
    this, other = names
    lines: list[tuple[object, ...]] = []
    lines += [(column.name, f"only in {other}", "", _type(column)) for column in known.added]
    lines += [(column.name, f"only in {this}", _type(column), "") for column in known.removed]
    lines += [
        (
            item.name,
            "another type",
            f"{item.type.value}, {item.column.dtype}",
            f"{item.other_type.value}, {item.other_column.dtype}",
        )
        for item in known.retyped
    ]
    if not lines:
        return element("p", "Both have the same columns, of the same types.", class_="lead")
    return table(("Column", "What changed", this.capitalize(), other.capitalize()), lines)


def _type(column: Column) -> str:
    return f"{column.kind.value}, {column.dtype}"


def _all(known: Comparison, anchors: Mapping[str, str]) -> Html:
    rows = []
    for item in _farthest(known):
        moved = [badge("shifted", "warning")] if item.shifted else []
        moved += [badge("missing changed", "warning")] if item.missing_changed else []
        js, psi = item.distances.get("js"), item.distances.get("psi")
        far = item.distances.get("ks", item.distances.get("cramers_v"))
        rows.append(
            (
                element("a", item.name, href=f"#{anchors[item.name]}") if item.name in anchors else item.name,
                element("span", item.type.value, class_="word"),
                _change(percent(item.data.missing_share), percent(item.other.missing_share)),
                _change(_centre(item.data), _centre(item.other)),
                *(None if value is None else round(value, 3) for value in (js, psi, far)),
                join(moved, " ") if moved else element("small", item.reason) if item.reason else "",
            )
        )
    heads = ("Column", "Type", "Missing", "Median or mode", "Jensen-Shannon", "PSI", "KS or Cramér's V", "")
    sketched = any(not side.quantiles_exact for item in known.columns for side in (item.data, item.other))
    said = "Distances of columns with many values are read off sketches of their distributions: near the true ones."
    return join([table(heads, rows), element("p", said, class_="lead") if sketched else ""])


def _change(one: str, two: str) -> str:
    return one if one == two else f"{one} → {two}"


def _centre(known: ColumnStatistics) -> str:
    if known.moments and known.quantiles:
        return number(known.quantiles[50])
    if known.values.items and known.lengths:
        text = str(known.values.items[0][0])
        return text if len(text) <= 24 else f"{text[:24]}…"
    return number(None) if known.minimum is None else str(known.minimum).replace("T", " ")


def _card(item: ColumnComparison, names: tuple[str, str]) -> Html:
    drawing = (
        overlay_chart(item.overlay, names, time=item.data.family.value == "moment")
        if item.overlay
        else cells_chart(item.cells, *names, colours=PALETTE[:2])
        if item.cells
        else ""
    )
    spelt = {"js": "Jensen-Shannon", "psi": "PSI", "ks": "Kolmogorov-Smirnov", "cramers_v": "Cramér's V"}
    figures: list[tuple[str, object]] = [(spelt[key], number(value, 3)) for key, value in item.distances.items()]
    for word, values in (("new labels", item.new_values), ("gone labels", item.gone_values)):
        if values:
            figures.append((word, f"{len(values):,} in {sum(values.values()):,} rows"))
    if item.data.mean is not None and item.other.mean is not None:
        figures.append(("mean", _change(number(item.data.mean), number(item.other.mean))))
    return element(
        "article",
        element("h3", item.name),
        element("div", badge("shifted", "warning"), class_="tags") if item.shifted else None,
        chart(drawing, label=f"{item.name} in both tables"),
        facts(figures),
        class_="card",
    )
