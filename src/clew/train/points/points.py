"""From raw rows to points: recipe, matrix and scales, fitted once and then the same for a table and a row."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from clew.collect.conform import RowConformer, conform
from clew.collect.dataset import Dataset
from clew.collect.fetch import fetch
from clew.core.errors import DataError, did_you_mean
from clew.core.finding import Finding
from clew.core.schema import Column, Role, Schema
from clew.prepare.matrix import Matrix, MatrixLayout, fit_layout, left_out, row_to_matrix, to_matrix
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.suggest import suggest
from clew.store.artifacts import load_arrays, save_arrays
from clew.train.codes import finding
from clew.train.points.stored import expect
from clew.train.points.terms import Floats, Spelling, Terms, fit_terms

_ARRAYS, _RECIPE = "terms.npz", "recipe"
#: Columns that an error names.
_SHOWN = 3
#: Fields of the terms that are arrays.
_NUMBERS = ("middle", "absent", "centre", "factor", "weight", "marked", "marks", "typical")


@dataclass(frozen=True, eq=False)
class Points:
    """What turns raw rows into points; never changed, and safe to use from several threads.

    Parameters
    ----------
    schema : Schema
        The raw table that it was fitted to.
    recipe : FittedRecipe
        From raw columns to prepared ones.
    terms : Terms
        From prepared ones to points.
    """

    schema: Schema
    recipe: FittedRecipe
    terms: Terms

    @property
    def compared(self) -> tuple[str, ...]:
        """Raw columns that rows are compared by, in the order of the terms."""
        return tuple(dict.fromkeys(name for block in self.terms.blocks for name in block))

    def frame(self, data: Any) -> pl.DataFrame:
        """Return the rows of whatever `clew.read` takes; other columns than the recipe needs go through as they came.

        Raises
        ------
        SchemaError
            If a column that rows are compared by is missing, or one of its cells cannot be read.
        """
        raw = data.frame if isinstance(data, Dataset) else data
        if not isinstance(raw, pl.DataFrame):
            raw = fetch(raw).raw.frame
        return raw.with_columns(conform(raw, self.recipe.inputs).get_columns())

    def of(self, frame: pl.DataFrame) -> Floats:
        """Return the points of rows, shape (rows, terms).

        Parameters
        ----------
        frame : polars.DataFrame
            As of `frame`.
        """
        needed = frame.select(name for name in self.recipe.inputs.names if name in frame.columns)
        matrix = to_matrix(self.recipe.transform(needed), self.terms.layout)
        return self.terms.points(matrix.numeric, matrix.codes)

    def conformed(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a raw row with the values that rows are compared by as the schema reads them.

        Raises
        ------
        SchemaError
            If a column is missing, or a value cannot be read.
        """
        return {**row, **self._conformer(row)}

    def of_row(self, row: Mapping[str, Any]) -> Floats:
        """Return the point of one raw row, shape (1, terms), with the same bits as in a table and no dataframe.

        Raises
        ------
        SchemaError
            If a column is missing, or a value cannot be read.
        RecipeError
            If the recipe holds a step that cannot work on one row.
        """
        numeric, codes = row_to_matrix(self.recipe.row()(self._conformer(row)), self.terms.layout)
        return self.terms.points(numeric[None], codes[None])

    @cached_property
    def _conformer(self) -> RowConformer:
        return RowConformer(self.recipe.inputs)

    def save(self, folder: Path) -> dict[str, Any]:
        """Write recipe and arrays into a folder, and return the rest as JSON-ready values."""
        self.recipe.save(folder / _RECIPE)
        terms = self.terms
        arrays = {name: getattr(terms, name) for name in _NUMBERS}
        tables = {f"labels{number}": table for number, table in enumerate(terms.labels)}
        save_arrays(folder / _ARRAYS, {**arrays, **tables})
        return {
            "schema": self.schema.to_dict(),
            "layout": terms.layout.to_dict(),
            "blocks": [list(block) for block in terms.blocks],
            "limit": terms.limit if math.isfinite(terms.limit) else None,
        }

    @classmethod
    def load(cls, folder: Path, facts: Mapping[str, Any], trust: Collection[str] = ()) -> "Points":
        """Read what `save` wrote and returned; code that the recipe names runs only if it is trusted."""
        arrays = load_arrays(folder / _ARRAYS)
        layout = MatrixLayout.from_dict(facts["layout"])
        labels = tuple(arrays[f"labels{number}"] for number in range(len(layout.categorical)))
        limit = math.inf if facts["limit"] is None else float(facts["limit"])
        numbers = {name: arrays[name] for name in _NUMBERS if name in arrays}
        numbers.setdefault("absent", numbers["middle"])  # as it was in files of earlier versions
        blocks = tuple(tuple(block) for block in facts["blocks"])
        terms = Terms(layout=layout, labels=labels, limit=limit, blocks=blocks, **numbers)
        expect("the scales", fits=terms.fit_together())
        return cls(Schema.from_dict(facts["schema"]), FittedRecipe.load(folder / _RECIPE, trust=trust), terms)


@dataclass(frozen=True, eq=False)
class Fitted:
    """Points of training rows, and what made them.

    Parameters
    ----------
    points : Points
        For new rows.
    values : ndarray, shape (rows, terms)
        Of the rows given, in their order.
    findings : tuple of Finding
        Columns that rows are not compared by.
    """

    points: Points
    values: Floats
    findings: tuple[Finding, ...]


def fit_points(
    dataset: Dataset,
    *,
    recipe: Recipe | None,
    columns: Sequence[str] | None,
    spelling: Spelling,
    limit: float = math.inf,
    seed: int = 0,
) -> Fitted:
    """Learn how rows become points.

    Parameters
    ----------
    dataset : Dataset
        Rows to learn from.
    recipe : Recipe, optional
        Unfitted; suggested if None.
    columns : sequence of str, optional
        Raw columns to compare rows by; all features if None.
    spelling : {"indicators", "surprise"}
        How categories become numbers.
    limit : float, optional
        Standard deviations up to which a number counts.
    seed : int, default 0
        Of whatever is random in the recipe.

    Raises
    ------
    DataError
        If there are no rows, no such column, or no column that tells rows apart.
    """
    if not len(dataset):
        raise DataError(f"{dataset.source} has no rows.", hint="Name a table with rows.")
    schema = _chosen(dataset.schema, columns)
    dataset = Dataset.of(dataset.frame, schema, dataset.source)
    done = (recipe or suggest(dataset).recipe).prepare(dataset.frame, schema, seed=seed)
    prepared = done.frame if done.rows is None else done.recipe.transform(dataset.frame)
    output = done.recipe.output_schema
    if len(prepared) != len(dataset):
        raise DataError(
            f"The recipe makes {len(prepared):,} rows of {len(dataset):,}.",
            hint="Leave out the steps that make other rows.",
        )
    matrix = to_matrix(prepared, fit_layout(output, prepared))
    terms = fit_terms(matrix, output, spelling=spelling, limit=limit)
    points = Points(schema, done.recipe, terms)
    left = _left_out(points, matrix, "the suggested recipe removes it" if recipe is None else "the recipe removes it")
    if not len(terms):
        told = [f"{name!r} is left out, since {why}" for name, why in left.items()]
        more = f"; and {len(told) - _SHOWN:,} more" if len(told) > _SHOWN else ""
        raise DataError(
            f"No column of {dataset.source} tells rows apart: {'; '.join(told[:_SHOWN]) or 'none is a feature'}{more}.",
            hint="Name other columns, or give a recipe that makes numbers of them.",
        )
    findings = (finding("ME140", f"{name!r} is left out, since {why}.", column=name) for name, why in left.items())
    return Fitted(points, terms.points(matrix.numeric, matrix.codes), tuple(findings))


def _chosen(schema: Schema, columns: Sequence[str] | None) -> Schema:
    """Return the schema in which the columns to compare by are the features, and none is a target to learn from."""
    if columns is None:
        roles = ((c, Role.EXCLUDE if c.role is Role.TARGET else c.role) for c in schema)
        return Schema(tuple(replace(column, role=role) for column, role in roles))
    for name in columns:
        if name not in schema:
            raise DataError(f"There is no column {name!r} to compare rows by.", hint=did_you_mean(name, schema.names))
    chosen = set(columns)
    return Schema(tuple(replace(column, role=_role(column, chosen)) for column in schema))


def _role(column: Column, chosen: Collection[str]) -> Role:
    if column.name in chosen:
        return Role.FEATURE
    # The others are described, but for what identifies, which says nothing.
    return Role.ID if column.role is Role.ID else Role.EXCLUDE


def _left_out(points: Points, matrix: Matrix, removed: str) -> dict[str, str]:
    """Return the features that rows are not compared by, each with the reason why; `removed` where nothing came out."""
    output = points.recipe.output_schema
    compared, shapeless = set(points.compared), set(left_out(output))
    why: dict[str, dict[str, None]] = {c.name: {} for c in points.schema.features if c.name not in compared}
    for column in output.features:
        for name in column.raw_sources:
            if name in why:
                why[name][_why_no_term(column, matrix, shapeless)] = None
    return {name: " and ".join(reasons) or removed for name, reasons in why.items()}


def _why_no_term(column: Column, matrix: Matrix, shapeless: Collection[str]) -> str:
    """Return why a prepared column has no term."""
    name = column.name
    if name in shapeless:
        return f"the recipe makes no number of its kind, {column.kind.value}"
    if name in matrix.layout.numeric:
        known = np.isfinite(matrix.numeric[:, matrix.layout.numeric.index(name)])
        return (
            "it says the same wherever it has a value (to seven digits)" if known.any() else "it has no number to 3e38"
        )
    labels = np.unique(matrix.codes[:, matrix.layout.categorical.index(name)])
    if len(labels) > 1:
        return "its labels are as frequent as each other"
    return "it says the same in every row" if labels[0] >= 0 else "it has no value"


def distinct_rows(values: Floats) -> int:
    """Return how many different points there are."""
    return len(np.unique(values, axis=0))
