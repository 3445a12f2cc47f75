"""What to make of texts: how they are written, and the words in them."""

from collections.abc import Iterator

from clew.core.schema import Column, Kind
from clew.explore.column import ColumnStatistics
from clew.prepare.advice.drops import singular, wordy
from clew.prepare.advice.seen import Advice, Seen
from clew.prepare.advice.words import are, chosen, figure, have, listed, many, names, quoted
from clew.prepare.steps import Drop, TextStatistics, TextSvd

#: Columns that a text becomes at most, and below how many it is not worth while.
MOST_DIRECTIONS, FEWEST_DIRECTIONS = 30, 3
#: Endings of the columns that describe how a text is written.
_FIGURES = tuple(f"_{figure}" for figure in TextStatistics("all").figures)
#: A category of several words gets directions of its own where it has more values than this.
MANY_VALUES = 30


def texts(seen: Seen) -> Iterator[Advice]:
    """Describe free texts by the words in them and by how they are written."""
    found = [(c, s) for c, s in seen.features if c.kind is Kind.TEXT and c.dtype == "String" and s.present]
    found = [(c, s) for c, s in found if seen.is_free(c, "_svd_1", *_FIGURES)]
    if not found:
        return
    columns = [column for column, _ in found]
    lengths = [(column.name, stats.lengths) for column, stats in found]
    shown = listed(
        [f"{quoted(name)} ({figure(known.mean if known else 0.0)} characters on average)" for name, known in lengths]
    )
    directions = _directions(seen, len(found))
    if directions:
        yield Advice(
            TextSvd(chosen(columns), n_components=directions, keep=True),
            f"{shown} {are(columns)} free text; {many(directions, 'number')} each say most about the words, with "
            f"{many(seen.rows, 'row')} to learn from.",
        )
    yield Advice(
        TextStatistics(chosen(columns)),
        f"{shown} {are(columns)} free text; length and spelling contribute too.",
    )


def words(seen: Seen) -> Iterator[Advice]:
    """Describe categories with many values of several words by these words: what they share is lost otherwise.

    Not for the estimators of `clew.train`: on taxi trips and their zones the search took three times as long, and the
    model was no better. Only where nearly every row has words of its own, there is nothing else to learn from.
    """
    found = [
        (c, s)
        for c, s in seen.features
        if c.kind is Kind.CATEGORICAL
        and c.dtype == "String"
        and not c.monotonic
        and seen.is_free(c, "_svd_1")
        and (s.distinct or 0) > MANY_VALUES
        and wordy(seen.frame[c.name].unique())
    ]
    directions = _directions(seen, len(found)) if found else 0
    names_of_rows = [item for item in found if singular(item[1])]
    if directions:
        categories = [item for item in found if item not in names_of_rows]
        yield from _in_words(names_of_rows, directions, keep=False)
        if seen.for_model != "any":
            yield from _in_words(categories, directions, keep=True)
    elif names_of_rows:
        columns = [column for column, _ in names_of_rows]
        yield Advice(
            Drop(chosen(columns)),
            f"{names(columns)} {are(columns)} different in nearly every row, and {many(seen.rows, 'row')} are too few "
            "to learn from the words.",
        )


def _in_words(found: list[tuple[Column, ColumnStatistics]], directions: int, *, keep: bool) -> Iterator[Advice]:
    if found:
        columns = [column for column, _ in found]
        shown = listed([f"{quoted(c.name)} ({many(s.distinct or 0, 'value')})" for c, s in found])
        yield Advice(
            TextSvd(chosen(columns), n_components=directions, keep=keep),
            f"{shown} {have(columns)} values of several words; {many(directions, 'number')} each say which of them "
            "share words, rare and new values included.",
        )


def _directions(seen: Seen, columns: int) -> int:
    """Return how many numbers a text may become, given the rows; 0 where they are too few."""
    directions = min(MOST_DIRECTIONS, seen.room // columns)
    return directions if directions >= FEWEST_DIRECTIONS else 0
