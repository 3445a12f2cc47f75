"""Functions of texts. A text and a number never meet: convert a column first."""

from functools import reduce
from operator import add
from typing import Any

from clew.core.expr.spec import Function, Language, strict, text, whole_number

#: What `trim` takes away: the blanks of ASCII. Engines do not agree about the others.
_BLANKS = " \t\n\r\f\v"
_SQL_BLANKS = "' ' || chr(9) || chr(10) || chr(13) || chr(12) || chr(11)"
_LONGEST = 10_000


def _concat_of(F: Language, *values: Any) -> Any:
    # Cutting nothing off refuses what is no text: joining would turn a number into one, each engine in its own way.
    return F.concat_str([value.str.slice(0) for value in values], separator="", ignore_nulls=False)


def _concat(*values: str) -> str:
    return reduce(add, values)


def _substring(value: str, start: int, length: int | None = None) -> str:
    return value[start - 1 :] if length is None else value[start - 1 : start - 1 + length]


def _substring_of(_: Language, value: Any, start: int, length: int | None = None) -> Any:
    return value.str.slice(start - 1, length)


TEXTS: dict[str, Function] = {
    "lower": Function((1, 1), lambda _, x: x.str.to_lowercase(), strict(str.lower), "lower({0})", "text in lower case"),
    "upper": Function((1, 1), lambda _, x: x.str.to_uppercase(), strict(str.upper), "upper({0})", "text in upper case"),
    "length": Function(
        (1, 1), lambda F, x: x.str.len_chars().cast(F.Int64), strict(len), "length({0})", "characters of a text"
    ),
    "concat": Function(
        (2, 9), _concat_of, strict(_concat), lambda *x: f"({' || '.join(x)})", "texts joined; missing if one of them is"
    ),
    "substring": Function(
        (2, 3),
        _substring_of,
        strict(_substring),
        "substring({all})",
        "part of a text from a position on, the first being 1, this many characters or all",
        written={1: whole_number(1, _LONGEST), 2: whole_number(0, _LONGEST)},
    ),
    "replace": Function(
        (3, 3),
        lambda _, x, old, new: x.str.replace_all(old, new, literal=True),
        strict(str.replace),
        "replace({all})",
        "text with each occurrence of one text replaced by another",
        written={1: text, 2: lambda value: None if isinstance(value, str) else "a quoted text"},
    ),
    "trim": Function(
        (1, 1),
        lambda _, x: x.str.strip_chars(_BLANKS),
        strict(lambda value: value.strip(_BLANKS)),
        f"trim({{0}}, {_SQL_BLANKS})",
        "text without blanks at both ends",
    ),
    "starts_with": Function(
        (2, 2),
        lambda _, x, part: x.str.starts_with(part),
        strict(str.startswith),
        "starts_with({0}, {1})",
        "whether a text begins with another",
        written={1: text},
    ),
    "ends_with": Function(
        (2, 2),
        lambda _, x, part: x.str.ends_with(part),
        strict(str.endswith),
        "ends_with({0}, {1})",
        "whether a text ends with another",
        written={1: text},
    ),
    "contains": Function(
        (2, 2),
        lambda _, x, part: x.str.contains(part, literal=True),
        strict(str.__contains__),
        "contains({0}, {1})",
        "whether a text holds another",
        written={1: text},
    ),
}
