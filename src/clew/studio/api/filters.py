"""What a grid's filters say, as conditions of `clew.explore.conditions`."""

from collections.abc import Mapping
from typing import Any

from clew.core.errors import UsageError, did_you_mean
from clew.explore.conditions import AnyOf, Condition

#: AG Grid's words for comparisons, and ours.
_OPERATIONS = {
    "contains": "contains",
    "notContains": "not_contains",
    "startsWith": "starts_with",
    "endsWith": "ends_with",
    "equals": "equals",
    "notEqual": "not_equals",
    "lessThan": "less",
    "lessThanOrEqual": "less_or_equal",
    "greaterThan": "greater",
    "greaterThanOrEqual": "greater_or_equal",
    "inRange": "between",
    "blank": "missing",
    "notBlank": "present",
}
_MIDNIGHT = " 00:00:00"


def conditions_of(filters: Mapping[str, Any]) -> tuple[Condition | AnyOf, ...]:
    """Read the filters of a grid.

    Parameters
    ----------
    filters : mapping of str to mapping
        Column → AG Grid's model of its filter: of type ``text``, ``number``, ``date`` or ``set``, or several of one
        type joined by AND or OR.

    Returns
    -------
    tuple of Condition or AnyOf
        All have to hold.

    Raises
    ------
    UsageError
        If a model is none.
    """
    found: list[Condition | AnyOf] = []
    for column, model in filters.items():
        if not isinstance(model, Mapping):
            raise _no_model(column)
        joined = model.get("conditions")
        if joined is None:
            found.append(_condition(column, model))
            continue
        if not isinstance(joined, list) or not joined or not all(isinstance(one, Mapping) for one in joined):
            raise _no_model(column)
        each = tuple(_condition(column, one) for one in joined)
        if model.get("operator") not in {"AND", "OR"}:
            raise UsageError(f"Conditions on {column!r} are joined by {model.get('operator')!r}; it is AND or OR.")
        found.extend([AnyOf(each)] if model["operator"] == "OR" else each)
    return tuple(found)


def _condition(column: str, model: Mapping[str, Any]) -> Condition:
    if model.get("filterType") == "set":
        values = model.get("values")
        if not isinstance(values, list):
            raise _no_model(column)
        return Condition(column, "in", tuple(values))
    kind = model.get("type")
    op = _OPERATIONS.get(kind) if isinstance(kind, str) else None
    if op is None:
        raise UsageError(
            f"The filter of {column!r} compares by {kind!r}, which is unknown.",
            hint=did_you_mean(str(kind), _OPERATIONS),
        )
    if op in {"missing", "present"}:
        return Condition(column, op)
    low, high = (
        (_day(model.get("dateFrom")), _day(model.get("dateTo")))
        if model.get("filterType") == "date"
        else (model.get("filter"), model.get("filterTo"))
    )
    return Condition(column, op, (low, high) if op == "between" else low)


def _day(value: Any) -> Any:
    """Return a date that was chosen in a calendar without the midnight that AG Grid adds: the whole day is meant."""
    return value.removesuffix(_MIDNIGHT) if isinstance(value, str) else value


def _no_model(column: str) -> UsageError:
    return UsageError(f"The filter of {column!r} cannot be read.", hint="Send AG Grid's filter model of each column.")
