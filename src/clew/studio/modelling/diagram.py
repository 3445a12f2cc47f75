"""Tables and how they belong together, drawn."""

from collections.abc import Sequence

from clew.core.markup import Html, element, join
from clew.define.domain import Relation

_WIDTH, _HEAD, _LINE, _ACROSS, _DOWN = 180, 30, 20, 150, 24
_LONGEST = 22
_ENDS = {"many_to_one": ("n", "1"), "one_to_one": ("1", "1"), "one_to_many": ("1", "n")}


def diagram(tables: Sequence[str], relations: Sequence[Relation]) -> Html:
    """Return tables as boxes that list their keys, with a line per relation.

    Parameters
    ----------
    tables : sequence of str
        The tables, the main one first.
    relations : sequence of Relation
        How they belong together.
    """
    names = list(dict.fromkeys([*tables, *(name for item in relations for name in (item.left, item.right))]))
    keys = {name: _keys(name, relations) for name in names}
    places = _places(names, keys, relations)
    width = max(x for x, _ in places.values()) + _WIDTH + 2
    height = max(y + _height(keys[name]) for name, (_, y) in places.items()) + 2
    lines = [_line(item, places, keys) for item in relations if item.left != item.right]
    boxes = [_box(name, keys[name], places[name], main=name == names[0]) for name in names]
    said = "; ".join(f"{item.left} to {item.right} by {', '.join(item.on) or 'time'}" for item in relations)
    label = f"{len(names)} tables: {said}" if said else f"{len(names)} tables"
    return element(
        "svg", *lines, *boxes, viewBox=f"-1 -1 {width} {height}", width=width, height=height, role="img",
        aria_label=label, class_="relations",
    )  # fmt: skip


def _keys(name: str, relations: Sequence[Relation]) -> list[str]:
    found: list[str] = []
    for item in relations:
        moments = (item.as_of.left, item.as_of.right) if item.as_of else ("", "")
        found += [*item.on, moments[0]] if item.left == name else []
        found += [*item.on.values(), moments[1]] if item.right == name else []
    return [key for key in dict.fromkeys(found) if key]


def _places(
    names: Sequence[str], keys: dict[str, list[str]], relations: Sequence[Relation]
) -> dict[str, tuple[int, int]]:
    """Put each table one step to the right of the first that leads to it."""
    level = {names[0]: 0}
    for _ in names:
        for item in relations:
            if item.left in level and item.right not in level:
                level[item.right] = level[item.left] + 1
    filled: dict[int, int] = {}
    places = {}
    for name in names:
        column = level.get(name, 0)
        y = filled.get(column, 0)
        places[name] = (column * (_WIDTH + _ACROSS), y)
        filled[column] = y + _height(keys[name]) + _DOWN
    return places


def _height(keys: Sequence[str]) -> int:
    return _HEAD + max(len(keys), 1) * _LINE + 8


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _box(name: str, keys: Sequence[str], place: tuple[int, int], *, main: bool) -> Html:
    x, y = place
    frame = element("rect", x=x, y=y, width=_WIDTH, height=_height(keys), rx=8, class_="main" if main else None)
    head = element("text", _short(name), x=x + 12, y=y + 20, class_="name")
    rule = element("path", d=f"M{x} {y + _HEAD}h{_WIDTH}")
    listed = [
        element("text", _short(key), x=x + 12, y=y + _HEAD + 17 + number * _LINE) for number, key in enumerate(keys)
    ] or [element("text", "no key yet", x=x + 12, y=y + _HEAD + 17, class_="none")]
    return element("g", element("title", name), frame, rule, head, *listed)


def _line(relation: Relation, places: dict[str, tuple[int, int]], keys: dict[str, list[str]]) -> Html:
    (x1, y1), (x2, y2) = places[relation.left], places[relation.right]
    first = next(iter(relation.on.items()), (None, None))
    start = y1 + _HEAD + 12 + (keys[relation.left].index(first[0]) * _LINE if first[0] else 0)
    end = y2 + _HEAD + 12 + (keys[relation.right].index(first[1]) * _LINE if first[1] else 0)
    a = x1 + _WIDTH if x2 >= x1 else x1
    b = x2 if x2 > x1 else x2 + _WIDTH
    middle = (a + b) / 2 if x1 != x2 else a + 60
    left, right = _ENDS[relation.kind]
    path = element("path", d=f"M{a} {start}C{middle} {start} {middle} {end} {b} {end}", class_="link")
    forward = 1 if b >= a else -1
    ends = join(
        (
            element("text", left, x=a + 10 * forward, y=start - 5, class_="end"),
            element("text", "latest" if relation.as_of else right, x=b - 12 * forward, y=end - 5, class_="end last"),
        )
    )
    return element("g", path, ends)
