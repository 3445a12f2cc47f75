"""How the columns go together, as a section of the page: a map of all pairs, and the strongest of them in figures."""

from collections.abc import Callable, Mapping

from clew.core.html import Html, Section, element, join, table
from clew.core.readable import number
from clew.explore.correlations import Correlation, Correlations
from clew.explore.profiled import Profiled

#: Pairs listed, and columns up to which a cell of the map shows its figure.
_LISTED, _FIGURES = 15, 18
#: What the measures are called.
MEASURES = {
    "spearman": "Spearman",
    "cramers_v": "Cramér's V",
    "eta": "correlation ratio \N{GREEK SMALL LETTER ETA}",
}


def correlations_section(profiled: Profiled, anchors: Mapping[str, str]) -> Section | None:
    """Return the section; None where no two columns can be related.

    Parameters
    ----------
    profiled : Profiled
        The numbers.
    anchors : mapping of str to str
        Column → ``id`` of its card.
    """
    known = profiled.correlations
    if not known.pairs:
        return None
    body = join(
        (
            correlations_map(known, {name: f"#{anchor}" for name, anchor in anchors.items()}, profiled.target),
            element("h3", "The strongest pairs"),
            strongest_pairs(known),
        )
    )
    return Section(
        "correlations",
        "Correlations",
        body,
        lead_of(known, sampled=known.sampled or profiled.sample is not None, ranked=bool(profiled.associations)),
    )


def lead_of(known: Correlations, *, sampled: bool, ranked: bool) -> str:
    """Say how the pairs are measured, on which rows, and what is left out."""
    words = (
        "Rank correlation for two numbers, Cramér's V for two labels, the correlation ratio for one of each; corrected "
        "for chance. Blue goes up together, orange against each other."
    )
    if sampled:
        words += f" Measured on {known.rows:,} rows drawn at random."
    if known.left_out:
        why = "those that say least about the target" if ranked else "the last ones"
        words += f" {len(known.left_out)} more columns are left out: {why}."
    return words


def _strongest(known: Correlations) -> tuple[Correlation, ...]:
    return known.pairs[:_LISTED]


def strongest_pairs(known: Correlations) -> Html:
    """Return the figures of the strongest pairs as a table."""
    heads = ("Columns", "Measure", "Strength", "95 % interval", "Beside it", "Rows")
    return table(heads, map(_row, _strongest(known)))


def _row(pair: Correlation) -> tuple[object, ...]:
    interval = "" if pair.low is None else f"{figure(pair.low)} to {figure(pair.high)}"
    beside = f"Pearson {figure(pair.pearson)}" if pair.pearson is not None else ""
    if pair.information is not None:
        beside = f"shared information {figure(pair.information)}"
    return f"{pair.one} and {pair.other}", MEASURES[pair.measure], _signed(pair.value), interval, beside, pair.rows


def _signed(value: float) -> Html:
    return element("span", figure(value), class_="figure")


def figure(value: float | None) -> str:
    """Return a measure with two digits; a dash where there is none."""
    if value is None:
        return number(None)
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")


def correlations_map(
    known: Correlations,
    links: Mapping[str, str],
    target: str | None,
    pair_link: Callable[[str, str], str] | None = None,
) -> Html:
    """Return the lower half of the matrix: a cell per pair, as deep in colour as the pair is strong.

    Parameters
    ----------
    known : Correlations
        The numbers.
    links : mapping of str to str
        Column → address that shows it.
    target : str, optional
        Column to predict.
    pair_link : callable, optional
        Takes two columns and returns the address that shows them together.
    """
    pairs = {(pair.one, pair.other): pair for pair in known.pairs}
    small = len(known.columns) > _FIGURES
    lines = []
    for place, name in enumerate(known.columns):
        head = element("a", name, href=links[name])
        cells = [
            _cell(pairs.get((other, name)), (other, name), pair_link, small=small) for other in known.columns[:place]
        ]
        own = element("td", class_="self")
        lines.append(
            element("tr", element("th", head, scope="row", class_="target" if name == target else None), *cells, own)
        )
    foot = [element("th", element("span", name), scope="col", class_="up") for name in known.columns]
    content = element(
        "table",
        element("tbody", *lines),
        element("tfoot", element("tr", element("td"), *foot)),
        class_="heat small" if small else "heat",
    )
    return element("div", content, class_="scroll", tabindex="0", role="group", aria_label="Map of correlations")


def _cell(
    pair: Correlation | None, names: tuple[str, str], link: Callable[[str, str], str] | None, *, small: bool
) -> Html:
    one, other = names
    if pair is None:
        return element("td", "" if small else "\N{EN DASH}", class_="none", title=f"{one}, {other}: not measured")
    tone = "down" if pair.value < 0 else "up"
    strength = f"--v:{100 * min(abs(pair.value), 1.0):.0f}%"
    said = f"{one}, {other}: {MEASURES[pair.measure]} {figure(pair.value)}"
    shown: Html | str = "" if small else figure(pair.value)
    if link is not None:
        shown = element("a", shown, href=link(one, other), aria_label=said)
    return element("td", shown, class_=tone, style=strength, title=said)
