"""What a column of text really holds, judged over all of its rows whatever their order."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from clew.collect.codes import finding
from clew.collect.guess_moments import guess_moments
from clew.collect.guess_numbers import guess_numbers, settle
from clew.collect.guesses import SOME, Cells, Guess, listed
from clew.collect.kinds import kind_of_text
from clew.collect.missing import TEXT_MISSING, TYPED_MISSING, is_token, kept_words, stripped
from clew.collect.moments import iso_form, looks_like_moments
from clew.collect.numbers import to_floats
from clew.core.finding import Finding
from clew.core.schema import Column, Kind

#: From this share of numbers or dates on, the other values are worth a finding.
MOSTLY = 0.5
_PAIRS = ({"false", "true"}, {"no", "yes"}, {"f", "t"}, {"n", "y"})
#: Ways to write two words in capitals and small letters: more distinct values are no pair.
_SPELLINGS = 2**4 + 2**5
_FALSE = ("false", "no", "f", "n")
#: How a number or a date begins: not with a letter, unless that of infinity, of "not a number", or of a month.
_NUMBER_OR_DATE = "^(?:[^a-zA-Z]|(?i:inf|nan|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"


@dataclass(frozen=True)
class Guessed:
    """What a column of text was found to hold.

    Parameters
    ----------
    column : Column
        Name, storage type, kind, unit, format and words for "missing".
    findings : tuple of Finding
        What was noticed.
    as_is : bool
        Whether the cells stay the texts that they are, so that reading the column would change none of them.
    """

    column: Column
    findings: tuple[Finding, ...] = ()
    as_is: bool = False


def guess_column(values: pl.Series, facts: Mapping[str, Any]) -> Guessed:
    """Find out what a column of text holds.

    Parameters
    ----------
    values : Series of String
        The column.
    facts : mapping
        What the domain states about it: ``kind``, ``format``, ``unit`` and ``missing`` win over what is seen.
    """
    name, rows = values.name, len(values)
    kind = facts.get("kind")
    stated = frozenset(facts["missing"]) if facts.get("missing") is not None else None
    if stated is None and _looks_plain(values, facts):
        text = stripped(values)
        if text.null_count() < rows and (quick := _plain(text, facts)):
            return _guessed(name, quick, {}, text.null_count() - values.null_count() - int((values == "").sum()), rows)
    cells = Cells.of(values, TYPED_MISSING if stated is None else stated)
    if cells.values.is_empty():
        return Guessed(Column(name, "String", kind or Kind.UNKNOWN), _replaced(name, cells.words, cells.blank, rows))
    guess = _typed(cells, facts)
    if guess.dtype is not None:
        return _guessed(name, guess, cells.words, cells.blank, rows)
    return _text(name, cells, rows, facts, guess)


def _guessed(name: str, guess: Guess, words: Mapping[str, int], blank: int, rows: int) -> Guessed:
    column = Column(name, guess.dtype or "String", guess.kind, unit=guess.unit, format=guess.format)
    notes = tuple(replace(note, column=name) for note in guess.notes)
    return Guessed(column, _replaced(name, words, blank, rows) + notes)


def _looks_plain(values: pl.Series, facts: Mapping[str, Any]) -> bool:
    """Tell by the first values whether a column may hold nothing but plain numbers, or one form of ISO dates."""
    if facts.get("format") is not None or values.null_count() == len(values):
        return False
    some = stripped(values.drop_nulls().head(SOME)).drop_nulls()
    return bool(to_floats(some).is_not_null().all()) or iso_form(some) is not None


def _plain(text: pl.Series, facts: Mapping[str, Any]) -> Guess | None:
    """Judge a column of nothing but plain numbers, or one form of ISO dates, without counting distinct values."""
    kind = facts.get("kind")
    if kind in {None, Kind.NUMERIC}:
        values = to_floats(text)
        if values.null_count() == text.null_count() and not values.is_nan().any():
            guess = Guess("Float64", Kind.NUMERIC, facts.get("unit"))
            return settle(text, text, guess, sure=kind is Kind.NUMERIC)
    if kind in {None, Kind.DATETIME} and (form := iso_form(text)):
        return Guess(form, Kind.DATETIME)
    return None


def _typed(cells: Cells, facts: Mapping[str, Any]) -> Guess:
    """Return the first of boolean, number and date that every value is; else a guess of text with notes."""
    kind = facts.get("kind")
    if kind in {Kind.CATEGORICAL, Kind.ORDINAL, Kind.TEXT, Kind.NESTED, Kind.IMAGE, Kind.UNKNOWN}:
        return _stated_text(cells, kind, facts)
    if kind is Kind.BOOLEAN:
        return Guess("Boolean", Kind.BOOLEAN, format=_spelling(cells))
    if kind is Kind.NUMERIC:
        return guess_numbers(cells.values, facts) or Guess("Float64", Kind.NUMERIC)
    if kind is Kind.DATETIME:
        return guess_moments(cells.values, facts)
    if _is_pair(cells):
        return Guess("Boolean", Kind.BOOLEAN, format=_spelling(cells))
    number = guess_numbers(cells.values, facts)
    if number is not None:
        return number
    return guess_moments(cells.values, facts)


def _is_pair(cells: Cells) -> bool:
    """Whether the values are yes and no; a third word, such as unknown, makes them categories."""
    if len(cells.values) > _SPELLINGS or {value.lower() for value in cells.values} not in _PAIRS:
        return False
    values = [*cells.values, *cells.words]
    frame = pl.DataFrame({"text": values, "count": [*cells.counts, *cells.words.values()]})
    return TEXT_MISSING.issuperset(cells.words) and not kept_words(frame)


def _stated_text(cells: Cells, kind: Kind, facts: Mapping[str, Any]) -> Guess:
    """Keep a stated category as text, save that whole numbers in their usual spelling stay whole numbers."""
    digits = cells.values.str.contains("^(?:0|-?[1-9][0-9]{0,17})$").all()
    if digits and kind in {Kind.CATEGORICAL, Kind.ORDINAL} and "order" not in facts:
        return Guess("Int64", kind)
    return Guess(None, kind)


def _spelling(cells: Cells) -> str | None:
    """Return how the file spells false and true, where it is not simply that and there is one spelling."""
    words = cells.values.to_list()
    if len(words) != 2 or {word.lower() for word in words} not in _PAIRS[1:]:
        return None
    false, true = sorted(words, key=lambda word: word.lower() not in _FALSE)
    return f"{false}/{true}"


def _text(name: str, cells: Cells, rows: int, facts: Mapping[str, Any], guess: Guess) -> Guessed:
    """Describe a column that stays text: which words are missing, and whether it holds categories or text."""
    frame = cells.every()
    kept = kept_words(frame) if facts.get("missing") is None else frozenset()
    missing = TEXT_MISSING - kept if facts.get("missing") is None else frozenset(facts["missing"])
    gone = is_token(frame["text"], missing)
    # Copying a million texts takes longer than to see that none of them has to go.
    present = frame.filter(~gone) if gone.any() else frame
    words = dict(frame.filter(gone).iter_rows()) if gone.any() else {}
    findings = _replaced(name, words, cells.blank, rows)
    if present.is_empty():
        return Guessed(Column(name, "String", facts.get("kind") or Kind.UNKNOWN), findings)
    if kept:
        shown = {word: count for word, count in frame.sort("text").iter_rows() if word in kept}
        detail = f"{listed(shown)} {'was' if len(shown) == 1 else 'were'} kept as a value."
        findings += (finding("DQ102", detail, name, words=shown),)
    notes = tuple(replace(note, column=name) for note in guess.notes)
    if "kind" not in facts:
        findings += notes or _mixed(name, present)
    kind = facts.get("kind") or kind_of_text(present)
    column = Column(name, "String", kind, missing=tuple(sorted(missing)) if kept else None)
    return Guessed(column, findings, as_is=not (words or cells.blank or cells.empty))


def _replaced(name: str, words: Mapping[str, int], blank: int, rows: int) -> tuple[Finding, ...]:
    counts = dict(sorted(words.items(), key=lambda item: (-item[1], item[0])))
    if blank:
        counts["blank"] = blank
    total = sum(counts.values())
    if not total:
        return ()
    shown = listed(counts)
    return (
        finding("DQ101", f"{total} of {rows} values were read as missing: {shown}.", name, words=counts, rows=rows),
    )


def _mixed(name: str, cells: pl.DataFrame) -> tuple[Finding, ...]:
    """Say which values keep a column that is mostly numbers, or mostly dates, from being so."""
    total = int(cells["count"].sum())
    # One cheap look at the first letters says of most texts that they are neither.
    likely = cells.filter(cells["text"].str.contains(_NUMBER_OR_DATE))
    if MOSTLY * total > int(likely["count"].sum()):
        return ()
    forms = (("numbers", to_floats(cells["text"]).is_not_null()), ("dates", looks_like_moments(cells["text"])))
    for what, fits in forms:
        count = int(cells.filter(fits)["count"].sum())
        if MOSTLY * total <= count < total:
            others = cells.filter(~fits).sort(["count", "text"], descending=[True, False])
            shown = dict(others.head(5).iter_rows())
            detail = (
                f"{count} of {total} values are {what}, and {total - count} are not: "
                f"{listed(shown)}{' …' if others.height > 5 else ''}."
            )
            return (finding("DQ103", detail, name, others=shown, count=total - count, rows=total),)
    return ()
