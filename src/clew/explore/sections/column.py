"""What the card of a column says beyond its statistics: patterns of texts, and how its moments are spaced."""

from clew.core.html import Html, element
from clew.core.readable import number, percent
from clew.explore.patterns import TextPatterns
from clew.explore.timeline import Timeline

_MINUTE, _HOUR, _DAY, _YEAR = 60, 3_600, 86_400, 365.25 * 86_400
_SHOWN_CHARACTERS = 60


def timeline_facts(known: Timeline) -> list[tuple[str, object]]:
    """Return the figures of a timeline for the card of its column."""
    items: list[tuple[str, object]] = [("grain", known.grain), ("span", lasting(known.span_s))]
    if known.step:
        items.append(("usual step", f"{known.step} ({percent(known.step_share)})"))
    if known.order != "constant":
        items.append(("in order", known.order or f"no, {known.out_of_order:,} astray"))
    if known.gaps:
        longest = known.longest[0]
        items.append(("gaps", f"{known.gaps:,}" + (f", {known.missing:,} missing" if known.missing else "")))
        items.append(("longest gap", lasting(longest.length_s)))
        items.append(("its start", longest.start.replace("T", " ")))
    elif known.span_s:
        unseen = f" above {lasting(known.unseen_below_s)}" if known.unseen_below_s else ""
        items.append(("gaps", f"none{unseen}"))
    return items


def lasting(seconds: float) -> str:
    """Return a length of time in the unit that suits it."""
    for length, unit in ((_YEAR, "years"), (_DAY, "days"), (_HOUR, "hours"), (_MINUTE, "minutes")):
        if seconds >= 2 * length:
            return f"{number(seconds / length, 3)} {unit}"
    return f"{number(float(seconds), 3)} s"


def pattern_list(known: TextPatterns, *, opened: bool) -> Html:
    """Return the patterns of a column of texts, each with its share, and some texts that match none."""
    lines = [
        element("li", element("code", item.text or "(empty)"), element("span", percent(item.share), class_="number"))
        for item in known.patterns
    ]
    rest: Html | None = None
    if known.others:
        shown = [text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…" for text in known.examples]
        such = [part for text in shown for part in (" ", element("code", text))]
        rest = element("p", f"Other: {percent(known.others / known.rows)}", *([", such as"] if such else []), *such)
    where = "" if known.exact else f" of {known.rows:,} rows drawn at random"
    return element(
        "details",
        element("summary", f"Text patterns{where}"),
        element("ul", *lines, class_="patterns"),
        rest,
        class_="more",
        open=opened,
    )
