"""The parts of a report: tiles, badges, tables, bars, charts, findings."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeGuard

from clew.core.jsonable import plain
from clew.core.markup import Html, element, join
from clew.core.readable import number
from clew.core.severity import Severity

if TYPE_CHECKING:
    from clew.core.finding import Finding

#: Colours of series in charts, told apart by people with any colour vision (after Okabe and Ito 2008), darkened where
#: needed to reach a contrast of 3 to 1 on white. `report.css` repaints exactly these in the dark.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#b8609a", "#b38300", "#3a9bd1", "#7f6fd1", "#767b84")
#: Colours of parts that go from low to high.
SEQUENCE = ("#a9cce3", "#62a3cd", "#2b79b0", "#0c4a7d")
#: Colours of a chart's text, axes and quiet marks.
INK, RULE, QUIET = "#59616e", "#d9dde3", "#a9b4c2"

_SEVERITIES = (Severity.ERROR, Severity.WARNING, Severity.INFO)


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


def facts(items: Iterable[tuple[str, object]]) -> Html:
    """Return many small figures with their names, in as many columns as fit."""
    shown = (element("div", element("dt", name), element("dd", value)) for name, value in items)
    return element("dl", *shown, class_="facts")


def bars(items: Iterable[tuple[object, float, str]], *, label: str) -> Html:
    """Return a bar per line.

    Parameters
    ----------
    items : iterable of (name, share, text)
        What the bar is about, its length from 0 to 1, and the figure beside it.
    label : str
        What the bars show, for people who cannot see them.
    """
    lines = []
    for name, share, text in items:
        filled = element("span", style=f"width:{100 * min(max(share, 0.0), 1.0):.2f}%")
        bar = element("span", filled, class_="bar")
        lines.append(element("li", element("span", name, class_="name"), bar, element("span", text, class_="number")))
    return element("ul", *lines, class_="bars", aria_label=label)


def legend(names: Sequence[str], *, ranked: bool = False, colours: Sequence[str] | None = None) -> Html:
    """Return what the colours of charts mean.

    Parameters
    ----------
    names : sequence of str
        What they stand for, in the order of `PALETTE`, or of the darkest colours of `SEQUENCE`.
    ranked : bool, default False
        Whether they go from low to high.
    colours : sequence of str, optional
        Colours of `PALETTE` or `SEQUENCE`, where they are others than those.
    """
    if colours is None:
        colours = SEQUENCE[len(SEQUENCE) - len(names) :] if ranked else PALETTE[: len(names)]
    known = {colour: f"s{i}" for i, colour in enumerate(PALETTE)} | {c: f"q{i}" for i, c in enumerate(SEQUENCE)}
    kinds = (known[colour] for colour in colours)
    shown = (element("li", element("i", class_=kind), name) for kind, name in zip(kinds, names, strict=True))
    return element("ul", *shown, class_="legend")


def prose(text: str) -> Html:
    """Return a text in which what stands between backticks is set as code; a lone backtick stays one."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return element("span", text)
    return join(element("code", part) if position % 2 else element("span", part) for position, part in enumerate(parts))


def table(headers: Sequence[object], rows: Iterable[Sequence[object]], *, caption: str = "") -> Html:
    """Return a table that scrolls sideways where it has to; numbers are formatted and stand at the right.

    A column of numbers shows a dash for None; elsewhere None leaves a cell empty.

    Parameters
    ----------
    headers : sequence
        Names of the columns.
    rows : iterable of sequences
        Cells; the first of each row is its heading.
    caption : str, optional
        What the table shows.
    """
    listed = [list(row) for row in rows]
    # The name of a column of numbers stands above them, at the right.
    kinds = ["number" if _of_numbers([row[i] for row in listed]) else None for i in range(len(headers))]
    body = []
    for row in listed:
        cells = [_cell(value, "th" if not position else "td", kinds[position]) for position, value in enumerate(row)]
        body.append(element("tr", *cells))
    heads = [element("th", name, scope="col", class_=kind) for name, kind in zip(headers, kinds, strict=True)]
    content = element(
        "table",
        element("caption", caption) if caption else None,
        element("thead", element("tr", *heads)),
        element("tbody", *body),
    )
    return element("div", content, class_="scroll", tabindex="0", role="group", aria_label=caption or "Table")


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _of_numbers(cells: Sequence[object]) -> bool:
    return any(map(_is_number, cells)) and all(value is None or _is_number(value) for value in cells)


def _cell(value: object, tag: str, kind: str | None) -> Html:
    scope = "row" if tag == "th" else None
    if _is_number(value) or (value is None and kind == "number"):
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


def finding_list(findings: Iterable["Finding"], *, anchors: Mapping[str, str] | None = None) -> Html:
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


def _finding(finding: "Finding", anchors: Mapping[str, str]) -> Html:
    anchor = anchors.get(finding.column) if finding.column is not None else None
    return element(
        "li",
        finding_head(finding, f"#{anchor}" if anchor else None),
        element("p", finding.detail),
        finding_details(finding),
        class_=f"finding {finding.severity.value}",
    )


def finding_head(finding: "Finding", link: str | None = None) -> Html:
    """Return the line that names a finding: how grave it is, code, title and column.

    Parameters
    ----------
    finding : Finding
        The finding.
    link : str, optional
        Address that shows its column.
    """
    where: Html | None = None
    if finding.column is not None:
        name = element("code", finding.column)
        where = element("a", name, href=link) if link else name
    return element(
        "p",
        badge(finding.severity.value, finding.severity.value),
        element("span", finding.code, class_="code"),
        element("strong", finding.title),
        where,
        class_="head",
    )


def finding_details(finding: "Finding") -> Html | None:
    """Return evidence and remedy of a finding, on demand; None where it has neither."""
    more = []
    if finding.evidence:
        more.append(pairs((key.replace("_", " "), evidence(value)) for key, value in finding.evidence.items()))
    if finding.remedy:
        more.append(element("p", "Remedy, as a step of a recipe:"))
        more.append(element("pre", spelt_step(finding.remedy)))
    title = element("summary", "Evidence" + (" and remedy" if finding.remedy else ""))
    return element("details", title, *more) if more else None


def spelt_step(remedy: Mapping[str, object]) -> str:
    """Spell a remedy as a recipe does, with the options beside the columns; JSON is YAML as well."""
    flat = {name: value for name, value in remedy.items() if name != "options" and value != []}
    options = remedy.get("options")
    return json.dumps(plain({**flat, **(options if isinstance(options, Mapping) else {})}), ensure_ascii=False)


def evidence(value: object) -> object:
    """Return a piece of evidence for a page: lists as marked items, mappings as names with values, numbers readable."""
    if isinstance(value, Mapping):
        return join((join((key, ": ", evidence(item))) for key, item in value.items()), ", ")
    if isinstance(value, list | tuple) and any(isinstance(item, Mapping) for item in value):
        return join(element("div", evidence(item)) for item in value)
    if isinstance(value, list | tuple):
        return join((element("code", evidence(item)) for item in value), " ")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    return value
