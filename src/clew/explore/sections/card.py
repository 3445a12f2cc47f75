"""The card of a column: what it is, how its values are distributed, and their figures."""

from collections.abc import Sequence

from clew.core.finding import Finding
from clew.core.html import Html, badge, element, facts
from clew.core.readable import number, percent
from clew.core.schema import Column, Role
from clew.explore.column import ColumnStatistics

_SHOWN_CHARACTERS = 24


def column_card(
    column: Column,
    known: ColumnStatistics,
    *,
    type_name: str,
    drawing: Html | None,
    findings: Sequence[Finding] = (),
    more: Sequence[tuple[str, object]] = (),
    below: Html | None = None,
    anchor: str | None = None,
) -> Html:
    """Return the card of a column.

    Parameters
    ----------
    column : Column
        Its description.
    known : ColumnStatistics
        Its figures.
    type_name : str
        What the field calls it.
    drawing : Html, optional
        Its chart; without one it says why there is none.
    findings : sequence of Finding
        What is noted about it.
    more : sequence of (str, object)
        Further figures.
    below : Html, optional
        What stands under the figures.
    anchor : str, optional
        ``id`` of the card.
    """
    tags = [badge(type_name), badge(column.dtype)]
    if column.role is not Role.FEATURE:
        tags.insert(0, badge(column.role.value, "good" if column.role is Role.TARGET else "info"))
    tags.extend(badge(item.title, item.severity.value) for item in findings)
    if column.unit:
        tags.append(badge(column.unit))
    return element(
        "article",
        element("h3", column.name),
        element("p", column.description, class_="lead") if column.description else None,
        element("div", *tags, class_="tags"),
        drawing if drawing is not None else element("p", _why_no_chart(known), class_="empty"),
        facts(_facts(known) + list(more)),
        below,
        class_="card",
        id=anchor,
    )


def in_words(column: Column, known: ColumnStatistics) -> str:
    """Return the distribution of a column for people who cannot see its chart."""
    said = f"Distribution of {column.name}: {known.present:,} values, {distinct_words(known)} distinct"
    if known.minimum is not None:
        said += f", from {_end(known.minimum)} to {_end(known.maximum)}"
    return said


def distinct_words(known: ColumnStatistics) -> str:
    """Return how many different values a column has; "about" where that is an estimate."""
    if known.distinct is None:
        return "\N{EN DASH}"
    return f"{'' if known.distinct_exact else 'about '}{known.distinct:,}"


def _why_no_chart(known: ColumnStatistics) -> str:
    return "No row has a value." if not known.present else "No chart."


def _facts(known: ColumnStatistics) -> list[tuple[str, object]]:
    items: list[tuple[str, object]] = [
        ("missing", f"{known.missing:,} ({percent(known.missing_share)})" if known.missing else "none"),
        ("distinct", distinct_words(known)),
    ]
    if known.moments and known.numbers and known.quantiles:
        quartiles = [(name, number(known.quantiles[at])) for name, at in (("25 %", 25), ("median", 50), ("75 %", 75))]
        items += [("mean", number(known.mean)), ("std", number(known.std))]
        items += [("minimum", _end(known.minimum)), *quartiles, ("maximum", _end(known.maximum))]
        items += [("skewness", number(known.skewness, 3))] if known.skewness is not None else []
        counts = (
            ("zeros", "zeros"),
            ("negatives", "negative"),
            ("infinities", "infinite"),
            ("far_outliers", "far out"),
            ("robust_outliers", "beyond 5 RSTD"),
        )
        items += [(word, f"{getattr(known.numbers, n):,}") for n, word in counts if getattr(known.numbers, n)]
    elif known.minimum is not None:
        items += [("earliest", _end(known.minimum)), ("latest", _end(known.maximum))]
    if known.lengths and known.values.items:
        value, count = known.values.items[0]
        shown = str(value) if str(value).strip() else repr(value)
        items.append(("mode", shown if len(shown) <= _SHOWN_CHARACTERS else shown[:_SHOWN_CHARACTERS] + "…"))
        items.append(("its share", percent(count / known.present)))
    if known.lengths:
        items.append(("characters", f"{known.lengths.minimum:,} to {known.lengths.maximum:,}"))
        items += [("blank", f"{known.lengths.blank:,}")] if known.lengths.blank else []
        items += [("padded", f"{known.lengths.padded:,}")] if known.lengths.padded else []
    return items


def _end(value: float | str | None) -> str:
    return number(value) if isinstance(value, int | float) else str(value).replace("T", " ").removesuffix(" 00:00:00")
