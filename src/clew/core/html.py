"""Reports as one HTML file that needs nothing else: no server, no network, no font, no image.

Every text is escaped unless it is `Html`, the mark of text that was made here; so a column called ``<script>`` is shown
and never run. A second wall stands behind the first: the page carries a content security policy that allows the page's
own scripts by their hash, and nothing from elsewhere. Charts are inline SVG whose colours are the light palette below;
the stylesheet repaints them in the dark.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape as _escape
from importlib.resources import files
from typing import Any

from clew.core.finding import Finding, Severity
from clew.core.jsonable import plain
from clew.core.readable import number

#: Colours of series in charts, told apart by people with any colour vision (after Okabe and Ito 2008), darkened where
#: needed to reach a contrast of 3 to 1 on white. `report.css` repaints exactly these in the dark.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#b8609a", "#b38300", "#3a9bd1", "#7f6fd1", "#767b84")
#: Colours of a chart's text, axes and quiet marks.
INK, RULE, QUIET = "#59616e", "#d9dde3", "#a9b4c2"

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.INFO)


class Html(str):
    """Text that is HTML already and is taken as it stands."""

    __slots__ = ()


def escape(value: object) -> Html:
    """Return a value as HTML text; `Html` stays as it is, control characters become visible."""
    if isinstance(value, Html):
        return value
    return Html(_escape(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(value)), quote=True))


def element(tag: str, *children: object, **attributes: object) -> Html:
    """Return an HTML element.

    Parameters
    ----------
    tag : str
        Its name.
    *children : object
        What stands in it, escaped unless `Html`; None is left out.
    **attributes : object
        Values are escaped; True gives a bare attribute, None and False none; ``class_`` and ``aria_label`` are spelt
        ``class`` and ``aria-label``.
    """
    opened = [tag]
    for name, value in attributes.items():
        if value is not None and value is not False:
            spelt = name.rstrip("_").replace("_", "-")
            opened.append(spelt if value is True else f'{spelt}="{escape(value)}"')
    content = "".join(escape(child) for child in children if child is not None)
    return Html(f"<{' '.join(opened)}>{content}</{tag}>")


def join(parts: Iterable[object], separator: str = "") -> Html:
    """Return the parts one after the other, each escaped unless `Html`."""
    return Html(separator.join(escape(part) for part in parts))


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the table of contents below its section.

    Parameters
    ----------
    anchor : str
        ``id`` of the element it leads to.
    label : str
        What it says.
    note : str, optional
        A word about it, shown small.
    """

    anchor: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page.

    Parameters
    ----------
    anchor : str
        Its ``id``, unique in the page.
    title : str
        Its heading.
    body : Html
        What stands in it.
    lead : str, optional
        A sentence under the heading.
    entries : sequence of Entry
        Lines for the table of contents; where there are any, a search field filters them together with the elements
        of class ``card`` in the body.
    """

    anchor: str
    title: str
    body: Html
    lead: str = ""
    entries: Sequence[Entry] = ()


def page(title: str, sections: Sequence[Section], *, subtitle: str = "", scripts: Sequence[str] = ()) -> str:
    """Return a whole page.

    Parameters
    ----------
    title : str
        Its name.
    sections : sequence of Section
        Its parts, from top to bottom.
    subtitle : str, optional
        A line under the title.
    scripts : sequence of str
        JavaScript of your own, run at the end of the page, never made from data; data goes in with `json_block`.

    Returns
    -------
    str
        An HTML document in UTF-8.
    """
    own = files("clew.core")
    style = own.joinpath("report.css").read_text("utf-8")
    programs = [own.joinpath("report.js").read_text("utf-8"), *scripts]
    allowed = " ".join(f"'sha256-{_sha256(program)}'" for program in programs)
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src {allowed}; img-src data:; base-uri 'none'"
    head = join(
        (
            Html('<meta charset="utf-8">'),
            Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
            Html('<meta name="color-scheme" content="light dark">'),
            element("title", title),
            Html(f"<style>{style}</style>"),
        )
    )
    body = join(
        (
            element("a", "Skip to the content", class_="skip", href="#content"),
            _header(title, subtitle),
            element(
                "div",
                _contents(sections),
                element("main", *map(_section, sections), id="content", tabindex="-1"),
                class_="layout",
            ),
            element("div", class_="tooltip", role="status", hidden=True),
            *(Html(f"<script>{program}</script>") for program in programs),
        )
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{body}</body></html>\n'


def fragment(*parts: object) -> Html:
    """Return parts of a report for a notebook: the same looks, shut off from the page around them, without scripts."""
    style = files("clew.core").joinpath("report.css").read_text("utf-8")
    inner = f'<!doctype html><meta charset="utf-8"><style>{style}</style><body class="fragment">{join(parts)}</body>'
    frame = element("iframe", srcdoc=inner, sandbox="", class_="clew", loading="lazy")
    return Html(frame.replace("<iframe", '<iframe style="width:100%;height:34rem;border:0"', 1))


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _header(title: str, subtitle: str) -> Html:
    toggle = element(
        "button", "Dark", type="button", class_="theme", data_theme_toggle=True, aria_pressed="false", hidden=True
    )
    words = element("div", element("h1", title), element("p", subtitle) if subtitle else None)
    return element("header", element("div", words, toggle, class_="bar"), class_="top")


def _contents(sections: Sequence[Section]) -> Html:
    parts: list[object] = []
    for section in sections:
        parts.append(element("a", section.title, href=f"#{section.anchor}", class_="chapter"))
        if section.entries:
            label = f"Search {section.title.lower()}"
            parts.append(
                element("label", element("span", label, class_="unseen"), Html(_search_field(label)), class_="search")
            )
            lines = (
                element(
                    "li",
                    element("a", element("span", e.label), element("small", e.note), href=f"#{e.anchor}"),
                    data_for=e.anchor,
                )
                for e in section.entries
            )
            parts.append(element("ul", *lines))
    inside = element("details", element("summary", "Contents"), *parts, open=True)
    return element("nav", inside, class_="contents", aria_label="Contents")


def _search_field(label: str) -> str:
    return f'<input type="search" data-filter placeholder="{escape(label)}" autocomplete="off" spellcheck="false">'


def _section(section: Section) -> Html:
    return element(
        "section",
        element("h2", section.title),
        element("p", section.lead, class_="lead") if section.lead else None,
        section.body,
        id=section.anchor,
    )


def tiles(items: Iterable[tuple[str, object] | tuple[str, object, str]]) -> Html:
    """Return figures at a glance: (label, value) or (label, value, note) each."""
    shown = []
    for label, value, *note in items:
        shown.append(
            element(
                "div",
                element("dt", label),
                element("dd", value, element("small", note[0]) if note and note[0] else None),
                class_="tile",
            )
        )
    return element("dl", *shown, class_="tiles")


def badge(text: object, tone: str = "quiet") -> Html:
    """Return a word in a coloured frame; `tone` is quiet, info, good, warning or error."""
    return element("span", text, class_=f"badge {tone}")


def pairs(items: Mapping[str, object] | Iterable[tuple[str, object]]) -> Html:
    """Return names with values, one pair a line."""
    listed = items.items() if isinstance(items, Mapping) else items
    return element("dl", *(join((element("dt", k), element("dd", v))) for k, v in listed), class_="pairs")


def table(headers: Sequence[object], rows: Iterable[Sequence[object]], *, caption: str = "") -> Html:
    """Return a table that scrolls sideways where it has to; numbers are formatted and stand at the right.

    Parameters
    ----------
    headers : sequence
        Names of the columns.
    rows : iterable of sequences
        Cells; the first of each row is its heading.
    caption : str, optional
        What the table shows.
    """
    body = []
    for row in rows:
        cells = [_cell(value, "th" if not position else "td") for position, value in enumerate(row)]
        body.append(element("tr", *cells))
    content = element(
        "table",
        element("caption", caption) if caption else None,
        element("thead", element("tr", *(element("th", name, scope="col") for name in headers))),
        element("tbody", *body),
    )
    return element("div", content, class_="scroll", tabindex="0", role="group", aria_label=caption or "Table")


def _cell(value: object, tag: str) -> Html:
    scope = "row" if tag == "th" else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return element(tag, number(value), class_="number", scope=scope)
    return element(tag, "" if value is None else value, scope=scope)


def chart(svg: str, *, label: str, caption: str = "") -> Html:
    """Return the slot of a chart.

    Parameters
    ----------
    svg : str
        An SVG document, made by a renderer that escapes its texts, in the colours of this module.
    label : str
        What it shows, for people who cannot see it.
    caption : str, optional
        A line under it.
    """
    drawing = element("div", Html(svg), role="img", aria_label=label)
    return element("figure", drawing, element("figcaption", caption) if caption else None, class_="chart")


def finding_list(findings: Iterable[Finding], *, anchors: Mapping[str, str] | None = None) -> Html:
    """Return findings, the gravest first, each with its evidence and remedy.

    Parameters
    ----------
    findings : iterable of Finding
        In any order; within a severity the given one is kept.
    anchors : mapping of str to str, optional
        Column name → ``id`` of the element that shows it.
    """
    ordered = sorted(findings, key=lambda finding: _SEVERITIES.index(finding.severity))
    if not ordered:
        return element("p", "Nothing was found that needs attention.", class_="empty")
    return element("ol", *(_finding(finding, anchors or {}) for finding in ordered), class_="findings")


def _finding(finding: Finding, anchors: Mapping[str, str]) -> Html:
    where: Html | None = None
    if finding.column is not None:
        anchor = anchors.get(finding.column)
        name = element("code", finding.column)
        where = element("a", name, href=f"#{anchor}") if anchor else name
    head = element(
        "p",
        badge(finding.severity.value, finding.severity.value),
        element("span", finding.code, class_="code"),
        element("strong", finding.title),
        where,
        class_="head",
    )
    more = []
    if finding.evidence:
        more.append(pairs((key.replace("_", " "), _evidence(value)) for key, value in finding.evidence.items()))
    if finding.remedy:
        more.append(element("p", "Remedy, as a step of a recipe:"))
        more.append(element("pre", json.dumps(plain(finding.remedy), ensure_ascii=False)))
    details = element("details", element("summary", "Evidence" + (" and remedy" if finding.remedy else "")), *more)
    return element(
        "li", head, element("p", finding.detail), details if more else None, class_=f"finding {finding.severity.value}"
    )


def _evidence(value: object) -> object:
    if isinstance(value, Mapping):
        return join((f"{key}: {_evidence(item)}" for key, item in value.items()), ", ")
    if isinstance(value, list | tuple):
        return join((element("code", _evidence(item)) for item in value), " ")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    return value


def json_block(data: Any, *, anchor: str) -> Html:
    """Return data for a script to read, as JSON in an element that nothing runs.

    Parameters
    ----------
    data : object
        JSON-ready.
    anchor : str
        ``id`` of the element.
    """
    text = json.dumps(plain(data), ensure_ascii=False, allow_nan=False)
    # Inside <script> only these can end the element or open a comment; JSON reads the escapes back.
    safe = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return Html(f'<script type="application/json" id="{escape(anchor)}">{safe}</script>')
