"""Rows that are alike: almost the same, or the same but for the target; found by sums of hashes, in one pass a column.

The hash of a row is the sum of the hashes of its cells, so leaving one column out is a subtraction: rows that agree in
all columns but one share that difference. Case, surrounding white space and the last digits of decimal numbers are not
told apart. The cost grows with rows times columns.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.core.jsonable import plain
from clew.core.schema import Role
from clew.explore.checks.repeated import by_chance
from clew.explore.checks.table import EXAMPLES, MIN_ROWS, Table, brief
from clew.explore.families import Family

#: Columns that are compared; rows of a wider table would hardly agree by chance in so many.
MAX_COLUMNS = 300
#: A value is rare if at most this share of the rows has it; two rows are only alike if they share so many rare values.
RARE, RARE_VALUES = 0.01, 3
_SAMPLED = 20_000
#: In a small table, a value of this many rows is rare as well.
_FEW = 3
#: Targets of one and the same row that lie farther apart, in standard deviations, contradict each other.
CONFLICT = 1.0

Hashes = NDArray[np.uint64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Alike:
    """Rows that are alike.

    Parameters
    ----------
    near : int
        Rows that agree with another one in all columns but one, or in all but for spelling, and are not exactly equal.
    pairs : tuple of dict
        Examples: ``rows`` (two positions), ``column`` (in which they differ; None if only the spelling does),
        ``values`` (of both).
    conflicting : int
        Rows that say otherwise than most rows with the same features.
    conflicts : tuple of dict
        Examples: ``rows`` and their ``targets``.
    compared : int
        Columns compared.
    assessed : bool
        Whether equal features are more than chance; else conflicts are not counted.
    """

    near: int
    pairs: tuple[dict[str, Any], ...]
    conflicting: int
    conflicts: tuple[dict[str, Any], ...]
    compared: int
    assessed: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        result: dict[str, Any] = plain({name: getattr(self, name) for name in self.__slots__})
        return result


def alike(table: Table, repeated: pl.Series, *, seed: int = 0) -> Alike | None:
    """Look for rows that are alike.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.
    repeated : Series of bool, shape (rows,)
        Rows that equal an earlier one; they are counted elsewhere.
    seed : int, default 0
        Of the rows by which rare values are told.

    Returns
    -------
    Alike or None
        None with fewer than 20 rows or no two columns to compare.
    """
    names = _comparable(table)
    if len(names) < 2 or table.rows < MIN_ROWS:
        return None
    hashes = {name: _hashed(table.frame[name], position) for position, name in enumerate(names)}
    total = _summed(list(hashes.values()), table.rows)
    near, pairs = _near(table, hashes, total, repeated.to_numpy(), seed)
    target = table.schema.target
    conflicting: int = 0
    conflicts: tuple[dict[str, Any], ...] = ()
    assessed = target is not None and table.task is not None and target.name in hashes and not by_chance(table)
    if assessed and target is not None:
        conflicting, conflicts = _conflicts(table, total - hashes[target.name], target.name)
    return Alike(int(near.sum()), pairs, conflicting, conflicts, len(names), assessed)


def _comparable(table: Table) -> list[str]:
    roles = (Role.FEATURE, Role.TARGET, Role.GROUP, Role.TIME)
    known = [(column.name, known) for column, known in table.columns(*roles) if known.family is not Family.OPAQUE]
    varied = [name for name, known in known if (known.distinct or 0) > 1]
    target = table.schema.target
    kept = varied[:MAX_COLUMNS]
    return kept if target is None or target.name in kept or target.name not in varied else [*kept[:-1], target.name]


def _hashed(values: pl.Series, seed: int) -> Hashes:
    """Return a hash per row that small differences of spelling do not change; missing is a value."""
    if values.dtype.is_float() or values.dtype.is_decimal():
        values = values.cast(pl.Float32)  # seven digits
    elif values.dtype in {pl.String, pl.Categorical, pl.Enum}:
        values = values.cast(pl.String).str.strip_chars().str.to_lowercase()
    return values.hash(seed=seed).to_numpy()


def _summed(hashes: list[Hashes], count: int) -> Hashes:
    """Return the sum of the hashes of some columns, shape (count,), modulo 2 to the 64th."""
    total = np.zeros(count, dtype=np.uint64)
    for own in hashes:
        total += own
    return total


def _duplicated(hashes: Hashes) -> Flags:
    return pl.Series(hashes).is_duplicated().to_numpy()


def _near(
    table: Table, hashes: dict[str, Hashes], total: Hashes, repeated: Flags, seed: int
) -> tuple[Flags, tuple[dict[str, Any], ...]]:
    """Return which rows have a near twin, shape (rows,), and examples."""
    near = np.zeros(table.rows, dtype=bool)
    pairs: list[dict[str, Any]] = []
    rows = _candidates(list(hashes.values()), repeated)
    rows = rows[_rare_values(hashes, rows, table.rows, seed) >= RARE_VALUES]
    if len(rows) < 2:
        return near, ()
    spelt = _duplicated(total[rows])
    near[rows[spelt]] = True
    pairs.extend(_examples(table, rows, total[rows], spelt, None))
    for name, own in hashes.items():
        # Where the column itself carries one of the rare values, the others have to be rare enough without it.
        rest = total[rows] - own[rows]
        twins = _duplicated(rest) & ~near[rows]
        if twins.any():
            without = {other: values for other, values in hashes.items() if other != name}
            found = rows[twins]
            rare = _rare_values(without, found, table.rows, seed) >= RARE_VALUES
            again = _duplicated(rest[twins][rare])
            near[found[rare][again]] = True
            if len(pairs) < EXAMPLES:
                pairs.extend(_examples(table, found[rare], rest[twins][rare], again, name))
    return near, tuple(pairs[:EXAMPLES])


def _candidates(hashes: list[Hashes], repeated: Flags) -> NDArray[np.int64]:
    """Return rows that may have a near twin: if one column differs, two of any three parts of the columns agree."""
    count = len(repeated)
    thirds = [_summed(hashes[part::3], count) for part in range(3)]
    alone = ~repeated
    rows = np.flatnonzero(alone)
    found = np.zeros(len(rows), dtype=bool)
    for first, second in ((0, 1), (0, 2), (1, 2)):
        found |= _duplicated((thirds[first] + thirds[second])[rows])
    return rows[found]


def _rare_values(hashes: dict[str, Hashes], rows: NDArray[np.int64], count: int, seed: int) -> NDArray[np.int64]:
    """Count, for each of some rows, the columns in which its value is rare."""
    chosen = np.random.default_rng(seed).choice(count, min(count, _SAMPLED), replace=False)
    rare = np.zeros(len(rows), dtype=np.int64)
    for own in hashes.values():
        values, counts = np.unique(own[chosen], return_counts=True)
        frequent = values[counts > max(RARE * len(chosen), _FEW)]
        rare += ~np.isin(own[rows], frequent)
    return rare


def _examples(
    table: Table, rows: NDArray[np.int64], hashes: Hashes, twins: Flags, column: str | None
) -> list[dict[str, Any]]:
    """Return up to five pairs of rows that share a hash."""
    found, keys = rows[twins], hashes[twins]
    order = np.argsort(keys, kind="stable")
    same = np.flatnonzero(keys[order][1:] == keys[order][:-1])[:EXAMPLES]
    pairs = []
    for place in same.tolist():
        both = [int(found[order[place]]), int(found[order[place + 1]])]
        values = [brief(table.frame[column][row]) for row in both] if column else []
        pairs.append({"rows": both, "column": column, "values": values})
    return pairs


def _conflicts(table: Table, features: Hashes, target: str) -> tuple[int, tuple[dict[str, Any], ...]]:
    """Count the rows that differ in the target from most rows with the same features, and show some."""
    answers = table.frame[target]
    twins = np.flatnonzero(_duplicated(features) & answers.is_not_null().to_numpy())
    if not len(twins):
        return 0, ()
    frame = pl.DataFrame({"key": features[twins], "row": twins, "answer": answers[twins]})
    frame = frame.filter(pl.len().over("key") > 1)
    if table.task is not None and table.task.is_classification:
        frame = frame.with_columns(same=pl.len().over("key", "answer"))
        # The first answer that as many rows share as any other is the one that counts.
        usual = pl.col("answer").sort_by("same", "row", descending=[True, False]).first().over("key")
        wrong = pl.col("answer") != usual
    else:
        spread = table.statistics[target].std or 0.0
        value = pl.col("answer").cast(pl.Float64)
        wrong = (
            (value - value.quantile(0.5, "lower").over("key")).abs() > CONFLICT * spread
            if spread
            else pl.lit(value=False)
        )
    marked = frame.with_columns(wrong=wrong)
    # The first row on each side of a contradiction comes first.
    odd = marked.filter(pl.col("wrong").any().over("key")).with_columns(
        first=pl.col("row") == pl.col("row").min().over("key", "wrong"), start=pl.col("row").min().over("key")
    )
    listed = odd.sort("start", "first", "row", descending=[False, True, False])
    groups = listed.partition_by("start", maintain_order=True)[:EXAMPLES] if len(listed) else []
    shown = [
        {"rows": group["row"].to_list()[:EXAMPLES], "targets": group["answer"].to_list()[:EXAMPLES]} for group in groups
    ]
    return int(marked["wrong"].sum()), tuple(shown)
