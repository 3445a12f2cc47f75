"""A profile as a page: what there is, what deserves attention, and a card for every column."""

import re
from collections import defaultdict

from clew.core.excerpt import findings, lines
from clew.core.finding import Finding, Severity
from clew.core.html import (
    Entry,
    Html,
    Section,
    bars,
    chart,
    element,
    finding_list,
    fragment,
    join,
    legend,
    page,
    tiles,
)
from clew.core.progress import Progress, silent
from clew.core.readable import number, percent, size
from clew.core.schema import Column
from clew.explore.charts import render
from clew.explore.column import ColumnStatistics
from clew.explore.pictures import MAX_BARS
from clew.explore.profiled import Profiled
from clew.explore.sections.card import column_card, distinct_words, in_words
from clew.explore.sections.column import pattern_list, timeline_facts
from clew.explore.sections.comparison import comparison_section
from clew.explore.sections.correlations import correlations_section
from clew.explore.sections.definitions import definitions_section
from clew.explore.sections.missing import missing_section
from clew.explore.sections.quick_model import quick_model_section
from clew.explore.sections.rows import rows_section
from clew.explore.sections.scorecard import scorecard_section
from clew.explore.sections.target import target_section
from clew.explore.sections.together import collinearity_section, time_section

#: In a wider table only this many columns get a chart: the target, the most telling and the conspicuous ones first.
MAX_CHARTS = 150
_MAX_BARS = 20


def profile_page(profiled: Profiled, *, progress: Progress = silent) -> str:
    """Return the page of a profile.

    Parameters
    ----------
    profiled : Profiled
        The numbers.
    progress : Progress, default silent
        Told the name of each column that is drawn.
    """
    anchors = {column.name: f"column-{position}" for position, column in enumerate(profiled.schema)}
    sections = [
        Section("overview", "Overview", _overview(profiled), _sample_words(profiled)),
        *([scorecard_section(profiled.scorecard, anchors)] if profiled.scorecard.principles else []),
        Section("findings", "Findings", finding_list(profiled.findings, anchors=anchors), _finding_words(profiled)),
    ]
    if profiled.associations:
        lead = (
            "How much each feature alone says about the target on rows that had no say: 0 is a guess, 1 is certainty. "
            "Features that matter only together do not show here."
        )
        sections.append(Section("power", "Predictive power", _power(profiled, anchors), lead))
    if profiled.comparison:
        sections.insert(1, comparison_section(profiled.comparison, anchors))
    for build in (target_section, correlations_section, missing_section):
        section = build(profiled, anchors)
        if section:
            sections.append(section)
    sections.extend(_closer(profiled, anchors))
    entries = [Entry(anchors[column.name], column.name, _type(profiled, column)) for column in profiled.schema]
    cards = _cards(profiled, anchors, progress)
    sections.append(Section("columns", "Columns", cards, _column_words(profiled), entries))
    sections.append(definitions_section())
    return page(f"Profile of {_title(profiled.source)}", sections, subtitle=_subtitle(profiled))


def _closer(profiled: Profiled, anchors: dict[str, str]) -> list[Section]:
    """Return the sections of a closer look, as far as there is something to see."""
    seen = profiled.insights
    built = (
        quick_model_section(seen.quick_model, anchors),
        rows_section(seen, profiled.rows),
        collinearity_section(seen.collinearity, anchors),
        time_section(seen.time, seen.seasonal),
    )
    return [section for section in built if section is not None]


def profile_fragment(profiled: Profiled) -> str:
    """Return a profile for a notebook: overview, findings and a table of the columns."""
    shown = (
        (c.name, _type(profiled, profiled.schema[c.name]), percent(c.missing_share), distinct_words(c), _centre(c))
        for c in profiled.columns
    )
    headers = ("Column", "Type", "Missing", "Distinct", "Typical")
    return fragment(
        element("h3", f"Profile of {_title(profiled.source)}"),
        _overview(profiled),
        findings(profiled.findings) or finding_list(()),
        lines(
            headers,
            shown,
            len(profiled.columns),
            "column",
            where=".columns",
        ),
        title="Profile",
    )


def _title(source: str) -> str:
    """Return the last part of a path, without the folders that are nobody's business."""
    return re.split(r"[/\\]", source.rstrip("/\\"))[-1] or source


def _type(profiled: Profiled, column: Column) -> str:
    known = profiled.types.get(column.name)
    return known.value if known else column.kind.value


def _sample_words(profiled: Profiled) -> str:
    if profiled.sample is None:
        return ""
    charts = " and charts" if profiled.task else ""
    return (
        f"The table is larger than what is held in memory. Statistics, missing values and timelines are of all "
        f"{profiled.sample.of:,} rows; most findings, predictive power, correlations, the target by feature, text "
        f"patterns{charts} are from {profiled.sample.rows:,} rows drawn at random (seed {profiled.sample.seed})."
    )


def _subtitle(profiled: Profiled) -> str:
    size_words = f"{profiled.rows:,} rows, {len(profiled.columns):,} columns"
    if profiled.target is None:
        return size_words
    return f"{size_words}; target {profiled.target}" + (f" ({profiled.task.value})" if profiled.task else "")


def _overview(profiled: Profiled) -> Html:
    kinds: dict[str, int] = defaultdict(int)
    for column in profiled.schema:
        kinds[_type(profiled, column)] += 1
    graded = [(grade.value, sum(f.severity is grade for f in profiled.findings)) for grade in reversed(Severity)]
    said = ", ".join(f"{count} {name}" for name, count in graded if count)
    affected = sum(column.missing > 0 for column in profiled.columns)
    return tiles(
        (
            ("Rows", f"{profiled.rows:,}"),
            ("Columns", f"{len(profiled.columns):,}", ", ".join(f"{count} {name}" for name, count in kinds.items())),
            ("Missing cells", percent(profiled.missing_share), f"in {affected} of {len(profiled.columns)} columns"),
            (
                "Repeated rows",
                f"{'' if profiled.repeated_exact else 'about '}{profiled.repeated_rows:,}",
                percent(profiled.repeated_rows / profiled.rows) if profiled.rows else "",
            ),
            ("Memory", size(profiled.size_bytes)),
            ("Findings", f"{len(profiled.findings)}", said),
        )
    )


def _finding_words(profiled: Profiled) -> str:
    return (
        "The gravest first. A remedy is a step of a recipe; it is a proposal, not a verdict."
        if profiled.findings
        else ""
    )


def _power(profiled: Profiled, anchors: dict[str, str]) -> Html:
    shown = profiled.associations[:_MAX_BARS]
    items = [
        (element("a", item.feature, href=f"#{anchors[item.feature]}"), item.power, f"{item.power:.2f}")
        for item in shown
    ]
    rest = len(profiled.associations) - len(shown)
    more = element("p", f"{rest} weaker ones are not shown.", class_="lead") if rest else None
    return join((bars(items, label="Predictive power of single features"), *([more] if more else [])))


def _column_words(profiled: Profiled) -> str:
    words = []
    if profiled.task and profiled.target:
        words.append(f"Colours show the target {profiled.target}; rows without it are not drawn.")
    if len(profiled.pictures) > MAX_CHARTS:
        words.append(
            f"Of {len(profiled.columns):,} columns {MAX_CHARTS} are drawn: the target, and those that tell most about "
            "it or have findings."
        )
    return " ".join(words)


def _cards(profiled: Profiled, anchors: dict[str, str], progress: Progress) -> Html:
    found: dict[str, list[Finding]] = defaultdict(list)
    for item in profiled.findings:
        if item.column is not None:
            found[item.column].append(item)
    drawn = _drawn(profiled, found)
    cards = []
    for position, column in enumerate(profiled.schema):
        known = profiled.statistics[column.name]
        drawing: Html | None = None
        if column.name in drawn:
            progress(f"drawing {column.name}", position / len(profiled.schema))
            svg = render(profiled.pictures[column.name], profiled.parts)
            drawing = chart(svg, label=in_words(column, known), caption=profiled.pictures[column.name].note)
        cards.append(_card(profiled, column, drawing, found[column.name], anchors[column.name]))
    colours = legend(profiled.parts.names, ranked=profiled.parts.ranked) if len(profiled.parts.names) > 1 else Html()
    return join((colours, element("div", *cards, class_="cards")))


def _drawn(profiled: Profiled, found: dict[str, list[Finding]]) -> set[str]:
    power = {item.feature: item.power for item in profiled.associations}
    names = list(profiled.pictures)
    if len(names) > MAX_CHARTS:
        target = profiled.target
        names.sort(key=lambda name: (name != target, not found[name], -power.get(name, 0.0)))
    return set(names[:MAX_CHARTS])


def _card(profiled: Profiled, column: Column, drawing: Html | None, found: list[Finding], anchor: str) -> Html:
    known = profiled.statistics[column.name]
    return column_card(
        column,
        known,
        type_name=_type(profiled, column),
        drawing=drawing,
        findings=found,
        more=_more_facts(profiled, column.name),
        below=_texts(profiled, known),
        anchor=anchor,
    )


def _more_facts(profiled: Profiled, name: str) -> list[tuple[str, object]]:
    items: list[tuple[str, object]] = []
    if profiled.disguised.get(name):
        items.append(("may mean missing", f"{profiled.disguised[name]:,}"))
    if profiled.unreadable.get(name):
        items.append(("unreadable", f"{profiled.unreadable[name]:,}"))
    return items + (timeline_facts(profiled.timelines[name]) if name in profiled.timelines else [])


def _texts(profiled: Profiled, known: ColumnStatistics) -> Html | None:
    """Return the patterns of texts, save where the chart shows every text itself."""
    shown = known.values.exact and (known.distinct or 0) <= MAX_BARS
    if shown or known.name not in profiled.patterns:
        return None
    return pattern_list(profiled.patterns[known.name], opened=not known.values.exact)


def _centre(known: ColumnStatistics) -> str:
    if known.moments and known.quantiles:
        return number(known.quantiles[50])
    if known.values.items:
        return str(known.values.items[0][0])
    return "\N{EN DASH}"
