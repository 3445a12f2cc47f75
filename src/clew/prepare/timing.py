"""Where the time goes when a recipe prepares rows."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clew.prepare.entrance import enter
from clew.prepare.execute import Chain
from clew.prepare.table import Table


@dataclass(frozen=True, slots=True)
class StepTime:
    """How long a step took.

    Parameters
    ----------
    number : int
        Position in the recipe, from 1; 0 for what happens where rows enter.
    op : str
        Name of the step.
    seconds : float
        Wall time.
    rows, columns : int
        Of the table that left it.
    """

    number: int
    op: str
    seconds: float
    rows: int
    columns: int

    def to_dict(self) -> Mapping[str, Any]:
        """Return the fields as JSON-ready values."""
        return {name: getattr(self, name) for name in self.__slots__}


def timed(chain: Chain, table: Table) -> tuple[StepTime, ...]:
    """Run a fitted recipe step by step and time each.

    A lazy frame is computed after every step; together they may take longer than `transform`, which computes once.

    Parameters
    ----------
    chain : Chain
        The fitted steps.
    table : Table
        Rows with the types of the schema.

    Returns
    -------
    tuple of StepTime
        One for the entrance and one per step, in order.
    """
    times = []
    started = time.perf_counter()
    there = table.types
    table = enter(table.keep([name for name in chain.taken.names if name in there]), chain.taken).collect()
    for position in range(len(chain.steps) + 1):
        number, op = 0, "entrance"
        if position:
            fitted = chain.steps[position - 1]
            number, op = fitted.number, fitted.step.op
            started = time.perf_counter()
            table = fitted.apply(table, chain.needed[position]).collect()
        seconds = time.perf_counter() - started
        times.append(StepTime(number, op, seconds, len(table), len(table.types)))
    return tuple(times)
