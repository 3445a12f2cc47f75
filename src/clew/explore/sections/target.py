"""The target along the most telling features, as a section of the page: small charts made of text and boxes."""

from collections.abc import Mapping, Sequence

from clew.core.html import Html, Section, element
from clew.core.readable import number
from clew.explore.profiled import Profiled
from clew.explore.target_views import TargetBin, TargetView

#: A longer name of a bin stands above its track.
_LONG = 17
#: Bins with fewer rows, or less than this share of them, do not stretch the axis.
_FEW_ROWS, _FEW_SHARE = 10, 0.005


def target_section(profiled: Profiled, anchors: Mapping[str, str]) -> Section | None:
    """Return the section; None where no feature says anything about a target.

    Parameters
    ----------
    profiled : Profiled
        The numbers.
    anchors : mapping of str to str
        Column → ``id`` of its card.
    """
    if not profiled.views:
        return None
    lead = target_lead(profiled.views)
    if profiled.sample:
        lead += f" Counted on {profiled.sample.rows:,} rows drawn at random."
    links = {name: f"#{anchor}" for name, anchor in anchors.items()}
    return Section("target", "The target by feature", target_cards(profiled.views, links, profiled.target or ""), lead)


def target_lead(views: Sequence[TargetView]) -> str:
    """Say what the cards show."""
    what = "mean" if views[0].label is None else "share"
    return (
        f"The {what} of the target along the features that say most about it, with 95 % intervals; the dashed line is "
        "that of all rows. Features act together, so none of this is a cause."
    )


def target_cards(views: Sequence[TargetView], links: Mapping[str, str], target: str) -> Html:
    """Return a card for each feature.

    Parameters
    ----------
    views : sequence of TargetView
        The numbers.
    links : mapping of str to str
        Column → address that shows it.
    target : str
        Name of the target.
    """
    return element("div", *(_card(view, links[view.feature], target) for view in views), class_="cards")


def _card(view: TargetView, link: str, target: str) -> Html:
    low, high = _range(view)
    said = f"mean of {target}" if view.label is None else f"share of {target} = {view.label}"
    lines = (_line(item, view, low, high) for item in view.bins)
    long = any(len(item.label) > _LONG for item in view.bins)
    return element(
        "article",
        element("h3", element("a", view.feature, href=link)),
        element("p", f"{said}; over all {view.rows:,} rows {_figure(view.overall, view)}", class_="lead"),
        element("ul", *lines, class_="dots long" if long else "dots"),
        class_="card",
    )


def _range(view: TargetView) -> tuple[float, float]:
    """Return the ends of the axis: shares start at 0, means where the lowest interval does."""
    ends = [view.overall, *(item.value for item in view.bins)]
    for item in view.bins:
        if item.rows >= max(_FEW_ROWS, _FEW_SHARE * view.rows):
            ends += [end for end in (item.low, item.high) if end is not None]
    low, high = min(ends), max(ends)
    if view.label is not None:
        return 0.0, min(1.0, high * 1.04) or 1.0
    pad = (high - low) * 0.04 or 1.0
    return low - pad, high + pad


def _line(item: TargetBin, view: TargetView, low: float, high: float) -> Html:
    def at(value: float) -> float:
        return 100 * min(max((value - low) / (high - low), 0.0), 1.0)

    marks = [element("i", class_="overall", style=f"left:{at(view.overall):.2f}%")]
    words = f"{item.label}: {_figure(item.value, view)}"
    if item.low is not None and item.high is not None:
        start, stop = at(item.low), at(item.high)
        marks.append(element("i", class_="range", style=f"left:{start:.2f}%;width:{stop - start:.2f}%"))
        words += f" ({_figure(item.low, view)} to {_figure(item.high, view)})"
    marks.append(element("i", class_="mean", style=f"left:{at(item.value):.2f}%"))
    words += f", {item.rows:,} {'row' if item.rows == 1 else 'rows'}"
    return element(
        "li",
        element("span", item.label, class_="name", title=item.label),
        element("span", *marks, class_="track", role="img", aria_label=words, title=words),
        element("span", _figure(item.value, view), class_="number"),
        element("small", f"{item.rows:,}", class_="number"),
    )


def _figure(value: float, view: TargetView) -> str:
    return number(value) if view.label is None else f"{100 * value:.1f} %"
