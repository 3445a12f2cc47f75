"""What the texts of a column look like: ``{upper:2}-{digits:4-7}`` and the share of them that do.

Every text is cut into runs of digits, letters and white space, and single other characters; texts with equal runs have
one form. Forms are compared at three grains: letters by their case, letters of any case, letters and digits together.
The finest grain at which a few forms cover nearly as much as at any other is shown; a column without form, such as
prose, is ``{any}``. The classes are those that Amazon documents for the text patterns of its data quality report; the
method is our own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

#: Longer texts are prose, and match nothing but ``{any}``.
LONGEST = 256
#: Forms shown, and the share of the texts below which one is not worth a line.
MOST, LEAST_SHARE = 5, 0.02
#: A grain is fine enough if its forms cover this share of what any grain covers; below the second nothing has form.
_NEARLY, _FORMLESS = 0.95, 0.5
#: Runs in a form at most.
_MOST_RUNS = 24
#: Texts that match no pattern and are listed.
_EXAMPLES = 5
#: Repeating a class of all alphabets more often than this makes a regular expression too large.
_MOST_REPEATS = 40

#: Marks of classes in a form: private code points, so that no character of a text is taken for one.
_DIGITS, _NAME, _UPPER, _LOWER, _MIXED, _ALNUM, _SPACE = (chr(0xF0000 + place) for place in range(7))
_ANY_MARK = "[\U000f0000-\U000f0006]"
_MARKS = {
    _DIGITS: ("digits", "[0-9]", r"\p{Nd}"),
    _NAME: ("name", "[A-Z][a-z]", r"\p{Lu}\p{Ll}"),
    _UPPER: ("upper", "[A-Z]", r"\p{Lu}"),
    _LOWER: ("lower", "[a-z]", r"\p{Ll}"),
    _MIXED: ("mixed", "[A-Za-z]", r"[\p{L}\p{M}]"),
    _ALNUM: ("alnum", "[A-Za-z0-9]", r"[\p{L}\p{M}\p{Nd}]"),
    _SPACE: ("whitespace", r"\s", r"\s"),
}
#: From text to the form of the finest grain, and from each to the next.
_FINEST = (
    (r"\p{Nd}+", _DIGITS),
    (r"\p{Lu}\p{Ll}+", _NAME),
    (r"\p{Lu}+", _UPPER),
    (r"\p{Ll}+", _LOWER),
    (r"[\p{L}\p{M}]+", _MIXED),
    (f"[{_NAME}{_UPPER}{_LOWER}{_MIXED}]{{2,}}", _MIXED),
    (r"\s+", _SPACE),
)
_COARSER = ((f"[{_NAME}{_UPPER}{_LOWER}{_MIXED}]+", _MIXED), (f"[{_MIXED}{_DIGITS}]+", _ALNUM))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A form that many texts of a column have.

    Parameters
    ----------
    text : str
        For people: classes in braces with the range of their lengths, other characters as they are; a brace that is
        meant itself is doubled.
    regex : str
        Matches the whole of every text of this form; in the dialect of Rust's regex, which Polars reads.
    count : int
        Texts of this form.
    share : float
        Their share of the texts looked at.
    """

    text: str
    regex: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class TextPatterns:
    """What the texts of a column look like.

    Parameters
    ----------
    patterns : tuple of Pattern
        The most frequent first; a text belongs to one at most.
    rows : int
        Texts looked at.
    exact : bool
        Whether these are all texts of the column; else a uniform sample.
    others : int, default 0
        Texts of no such form.
    examples : tuple of str
        Some of these, the most frequent first.
    """

    patterns: tuple[Pattern, ...]
    rows: int
    exact: bool
    others: int = 0
    examples: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            "patterns": [
                {"pattern": item.text, "regex": item.regex, "count": item.count, "share": item.share}
                for item in self.patterns
            ],
            "rows": self.rows,
            "exact": self.exact,
            "others": self.others,
            "examples": list(self.examples),
        }


def patterns_of(values: pl.Series, *, exact: bool) -> TextPatterns | None:
    """Find the patterns of texts.

    Parameters
    ----------
    values : Series of String
        Texts; nulls are left out.
    exact : bool
        Whether these are all texts of the column.

    Returns
    -------
    TextPatterns or None
        None where there is no text.
    """
    counted = values.rename("value").drop_nulls().value_counts(name="count")
    return patterns_of_counts(counted, exact=exact) if len(counted) else None


def patterns_of_counts(counted: pl.DataFrame, *, exact: bool) -> TextPatterns:
    """Find the patterns of counted texts.

    Parameters
    ----------
    counted : DataFrame
        Columns ``value`` (different texts) and ``count``; one row at least.
    exact : bool
        Whether these are all texts of the column.
    """
    rows = int(counted["count"].sum())
    value = pl.col("value")
    short = counted.filter(
        (value.str.len_bytes() <= 4 * LONGEST) & (value.str.len_chars() <= LONGEST) & ~value.str.contains(_ANY_MARK)
    )
    forms, frequent = _finest_useful(short, rows)
    if not len(frequent):
        return TextPatterns((_anything(counted["value"], rows),), rows, exact)
    known = short.with_columns(forms.alias("form"))
    found = tuple(
        pattern
        for form, count in frequent.iter_rows()
        for pattern in _pattern(form, known.filter(pl.col("form") == form)["value"], int(count), rows)
    )
    unmatched = counted.join(known.filter(pl.col("form").is_in(frequent["form"].implode())), on="value", how="anti")
    examples = unmatched.filter(value.str.len_chars() <= LONGEST).top_k(_EXAMPLES, by=["count", "value"])
    return TextPatterns(found, rows, exact, int(unmatched["count"].sum()), tuple(examples["value"]))


def _finest_useful(short: pl.DataFrame, rows: int) -> tuple[pl.Series, pl.DataFrame]:
    """Return the form of each text and the frequent forms with their counts, of the finest grain that serves."""
    forms = _replaced(short["value"], _FINEST)
    grains = [(forms, _frequent(forms, short["count"], rows))]
    for coarser in _COARSER:
        forms = _replaced(forms, (coarser,))
        grains.append((forms, _frequent(forms, short["count"], rows)))
    covers = [int(frequent["count"].sum()) for _, frequent in grains]
    best = max(covers)
    if best < _FORMLESS * rows:
        return grains[0][0], grains[0][1].clear()
    return next(grain for grain, cover in zip(grains, covers, strict=True) if cover >= _NEARLY * best)


def _replaced(values: pl.Series, rules: Sequence[tuple[str, str]]) -> pl.Series:
    for pattern, mark in rules:
        values = values.str.replace_all(pattern, mark)
    return values


def _frequent(forms: pl.Series, counts: pl.Series, rows: int) -> pl.DataFrame:
    """Return the forms worth a line, columns ``form`` and ``count``, the most frequent first."""
    summed = pl.DataFrame([forms.alias("form"), counts.alias("count")]).group_by("form").agg(pl.col("count").sum())
    worth = summed.filter((pl.col("count") >= LEAST_SHARE * rows) & (pl.col("form").str.len_chars() <= _MOST_RUNS))
    return worth.top_k(MOST, by=["count", "form"]).sort(["count", "form"], descending=[True, False])


def _pattern(form: str, texts: pl.Series, count: int, rows: int) -> list[Pattern]:
    """Say what different texts of one form have in common."""
    if not form:
        return [Pattern("", "", count, count / rows)]
    groups = "".join(f"({_escaped(mark) if mark not in _MARKS else _general(mark)})" for mark in form)
    runs = texts.str.extract_groups(f"^{groups}$").struct.unnest()
    words, regex = [], []
    for mark, run in zip(form, runs.iter_columns(), strict=True):
        if mark not in _MARKS or (len(texts) > 1 and mark is not _SPACE and run.n_unique() == 1):
            literal = str(run[0])
            words.append(literal.replace("{", "{{").replace("}", "}}"))
            regex.append("".join(map(_escaped, literal)))
        elif mark == _SPACE and (run == " ").all():
            words.append(" ")
            regex.append(" ")
        else:
            word, expression = _class(mark, run)
            words.append(word)
            regex.append(expression)
    return [Pattern("".join(words), "".join(regex), count, count / rows)]


def _general(mark: str) -> str:
    """Return what matches any run of a class."""
    return r"\p{Lu}\p{Ll}+" if mark == _NAME else f"{_MARKS[mark][2]}+"


def _class(mark: str, run: pl.Series) -> tuple[str, str]:
    """Return a class with the range of its lengths, for people and as a regular expression."""
    lengths = run.str.len_chars()
    low, high = int(str(lengths.min())), int(str(lengths.max()))
    name, ascii_only, general = _MARKS[mark]
    plain = mark == _SPACE or not run.str.contains("[^ -~]").any()
    word = f"{{{name}:{low}}}" if low == high else f"{{{name}:{low}-{high}}}"
    expression = ascii_only if plain else general
    if mark == _NAME:
        low, high = low - 1, high - 1
    if not plain and high > _MOST_REPEATS:
        return word, f"{expression}+"
    return word, expression + (f"{{{low}}}" if low == high else f"{{{low},{high}}}")


def _escaped(character: str) -> str:
    return f"\\{character}" if character in r"\.+*?()|[]{}^$#&-~" else character


def _anything(texts: pl.Series, rows: int) -> Pattern:
    lengths = texts.str.len_chars()
    low, high = int(str(lengths.min())), int(str(lengths.max()))
    return Pattern(f"{{any:{low}}}" if low == high else f"{{any:{low}-{high}}}", r"(?s:.*)", rows, 1.0)
