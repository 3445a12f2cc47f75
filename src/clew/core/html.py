"""Reports as one HTML file that needs nothing else: no server, no network, no font, no image.

Every text is escaped unless it is `Html`, the mark of text that was made here; so a column called ``<script>`` is shown
and never run. A second wall stands behind the first: the page carries a content security policy that allows the page's
own scripts by their hash, and nothing from elsewhere. Charts are inline SVG whose colours are the light palette of
`clew.core.widgets`; the stylesheet repaints them in the dark.

This module makes pages, and hands on all that goes into one::

    page("Title", [Section("first", "First", join((tiles([("Rows", 5)]), table(("a", "b"), [(1, 2)]))))])
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from clew.core.fragment import fragment
from clew.core.jsonable import plain
from clew.core.looks import stylesheet
from clew.core.markup import Html, element, escape, join
from clew.core.widgets import (
    INK,
    PALETTE,
    QUIET,
    RULE,
    SEQUENCE,
    badge,
    bars,
    chart,
    evidence,
    facts,
    finding_details,
    finding_head,
    finding_list,
    legend,
    pairs,
    prose,
    spelt_step,
    table,
    tiles,
)

__all__ = [
    "INK",
    "PALETTE",
    "QUIET",
    "RULE",
    "SEQUENCE",
    "Entry",
    "Html",
    "Section",
    "badge",
    "bars",
    "chart",
    "element",
    "escape",
    "evidence",
    "facts",
    "finding_details",
    "finding_head",
    "finding_list",
    "fragment",
    "join",
    "json_block",
    "legend",
    "page",
    "pairs",
    "prose",
    "spelt_step",
    "stylesheet",
    "table",
    "tiles",
]


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
    style = stylesheet()
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
