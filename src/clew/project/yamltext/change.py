"""From the data that a YAML text has to the data that it shall have, by as few changed characters as can be.

Round-trip writers keep comments and order, and yet lay a whole file out anew: indents, widths, the places of comments.
Here the text is cut only where the data differ. Places come from the parser's own marks, everything outside the cuts
stays byte for byte what it was, and the result is read again: either it holds the data that were wanted, or nothing is
changed and the caller is told.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from clew.core.errors import ConfigError
from clew.project.yamltext.positions import MERGE, Document, NotUnderstoodError, Slot
from clew.project.yamltext.render import Path, block, entry, flow, flow_entry, is_block

#: Every round removes, adds or changes something on each level; a text that needs more rounds is not understood.
_ROUNDS = 200
_COMMENT = re.compile(r" +#.*")


@dataclass(frozen=True, slots=True)
class _Cut:
    """Characters that give way to others."""

    start: int
    stop: int
    put: str


def change(text: str, wanted: Any, *, name: str, blocks: Collection[Path] = ()) -> str:
    """Change a YAML text so that it holds other data.

    Parameters
    ----------
    text : str
        The text.
    wanted : mapping or list
        The data that it shall hold: texts, numbers, truth values, dates, None, lists, mappings.
    name : str
        What to call the text in messages.
    blocks : collection of tuple, default ()
        Places, as keys from the root, whose lists and mappings get a line per item where they are new.

    Returns
    -------
    str
        A text that reads as `wanted`. Lines of what did not change are as they were, comments on lines of their own are
        all kept, and a commented line ``# key: …`` is where a new key is put.

    Raises
    ------
    ConfigError
        If the text is no YAML, or is written in a way in which this change cannot be made without other ones.
    """
    goal = canonical(wanted)
    for revive in (True, False):
        try:
            changed = _towards(text, wanted, goal, blocks, revive=revive)
        except (YAMLError, NotUnderstoodError, RecursionError) as error:
            if text_error := _broken(text):
                raise ConfigError(f"{name} is no YAML: {text_error}.") from error
            continue
        if changed is not None:
            return changed
    raise ConfigError(
        f"{name} is written in a way in which this cannot be changed without changing more.",
        hint="Change it in the text.",
    )


def canonical(value: Any) -> Any:
    """Return a value in a form that is equal for equal data only: ``true`` is not 1, the order of keys says nothing."""
    if isinstance(value, bool) or value is None or isinstance(value, date):
        return (type(value).__name__, value)
    if isinstance(value, int | float):
        return ("number", "nan" if value != value else value)
    if isinstance(value, Mapping):
        return ("mapping", frozenset((canonical(key), canonical(item)) for key, item in value.items()))
    if isinstance(value, list | tuple):
        return ("list", tuple(canonical(item) for item in value))
    return ("text", str(value))


def read(text: str, *, name: str) -> Any:
    """Return the data of a YAML text.

    Raises
    ------
    ConfigError
        If it is no YAML.
    """
    try:
        return Document(text).data
    except (YAMLError, RecursionError) as error:
        raise ConfigError(f"{name} is no YAML: {_broken(text)}.") from error


def _broken(text: str) -> str | None:
    try:
        Document(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        return f"{getattr(error, 'problem', None) or str(error).splitlines()[0]}{where}"
    return None


def _towards(text: str, wanted: Any, goal: Any, blocks: Collection[Path], *, revive: bool) -> str | None:
    for _ in range(_ROUNDS):
        document = Document(text)
        if canonical(document.data) == goal:
            return text
        if document.root is None:
            return None
        cuts = list(_Differences(document, blocks, revive=revive).of(document.root, document.data, wanted, ()))
        if not cuts:
            return None
        for cut in sorted(cuts, key=lambda item: (item.start, item.stop), reverse=True):
            text = text[: cut.start] + cut.put + text[cut.stop :]
    return None


class _Differences:
    """The cuts that bring a text nearer to the data it shall hold; none of them touches another."""

    def __init__(self, document: Document, blocks: Collection[Path], *, revive: bool) -> None:
        self.document = document
        self.blocks = blocks
        self.revive = revive

    def of(self, node: Node, data: Any, wanted: Any, path: Path) -> Iterator[_Cut]:
        """Yield cuts for a list or mapping that is to become another one."""
        if isinstance(node, MappingNode):
            yield from self._mapping(node, data, wanted, path)
        elif isinstance(node, SequenceNode):
            yield from self._sequence(node, data, wanted, path)

    def _mapping(self, node: MappingNode, data: Any, wanted: Mapping[Any, Any], path: Path) -> Iterator[_Cut]:
        slots = self.document.entries(node)
        own = {slot.key: slot for slot in slots}
        gone = [number for number, slot in enumerate(slots) if slot.key not in wanted and slot.key is not MERGE]
        new = {key: value for key, value in wanted.items() if key not in own and not _same(data, key, value)}
        # A block must not lose its last key before it has another one.
        if gone and not (new and len(gone) == len(slots)):
            yield from self._removed_keys(node, slots, gone)
        elif new:
            yield from self._added_keys(node, slots, new, path)
        else:
            for key, slot in own.items():
                if key in wanted and canonical(data[key]) != canonical(wanted[key]):
                    yield from self._value(slot, data[key], wanted[key], (*path, key))

    def _value(self, slot: Slot, data: Any, wanted: Any, path: Path) -> Iterator[_Cut]:
        """Yield cuts for what a slot holds: within it where it stays a list or a mapping, else of the whole."""
        node = slot.value
        alike = isinstance(data, Mapping) and isinstance(wanted, Mapping) and isinstance(node, MappingNode)
        alike |= isinstance(data, list) and isinstance(wanted, list | tuple) and isinstance(node, SequenceNode)
        if alike and data and wanted and slot.alias is None:
            yield from self.of(node, data, wanted, path)
        elif is_block(wanted, path, self.blocks) and self._may_become_block(slot):
            yield from self._as_block(slot, wanted, path)
        elif _is_below(node) and slot.alias is None:
            yield from self._instead_of_block(slot, flow(wanted))
        else:
            gap = "" if self.document.text[slot.begin - 1 : slot.begin] == " " and not slot.is_empty else " "
            begin = slot.sign if slot.is_empty else slot.begin
            yield _Cut(begin, slot.end, (gap if slot.begin == slot.sign or slot.is_empty else "") + flow(wanted))

    def _may_become_block(self, slot: Slot) -> bool:
        """Whether nothing but a comment follows on the line of a key that begins its line."""
        document = self.document
        rest = document.text[slot.end : document.line_end(slot.end)]
        return (not rest.strip() or _COMMENT.fullmatch(rest) is not None) and document.is_first_on_line(slot.start)

    def _as_block(self, slot: Slot, wanted: Any, path: Path) -> Iterator[_Cut]:
        document = self.document
        indent = slot.start - document.line_start(slot.start) + 2
        lines = "".join(f"{document.newline}{' ' * indent}{line}" for line in block(wanted, path, self.blocks))
        yield _Cut(slot.sign, slot.end, "")
        place = document.line_end(slot.end)
        yield _Cut(place, place, lines)

    def _instead_of_block(self, slot: Slot, put: str) -> Iterator[_Cut]:
        """Put a value on the line of its key; the lines that go leave their comments behind."""
        document = self.document
        if document.line_start(slot.begin) == document.line_start(slot.sign):
            yield _Cut(slot.begin, slot.end, put)
            return
        yield _Cut(slot.sign, slot.sign, f" {put}")
        place, stop = document.next_line(slot.sign), document.next_line(slot.end)
        for comment in document.comments(place, stop):
            yield _Cut(place, comment, "")
            place = document.next_line(comment)
        yield _Cut(place, stop, "")

    def _removed_keys(self, node: MappingNode, slots: Sequence[Slot], gone: Sequence[int]) -> Iterator[_Cut]:
        if node.flow_style:
            yield self._without(slots, gone[-1])
        elif gone[0] == 0 and not self.document.is_first_on_line(slots[0].start):
            # The first key of an item of a list stands behind the dash; the next takes its place.
            yield from self._first_without(slots[0], slots[1])
        else:
            for number in gone:
                yield from self._lines_without(slots[number])

    def _first_without(self, slot: Slot, following: Slot) -> Iterator[_Cut]:
        document = self.document
        comments = list(document.comments(document.next_line(slot.end), document.line_start(following.start)))
        if comments:
            raise NotUnderstoodError
        yield _Cut(slot.start, following.start, "")

    def _lines_without(self, slot: Slot) -> Iterator[_Cut]:
        document = self.document
        place, stop = document.line_start(slot.start), document.next_line(slot.end)
        for comment in document.comments(place, stop):
            yield _Cut(place, comment, "")
            place = document.next_line(comment)
        yield _Cut(place, stop, "")

    def _without(self, slots: Sequence[Slot], number: int) -> _Cut:
        """Cut an item out of brackets, with the comma that parts it from its neighbour."""
        document, slot = self.document, slots[number]
        stop = slots[number + 1].start if number + 1 < len(slots) else document.line_end(slot.end)
        comma = document.comma_after(slot.end, stop)
        if number + 1 < len(slots) and comma is not None:
            rest = document.text[comma + 1 : stop]
            return _Cut(slot.start, comma + 1 + len(rest) - len(rest.lstrip(" ")), "")
        if number > 0:
            comma = document.comma_before(slot.start)
            if "\n" not in document.text[comma : slot.start]:
                return _Cut(comma, slot.end, "")
        return _Cut(slot.start, slot.end, "")

    def _added_keys(
        self, node: MappingNode, slots: Sequence[Slot], new: Mapping[Any, Any], path: Path
    ) -> Iterator[_Cut]:
        document = self.document
        if node.flow_style:
            yield self._into_brackets(node, slots, [flow_entry(key, value) for key, value in new.items()])
            return
        indent = " " * int(node.start_mark.column)
        lines: list[str] = []
        for key, value in new.items():
            written = list(entry(key, value, (*path, key), self.blocks))
            place = self._commented(node, key) if self.revive and len(written) == 1 else None
            if place is None:
                lines += ["", *written] if not path else written
            else:
                line = document.text[place : document.line_end(place)].lstrip(" #")
                said = _COMMENT.search(line)
                put = f"{indent}{written[0]}{said[0] if said else ''}"
                yield _Cut(place, document.line_end(place), put)
        if lines:
            place = document.line_end(slots[-1].end)
            put = "".join(f"{document.newline}{indent}{line}" if line else document.newline for line in lines)
            yield _Cut(place, place, put)

    def _commented(self, node: MappingNode, key: Any) -> int | None:
        """Return where the line ``# key: …`` begins among the keys of a block, if there is one."""
        document, indent = self.document, int(node.start_mark.column)
        begin = " " * indent
        wanted = re.compile(rf"{begin}# ?{re.escape(str(key))}:(?: |\r?$)", re.MULTILINE)
        for place in document.comments(int(node.start_mark.index), int(node.end_mark.index)):
            if wanted.match(document.text, place) and document.column_after(place) <= indent:
                return place
        return None

    def _sequence(self, node: SequenceNode, data: Sequence[Any], wanted: Sequence[Any], path: Path) -> Iterator[_Cut]:
        slots = self.document.items(node)
        a, b = [canonical(item) for item in data], [canonical(item) for item in wanted]
        found = [code for code in SequenceMatcher(None, a, b, autojunk=False).get_opcodes() if code[0] != "equal"]
        for _, i, i_end, j, j_end in found:
            same = min(i_end - i, j_end - j)
            if i_end - i > same:
                yield from self._removed_items(node, slots, range(i + same, i_end))
                return
            if j_end - j > same:
                yield self._added_items(node, slots, i + same, wanted[j + same : j_end])
                return
        for _, i, _, j, j_end in found:
            for number in range(j_end - j):
                yield from self._value(slots[i + number], data[i + number], wanted[j + number], (*path, j + number))

    def _removed_items(self, node: SequenceNode, slots: Sequence[Slot], gone: range) -> Iterator[_Cut]:
        if node.flow_style:
            yield self._without(slots, gone[-1])
        else:
            for number in gone:
                yield from self._lines_without(slots[number])

    def _added_items(self, node: SequenceNode, slots: Sequence[Slot], number: int, new: Sequence[Any]) -> _Cut:
        document = self.document
        if node.flow_style:
            return self._into_brackets(node, slots[:number], [flow(item) for item in new])
        indent = " " * int(node.start_mark.column)
        lines = [f"{indent}- {flow(item)}" for item in new]
        if number:
            place = document.line_end(slots[number - 1].end)
            return _Cut(place, place, "".join(document.newline + line for line in lines))
        place = document.line_start(slots[0].start)
        return _Cut(place, place, "".join(line + document.newline for line in lines))

    def _into_brackets(self, node: Node, slots: Sequence[Slot], new: Sequence[str]) -> _Cut:
        """Add items behind those that stand in brackets, or at their beginning."""
        put, begin = ", ".join(new), int(node.start_mark.index)
        opening = self.document.text.index("[" if isinstance(node, SequenceNode) else "{", begin) + 1
        if not slots:
            return _Cut(opening, opening, f"{put}, " if node.value else put)
        end = slots[-1].end
        comma = self.document.comma_after(end, int(node.end_mark.index))
        if comma is None:
            return _Cut(end, end, f", {put}")
        last = len(slots) == len(node.value)
        return _Cut(comma + 1, comma + 1, f" {put}" if last else f" {put},")


def _same(data: Any, key: Any, value: Any) -> bool:
    """Whether a mapping has a key with this value, perhaps taken over from another one."""
    return isinstance(data, Mapping) and key in data and canonical(data[key]) == canonical(value)


def _is_below(node: Node) -> bool:
    """Whether a value is a block."""
    return isinstance(node, MappingNode | SequenceNode) and not node.flow_style and bool(node.value)
