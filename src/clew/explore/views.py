"""What exploring finds, for a notebook: the whole look, or one part of it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from clew.core.excerpt import cut, lines, many, names
from clew.core.html import badge, bars, element, facts, fragment, join, pairs, tiles
from clew.core.readable import number, part, percent
from clew.define.metrics import METRICS
from clew.explore.sections.scorecard import scorecard_section

if TYPE_CHECKING:
    from clew.explore.column import ColumnStatistics
    from clew.explore.comparison import Comparison
    from clew.explore.correlations import Correlations
    from clew.explore.insights import Insights
    from clew.explore.principles.scores import Scorecard
    from clew.explore.statistics import TableStatistics

#: Values with a bar.
_VALUES = 8


def scorecard_view(scores: "Scorecard") -> str:
    """Return the four principles with their sub-scores, and what would raise them most."""
    if not scores.principles:
        return fragment(element("p", "No scorecard was made: the look was minimal.", class_="empty"), title="Scorecard")
    return fragment(element("h3", "Scorecard"), scorecard_section(scores, {}).body, title="Scorecard")


def comparison_view(known: "Comparison") -> str:
    """Return how another table differs: columns that came and went, and those that moved, the farthest first."""
    farthest = sorted(known.columns, key=lambda item: -item.distances.get("js", -1.0))
    moved = (
        (
            item.name,
            item.type.value,
            _change(percent(item.data.missing_share), percent(item.other.missing_share)),
            item.distances.get("js"),
            item.distances.get("psi"),
            badge("shifted", "warning") if item.shifted else element("small", item.reason or ""),
        )
        for item in farthest
    )
    differing = {
        "only there": [column.name for column in known.added],
        "only here": [column.name for column in known.removed],
        "another type": [item.name for item in known.retyped],
    }
    apart = {word: names(listed) for word, listed in differing.items() if listed}
    headers = ("Column", "Type", "Missing", "Jensen-Shannon", "PSI", "")
    return fragment(
        element("h3", "Comparison"),
        element("p", f"{many(known.rows, 'row')} beside {known.other_rows:,} of the other table", class_="lead"),
        tiles((("Common columns", f"{len(known.columns):,}"), ("Shifted", f"{len(known.shifted):,}"))),
        pairs(apart) if apart else None,
        lines(headers, moved, len(farthest), "column", where=".columns"),
        title="Comparison",
    )


def _change(one: str, two: str) -> str:
    return one if one == two else f"{one} → {two}"


def insights_view(seen: "Insights") -> str:
    """Return what a closer look shows, in figures; the report has the rows themselves."""
    found = list(_insights(seen))
    shown = pairs(found) if found else element("p", "A closer look shows nothing, or was not taken.", class_="empty")
    return fragment(element("h3", "A closer look"), shown, title="Insights")


def _insights(seen: "Insights") -> Iterator[tuple[str, object]]:
    if seen.quick_model is not None:
        for name, item in seen.quick_model.metrics.items():
            limits = f"{number(item.low)} to {number(item.high)}, {many(item.rows, 'row')}"
            label = METRICS[name].label if name in METRICS else name
            yield f"quick model, {label}", join((number(item.value), " ", element("small", limits)))
    if seen.labels is not None and seen.labels.assessed:
        yield "suspected labels", part(seen.labels.count, seen.labels.rows)
    if seen.anomalous is not None:
        below, scored = percent(seen.anomalous.below_zero), many(seen.anomalous.scored, "row")
        yield "anomalous rows", f"{below} of {scored} scored"
    yield "rows that repeat an earlier one", part(seen.duplicates.again, seen.duplicates.rows)
    if seen.alike is not None:
        yield "near duplicates", many(seen.alike.near, "row")
        if seen.alike.assessed:
            yield "contradicting rows", f"{seen.alike.conflicting:,}"
    if seen.collinearity is not None:
        worst = max(seen.collinearity.vif.items(), key=lambda item: item[1], default=None)
        if worst:
            yield "highest variance inflation", join((number(worst[1], 3), " ", element("code", worst[0])))
    if seen.time is not None:
        yield "order in time", join((element("code", seen.time.column), f", {many(len(seen.time.gaps), 'gap')} listed"))
    if seen.without_say:
        yield "tell nothing about the target", names(seen.without_say)
    if seen.leaking:
        yield "know the answer", names(seen.leaking)


def correlations_view(known: "Correlations") -> str:
    """Return the pairs of columns that go together, the strongest first."""
    sampled = ", drawn at random" if known.sampled else ""
    told = f"{many(len(known.columns), 'column')} on {many(known.rows, 'row')}{sampled}; the strongest pairs first"
    pairs_shown = (
        (
            element("span", pair.one, " and ", pair.other),
            pair.measure.replace("cramers_v", "Cramér's V"),
            round(pair.value, 3),
            "" if pair.low is None else f"{number(round(pair.low, 2))} to {number(round(pair.high or 0.0, 2))}",
            pair.rows,
        )
        for pair in known.pairs
    )
    return fragment(
        element("h3", "Correlations"),
        element("p", told, class_="lead"),
        lines(("Columns", "Measure", "Value", "95 %", "Rows"), pairs_shown, len(known.pairs), "pair", where=".pairs"),
        title="Correlations",
    )


def statistics_view(known: "TableStatistics") -> str:
    """Return a line about each column."""
    listed = (
        (
            item.name,
            item.kind.value,
            percent(item.missing_share),
            distinct(item),
            item.mean if item.moments else None,
            item.std if item.moments else None,
            centre(item),
        )
        for item in known.columns.values()
    )
    headers = ("Column", "Kind", "Missing", "Distinct", "Mean", "Deviation", "Median or mode")
    told = f"{many(known.rows, 'row')}, {many(len(known.columns), 'column')}"
    return fragment(
        element("h3", "Statistics"),
        element("p", told, class_="lead"),
        lines(headers, listed, len(known.columns), "column", where=".columns"),
        title="Statistics",
    )


def column_statistics_view(known: "ColumnStatistics") -> str:
    """Return the figures of one column, and its most frequent values."""
    items: list[tuple[str, object]] = [
        ("missing", f"{known.missing:,} ({percent(known.missing_share)})"),
        ("distinct", distinct(known)),
    ]
    if known.moments:
        items += [("mean", number(known.mean)), ("deviation", number(known.std))]
    for name, value in (("minimum", known.minimum), ("maximum", known.maximum)):
        if value is not None:
            items.append((name, number(value) if isinstance(value, int | float) else str(value).replace("T", " ")))
    if known.quantiles and known.moments:
        items += [(name, number(known.quantiles[at])) for name, at in (("25 %", 25), ("median", 50), ("75 %", 75))]
    counted = list(known.values.items[:_VALUES]) if known.present and not known.moments else []
    frequent = [(cut(value), count / known.present, percent(count / known.present)) for value, count in counted]
    return fragment(
        element("h3", known.name),
        element("div", badge(known.kind.value), " ", badge(known.dtype), class_="tags"),
        facts(items),
        bars(frequent, label="Most frequent values") if frequent else None,
        title=f"Statistics of {known.name}",
    )


def distinct(known: "ColumnStatistics") -> str:
    """Return how many distinct values there are, as far as that is known."""
    if known.distinct is None:
        return number(None)
    return f"{'' if known.distinct_exact else 'about '}{known.distinct:,}"


def centre(known: "ColumnStatistics") -> str:
    """Return the median of numbers, else the most frequent value."""
    if known.moments and known.quantiles:
        return number(known.quantiles[50])
    return cut(known.values.items[0][0]) if known.values.items else number(None)
