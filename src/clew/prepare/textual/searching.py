"""The operations of `search_and_edit`: where something stands in a text, what it is, and another text in its place."""

import re
from typing import Any, Literal

import polars as pl

from clew.core.schema import Column
from clew.prepare.step import Block
from clew.prepare.table import Language
from clew.prepare.textual.characters import SPACES, WHITE_SPACE
from clew.prepare.textual.operation import Operation
from clew.prepare.textual.pattern import Pattern, dollars, literal, pattern
from clew.prepare.textual.uses import Uses

Searching = Literal[
    "find",
    "find_from_right",
    "contains",
    "matches_prefix",
    "find_all",
    "extract",
    "extract_between",
    "extract_from_position",
    "replace",
    "replace_between",
    "replace_from_position",
    "regex_to_missing",
    "split",
]

_MATCHED = Uses(("pattern",), ("literal", "case_sensitive"))
USES: dict[str, Uses] = {
    "find": Uses(("substring",), ("start", "end")),
    "find_from_right": Uses(("substring",), ("start", "end")),
    "contains": _MATCHED,
    "matches_prefix": _MATCHED,
    "find_all": _MATCHED,
    "extract": Uses(("pattern",), ("group", "case_sensitive")),
    "extract_between": Uses(("left_delimiter", "right_delimiter")),
    "extract_from_position": Uses((), ("start", "length")),
    "replace": Uses(("pattern",), ("replacement", "literal", "case_sensitive")),
    "replace_between": Uses(("left_delimiter", "right_delimiter"), ("replacement",)),
    "replace_from_position": Uses(("length",), ("start", "replacement")),
    "regex_to_missing": Uses(("pattern",), ("case_sensitive",)),
    "split": Uses((), ("delimiter", "max_splits", "parts")),
}
#: Operations whose pattern must match one character at least: engines disagree about matches of nothing.
NEVER_EMPTY = frozenset({"find_all", "replace"})
#: Operations that make another type than a text, with the type.
DTYPES = {
    "find": "Int64",
    "find_from_right": "Int64",
    "contains": "Boolean",
    "matches_prefix": "Boolean",
    "find_all": "List(String)",
    "split": "List(String)",
}
_SPLIT = re.compile(f"[{SPACES}]+")


def found(substring: str, start: int, end: int | None) -> Operation:
    """Return the operation that finds where a text begins within another, -1 if it does not.

    Parameters
    ----------
    substring : str
        What is sought.
    start, end : int
        Where the search begins, and before which character it ends.
    """
    length = None if end is None else max(end - start, 0)

    def polars(text: pl.Expr) -> pl.Expr:
        place = text.str.slice(start, length).str.find(substring, literal=True).cast(pl.Int64) + start
        return pl.when(text.is_not_null()).then(place.fill_null(-1))

    return Operation(lambda text: text.find(substring, start, end), polars=polars, ascii_only=True)


def found_from_right(substring: str, start: int, end: int | None) -> Operation:
    """Return the operation that finds where a text begins for the last time within another; see `found`."""
    return Operation(lambda text: text.rfind(substring, start, end))


def sought(operation: str, written: str, *, is_literal: bool, case_sensitive: bool) -> Pattern:
    """Return the pattern that an operation asks for."""
    return pattern(
        literal(written) if is_literal else written,
        ignore_case=not case_sensitive,
        whole=operation == "regex_to_missing",
        start=operation == "matches_prefix",
    )


def contained(sought: Pattern) -> Operation:
    """Return the operation that says whether a pattern matches."""
    if sought.portable:
        return Operation(sought.contains, lambda _, text: text.str.contains(sought.rust))
    return Operation(sought.contains, polars=lambda text: text.str.contains(sought.rust))


def all_found(sought: Pattern) -> Operation:
    """Return the operation that lists what a pattern matches."""
    return Operation(sought.find_all, polars=lambda text: text.str.extract_all(sought.rust))


def extracted(sought: Pattern, group: int) -> Operation:
    """Return the operation that takes what a pattern, or a group of it, matches first."""
    return Operation(lambda text: sought.extract(text, group), polars=lambda text: text.str.extract(sought.rust, group))


def between(left: str, right: str) -> Operation:
    """Return the operation that takes what stands after a text and before the next one of another text."""
    inside = pattern(rf"{literal(left)}([\s\S]*?){literal(right)}").rust

    def function(text: str) -> str | None:
        _, there, rest = text.partition(left)
        result, closed, _ = rest.partition(right)
        return result if there and closed else None

    return Operation(function, polars=lambda text: text.str.extract(inside, 1))


def at_position(start: int, length: int | None) -> Operation:
    """Return the operation that takes some characters from a position on; all of them if no length is given."""
    end = None if length is None else start + length
    return Operation(lambda text: text[start:end], lambda _, text: text.str.slice(start, length))


def replaced(sought: Pattern, replacement: str) -> Operation:
    """Return the operation that puts a plain text in the place of each match."""

    def function(text: str) -> str:
        return sought.replace(text, replacement)

    # Engines have signs of their own for groups.
    if sought.portable and "$" not in replacement and "\\" not in replacement:
        return Operation(function, lambda _, text: text.str.replace_all(sought.rust, replacement))
    written = dollars(replacement)
    return Operation(function, polars=lambda text: text.str.replace_all(sought.rust, written))


def replaced_between(left: str, right: str, replacement: str) -> Operation:
    """Return the operation that replaces what stands between the first of a text and the last of another."""

    def function(text: str) -> str:
        before, there, rest = text.partition(left)
        _, closed, after = rest.rpartition(right)
        return f"{before}{left}{replacement}{right}{after}" if there and closed else text

    return Operation(function)


def replaced_at_position(start: int, length: int, replacement: str) -> Operation:
    """Return the operation that replaces some characters from a position on; a text that ends before stays."""

    def function(text: str) -> str:
        return text[:start] + replacement + text[start + length :] if len(text) > start else text

    def expression(F: Language, text: Any) -> Any:
        changed = F.concat_str(text.str.slice(0, start), F.lit(replacement), text.str.slice(start + length))
        return F.when(text.str.len_chars() > start).then(changed).otherwise(text)

    return Operation(function, expression)


def only_whole(sought: Pattern) -> Operation:
    """Return the operation that keeps a text that matches as a whole, and makes any other one missing."""

    def function(text: str) -> str | None:
        return text if sought.contains(text) else None

    if sought.portable:
        return Operation(function, lambda F, text: F.when(text.str.contains(sought.rust)).then(text))
    return Operation(function, polars=lambda text: pl.when(text.str.contains(sought.rust)).then(text))


def split(delimiter: str | None, max_splits: int | None) -> Operation:
    """Return the operation that splits a text, at runs of white space if no delimiter is given."""
    if delimiter is not None:
        at_most = -1 if max_splits is None else max_splits
        everywhere = (lambda text: text.str.split(delimiter)) if max_splits is None else None
        return Operation(lambda text: text.split(delimiter, at_most), polars=everywhere)

    def function(text: str) -> list[str]:
        inner = text.strip(WHITE_SPACE)
        return [] if not inner else [inner] if max_splits == 0 else _SPLIT.split(inner, max_splits or 0)

    words = (lambda text: text.str.extract_all(f"[^{SPACES}]+")) if max_splits is None else None
    return Operation(function, polars=words)


def parted(source: Column, columns: tuple[Column, ...], delimiter: str | None) -> Block:
    """Return the columns that hold the parts of a text, the last one the rest; those that it does not have are missing.

    Parameters
    ----------
    source : Column
        The text.
    columns : tuple of Column
        What is made.
    delimiter : str, optional
        What stands between parts; runs of white space if None.
    """
    names = [column.name for column in columns]
    take = split(delimiter, len(columns) - 1).function
    nothing = (None,) * len(columns)

    def function(text: str | None) -> tuple[str | None, ...]:
        found = () if text is None else take(text)
        return (*found, *nothing[len(found) :])

    def frame(table: pl.DataFrame) -> pl.DataFrame:
        if delimiter is None:
            rows = [function(text) for text in table[source.name].to_list()]
            return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
        parts = table.select(pl.col(source.name).str.splitn(delimiter, len(names)).struct.unnest())
        return parts.select(pl.all().name.map(lambda name: names[parts.columns.index(name)]))

    return Block(columns, (source.name,), frame, function)
