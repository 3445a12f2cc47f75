"""Gates: what a model must reach before it may be promoted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clew.core.errors import ConfigError, did_you_mean
from clew.core.expr import Expression, parse
from clew.core.expr.nodes import Compare, Literal


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition on figures, e.g. ``"roc_auc_low >= 0.7 and predict_ms < 1"``.

    Parameters
    ----------
    name : str
        For reports.
    rule : str
        An expression over the names of figures.
    """

    name: str
    rule: str


@dataclass(frozen=True, slots=True)
class GateResult:
    """How a gate ended.

    Parameters
    ----------
    name : str
        Name of the gate.
    rule : str
        The condition.
    passed : bool
        Whether it holds; a figure that could not be measured does not pass.
    value : float or None
        The figure on the left of a simple comparison.
    threshold : float or None
        The number on its right.
    """

    name: str
    rule: str
    passed: bool
    value: float | None
    threshold: float | None

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary."""
        return {name: getattr(self, name) for name in self.__slots__}


def judge(gates: Sequence[Gate], figures: Mapping[str, float | None]) -> tuple[GateResult, ...]:
    """Judge figures by gates.

    Parameters
    ----------
    gates : sequence of Gate
        The conditions.
    figures : mapping
        Name → value; None or NaN where something could not be measured.

    Raises
    ------
    ConfigError
        If a gate names a figure that does not exist.
    """
    return tuple(_judge(gate, figures) for gate in gates)


def _judge(gate: Gate, figures: Mapping[str, float | None]) -> GateResult:
    expression = parse(gate.rule)
    for name in sorted(expression.columns):
        if name not in figures:
            raise ConfigError(
                f"The gate {gate.name!r} reads the figure {name!r}, which does not exist.",
                hint=did_you_mean(name, sorted(figures)),
            )
    # A figure that is not a number was not measured, and what was not measured has not passed.
    measured = {name: None if value is None or value != value else value for name, value in figures.items()}
    passed = expression.evaluate(measured) is True
    value, threshold = _sides(expression, measured)
    return GateResult(gate.name, gate.rule, passed, value, threshold)


def _sides(expression: Expression, figures: Mapping[str, float | None]) -> tuple[float | None, float | None]:
    if not isinstance(expression, Compare) or not isinstance(expression.right, Literal):
        return None, None
    return expression.left.evaluate(figures), expression.right.value
