"""The four principles, their sub-scores with evidence on demand, and what would raise them most."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from clew.core.html import Html, Section, element, evidence, join, pairs, prose, spelt_step

if TYPE_CHECKING:
    from clew.explore.principles.scores import Fix, Principle, Scorecard, SubScore

#: From which score on a principle is good, fair or poor; accuracy and completeness are judged more strictly.
_GRADES = {
    "relevance": (0.75, 0.45, 0.2),
    "diversity": (0.85, 0.6, 0.4),
    "completeness": (0.97, 0.9, 0.75),
    "accuracy": (0.99, 0.97, 0.9),
}
#: What the cards show.
SCORECARD_LEAD = (
    "Is this data set good for its purpose? Each score is the product of its sub-scores from 0 to 1; open one to "
    "see what it counts. Each flaw counts once, and what cannot be assessed does not count."
)
_TONES = ("good", "info", "warning", "error")
_WORDS = {"good": "good", "info": "fair", "warning": "poor", "error": "bad", "quiet": "not assessed"}


def scorecard_section(scores: "Scorecard", anchors: Mapping[str, str]) -> Section:
    """Return the section.

    Parameters
    ----------
    scores : Scorecard
        The numbers.
    anchors : mapping of str to str
        Column → ``id`` of its card.
    """
    parts = [score_cards(scores.principles)]
    if scores.fixes:
        parts.append(fix_list(scores.fixes, {name: f"#{anchor}" for name, anchor in anchors.items()}))
    return Section("scorecard", "Scorecard", join(parts), SCORECARD_LEAD)


def score_cards(principles: Sequence["Principle"]) -> Html:
    """Return a card for each principle, its sub-scores with evidence on demand."""
    return element("div", *map(_card, principles), class_="scores")


def fix_list(fixes: Sequence["Fix"], links: Mapping[str, str]) -> Html:
    """Return what would raise a score most.

    Parameters
    ----------
    fixes : sequence of Fix
        The largest gain first.
    links : mapping of str to str
        Column → address that shows it.
    """
    words = (
        "The estimated gain if a flaw were mended wholly, all else being equal. Scores describe; whether a fix "
        "helps a model is decided by the evaluation."
    )
    return join(
        (
            element("h3", "What would raise a score most", class_="part"),
            element("p", words, class_="lead"),
            element("ol", *(_fix(fix, links) for fix in fixes), class_="fixes"),
        )
    )


def tone_of(principle: "Principle") -> str:
    """Return ``good``, ``info``, ``warning`` or ``error``; ``quiet`` without a score."""
    if principle.score is None:
        return "quiet"
    reached = [principle.score >= limit for limit in _GRADES[principle.name]]
    return _TONES[reached.index(True)] if any(reached) else _TONES[-1]


def shown_score(value: float | None) -> str:
    """Return a score as people read it: two digits; what is not quite 1 does not look like it."""
    if value is None:
        return "\N{EN DASH}"
    return "0.99+" if 0.995 <= value < 1 else f"{value:.2f}"


def _card(principle: "Principle") -> Html:
    tone = tone_of(principle)
    figure = element(
        "div",
        element("strong", shown_score(principle.score)),
        element("small", f"{_WORDS[tone]}{_basis(principle)}"),
        class_="figure",
    )
    return element(
        "article",
        element("h3", principle.name.capitalize()),
        figure,
        _bar(principle.score),
        element("p", principle.question, class_="lead"),
        *map(_aspect, principle.subscores),
        class_=f"score {tone}",
    )


def _basis(principle: "Principle") -> str:
    """Say how much of a principle the score is about, if that is not all."""
    assessed = sum(item.value is not None for item in principle.subscores)
    return f", by {assessed} of {len(principle.subscores)} aspects" if 0 < assessed < len(principle.subscores) else ""


def _bar(value: float | None) -> Html:
    width = f"width:{100 * (value or 0):.1f}%"
    return element("span", element("span", style=width), class_="bar", aria_hidden="true")


def _aspect(item: "SubScore") -> Html:
    counts = "" if item.weight == 1 else f" It counts with the exponent {item.weight:g}."
    figures = ((key.replace("_", " "), evidence(value)) for key, value in item.evidence.items() if not _empty(value))
    return element(
        "details",
        element(
            "summary",
            element("span", item.label),
            _bar(item.value),
            element("span", shown_score(item.value), class_="number"),
        ),
        element("p", prose(item.detail + counts)),
        pairs(figures) if item.evidence else None,
        class_="none" if item.value is None else None,
    )


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, list | tuple | Mapping) and not value)


def _fix(fix: "Fix", links_to: Mapping[str, str]) -> Html:
    more = []
    if fix.remedy:
        more.append(
            element("details", element("summary", "As a step of a recipe"), element("pre", spelt_step(fix.remedy)))
        )
    place = links_to.get(fix.columns[0]) if len(fix.columns) == 1 else None
    links = [element("a", f"\N{RIGHTWARDS ARROW} {fix.columns[0]}", href=place)] if place else []
    code = element("span", fix.code, class_="code") if fix.code else None
    return element(
        "li",
        element("span", f"+{fix.gain:.3f}" if fix.gain < 0.01 else f"+{fix.gain:.2f}", class_="gain"),
        element("span", fix.principle, class_="of"),
        element("div", element("span", fix.text), " ", code, " ", *links, *more),
    )
