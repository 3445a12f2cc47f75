"""Texts rewritten, searched and checked, with one meaning for a row and for columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from clew.core.errors import ConfigError
from clew.core.schema import Column, Direction, Kind, Schema
from clew.prepare.dtypes import kind_of
from clew.prepare.lineage import derive
from clew.prepare.registry import register
from clew.prepare.step import Block, ColumnStep, Made, State
from clew.prepare.textual import formatting, searching, validating
from clew.prepare.textual.formatting import Formatting
from clew.prepare.textual.operation import Operation, texts_only
from clew.prepare.textual.pattern import Pattern
from clew.prepare.textual.searching import Searching
from clew.prepare.textual.uses import Uses, check_uses
from clew.prepare.textual.validating import Validating

#: Wider texts than this are a mistake.
_WIDEST = 10_000
_MOST_PARTS = 1000
_TEXTS = frozenset({Kind.TEXT, Kind.CATEGORICAL, Kind.ORDINAL})


@dataclass(frozen=True)
class _StringStep(ColumnStep):
    """A step that does one operation to each of some columns of texts."""

    accepts: ClassVar[frozenset[Kind]] = _TEXTS
    advice: ClassVar[str] = "Choose columns of texts or categories."

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, all of them stored as texts."""
        return texts_only(self.op, super().inputs(schema))

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:  # noqa: ARG002 - nothing was learnt
        """Make each column, where every engine has words for it."""
        return (made for made in self._all(columns) if isinstance(made, Made))

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:  # noqa: ARG002
        """Make each column, where only Polars has words for it, or none."""
        return (block for block in self._all(columns) if isinstance(block, Block))

    def _all(self, columns: Sequence[Column]) -> list[Made | Block]:
        raise NotImplementedError


@register
@dataclass(frozen=True)
class FormatString(_StringStep):
    """Rewrite texts: widths, margins, case, a beginning and an ending, symbols.

    Missing stays missing. Case follows Unicode; positions and widths count characters (code points).

    Parameters
    ----------
    operation : str
        ``left_pad``, ``right_pad``, ``center_pad``, ``prepend_zeros``, ``strip``, ``strip_left``, ``strip_right``,
        ``lower``, ``upper``, ``capitalize``, ``swap_case``, ``add_affixes``, ``remove_symbols``.
    width : int, optional
        For pads and zeros: width to fill up to, in characters.
    fill : str, default " "
        For pads: the character to fill with.
    truncate : bool, default True
        For pads and zeros: whether a longer text is cut to the width.
    characters : str, optional
        For strips and symbols: the characters that go; white space if None.
    prefix, suffix : str, default ""
        For affixes: what is put before and behind.
    output : str, optional
        Name of the new column, in which ``{column}`` stands for the source's; the source is replaced if None.
    """

    operation: Formatting
    width: int | None = None
    fill: str = " "
    truncate: bool = True
    characters: str | None = None
    prefix: str = ""
    suffix: str = ""
    output: str | None = None

    op: ClassVar[str] = "format_string"
    uses: ClassVar[Mapping[str, Uses]] = formatting.USES

    def check(self) -> None:
        """Refuse options that the operation does not have, and values without a meaning."""
        check_uses(self, self.operation)
        _check_output(self.op, self.output)
        if self.width is not None and not 1 <= self.width <= _WIDEST:
            raise ConfigError(f"format_string has `width: {self.width}`; 1 to {_WIDEST} is needed.")
        if len(self.fill) != 1:
            raise ConfigError(f"format_string has `fill: {self.fill!r}`; exactly one character is needed.")
        if self.characters == "":
            raise ConfigError("format_string has empty `characters`.", hint="Name some, or leave the option out.")
        if self.operation == "add_affixes" and not self.prefix + self.suffix:
            raise ConfigError("format_string has neither `prefix` nor `suffix`.", hint="State one of them, or both.")

    def _all(self, columns: Sequence[Column]) -> list[Made | Block]:
        operation = formatting.formatting(
            self.operation,
            width=self.width or 0,
            fill=self.fill,
            truncate=self.truncate,
            characters=self.characters,
            prefix=self.prefix,
            suffix=self.suffix,
        )
        return [operation.made(column, _named(column, self.output or "{column}", "String")) for column in columns]


@register
@dataclass(frozen=True)
class SearchAndEdit(_StringStep):
    """Find something in texts, take it out, or put something else in its place.

    Missing stays missing. Positions count characters (code points) from 0. Patterns are regular expressions of the
    dialect that `clew.prepare.textual.pattern` describes.

    Parameters
    ----------
    operation : str
        ``find``, ``find_from_right``: where a substring begins, -1 where it is not. ``contains``, ``matches_prefix``:
        whether a pattern matches somewhere, or at the start. ``find_all``: the list of matches. ``extract``,
        ``extract_between``, ``extract_from_position``: a part of the text, missing where there is none. ``replace``,
        ``replace_between``, ``replace_from_position``: the text with another part. ``regex_to_missing``: the text if
        the pattern matches the whole of it. ``split``: the list of parts, or `parts` columns.
    substring : str, optional
        What to find.
    pattern : str, optional
        Regular expression.
    literal : bool, default False
        Whether the pattern is a plain text.
    case_sensitive : bool, default True
        Whether capitals and small letters differ to the pattern.
    group : int, default 0
        For ``extract``: which group of the match; 0 for all of it.
    start : int, default 0
        Position at which the search, or the part, begins.
    end : int, optional
        Position before which the search ends.
    length : int, optional
        For positions: characters of the part; ``extract_from_position`` takes the rest if None.
    left_delimiter, right_delimiter : str, optional
        What stands before and behind the part: ``extract_between`` takes the first pair, ``replace_between`` goes from
        the first left one to the last right one.
    replacement : str, default ""
        A plain text to put in.
    delimiter : str, optional
        For ``split``: what stands between parts; runs of white space if None.
    max_splits : int, optional
        For ``split``: how often at most; the last part is the rest.
    parts : int, optional
        For ``split``: make this number of columns, ``…_1`` and so on, instead of a list: the last one is the rest.
    output : str, optional
        Name of the new column, in which ``{column}`` stands for the source's. By default a text replaces its source,
        and anything else is called ``{column}_{operation}``.
    """

    operation: Searching
    substring: str | None = None
    pattern: str | None = None
    literal: bool = False
    case_sensitive: bool = True
    group: int = 0
    start: int = 0
    end: int | None = None
    length: int | None = None
    left_delimiter: str | None = None
    right_delimiter: str | None = None
    replacement: str = ""
    delimiter: str | None = None
    max_splits: int | None = None
    parts: int | None = None
    output: str | None = None

    op: ClassVar[str] = "search_and_edit"
    uses: ClassVar[Mapping[str, Uses]] = searching.USES

    def check(self) -> None:
        """Refuse options that the operation does not have, and values without a meaning."""
        check_uses(self, self.operation)
        _check_output(self.op, self.output)
        for name in ("substring", "pattern", "left_delimiter", "right_delimiter", "delimiter"):
            if getattr(self, name) == "":
                raise ConfigError(f"search_and_edit has an empty `{name}`.", hint="State at least one character.")
        for name in ("group", "start", "end", "length", "max_splits"):
            if (getattr(self, name) or 0) < 0:
                raise ConfigError(f"search_and_edit has `{name}: {getattr(self, name)}`; 0 or more is needed.")
        if self.parts is not None and not 2 <= self.parts <= _MOST_PARTS:
            raise ConfigError(f"search_and_edit has `parts: {self.parts}`; 2 to {_MOST_PARTS} is needed.")
        if self.parts is not None and self.max_splits is not None:
            raise ConfigError("search_and_edit has both `parts` and `max_splits`.", hint="State one of them.")
        if self.pattern is not None:
            self._check_pattern(self._sought)

    def _check_pattern(self, sought: Pattern) -> None:
        if self.group > sought.groups:
            raise ConfigError(
                f"search_and_edit has `group: {self.group}`, and the pattern {self.pattern!r} has {sought.groups}.",
                hint="Put brackets around the part that is wanted.",
            )
        if sought.may_be_empty and self.operation in searching.NEVER_EMPTY:
            raise ConfigError(
                f"The pattern {self.pattern!r} may match nothing at all, of which there is no end in a text.",
                hint="Let it match one character at least, e.g. `+` instead of `*`.",
            )

    @property
    def _sought(self) -> Pattern:
        return searching.sought(
            self.operation, self.pattern or "", is_literal=self.literal, case_sensitive=self.case_sensitive
        )

    def _all(self, columns: Sequence[Column]) -> list[Made | Block]:
        if self.parts is not None:
            return [self._parted(column, self.parts) for column in columns]
        dtype = searching.DTYPES.get(self.operation, "String")
        name = self.output or ("{column}" if dtype == "String" else f"{{column}}_{self.operation}")
        operation = self._operation()
        return [operation.made(column, _named(column, name, dtype)) for column in columns]

    def _parted(self, column: Column, parts: int) -> Block:
        name = self.output or "{column}"
        made = tuple(_named(column, f"{name}_{part}", "String") for part in range(1, parts + 1))
        return searching.parted(column, made, self.delimiter)

    def _operation(self) -> Operation:
        left, right = self.left_delimiter or "", self.right_delimiter or ""
        match self.operation:
            case "find":
                return searching.found(self.substring or "", self.start, self.end)
            case "find_from_right":
                return searching.found_from_right(self.substring or "", self.start, self.end)
            case "contains" | "matches_prefix":
                return searching.contained(self._sought)
            case "find_all":
                return searching.all_found(self._sought)
            case "extract":
                return searching.extracted(self._sought, self.group)
            case "extract_between":
                return searching.between(left, right)
            case "extract_from_position":
                return searching.at_position(self.start, self.length)
            case "replace":
                return searching.replaced(self._sought, self.replacement)
            case "replace_between":
                return searching.replaced_between(left, right, self.replacement)
            case "replace_from_position":
                return searching.replaced_at_position(self.start, self.length or 0, self.replacement)
            case "regex_to_missing":
                return searching.only_whole(self._sought)
            case "split":
                return searching.split(self.delimiter, self.max_splits)


@register
@dataclass(frozen=True)
class ValidateString(_StringStep):
    """Say whether a text is what is asked for: a truth value, 1 or 0 in the matrix, e.g. ``note_is_title``.

    Missing stays missing. What a letter, a digit or a capital is, is said by Unicode; an empty text holds none, and is
    false to every question but ``length_equals``, ``starts_with`` and ``ends_with``.

    Parameters
    ----------
    operation : str
        ``length_equals``, ``starts_with``, ``ends_with``, ``is_alphanumeric``, ``is_alpha``, ``is_digit``,
        ``is_space``, ``is_title``, ``is_lower``, ``is_upper``, ``is_numeric``, ``is_decimal``.
    length : int, optional
        For ``length_equals``: characters (code points).
    text : str, optional
        For ``starts_with`` and ``ends_with``: the beginning or ending.
    output : str, optional
        Name of the new column, in which ``{column}`` stands for the source's; ``{column}_{operation}`` if None.
    """

    operation: Validating
    length: int | None = None
    text: str | None = None
    output: str | None = None

    op: ClassVar[str] = "validate_string"
    uses: ClassVar[Mapping[str, Uses]] = validating.USES

    def check(self) -> None:
        """Refuse options that the operation does not have, and values without a meaning."""
        check_uses(self, self.operation)
        _check_output(self.op, self.output)
        if self.length is not None and self.length < 0:
            raise ConfigError(f"validate_string has `length: {self.length}`; 0 or more is needed.")
        if self.text == "":
            raise ConfigError("validate_string has an empty `text`, with which every text begins and ends.")

    def _all(self, columns: Sequence[Column]) -> list[Made | Block]:
        operation = validating.validating(self.operation, length=self.length or 0, text=self.text or "")
        name = self.output or f"{{column}}_{self.operation}"
        return [operation.made(column, _named(column, name, "Boolean")) for column in columns]


def _check_output(op: str, output: str | None) -> None:
    if output == "":
        raise ConfigError(f"{op} has an empty `output`.", hint="Write e.g. `output: '{column}_new'`.")


def _named(column: Column, name: str, dtype: str) -> Column:
    """Describe what is made of a column; a text stays free text where it was, and is a category otherwise."""
    kind = column.kind if dtype == "String" and column.kind is Kind.TEXT else kind_of(dtype)
    return derive(column, name=name.replace("{column}", column.name), dtype=dtype, kind=kind, direction=Direction.LOSES)
