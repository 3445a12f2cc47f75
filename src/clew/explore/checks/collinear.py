"""Numbers that follow from each other."""

from collections.abc import Iterator

from clew.core.finding import Finding, Severity
from clew.explore.codes import finding, step
from clew.explore.probe.collinear import CAP, HIGH, Collinearity

_NAMED = 5


def collinear(found: Collinearity | None) -> Iterator[Finding]:
    """DQ025: columns with a high variance inflation factor; a warning where some follow exactly from others."""
    if found is None or not found.high:
        return
    named = ", ".join(f"{name} ({_factor(found.vif[name])})" for name in found.high[:_NAMED])
    more = f" and {len(found.high) - _NAMED} more" if len(found.high) > _NAMED else ""
    exact = f" Exactly from others follow: {', '.join(found.redundant[:_NAMED])}." if found.redundant else ""
    yield finding(
        "DQ025",
        f"Variance inflation of at least {HIGH:g}: {named}{more}. The {len(found.columns)} numbers are worth "
        f"{found.effective:.3g} independent ones. Trees do not mind; coefficients and importances are shared out among "
        f"such columns.{exact}",
        severity=Severity.WARNING if found.redundant else None,
        evidence={
            "columns": list(found.high),
            "vif": {name: found.vif[name] for name in found.high},
            "effective_columns": found.effective,
            "redundant": list(found.redundant),
            "rows": found.rows,
        },
        remedy=step("drop", found.redundant) if found.redundant else None,
    )


def _factor(value: float) -> str:
    return f"{CAP:g} or more" if value >= CAP else f"{value:.3g}"
