"""Whether text names a category, tells a story, or identifies a row."""

import re

import polars as pl

from clew.core.schema import Kind

#: Text has at least this many words, or this many characters, on average over the rows …
WORDS, CHARACTERS = 3.0, 40.0
#: … and at least this share of the present values are different.
DISTINCT_SHARE = 0.3

#: Values that are looked at first.
_SOME = 100
#: Names of what identifies something.
ID_NAME = re.compile(
    r"(?i:id|ids|uuid|guid|pk|index|idx|rownames|unnamed: ?\d+|__index_level_\d+__)"
    r"|(?i:row[ _.-]?(?:id|nr|no|num|number|index))"
    r"|(?i:.*[ _.-](?:id|uuid|guid|pk))|(?i:(?:id|uuid|guid)[ _.-].*)|.*[a-z0-9](?:Id|ID|Uuid|UUID|Guid|GUID)"
)
_UUID = "^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$"


def kind_of_text(cells: pl.DataFrame) -> Kind:
    """Tell categories from text.

    Text is mostly different from row to row and has several words or many characters; everything else is a category,
    however many there are.

    Parameters
    ----------
    cells : polars.DataFrame
        Columns ``text`` (distinct, stripped) and ``count``; missing values left out.
    """
    rows = int(cells["count"].sum())
    if rows == 0 or cells.height <= max(2, DISTINCT_SHARE * rows):
        return Kind.CATEGORICAL
    text, count = pl.col("text"), pl.col("count")
    if not cells["text"].str.contains("[\t\r\n]").any():
        # Spaces are quicker to count than stretches of white space, and there are at least as many.
        spaces, characters = cells.select(
            spaces=(text.str.count_matches(" ", literal=True) * count).sum(),
            characters=(text.str.len_chars() * count).sum(),
        ).row(0)
        if spaces + rows < WORDS * rows:
            return Kind.TEXT if characters >= CHARACTERS * rows else Kind.CATEGORICAL
    sums = cells.select(
        words=((text.str.count_matches("[ \t\r\n]+") + 1) * count).sum(),
        characters=(text.str.len_chars() * count).sum(),
    )
    words, characters = sums.row(0)
    return Kind.TEXT if words >= WORDS * rows or characters >= CHARACTERS * rows else Kind.CATEGORICAL


def identifies(values: pl.Series) -> str | None:
    """Tell whether a column identifies the rows.

    Parameters
    ----------
    values : Series
        Whole numbers or text.

    Returns
    -------
    str or None
        Why it does: every value is there and different, and the column's name or the form of its values says so.
    """
    if len(values) < 2 or values.null_count() or not (values.dtype == pl.String or values.dtype.is_integer()):
        return None
    named = ID_NAME.fullmatch(values.name.strip()) is not None
    formed = values.dtype == pl.String and _all_uuids(values)
    if not (named or formed) or values.n_unique() < len(values):
        return None
    return "its name says so" if named else "every value is a UUID"


def _all_uuids(values: pl.Series) -> bool:
    # Nearly every column shows at once that it holds something else.
    return bool(values.head(_SOME).str.contains(_UUID).all()) and bool(values.str.contains(_UUID).all())
