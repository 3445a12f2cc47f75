r"""One dialect of regular expressions, which a row, Polars and the other engines read alike.

Python's ``re`` (one row), Rust's ``regex`` (Polars) and RE2 (pyarrow, DuckDB) differ: in what ``\d`` is, in what ``$``
matches, in how case is ignored, in matches of nothing, and in what they can say at all. So a pattern is read here, and
what all of them mean alike is written anew for each, with every class of characters spelt out:

- characters, ``.`` (all but the line feed), classes ``[a-z]`` and ``[^…]``, ``\d`` = ``[0-9]``, ``\w`` =
  ``[0-9A-Za-z_]``, ``\s`` = Unicode's white space, and ``\D``, ``\W``, ``\S``;
- ``^`` and ``$``, the beginning and the very end of the text, and ``\b``, an edge of a word of ``\w``;
- groups ``(…)``, ``(?:…)``, ``(?P<name>…)``; ``|``; ``*``, ``+``, ``?``, ``{m}``, ``{m,}``, ``{m,n}``, and their lazy
  forms with ``?``; ``(?i)`` at the start ignores case.

Refused, with the reason: looking ahead or behind, references to groups, possessive repeats, other flags, and repeats of
what may be empty.

Rust and RE2 need time that grows with the text; ``re`` tries one way after another. It is asked only where that cannot
take long (`Pattern.limit`); a longer text goes to Rust.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import polars as pl

from clew.core.errors import ConfigError
from clew.prepare.textual.pattern_parser import parse
from clew.prepare.textual.pattern_parts import Part

#: Steps that `re` may take on one text at most.
_STEPS = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A pattern of the dialect, ready for use.

    Parameters
    ----------
    written : str
        As it was written.
    rust : str
        As Rust's ``regex`` reads it; RE2 too, if it is portable.
    compiled : re.Pattern
        As Python reads it.
    groups : int
        Number of its groups.
    may_be_empty : bool
        Whether it matches an empty text.
    portable : bool
        Whether RE2 reads `rust` alike.
    limit : int
        Longest text, in characters, that `re` is asked about.
    """

    written: str
    rust: str
    compiled: re.Pattern[str]
    groups: int
    may_be_empty: bool
    portable: bool
    limit: int

    def contains(self, text: str) -> bool:
        """Whether it matches somewhere."""
        if len(text) > self.limit:
            return bool(_alone(text, lambda cell: cell.str.contains(self.rust)))
        return self.compiled.search(text) is not None

    def extract(self, text: str, group: int = 0) -> str | None:
        """Return what the first match, or a group of it, matches; None where there is none."""
        if len(text) > self.limit:
            found: str | None = _alone(text, lambda cell: cell.str.extract(self.rust, group))
            return found
        match = self.compiled.search(text)
        return None if match is None else match.group(group)

    def find_all(self, text: str) -> list[str]:
        """Return what it matches, from left to right; for patterns that match no empty text."""
        if len(text) > self.limit:
            return list(_alone(text, lambda cell: cell.str.extract_all(self.rust)))
        return [match.group() for match in self.compiled.finditer(text)]

    def replace(self, text: str, replacement: str) -> str:
        """Return the text with all matches replaced by a plain text; for patterns that match no empty text."""
        if len(text) > self.limit:
            return str(_alone(text, lambda cell: cell.str.replace_all(self.rust, dollars(replacement))))
        return self.compiled.sub(lambda _: replacement, text)


def dollars(replacement: str) -> str:
    """Return a plain text as Rust reads it in the place of a match, where ``$`` names a group."""
    return replacement.replace("$", "$$")


def literal(text: str) -> str:
    """Return the pattern that matches this text."""
    return "".join(character if character.isalnum() else rf"\u{{{ord(character):x}}}" for character in text)


@lru_cache(maxsize=256)
def pattern(written: str, *, ignore_case: bool = False, whole: bool = False, start: bool = False) -> Pattern:
    """Read a pattern.

    Parameters
    ----------
    written : str
        The pattern, in the dialect of this module.
    ignore_case : bool, default False
        Whether capitals and small letters are one.
    whole : bool, default False
        Whether it must match the whole text.
    start : bool, default False
        Whether it must match at the start of the text.

    Raises
    ------
    ConfigError
        If it is no pattern of the dialect.
    """
    part = parse(written, ignore_case=ignore_case)
    before, after = (r"\A(?:" if whole or start else ""), (")" if whole or start else "")
    rust = f"{before}{part.rust}{after}" + (r"\z" if whole else "")
    python = f"{before}{part.python}{after}" + (r"\Z" if whole else "")
    try:
        pl.Series([""]).str.contains(rust)
    except pl.exceptions.ComputeError:
        raise ConfigError(
            f"The pattern {written!r} is too large: its repeats make more states than an engine may have.",
            hint="Repeat less often, or use `*` or `+`.",
        ) from None
    return Pattern(
        written, rust, re.compile(python, re.ASCII), part.groups, part.shortest == 0, part.portable, _limit(part)
    )


def _limit(part: Part) -> int:
    """Return the length of text on which trying all ways takes at most `_STEPS` steps.

    From each of n places there are up to ``ways * n ** power`` ways, all in all ``ways * n ** (power + 1)``.
    """
    if part.power is None:
        return 0
    return int((_STEPS / part.ways) ** (1 / (part.power + 1)))


def _alone(text: str, ask: Callable[[pl.Expr], pl.Expr]) -> Any:
    """Ask Rust about one text."""
    found = pl.select(ask(pl.lit(text, pl.String))).item()
    return found.to_list() if isinstance(found, pl.Series) else found
