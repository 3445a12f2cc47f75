"""Row rules: what must hold in every row, and the rows where it does not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import polars as pl

from clew.core.errors import ConfigError, did_you_mean
from clew.core.expr import Expression, parse
from clew.core.expr.columns import holds
from clew.core.finding import Severity

#: At most this many offending rows are listed.
MAX_EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that must hold in every row; a missing result counts as holding.

    Parameters
    ----------
    name : str
        Short name for messages.
    expression : Expression
        True where the row is right.
    severity : Severity, default Severity.WARNING
        How much a broken rule matters.
    """

    name: str
    expression: Expression
    severity: Severity = Severity.WARNING

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {"name": self.name, "rule": str(self.expression), "severity": self.severity.value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | str) -> Self:
        """Read a rule: a text, or a mapping with `rule` and optionally `name` and `severity`.

        Raises
        ------
        ConfigError
            If the text is no expression or a key is unknown.
        """
        if isinstance(data, str):
            return cls(data, parse(data))
        for key in data:
            if key not in {"name", "rule", "severity"}:
                raise ConfigError(
                    f"A rule has the key {key!r}, which does not exist.",
                    hint=did_you_mean(key, ["name", "rule", "severity"]),
                )
        if "rule" not in data:
            raise ConfigError(
                f"A rule lacks its expression: {dict(data)!r}.", hint="Write `rule: arrival >= departure`."
            )
        try:
            severity = Severity(data.get("severity", "warning"))
        except ValueError:
            raise ConfigError(f"A rule has severity {data['severity']!r}; it is info, warning or error.") from None
        return cls(str(data.get("name", data["rule"])), parse(str(data["rule"])), severity)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """How often a rule is broken.

    Parameters
    ----------
    rule : Rule
        The rule.
    broken, rows : int
        Rows in which it is broken, and rows looked at.
    examples : tuple of int
        Positions of the first broken rows, ten at most.
    """

    rule: Rule
    broken: int
    rows: int
    examples: tuple[int, ...]


def check_rules(frame: pl.DataFrame, rules: Sequence[Rule]) -> tuple[RuleResult, ...]:
    """Count the rows in which each rule is broken.

    Parameters
    ----------
    frame : DataFrame
        The rows.
    rules : sequence of Rule
        The rules.

    Raises
    ------
    ConfigError
        If a rule reads a column that is not there, or compares things that cannot be compared.
    """
    return tuple(_check(frame, rule) for rule in rules)


def _check(frame: pl.DataFrame, rule: Rule) -> RuleResult:
    kept = holds(frame, rule.expression, f"The rule {rule.name!r}")
    broken = (~kept).fill_null(value=False)
    positions = broken.arg_true()
    return RuleResult(rule, len(positions), len(frame), tuple(positions.head(MAX_EXAMPLES).to_list()))
