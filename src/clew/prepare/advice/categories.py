"""What to make of categories with many values: the target's mean there, and one name for the rare ones."""

from collections.abc import Iterator, Sequence

from clew.core.schema import Column, Kind
from clew.explore.column import ColumnStatistics
from clew.prepare.advice.drops import singular
from clew.prepare.advice.seen import Advice, Seen
from clew.prepare.advice.words import chosen, have, listed, many, quoted
from clew.prepare.dtypes import is_whole
from clew.prepare.steps import GroupRare, TargetMean

#: A category with more values than this is described by the target too.
MANY_VALUES = 30
#: With more classes than this, a category would become too many columns.
MOST_CLASSES = 10
#: A category is rare below this share of the rows, within these bounds.
RARE_SHARE, RARE_ROWS, RARE_ROWS_AT_MOST = 0.001, 10, 50
#: Most categories left in a column after grouping.
MOST_CATEGORIES = 255


def many_values(seen: Seen) -> Iterator[Advice]:
    """Describe a category with many values by what the target did there; its frequent values stay a category.

    Not for trees: among so many values they find splits by chance, and do better with the mean alone.
    """
    found = [(c, s) for c, s in _describable(seen) if seen.for_model != "trees" and _common(s, _least(seen)) >= 2]
    yield from _target_means(seen, found, keep=True)


def sparse_values(seen: Seen) -> Iterator[Advice]:
    """Describe a category without frequent values, for trees any with many, by what the target did there, only so."""
    found = [(c, s) for c, s in _describable(seen) if seen.for_model == "trees" or _common(s, _least(seen)) < 2]
    yield from _target_means(seen, found, keep=False)


def rare_values(seen: Seen) -> Iterator[Advice]:
    """Put together categories that are too rare to be learnt."""
    least, found = _least(seen), []
    gone = {column.name for column, _ in _describable(seen)} if seen.for_model == "trees" else set()
    for column, stats in _wide_categories(seen):
        rare = (stats.distinct or 0) - _common(stats, least)
        if rare and (stats.distinct or 0) - rare >= 2 and column.name not in gone:
            found.append((column, rare, stats.distinct))
    if not found:
        return
    shown = listed([f"{rare} of {many(distinct or 0, 'value')} of {quoted(c.name)}" for c, rare, distinct in found])
    yield Advice(
        GroupRare(chosen([column for column, _, _ in found]), min_count=least, max_categories=MOST_CATEGORIES),
        f"{shown} occur in fewer than {least} of {many(seen.rows, 'row')}, too few to learn from; together they can be "
        "learnt.",
    )


def _target_means(seen: Seen, found: Sequence[tuple[Column, ColumnStatistics]], *, keep: bool) -> Iterator[Advice]:
    if found and seen.target is not None:
        shown = listed([f"{quoted(c.name)} ({many(s.distinct or 0, 'value')})" for c, s in found])
        yield Advice(
            TargetMean(chosen([column for column, _ in found]), keep=keep, target=seen.target),
            f"{shown} {have([c for c, _ in found])} too many values for a column each; the smoothed mean of the target "
            "says what they have in common, and training rows get it from other rows.",
        )


def _describable(seen: Seen) -> list[tuple[Column, ColumnStatistics]]:
    """Return the categories with many values that the target can describe."""
    if seen.target is None or seen.classes > MOST_CLASSES:
        return []
    return [(c, s) for c, s in _wide_categories(seen) if seen.is_free(c, "_target_mean")]


def _wide_categories(seen: Seen) -> list[tuple[Column, ColumnStatistics]]:
    """Return the categories with many values, save names of rows, and monotone ones: these steps lose their order."""
    wide = [(c, s) for c, s in seen.features if _is_category(c) and (s.distinct or 0) > MANY_VALUES]
    return [(c, s) for c, s in wide if not c.monotonic and not singular(s)]


def _least(seen: Seen) -> int:
    """Return the number of rows from which on a category can be learnt."""
    return min(max(RARE_ROWS, round(RARE_SHARE * seen.rows)), RARE_ROWS_AT_MOST)


def _common(stats: ColumnStatistics, least: int) -> int:
    return sum(1 for _, count in stats.values.items if count >= least)


def _is_category(column: Column) -> bool:
    by_name = column.kind is Kind.CATEGORICAL or (column.kind is Kind.ORDINAL and not column.order)
    return by_name and (column.dtype in {"String", "Categorical", "Enum"} or is_whole(column.dtype))
