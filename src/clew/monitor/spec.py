"""What monitoring looks at, and from which size on a change is a violation."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from clew.core.errors import ConfigError, did_you_mean

#: Limits of one column, by the names under which `MonitorSpec.columns` may override them.
_PER_COLUMN = ("psi", "js", "ks", "cramers_v", "missing", "new_values", "outside", "unreadable")


@dataclass(frozen=True, slots=True)
class MonitorSpec:
    """Limits of the checks; None switches a check off.

    Every limit is about the size of a change. Chance is accounted for on top, see `clew.explore.chance`: few rows never
    alarm by noise, and many rows never alarm because a tiny change has become certain.

    Parameters
    ----------
    psi : float, default 0.2
        Population stability index. Credit scoring calls a population stable below 0.1 and shifted above 0.2 to 0.25
        (Siddiqi, 2006, *Credit Risk Scorecards*).
    js : float, default 0.1
        Jensen-Shannon distance, 0 to 1; the value in common use among drift monitors. It sees shifts about half as
        large as 0.2 of the stability index does.
    ks : float, default 0.1
        Kolmogorov-Smirnov statistic, numeric columns; the comparison threshold of SageMaker Model Monitor.
    cramers_v : float, default 0.1
        Cramér's V of the chi-square test, categorical columns; 0.1 is a small effect (Cohen, 1988).
    missing : float, default 0.05
        Change of the share of missing values, in either direction.
    new_values : float, default 0.1
        Share of rows with a value that the training rows did not have, beyond what their rare values let expect; the
        domain content threshold of SageMaker Model Monitor.
    outside : float, default 0.01
        Share of rows with a value outside of what the domain model states: range, allowed values, pattern, nullable.
    rules : float, default 0.01
        Share of rows that break a row rule of severity warning; one of severity error may never be broken.
    unreadable : float, default 0
        Share of cells that are no value of the column's type. None is the right share for a model: it refuses them.
    extra_columns : bool, default False
        Whether a column that the model does not know is a violation; it is always reported.
    prediction : float, default 0.2
        Population stability index of the predictions.
    performance : float, default 0.05
        How much worse a figure may be than at training time, relative to it, where the intervals do not overlap.
    bins : int, default 10
        Bins of a numeric column, of equal share in the baseline; fewer where there are few rows.
    chance : float, default 0.01
        Probability that a report on rows without any drift holds a drift violation.
    min_rows : int, default 30
        Fewer rows are counted and checked value by value, but not compared as a distribution.
    ignore : tuple of str
        Columns that are not looked at.
    columns : mapping
        Column → limits that differ for it, e.g. ``{"age": {"psi": 0.3}}``.
    """

    psi: float | None = 0.2
    js: float | None = 0.1
    ks: float | None = 0.1
    cramers_v: float | None = 0.1
    missing: float | None = 0.05
    new_values: float | None = 0.1
    outside: float | None = 0.01
    rules: float | None = 0.01
    unreadable: float | None = 0.0
    extra_columns: bool = False
    prediction: float | None = 0.2
    performance: float | None = 0.05
    bins: int = 10
    chance: float = 0.01
    min_rows: int = 30
    ignore: tuple[str, ...] = ()
    columns: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)

    def for_column(self, name: str) -> Self:
        """Return the limits that hold for one column."""
        limits: dict[str, Any] = dict(self.columns.get(name, {}))
        return replace(self, **limits)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {
            **values,
            "ignore": list(self.ignore),
            "columns": {name: dict(limits) for name, limits in self.columns.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read limits, e.g. from clew.yaml; what is not named keeps its default.

        Raises
        ------
        ConfigError
            If a key is unknown, or a value is of the wrong type or out of range.
        """
        _check_keys(data, [item.name for item in fields(cls)], "`monitor`")
        values = dict(data)
        values["ignore"] = tuple(values.get("ignore", ()))
        for name, limits in values.get("columns", {}).items():
            _check_keys(limits, _PER_COLUMN, f"`monitor.columns.{name}`")
            for key, value in limits.items():
                _check_limit(f"columns.{name}.{key}", value)
        for key in (*_PER_COLUMN, "rules", "prediction", "performance"):
            if key in values:
                _check_limit(key, values[key])
        _check_number(values, "chance", float, low=0.000001, high=0.5)
        _check_number(values, "bins", int, low=2, high=50)
        _check_number(values, "min_rows", int, low=1, high=10**9)
        return cls(**values)


def _check_keys(data: Mapping[str, Any], known: Any, where: str) -> None:
    for key in data:
        if key not in known:
            raise ConfigError(f"{where} has the key {key!r}, which does not exist.", hint=did_you_mean(str(key), known))


def _check_limit(name: str, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise ConfigError(
            f"`monitor.{name}` is {value!r}; a limit is a number from 0 on.", hint="Write null to switch the check off."
        )


def _check_number(
    values: Mapping[str, Any], name: str, kind: type[int] | type[float], *, low: float, high: float
) -> None:
    value = values.get(name, kind(low))
    if isinstance(value, bool) or not isinstance(value, kind | int) or not low <= value <= high:
        raise ConfigError(f"`monitor.{name}` is {value!r}; it takes a number from {low:g} to {high:g}.")
