"""Where everything in a YAML text stands: from which character to which."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.tokens import AliasToken, BlockEntryToken, FlowEntryToken, ScalarToken, ValueToken

#: Stands for the key ``<<``, which takes over the keys of another mapping.
MERGE = object()


class NotUnderstoodError(Exception):
    """The text is YAML of a form whose places are not told apart, such as keys that are lists."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that holds a value: behind the colon of a key, or behind the dash of an item of a list.

    Parameters
    ----------
    key : object
        The key; None for an item.
    start : int
        Where the key, the dash or, inside brackets, the item begins.
    sign : int
        The end of the colon or the dash; inside brackets, where an item begins.
    value : Node
        What it holds.
    alias : (int, int) or None
        Begin and end of the ``*name`` that stands in the place of the value, if one does.
    end : int
        Where the value ends, comments behind it not included.
    """

    key: Any
    start: int
    sign: int
    value: Node
    alias: tuple[int, int] | None
    end: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands there."""
        node = self.value
        return self.alias is None and isinstance(node, ScalarNode) and node.start_mark.index == node.end_mark.index

    @property
    def begin(self) -> int:
        """Where the value begins."""
        return self.alias[0] if self.alias else int(self.value.start_mark.index)


@dataclass(frozen=True, slots=True)
class _Marks:
    """Where the signs of a text stand, each list sorted."""

    starts: list[int]
    """Of every token."""
    columns: list[int]
    """Of every token."""
    colons: list[int]
    """Their ends."""
    dashes: list[int]
    commas: list[int]
    aliases: dict[int, int]
    """Begin → end."""
    texts: list[tuple[int, int]]

    @classmethod
    def of(cls, text: str) -> "_Marks":
        tokens = list(_yaml().scan(text))
        spans = [(token, token.start_mark.index, token.end_mark.index) for token in tokens]
        return cls(
            [start for _, start, _ in spans],
            [token.start_mark.column for token in tokens],
            [end for token, _, end in spans if isinstance(token, ValueToken)],
            [start for token, start, _ in spans if isinstance(token, BlockEntryToken)],
            [start for token, start, _ in spans if isinstance(token, FlowEntryToken)],
            {start: end for token, start, end in spans if isinstance(token, AliasToken)},
            [(start, end) for token, start, end in spans if isinstance(token, ScalarToken)],
        )


class Document:
    """A YAML text with the places of all its parts; places are numbers of characters.

    Parameters
    ----------
    text : str
        One document.

    Raises
    ------
    ruamel.yaml.error.YAMLError
        If it is no YAML.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"
        reader = _yaml()
        self.root: Node | None = reader.compose(text)
        self._constructor = reader.constructor
        # Taking over the keys of another mapping alters the parsed mapping, whose places are still needed.
        shared = "<<" in text or "*" in text
        whole = self.root is not None and not shared
        self.data: Any = reader.constructor.construct_document(self.root) if whole else _yaml().load(text)

    @cached_property
    def _marks(self) -> _Marks:
        return _Marks.of(self.text)

    def entries(self, node: MappingNode) -> list[Slot]:
        """Return the keys of a mapping that stand there themselves, in order."""
        found = []
        for key, value in node.value:
            position = bisect_left(self._marks.colons, key.end_mark.index + 1)
            # Inside brackets a key may stand without a colon.
            colon = self._marks.colons[position] if position < len(self._marks.colons) else int(key.end_mark.index)
            found.append(self._slot(self._key(key), key.start_mark.index, colon, value))
        return found

    def _key(self, node: Node) -> Any:
        if not isinstance(node, ScalarNode):
            raise NotUnderstoodError
        return MERGE if str(node.tag).endswith(":merge") else self._constructor.construct_object(node)

    def items(self, node: SequenceNode) -> list[Slot]:
        """Return the items of a list."""
        found, after = [], int(node.start_mark.index)
        for value in node.value:
            if node.flow_style:
                alias = self._alias(value, after)
                start = alias[0] if alias else int(value.start_mark.index)
                slot = self._slot(None, start, start, value)
            else:
                dash = self._marks.dashes[bisect_left(self._marks.dashes, after)]
                slot = self._slot(None, dash, dash + 1, value)
            found.append(slot)
            after = max(slot.end, slot.sign)
        return found

    def _slot(self, key: Any, start: int, sign: int, value: Node) -> Slot:
        alias = self._alias(value, sign)
        slot = Slot(key, start, sign, value, alias, sign)
        return slot if slot.is_empty else replace(slot, end=alias[1] if alias else self._end(value))

    def _alias(self, value: Node, place: int) -> tuple[int, int] | None:
        """Return begin and end of an alias: it means a value that stands before the place that holds it."""
        if value.start_mark.index >= place:
            return None
        begin = min(start for start in self._marks.aliases if start >= place)
        return begin, self._marks.aliases[begin]

    def _end(self, node: Node) -> int:
        begin, end = int(node.start_mark.index), int(node.end_mark.index)
        if isinstance(node, ScalarNode):
            # A text as a block ends after its line ends.
            return begin + len(self.text[begin:end].rstrip()) if node.style in ("|", ">") else end
        if isinstance(node, MappingNode) and not node.flow_style and node.value:
            return self.entries(node)[-1].end
        if isinstance(node, SequenceNode) and not node.flow_style and node.value:
            return self.items(node)[-1].end
        return end

    def comma_after(self, place: int, before: int) -> int | None:
        """Return where the first comma between items stands from a place on, if one does before another place."""
        position = bisect_left(self._marks.commas, place)
        found = self._marks.commas[position] if position < len(self._marks.commas) else before
        return found if found < before else None

    def comma_before(self, place: int) -> int:
        """Return where the last comma between items before a place stands."""
        return self._marks.commas[bisect_left(self._marks.commas, place) - 1]

    def line_start(self, place: int) -> int:
        """Return where the line of a place begins."""
        return self.text.rfind("\n", 0, place) + 1

    def line_end(self, place: int) -> int:
        """Return where the line of a place ends, before the signs that end it."""
        end = self.text.find("\n", place)
        if end < 0:
            return len(self.text)
        return end - 1 if end > place and self.text[end - 1] == "\r" else end

    def next_line(self, place: int) -> int:
        """Return where the line after that of a place begins."""
        end = self.text.find("\n", place)
        return len(self.text) if end < 0 else end + 1

    def is_first_on_line(self, place: int) -> bool:
        """Whether only blanks stand before a place on its line."""
        return not self.text[self.line_start(place) : place].strip(" \ufeff")

    def comments(self, start: int, stop: int) -> Iterator[int]:
        """Yield where lines that are nothing but a comment begin, between the begins of two lines."""
        place = self.line_start(start)
        while place < stop:
            if self.text[place : self.next_line(place)].lstrip(" ").startswith("#") and not self._is_text(place):
                yield place
            place = self.next_line(place)

    def column_after(self, place: int) -> int:
        """Return the column of the next token from a place on."""
        return int(self._marks.columns[min(bisect_left(self._marks.starts, place), len(self._marks.columns) - 1)])

    def _is_text(self, place: int) -> bool:
        position = bisect_right(self._marks.texts, (place, len(self.text)))
        return position > 0 and self._marks.texts[position - 1][1] > place


def _yaml() -> YAML:
    return YAML(typ="safe", pure=True)
