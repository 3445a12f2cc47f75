"""Accuracy: whether what is there is right, as far as the rows themselves can tell."""

from collections.abc import Sequence

from clew.core.finding import Finding, Severity
from clew.core.readable import part, percent
from clew.core.schema import Role
from clew.explore.checks.domain import broken_rows
from clew.explore.checks.table import EXAMPLES, Table
from clew.explore.insights import Insights
from clew.explore.principles.scores import Fix, Principle, SubScore

_QUESTION = "Is what is there right?"
_NAMED = 20
#: More values of another type than this share are labels of a kind, not slips.
_FEW = 0.05


def accuracy(table: Table, found: Sequence[Finding], seen: Insights) -> Principle:
    """Score how far the rows agree with the domain model, with each other, and with their labels.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.
    found : sequence of Finding
        All findings, not gathered.
    seen : Insights
        Contradictions and suspected labels.
    """
    return Principle(
        "accuracy",
        _QUESTION,
        (_rules(table, found), _conflicts(table, seen), _labels(table, seen), _values(table, found)),
    )


def _rules(table: Table, found: Sequence[Finding]) -> SubScore:
    label = "Rows that keep the rules"
    broken = broken_rows(table)
    if broken is None or not table.rows:
        return SubScore("rules", label, None, "The domain model states no ranges, lists, patterns or rules.")
    count = int(broken.sum())
    named = [item for item in found if item.code in {"DQ016", "DQ017"}]
    # Each violation alone: at best all its rows become right; rows may break several.
    fixes = [
        Fix(
            f"Correct {part(int(item.evidence['count']), table.rows)} against “{item.evidence['rule']}”"
            + (f" in {item.column}." if item.column else "."),
            min(1.0, 1 - count / table.rows + item.evidence["share"]),
            code=item.code,
            columns=(item.column,) if item.column else (),
            remedy=item.remedy,
        )
        for item in named
    ]
    return SubScore(
        "rules",
        label,
        1 - count / table.rows,
        f"Against a statement of the domain model: {part(count, table.rows)}.",
        {"count": count, "rows": broken.arg_true().head(EXAMPLES).to_list()},
        fixes=fixes,
    )


def _conflicts(table: Table, seen: Insights) -> SubScore:
    label = "Rows that do not contradict others"
    if seen.alike is None or not seen.alike.assessed or not table.rows:
        why = "There is no target." if table.schema.target is None else "Rows with equal features are to be expected."
        return SubScore("conflicts", label, None, why)
    count = seen.alike.conflicting
    fixes = []
    if count:
        text = f"Settle the rows with the same features and another target: {part(count, table.rows)}."
        fixes.append(Fix(text, 1.0, code="DQ029"))
    return SubScore(
        "conflicts",
        label,
        1 - count / table.rows,
        f"Another target than most rows with the same features: {part(count, table.rows)}.",
        {"count": count, "conflicts": list(seen.alike.conflicts)},
        fixes=fixes,
    )


def _labels(table: Table, seen: Insights) -> SubScore:
    label = "Labels that the features do not contradict"
    known = seen.labels
    if known is None:
        return SubScore("labels", label, None, "There are no labels to check.")
    if not known.assessed:
        return SubScore(
            "labels",
            label,
            None,
            f"The features do not tell the labels clearly enough to hold any against them: "
            f"{percent(known.doubtful)} of the predictions are in doubt.",
        )
    fixes = []
    if known.count:
        text = f"Look at the labels that seem wrong: {part(known.count, known.rows)}, the listed rows first."
        target = table.schema.target
        fixes.append(Fix(text, 1.0, code="DQ030", columns=(target.name,) if target else ()))
    return SubScore(
        "labels",
        label,
        1 - known.share,
        f"Suspected by confident learning: {part(known.count, known.rows)}; 95 % interval {percent(known.low)} to "
        f"{percent(known.high)}.",
        {"low": 1 - known.high, "high": 1 - known.low, "suspects": list(known.suspects[:EXAMPLES])},
        fixes=fixes,
    )


def _values(table: Table, found: Sequence[Finding]) -> SubScore:
    label = "Plausible values"
    columns = {column.name for column, _ in table.columns(Role.FEATURE, Role.TARGET)}
    cells = table.statistics.rows * len(columns)
    if not cells:
        return SubScore("values", label, None, "There are no cells.")
    named = [(item, _implausible(table, item)) for item in found if item.column in columns]
    odd = [(item, count) for item, count in named if count]
    total = min(sum(count for _, count in odd), cells)
    fixes = [
        Fix(
            f"Check {count:,} values of {item.column}: {item.title.lower()}.",
            min(1.0, 1 - (total - count) / cells),
            code=item.code,
            columns=(item.column,) if item.column else (),
            remedy=item.remedy,
        )
        for item, count in odd
    ]
    return SubScore(
        "values",
        label,
        1 - total / cells,
        f"Infinite, of another type than the column, or absurdly far out: {total:,} of {cells:,} cells.",
        {"columns": {f"{item.column} ({item.title.lower()})": count for item, count in odd[:_NAMED]}},
        fixes=fixes,
    )


def _implausible(table: Table, item: Finding) -> int:
    """Return how many cells of its column a finding shows to be no plausible value, in all rows."""
    if item.code == "DQ013":
        return int(item.evidence["positive"]) + int(item.evidence["negative"])
    if item.code == "DQ012" and item.severity is Severity.WARNING:
        return int(item.evidence["count"])
    if item.code == "DQ021" and item.column:
        return int(item.evidence["share"] * table.statistics[item.column].present)
    if item.code == "DQ103" and item.evidence["count"] <= _FEW * item.evidence["rows"]:
        return int(item.evidence["count"])
    return 0
