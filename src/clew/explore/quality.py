"""What may be wrong with a table: findings DQ001 to DQ024; `clew.explore.insights` has those of a closer look."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

import polars as pl

from clew.core.finding import Finding, Severity
from clew.explore.checks import classes, constant, disguised, domain, number_target, repeated, shape, target
from clew.explore.checks.table import Table

#: More findings of one code than this become one.
MAX_OF_A_CODE = 20

_CHECKS: tuple[Callable[[Table], Iterator[Finding]], ...] = (
    constant.constant,
    constant.missing,
    constant.identifiers,
    constant.many_labels,
    disguised.sentinels,
    disguised.words,
    repeated.columns,
    repeated.spellings,
    shape.skew,
    shape.outliers,
    shape.infinities,
    target.balance,
    target.missing_target,
    classes.few_rows,
    classes.many_labels,
    number_target.mixed,
    number_target.frequent,
    number_target.outliers,
    number_target.skew,
    domain.declared,
    domain.rules,
)


def quality(table: Table, repeated_rows: pl.Series | None = None) -> tuple[Finding, ...]:
    """Return the findings about the quality of a table, by code.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.
    repeated_rows : Series, optional
        Whether each row equals an earlier one, if that is known already.
    """
    found = [item for check in _CHECKS for item in check(table)]
    again = repeated.repeated_rows(table.frame) if repeated_rows is None else repeated_rows
    found.extend(repeated.rows(table, again))
    return tuple(sorted(found, key=lambda item: item.code))


def gather(findings: Iterable[Finding], limit: int = MAX_OF_A_CODE) -> tuple[Finding, ...]:
    """Return findings with those of a code that fires for very many columns put together into one.

    A table of 800 sparse columns would otherwise bury the one finding that matters. Errors stay single.

    Parameters
    ----------
    findings : iterable of Finding
        Any.
    limit : int, default 20
        This many of one code and severity stay single.
    """
    groups: dict[tuple[str, Severity], list[Finding]] = defaultdict(list)
    for item in findings:
        groups[item.code, item.severity].append(item)
    result: list[Finding] = []
    for group in groups.values():
        together = len(group) > limit and group[0].severity is not Severity.ERROR
        result.extend([_together(group)] if together else group)
    return tuple(result)


def _together(group: list[Finding]) -> Finding:
    first = group[0]
    names = [item.column for item in group if item.column is not None]
    remedies = [item.remedy for item in group if item.remedy]
    same = remedies and all((r["op"], r["options"]) == (remedies[0]["op"], remedies[0]["options"]) for r in remedies)
    return Finding(
        first.code,
        first.severity,
        first.title,
        f"{len(names)} columns; for example {names[0]!r}: {first.detail}",
        None,
        {"columns": names, "count": len(names)},
        {**remedies[0], "columns": [name for r in remedies for name in r["columns"]]} if same else None,
    )
