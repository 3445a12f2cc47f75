"""Numbers that say the same together, and values in the order of time."""

from collections.abc import Mapping, Sequence

from clew.core.html import Html, Section, bars, element, pairs, table
from clew.core.readable import number, percent
from clew.explore.probe.collinear import CAP, HIGH, Collinearity
from clew.explore.series.axis import TimeAxis
from clew.explore.series.seasonal import THRESHOLD, SeriesPart

_ROWS, _COMPONENTS = 20, 10


def collinearity_section(known: Collinearity | None, anchors: Mapping[str, str]) -> Section | None:
    """Return what follows from what; None with fewer than two numbers.

    Parameters
    ----------
    known : Collinearity, optional
        The numbers.
    anchors : mapping of str to str
        Column → ``id`` of its card.
    """
    if known is None:
        return None
    ranked = sorted(known.columns, key=lambda name: -known.vif[name])
    rows = [(_link(name, anchors), _factor(known.vif[name]), _coefficient(known, name)) for name in ranked[:_ROWS]]
    heads = ("Column", "Variance inflation", "Lasso coefficient") if known.lasso else ("Column", "Variance inflation")
    listed = table(heads, (row[: len(heads)] for row in rows))
    rest = len(ranked) - len(rows)
    more = element("p", f"{rest} columns with lower factors are not shown.", class_="lead") if rest > 0 else None
    shares = [
        (f"component {position + 1}", share, percent(share))
        for position, share in enumerate(known.variances[:_COMPONENTS])
    ]
    words = (
        f"Principal components of the standardised columns. Even bars mean that each says something of its own; here "
        f"{len(known.columns)} columns are worth {number(known.effective, 3)} independent ones."
    )
    drawn = element(
        "div",
        element("h3", "Variances"),
        element("p", words, class_="lead"),
        bars(shares, label="Share of the variance on each principal component"),
        class_="part",
    )
    lead = (
        f"Variance inflation is 1 / (1 - R²) of a column given all other numbers: 1 is independent, {HIGH:g} is high, "
        f"and beyond {CAP:g} is not told apart. A lasso gives 0 to what the others say better; its penalty was chosen "
        "by the BIC."
    )
    body = element("div", *(part for part in (listed, more, drawn) if part), class_="fit")
    return Section("collinearity", "Collinear numbers", body, lead)


def _link(name: str, anchors: Mapping[str, str]) -> Html:
    return element("a", name, href=f"#{anchors[name]}") if name in anchors else element("span", name)


def _factor(value: float) -> str:
    return f"{CAP:g} or more" if value >= CAP else number(value, 3)


def _coefficient(known: Collinearity, name: str) -> str:
    value = known.lasso.get(name)
    return "\N{EN DASH}" if value is None else "0" if value == 0 else number(value, 2)


def time_section(axis: TimeAxis | None, parts: Sequence[SeriesPart]) -> Section | None:
    """Return the order in time; None without one.

    Parameters
    ----------
    axis : TimeAxis, optional
        Distances, gaps and repetitions.
    parts : sequence of SeriesPart
        Season, trend and anomalies of columns.
    """
    if axis is None:
        return None
    facts = [("moments", f"{axis.moments:,}"), ("usual distance", _distance(axis.step))]
    if axis.covered is not None:
        facts.append(("missing", f"{axis.missing:,}, so {percent(axis.covered)} of the expected ones are there"))
    facts.append(("rows at an earlier row's moment", f"{axis.repeated:,}"))
    shown: list[Html] = [pairs(facts)]
    if axis.gaps:
        rows = [(str(gap["after"]), str(gap["before"]), f"{gap['missing']:,}") for gap in axis.gaps]
        shown.append(table(("Gap after", "and before", "Missing"), rows, caption="The longest gaps"))
    if parts:
        shown.append(_series(parts))
    origin = "has the role of time" if axis.declared else "is the only column of moments, and the rows are in its order"
    of_groups = f" Each {' and '.join(axis.by)} is a series of its own." if axis.by else ""
    return Section(
        "time",
        "In the order of time",
        element("div", *shown, class_="fit"),
        f"The column {axis.column} {origin}.{of_groups}",
    )


def _series(parts: Sequence[SeriesPart]) -> Html:
    rows = [
        (part.column, part.period, round(part.seasonal, 2), round(part.trending, 2), part.count, _worst(part))
        for part in parts
    ]
    words = (
        f"Season, trend and rest (STL) of the latest {max(part.points for part in parts):,} moments. Strengths go from "
        f"0 to 1; an anomaly lies more than {THRESHOLD:g} robust standard deviations from what season and trend lead "
        "to expect. Many of them mean that the series has another season as well."
    )
    heads = ("Column", "Steps a season", "Season", "Trend", "Anomalies", "The farthest")
    return element(
        "div", element("h3", "Season and trend"), element("p", words, class_="lead"), table(heads, rows), class_="part"
    )


def _worst(part: SeriesPart) -> str:
    if not part.anomalies:
        return ""
    worst = part.anomalies[0]
    return f"{worst['moment']}: {number(worst['value'])} instead of {number(worst['expected'])}"


def _distance(step: float | None) -> str:
    if step is None:
        return "none that most neighbours have"
    for length, name in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if step >= length:
            count = step / length
            return f"1 {name}" if count == 1 else f"{number(count)} {name}s"
    return f"{number(step)} seconds"
