"""Texts that mean "no value", and when they do not.

Blank text is always missing. The other spellings depend on what the column holds:

- In a column of numbers, dates or truth values none of them can be a value, so all are missing.
- In a column of text some are written by machines alone (``nan``, ``NULL``, ``<NA>``, ``#N/A``, ``?`` …) and are
  missing. Others may be a category: ``None`` for an alley, ``-`` for a service, ``NA`` for Namibia. Such a word stays a
  value where it makes more than a fifth of the values beside at most twenty others, or is ``NA`` among two-letter
  codes. Staying a value loses nothing, being taken for missing would; so the doubtful case stays.

What was decided for a column is kept in ``Column.missing``, so that later rows are read in the same way.
"""

from collections.abc import Iterable

import polars as pl

#: White space that people, spreadsheets and web pages leave around values.
SPACE = (
    " \t\n\v\f\r\u0085\u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200C))) + "\u2028\u2029\u202f\u205f\u3000\ufeff"
)

_MACHINES = (
    *("nan", "NaN", "NAN", "-nan", "null", "Null", "NULL", "(null)", "(NULL)", "<NA>", "<na>", "NaT", "nat", "\\N"),
    *("#N/A", "#NA", "#N/A N/A", "#VALUE!", "#DIV/0!", "#REF!", "#NAME?", "#NUM!", "#NULL!", "?", "??", "???"),
)
_DOUBTFUL = (
    *("NA", "na", "N/A", "n/a", "N.A.", "n.a.", "None", "none", "NONE", "nil"),
    *("-", "--", "---", "\u2013", "\u2014", "."),
)
_NO_NUMBER = ("missing", "Missing", "MISSING", "unknown", "Unknown", "UNKNOWN", "(missing)", "(unknown)", "nd", "n.d.")

#: Missing in a column of text, unless it is found to be a category there.
TEXT_MISSING = frozenset(_MACHINES + _DOUBTFUL)
#: Missing in a column of numbers, dates or truth values.
TYPED_MISSING = TEXT_MISSING | frozenset(_NO_NUMBER)
#: Longest of these texts, in bytes.
LONGEST = max(len(token.encode()) for token in TYPED_MISSING)

#: A doubtful word that makes a larger share of the values than this may be a category …
CATEGORY_SHARE = 0.2
#: … if there are not more other categories than this.
CATEGORY_OTHERS = 20


def stripped(values: pl.Series) -> pl.Series:
    """Return texts without the white space around them; blank ones are null."""
    text = values.str.strip_chars(SPACE)
    return text.set(text == "", None) if (text == "").any() else text


def is_token(text: pl.Series, tokens: Iterable[str]) -> pl.Series:
    """Tell which texts are one of the tokens; null is none."""
    return text.is_in(list(tokens)).fill_null(value=False)


def kept_words(cells: pl.DataFrame) -> frozenset[str]:
    """Decide which doubtful words are categories of a column of text.

    Parameters
    ----------
    cells : polars.DataFrame
        Columns ``text`` (distinct, stripped, not blank) and ``count``.

    Returns
    -------
    frozenset of str
        The words that stay values.
    """
    doubtful = cells.filter(is_token(cells["text"], _DOUBTFUL))
    if doubtful.is_empty():
        return frozenset()
    others = cells.filter(~is_token(cells["text"], TEXT_MISSING))
    if others.is_empty():
        return frozenset()
    kept: set[str] = set()
    if others.height <= CATEGORY_OTHERS:
        total = int(doubtful["count"].sum()) + int(others["count"].sum())
        kept |= set(doubtful.filter(pl.col("count") > CATEGORY_SHARE * total)["text"])
    if "NA" in doubtful["text"] and others.height >= 3 and others["text"].str.contains("^[A-Z]{2}$").all():
        kept.add("NA")
    return frozenset(kept)
