"""Diversity: whether everything is there that may come.

Evenness is the effective number of groups divided by their number (Sheldon 1969); the effective number is exp(entropy),
which ecologists know as the Hill number of order 1: as many equally frequent groups would be as diverse.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import combinations

import polars as pl

from clew.core.readable import number, part
from clew.core.schema import Column, Kind, Role
from clew.explore.checks.classes import FEW_ROWS
from clew.explore.checks.repeated import by_chance
from clew.explore.checks.table import EXAMPLES, Table
from clew.explore.codes import step
from clew.explore.column import ColumnStatistics
from clew.explore.families import Family
from clew.explore.insights import Insights
from clew.explore.principles.scores import Fix, Principle, SubScore

_QUESTION = "Is everything there that may come?"
#: A column with more labels than this does not name subgroups, unless it is declared to.
_MOST_LEVELS = 20
#: Parts that a declared range is cut into.
_PARTS = 10
#: Declared groups that are crossed with each other.
_MOST_CROSSED = 4
#: Where nothing is declared, any column of labels is taken to name subgroups; as that is a guess, it counts half.
_GUESSED = 0.5

Counts = dict[str, int]


def diversity(table: Table, repeated: int, seen: Insights) -> Principle:
    """Score the diversity of the rows.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.
    repeated : int
        Rows that equal an earlier one.
    seen : Insights
        Near duplicates.
    """
    subscores = (_classes(table), _groups(table), _subgroups(table), _ranges(table), _rows(table, repeated, seen))
    return Principle("diversity", _QUESTION, subscores)


def effective_number(counts: Iterable[int]) -> float:
    """Return exp(entropy) of the shares: how many equally frequent groups would be as diverse.

    Parameters
    ----------
    counts : iterable of int
        Rows of each group; empty ones do not matter.
    """
    listed = [count for count in counts if count > 0]
    total = sum(listed)
    if not total:
        return 0.0
    entropy = -sum(count / total * math.log(count / total) for count in listed)
    return min(math.exp(entropy), float(len(listed)))  # rounding must not make it more than there are


def _classes(table: Table) -> SubScore:
    label = "Balance of the classes"
    target = table.schema.target
    if target is None or table.task is None or not table.task.is_classification:
        return SubScore("classes", label, None, "There are no classes to predict.")
    counts = _levels(table, target, table.statistics[target.name])
    effective = effective_number(counts.values())
    rarest = min(counts, key=lambda name: (counts[name], name))
    doubled = {**counts, rarest: 2 * counts[rarest]}
    fixes = []
    if counts[rarest] and effective_number(doubled.values()) > effective:
        fixes.append(
            Fix(
                f"Collect twice as many rows of {rarest!r}, which has {part(counts[rarest], table.rows)}.",
                effective_number(doubled.values()) / len(counts),
                code="DQ014",
                columns=(target.name,),
            )
        )
    return SubScore(
        "classes",
        label,
        effective / len(counts),
        f"{len(counts)} classes are worth {number(effective, 3)} equally frequent ones; the rarest, {rarest!r}, has "
        f"{counts[rarest]:,} rows.",
        {"effective_number": effective, "classes": len(counts), "counts": dict(list(counts.items())[:_MOST_LEVELS])},
        fixes=fixes,
    )


def _groups(table: Table) -> SubScore:
    """Evenness of the declared groups: of columns that are protected, or have the role of a group."""
    label = "Balance of the groups"
    columns = _declared_groups(table)
    if not columns:
        return SubScore(
            "groups", label, None, "No column is declared `protected` or has `role: group` in the domain model."
        )
    evenness, evidence, fixes = [], {}, []
    for column in columns:
        counts = _levels(table, column, table.statistics[column.name])
        effective = effective_number(counts.values())
        evenness.append(effective / len(counts))
        evidence[column.name] = {"effective_number": effective, "groups": len(counts)}
    for position, column in enumerate(columns):
        better = (sum(evenness) - evenness[position] + 1) / len(columns)
        text = f"Collect rows of the rarer groups of {column.name}, until all are as frequent."
        fixes.append(Fix(text, better, columns=(column.name,)))
    said = "; ".join(
        f"{name}: {known['groups']} groups are worth {number(known['effective_number'], 3)}"
        for name, known in list(evidence.items())[:3]
    )
    return SubScore("groups", label, sum(evenness) / len(evenness), f"{said}.", evidence, fixes=fixes)


def _subgroups(table: Table) -> SubScore:
    """Share of the subgroups with enough rows to say anything about them."""
    label = "Rows in every subgroup"
    thin: Counts = {}
    known = 0
    weight = 1.0 if _declared_groups(table) else _GUESSED
    for column, statistics in table.columns(Role.FEATURE, Role.GROUP):
        if not _names_subgroups(column, statistics):
            continue
        counts = _levels(table, column, statistics)
        known += len(counts)
        thin |= {f"{column.name} = {name}": count for name, count in counts.items() if count < FEW_ROWS}
    for first, second in combinations(_crossed(table), 2):
        counts = _crossings(table, first, second)
        known += len(counts)
        thin |= {name: count for name, count in counts.items() if count < FEW_ROWS}
    if not known:
        return SubScore("subgroups", label, None, "No column of labels or truth values names subgroups.", weight=weight)
    listed = sorted(thin.items(), key=lambda item: (item[1], item[0]))
    fixes = [
        Fix(
            f"Collect {FEW_ROWS - count} more row{'' if FEW_ROWS - count == 1 else 's'} of {name}, which has {count}.",
            1 - (len(thin) - 1) / known,
        )
        for name, count in listed[:EXAMPLES]
    ]
    return SubScore(
        "subgroups",
        label,
        1 - len(thin) / known,
        f"{known - len(thin)} of {known} subgroups have at least {FEW_ROWS} rows.",
        {"thin": dict(listed[:_MOST_LEVELS]), "subgroups": known},
        weight,
        fixes,
    )


def _ranges(table: Table) -> SubScore:
    """Share of the declared ranges that rows reach."""
    label = "Coverage of the declared ranges"
    empty, total = [], 0
    for column, known in table.columns(Role.FEATURE, Role.TARGET):
        if column.minimum is None or column.maximum is None or known.family is not Family.NUMBER:
            continue
        width = (column.maximum - column.minimum) / _PARTS
        if not width > 0:
            continue
        edges = [column.minimum + width * at for at in range(_PARTS + 1)]
        values = table.frame[column.name].cast(pl.Float64)
        inside = values.filter((values >= column.minimum) & (values <= column.maximum))
        reached = set(((inside - column.minimum) / width).floor().clip(0, _PARTS - 1).cast(pl.Int64).unique().to_list())
        total += _PARTS
        empty += [
            f"{column.name} from {number(edges[at])} to {number(edges[at + 1])}"
            for at in range(_PARTS)
            if at not in reached
        ]
    if not total:
        return SubScore("ranges", label, None, "No column has a `minimum` and a `maximum` in the domain model.")
    fixes = [Fix(f"Collect rows with {name}.", 1 - (len(empty) - 1) / total) for name in empty[:EXAMPLES]]
    return SubScore(
        "ranges",
        label,
        1 - len(empty) / total,
        f"{total - len(empty)} of {total} tenths of the declared ranges have a row.",
        {"empty": empty[:_MOST_LEVELS], "parts": total},
        fixes=fixes,
    )


def _rows(table: Table, repeated: int, seen: Insights) -> SubScore:
    """Share of the rows that say something that no other row says."""
    label = "Rows that say something new"
    if not table.statistics.rows or by_chance(table):
        return SubScore("rows", label, None, "So few different rows are possible that some must repeat.")
    rows = table.statistics.rows  # of the whole table, of which the rows at hand may be a sample
    near = seen.alike.near if seen.alike else 0
    again = min(repeated + near, rows)
    fixes = []
    if repeated:
        text = f"Leave out repeated rows ({repeated:,}), at the latest before the rows are split."
        remedy = step("drop_duplicates", [])
        fixes.append(Fix(text, 1 - near / rows, code="DQ008", remedy=remedy))
    if near:
        text = f"Look at near duplicates ({near:,} rows): entered twice, or of one group?"
        fixes.append(Fix(text, 1 - repeated / rows, code="LK006"))
    return SubScore(
        "rows",
        label,
        1 - again / rows,
        f"Repeated: {part(repeated, rows)}"
        + (f"; like another row in all columns but one: {near:,}." if seen.alike else "."),
        {"repeated": repeated, "near_duplicates": near if seen.alike else None, "rows": rows},
        fixes=fixes,
    )


def _declared_groups(table: Table) -> list[Column]:
    listed = (column for column, known in table.columns() if column.protected or column.role is Role.GROUP)
    return [column for column in listed if (table.statistics[column.name].distinct or 0) > 0]


def _names_subgroups(column: Column, known: ColumnStatistics) -> bool:
    if column.kind not in {Kind.CATEGORICAL, Kind.ORDINAL, Kind.BOOLEAN} or column.role is Role.GROUP:
        return False
    return 1 < (known.distinct or 0) <= _MOST_LEVELS or column.protected


def _levels(table: Table, column: Column, known: ColumnStatistics) -> Counts:
    """Return the rows of each label, declared ones that do not occur included."""
    if known.values.exact:
        counts = {str(value): count for value, count in known.values.items}
    else:
        listed = table.frame[column.name].alias("label").drop_nulls().value_counts(name="rows")
        listed = listed.sort("rows", "label", descending=[True, False])
        counts = {str(value): int(count) for value, count in listed.iter_rows()}
    for value in column.allowed or column.order or ():
        counts.setdefault(str(value), 0)
    return counts


def _crossed(table: Table) -> Sequence[Column]:
    """Return the protected columns whose combinations are subgroups too."""
    return [column for column, known in table.columns() if column.protected and _names_subgroups(column, known)][
        :_MOST_CROSSED
    ]


def _crossings(table: Table, first: Column, second: Column) -> Counts:
    one, other = (_levels(table, column, table.statistics[column.name]) for column in (first, second))
    pairs = table.frame.select(pl.col(first.name).cast(pl.String), pl.col(second.name).cast(pl.String)).drop_nulls()
    counted = {(a, b): count for a, b, count in pairs.group_by(pl.all()).len().iter_rows()}
    return {f"{first.name} = {a}, {second.name} = {b}": counted.get((a, b), 0) for a in one for b in other}
