"""What a finished model must not read: columns left out of it, and a test that they change no answer."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from clew.core.finding import Finding
from clew.core.schema import Role, Schema
from clew.define.problem import Problem
from clew.prepare.execute import Chain, FittedStep
from clew.prepare.matrix import MatrixLayout
from clew.prepare.recipe import FittedRecipe
from clew.prepare.steps.columns import Drop
from clew.train.codes import finding
from clew.train.constraints.monotone import prove_monotone
from clew.train.folds.preparation import is_late
from clew.train.model import FittedModel

#: Rows that are asked about twice.
_ROWS = 500


@dataclass(frozen=True, slots=True)
class Unused:
    """Columns that must not decide, and whether any did.

    Parameters
    ----------
    columns : mapping of str to str
        Column → why it must not decide.
    rows : int
        Rows that were asked about, as they are and with the values of these columns mixed up.
    changed : tuple of str
        Columns that the model reads, or whose values changed an answer; none in a sound model.
    """

    columns: dict[str, str]
    rows: int
    changed: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, JSON-ready."""
        return {"columns": self.columns, "rows": self.rows, "changed": list(self.changed)}

    def findings(self) -> list[Finding]:
        """Return ``ME121`` for each column that decided nevertheless."""
        return [
            finding("ME121", f"{name!r} {self.columns[name]}, and answers follow it.", column=name)
            for name in self.changed
        ]


def only_used(recipe: FittedRecipe, layout: MatrixLayout) -> FittedRecipe:
    """Return the recipe without what the matrix leaves out, so that nobody is asked for a column that says nothing.

    Parameters
    ----------
    recipe : FittedRecipe
        From raw columns to prepared ones.
    layout : MatrixLayout
        Which of them are learnt from.
    """
    wanted = {*layout.numeric, *layout.categorical}
    output = recipe.output_schema
    unused = tuple(column for column in output.features if column.name not in wanted)
    if not unused:
        return recipe
    steps = recipe.chain.steps
    number = steps[-1].number + 1 if steps else 1
    left_out = FittedStep(number, Drop([column.name for column in unused]), output, unused, {})
    return FittedRecipe(Chain(recipe.schema, (*steps, left_out)))


def forbidden(schema: Schema, problem: Problem) -> dict[str, str]:
    """Return the columns that must not decide, and why.

    Parameters
    ----------
    schema : Schema
        The raw table.
    problem : Problem
        Its target, and the moment of the question.
    """
    reasons = {Role.TARGET: "is the answer", Role.WEIGHT: "is the weight of the row", Role.EXCLUDE: "is excluded"}
    found = {c.name: reasons[c.role] for c in schema if c.role in reasons}
    return found | {c.name: f"is known only after {c.available_after!r}" for c in schema if is_late(c, problem)}


def prove_unused(model: FittedModel, frame: pl.DataFrame, *, seed: int = 0, threads: int = 1) -> Unused:
    """Mix up the values of each column that must not decide, and compare the answers bit by bit.

    Parameters
    ----------
    model : FittedModel
        What was trained.
    frame : DataFrame
        Rows with the schema's types; up to 500 of them are drawn.
    seed : int, default 0
        Of the draw and of the mixing.
    threads : int, default 1
        Threads to use; the rows are few.
    """
    columns = forbidden(model.schema, model.problem)
    rows = frame.sample(min(_ROWS, frame.height), seed=seed)
    asked = set(model.features)
    changed = [name for name in columns if name in asked]
    present = [name for name in columns if name in rows.columns]
    if present and rows.height > 1:
        before = model.scores(rows, threads=threads).tobytes()

        def differs(mixed: list[str]) -> bool:
            asked_again = rows.with_columns(_mixed(rows[name], seed) for name in mixed)
            return model.scores(asked_again, threads=threads).tobytes() != before

        if differs(present):
            changed += [name for name in present if name not in changed and differs([name])]
    return Unused(columns, rows.height, tuple(changed))


def proven(
    model: FittedModel, frame: pl.DataFrame, *, seed: int = 0, threads: int = 1
) -> tuple[dict[str, Any], list[Finding]]:
    """Prove what the domain model demands: directions along a grid, and columns that change no answer.

    Parameters
    ----------
    model : FittedModel
        What was trained.
    frame : DataFrame
        Rows with the schema's types.
    seed : int, default 0
        Of the draws.
    threads : int, default 1
        Threads to use; the rows are few.

    Returns
    -------
    tuple of dict and list of Finding
        What was found, JSON-ready, and ``ME105`` or ``ME121`` where a demand is not met.
    """
    how = {"seed": seed, "threads": threads}
    unused, directions = prove_unused(model, frame, **how), prove_monotone(model, frame, **how)
    told = {"unused": unused.to_dict(), "monotone": [item.to_dict() for item in directions]}
    return told, [*unused.findings(), *(broken for item in directions for broken in item.findings())]


def _mixed(values: pl.Series, seed: int) -> pl.Series:
    """Return the values in another order, each at another place."""
    order = np.random.default_rng(seed).permutation(len(values))
    # A cycle through all places: no value stays where it was.
    place = np.empty(len(values), dtype=np.int64)
    place[order] = np.roll(order, 1)
    return values[place.tolist()]
