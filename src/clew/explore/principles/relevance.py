"""Relevance: whether the features say something about the target."""

from collections.abc import Sequence

from clew.core.finding import Finding
from clew.core.readable import number
from clew.core.schema import Kind
from clew.explore.checks.table import Table
from clew.explore.codes import step
from clew.explore.insights import Insights
from clew.explore.principles.scores import Fix, Principle, SubScore

_QUESTION = "Do the features say something about the target?"
#: Useless columns cost little: a model mostly ignores them.
_LITTLE = 0.1
_NAMED = 8
#: Findings by which a feature is useless whatever the target.
_USELESS = {"DQ001": "constant", "DQ003": "empty", "DQ004": "names the row", "DQ009": "repeats another column"}


def relevance(table: Table, found: Sequence[Finding], seen: Insights) -> Principle:
    """Score the relevance of the features.

    Parameters
    ----------
    table : Table
        The rows and what is known about them.
    found : sequence of Finding
        All findings, not gathered.
    seen : Insights
        The quick model, and what it can do without.
    """
    if seen.quick_model is None or seen.sure_power is None:
        why = "There is no target." if table.schema.target is None else "The rows do not carry a quick model."
        subs = [("joint", "Joint predictive power", 1.0), ("useful", "Useful columns", _LITTLE)]
        subs.append(("leak_free", "Free of leaks", 1.0))
        return Principle(
            "relevance", _QUESTION, tuple(SubScore(name, label, None, why, weight=w) for name, label, w in subs)
        )
    return Principle("relevance", _QUESTION, (_joint(table, seen), _useful(table, found, seen), _leak_free(seen)))


def _joint(table: Table, seen: Insights) -> SubScore:
    power = seen.sure_power
    if power is None:
        raise ValueError("Without a quick model there is no joint power.")
    texts = any(True for _ in table.features(Kind.TEXT))
    return SubScore(
        "joint",
        "Joint predictive power",
        power.beyond_chance,
        f"All features together reach a predictive power of {number(power.value, 3)} on {power.rows:,} rows that had "
        f"no say; a shuffled target reaches {number(power.chance, 2)} in one of 20 cases. What chance cannot explain "
        "counts." + (" Of free texts only five figures about their characters were looked at." if texts else ""),
        power.to_dict(),
    )


def _useful(table: Table, found: Sequence[Finding], seen: Insights) -> SubScore:
    features = dict.fromkeys(column.name for column, _ in table.features())
    reasons = {
        item.column: _USELESS[item.code]
        for item in found
        if item.code in _USELESS and item.column in features and _says_nothing(item)
    }
    for name in seen.without_say:
        reasons.setdefault(name, "has no say that shows on these rows, alone or with the others")
    useless = [name for name in features if name in reasons]
    count = len(features)
    fixes: tuple[Fix, ...] = ()
    if useless:
        fixes = (
            Fix(
                f"Leave out {_listed(useless)}: {'it adds' if len(useless) == 1 else 'they add'} nothing that shows on "
                "these rows.",
                1.0,
                columns=tuple(useless),
                remedy=step("drop", useless),
            ),
        )
    return SubScore(
        "useful",
        "Useful columns",
        1 - len(useless) / count if count else None,
        f"{count - len(useless)} of {count} features tell the target something, alone or with the others.",
        {"useless": {str(name): reasons[name] for name in useless}, "features": count},
        _LITTLE,
        fixes,
    )


def _says_nothing(item: Finding) -> bool:
    """Whether a finding leaves nothing to learn from its column: not a missing indicator, not a mere other spelling."""
    return bool(item.remedy and item.remedy["op"] == "drop")


def _leak_free(seen: Insights) -> SubScore:
    if not seen.leaking or seen.leaking_power is None or seen.sure_power is None:
        return SubScore("leak_free", "Free of leaks", 1.0, "No feature seems to know the answer.")
    honest, told = seen.sure_power.beyond_chance, seen.leaking_power.beyond_chance
    value = min(honest / told, 1.0) if told else 1.0
    names = list(seen.leaking)
    fix = Fix(
        f"Leave out {_listed(names)}, which {'seems' if len(names) == 1 else 'seem'} to know the answer.",
        1.0,
        code="LK001",
        columns=tuple(names),
        remedy=step("drop", names),
    )
    return SubScore(
        "leak_free",
        "Free of leaks",
        value,
        f"With {_listed(names)} the power would be {number(seen.leaking_power.value, 3)}; so much of it is left "
        "without.",
        {"leaking": names, "power_with": seen.leaking_power.value, "power_without": seen.sure_power.value},
        fixes=(fix,),
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown
