"""Which spelling makes numbers of all texts of a column."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from clew.collect.codes import finding
from clew.collect.guesses import SOME, Guess
from clew.collect.numbers import CURRENCIES, STYLES, Numbers, is_whole, mark_pattern, marks, to_floats
from clew.core.finding import Finding
from clew.core.schema import Kind

_CODE_OF = {mark: code for code in CURRENCIES for mark in marks(code)}
_SIGNS = mark_pattern(tuple(sorted(_CODE_OF, key=lambda mark: (-len(mark), mark))))
_BEFORE, _AFTER = f"^[+-]?({_SIGNS})", f"({_SIGNS})$"
_COMMA, _POINT = "1,234.5", "1.234,5"
#: What every number in every style looks like: a cheap way to leave other texts alone.
_LIKE = (
    f"^(?:[+-]|{_SIGNS}|[ \u00a0\u202f])*"
    "(?:[iI][nN][fF](?:[iI][nN][iI][tT][yY])?|[0-9.,][0-9.,'\u2019 \u00a0\u202f\u2009eE+-]*)"
    f"(?:{_SIGNS}|[% \u00a0\u202f])*$"
)


def guess_numbers(texts: pl.Series, facts: Mapping[str, Any]) -> Guess | None:
    """Find a spelling by which every text is a number.

    Parameters
    ----------
    texts : Series of String
        Present values, stripped.
    facts : mapping
        What the domain states: ``format``, ``unit``, ``kind``.

    Returns
    -------
    Guess or None
        Whole numbers (Int64) or floats; a guess without a type where the digits must stay text, with the reason; None
        where some texts are no numbers.
    """
    sure = facts.get("kind") is Kind.NUMERIC
    if not sure and not texts.head(SOME).str.contains(_LIKE).all():
        return None
    if not sure and not (texts.str.contains(_LIKE).all() and texts.str.contains("[0-9]").any()):
        return None
    unit, notes = _unit(texts, facts)
    if notes and not sure:
        return Guess(None, Kind.CATEGORICAL, notes=notes)
    style, notes = _style(texts, unit, facts)
    plain = Numbers(style, unit).spell(texts)
    if to_floats(plain).null_count():
        return None
    if unit and "unit" not in facts:
        notes = (*notes, _unit_noted(unit))
    return settle(texts, plain, Guess("Float64", Kind.NUMERIC, unit, style, notes), sure=sure)


def settle(texts: pl.Series, plain: pl.Series, guess: Guess, *, sure: bool = False) -> Guess:
    """Tell whole numbers from floats, and from digits that must stay text.

    Parameters
    ----------
    texts : Series of String
        The numbers as they are written.
    plain : Series of String
        Their plain spelling, of the same length.
    guess : Guess
        What is known already; stands if they are floats.
    sure : bool, default False
        Whether they are stated to be numbers.
    """
    if not sure and plain.str.contains("^[+-]?0[0-9]").any():
        return Guess(None, Kind.CATEGORICAL, notes=(_zeros(texts, plain),))
    if guess.unit == "share" or not is_whole(plain).all():
        return guess
    if plain.cast(pl.Int64, strict=False).null_count() > plain.null_count():
        return guess if sure else Guess(None, Kind.CATEGORICAL, notes=(_beyond(texts, plain),))
    return replace(guess, dtype="Int64")


def _unit_noted(unit: str) -> Finding:
    share = "Every value has a percent sign, and is stored as a share."
    return finding(
        "DQ110", share if unit == "share" else f"Every value has the sign of the currency {unit}.", unit=unit
    )


def _unit(texts: pl.Series, facts: Mapping[str, Any]) -> tuple[str | None, tuple[Finding, ...]]:
    """Return the unit whose sign every number carries, or a note where the signs differ."""
    if "unit" in facts:
        return facts["unit"], ()
    body = texts.filter(~texts.str.contains("^[+-]?[0-9.,]+$"))
    if body.is_empty():
        return None, ()
    percent = texts.str.ends_with("%")
    signs = texts.str.extract(_BEFORE).fill_null(texts.str.extract(_AFTER))
    if not percent.any() and signs.null_count() == len(signs):
        return None, ()
    codes = signs.replace_strict(_CODE_OF, default=None, return_dtype=pl.String).set(percent, "share")
    found = codes.drop_nulls().unique().sort().to_list()
    bare = texts.filter(codes.is_null() & ~texts.str.contains(r"^[+-]?0(?:[.,]0*)?$"))
    if len(found) == 1 and bare.is_empty():
        return str(found[0]), ()
    return None, _mixed_units(texts, found, bare)


def _mixed_units(texts: pl.Series, found: list[str], bare: pl.Series) -> tuple[Finding, ...]:
    """Return the note, if the texts are numbers apart from their signs."""
    rest = texts.str.replace(f"^([+-]?){_SIGNS}", "${1}").str.replace(f"(?:{_SIGNS}|%)$", "").str.strip_chars()
    if to_floats(rest).null_count() and to_floats(Numbers(_COMMA).spell(rest)).null_count():
        return ()
    detail = f"The values carry {', '.join(found)}"
    detail += f", and {len(bare)} different values carry no unit." if len(bare) else "."
    return (finding("DQ113", detail, units=found, without=bare.sort().head(5).to_list()),)


def _style(texts: pl.Series, unit: str | None, facts: Mapping[str, Any]) -> tuple[str | None, tuple[Finding, ...]]:
    """Return the first style that reads every text; None is the plain one."""
    if facts.get("format") is not None:
        return facts["format"], ()

    def reads(style: str | None) -> bool:
        return texts.str.contains(f"^(?:{Numbers(style, unit).pattern})$").all()

    if reads(None):
        return None, ()
    for style in STYLES:
        if reads(style):
            if style == _COMMA and reads(_POINT):
                return _comma_or_point(texts)
            return style, ()
    return None, ()


def _comma_or_point(texts: pl.Series) -> tuple[str, tuple[Finding, ...]]:
    """Tell 1,234 (thousands) from 1,234 (decimals), where each comma stands before three digits.

    A number of four digits without a comma beside it, or a group that begins with zero, speaks for decimals.
    """
    if texts.str.contains("(?:^|[^0-9,])[0-9]{4,}|(?:^|[^0-9])0,").any():
        return _POINT, ()
    shown = texts.filter(texts.str.contains(",")).sort().head(5).to_list()
    return _COMMA, (
        finding("DQ111", f"A comma stands before three digits in every value, e.g. {shown[0]!r}.", examples=shown),
    )


def _zeros(texts: pl.Series, plain: pl.Series) -> Finding:
    found = texts.filter(plain.str.contains("^[+-]?0[0-9]")).unique().sort()
    detail = f"{len(found)} different values have zeros in front, e.g. {found[0]!r}."
    return finding("DQ104", detail, examples=found.head(5).to_list())


def _beyond(texts: pl.Series, plain: pl.Series) -> Finding:
    found = texts.filter(plain.cast(pl.Int64, strict=False).is_null()).drop_nulls().unique().sort()
    detail = f"{len(found)} different values do not fit into 64 bits, e.g. {found[0]!r}."
    return finding("DQ105", detail, examples=found.head(5).to_list())
