"""What small models notice: labels that look wrong, features without a say, columns that look like groups."""

from collections.abc import Iterator, Sequence

from clew.core.finding import Finding
from clew.core.jsonable import plain
from clew.core.readable import number, part, percent
from clew.explore.checks.table import Table
from clew.explore.codes import finding
from clew.explore.probe.groups import GroupOverlap
from clew.explore.probe.labels import LabelErrors
from clew.explore.probe.quick_model import QuickModel

#: Suspects that are worth a word: so many, and at least such a share, also among the surest predictions.
_LEAST_SUSPECTS, _LEAST_SHARE = 3, 0.01
#: A figure that is so much better when rows of a group are on both sides.
_LEAST_DIFFERENCE = 0.02


def label_errors(table: Table, found: LabelErrors | None) -> Iterator[Finding]:
    """DQ030: labels that the features contradict."""
    target = table.schema.target
    if found is None or target is None or not found.assessed:
        return
    if found.count < _LEAST_SUSPECTS or min(found.low, found.contradicted_low) < _LEAST_SHARE:
        return
    first = found.suspects[0]
    yield finding(
        "DQ030",
        f"By confident learning, {part(found.count, found.rows)} bear a label that the features contradict (95 % "
        f"interval {percent(found.low)} to {percent(found.high)}). Row {first['row']} is {first['label']!s}, and looks "
        f"like {first['suggested']!s}. Look at the listed rows first.",
        column=target.name,
        evidence={
            "count": found.count,
            "share": found.share,
            "low": found.low,
            "high": found.high,
            "rows_judged": found.rows,
            "suspects": plain(found.suspects),
            "rows": [suspect["row"] for suspect in found.suspects],
        },
    )


def no_signal(table: Table, model: QuickModel | None) -> Iterator[Finding]:
    """DQ031: all features together say no more than chance."""
    target = table.schema.target
    if model is None or target is None or model.power.beyond_chance > 0:
        return
    power = model.power
    yield finding(
        "DQ031",
        f"A quick model of all features reaches a predictive power of {number(power.value, 2)} on {power.rows:,} rows "
        f"that had no say; shuffled targets reach {number(power.chance, 2)} in one of 20 cases. More rows, or features "
        "that have to do with the target, are needed.",
        column=target.name,
        evidence=power.to_dict(),
    )


def looks_like_group(found: Sequence[GroupOverlap]) -> Iterator[Finding]:
    """LK007: a model does worse on whole groups than on single rows."""
    for item in found:
        if not item.low > 0 or item.shuffled - item.grouped < _LEAST_DIFFERENCE:
            continue
        constant = f" {', '.join(item.constant[:3])} are the same in all its rows." if len(item.constant) > 1 else ""
        yield finding(
            "LK007",
            f"It looks like a group: {item.groups:,} values in {item.rows:,} rows.{constant} With rows of one group on "
            f"both sides of a split a quick model has {item.metric} {item.shuffled:.3f}, with whole groups set aside "
            f"{item.grouped:.3f}. State `role: group` if new rows come from new groups.",
            column=item.column,
            evidence={
                "groups": item.groups,
                "metric": item.metric,
                "shuffled": item.shuffled,
                "grouped": item.grouped,
                "difference_low": item.low,
                "difference_high": item.high,
                "constant_columns": list(item.constant),
                "rows_judged": item.rows,
            },
        )
