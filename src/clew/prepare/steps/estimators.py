"""Transformers of scikit-learn, and of packages that keep its contract, as a step."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import polars as pl

from clew.collect.dtypes import dtype_name
from clew.core.errors import ConfigError, RecipeError
from clew.core.schema import Column, Schema
from clew.prepare.dtypes import kind_of, stored_type
from clew.prepare.foreign import Plain, on_one_row, returned, told
from clew.prepare.lineage import combine
from clew.prepare.registry import register
from clew.prepare.selectors import ColumnsLike
from clew.prepare.step import Block, ColumnStep, State, StepKind, Training
from clew.prepare.steps.categorical import dropped
from clew.prepare.table import Table
from clew.prepare.trust import found

_MOST_COLUMNS = 10_000
_HINT = "Fill missing values and encode texts before it if it wants so, and look at `params`."


@register
@dataclass(frozen=True)
class Sklearn(ColumnStep):
    """Fit a transformer of scikit-learn, or of a package that keeps its contract, and make columns by it.

    It is given the columns as a pandas frame with NumPy's types, NaN for missing numbers. The columns that it makes are
    called as its ``get_feature_names_out`` says; where it has none, they are numbered. What it learnt is stored with
    skops, never with pickle.

    Parameters
    ----------
    columns : str, iterable of str, or Columns
        What it is given.
    transformer : str
        Its class, as ``"package.module.Class"``. One of another package than scikit-learn needs the caller's trust.
    params : mapping, default {}
        Handed to its constructor by name. A ``random_state`` that is not stated is the recipe's seed.
    supervised : bool, default False
        Whether it learns from the target; then training rows never see their own: it is fitted once more per fold.
    prefix : str, default ""
        Stands before the names of the columns that it makes.
    keep : bool, default False
        Whether the sources stay.
    """

    columns: ColumnsLike = "all"
    transformer: str = field(kw_only=True)
    params: Mapping[str, Plain] = field(default_factory=dict)
    supervised: bool = False
    prefix: str = ""
    keep: bool = False

    op: ClassVar[str] = "sklearn"
    kind: ClassVar[StepKind] = StepKind.OPAQUE

    @property
    def learns_from_target(self) -> bool:  # type: ignore[override]
        """Whether it is given the target."""
        return self.supervised

    def check(self) -> None:
        """Refuse what names no class."""
        if "." not in self.transformer or not all(part.isidentifier() for part in self.transformer.split(".")):
            raise ConfigError(
                f"`transformer` of sklearn is {self.transformer!r}, which names none.",
                hint="Write e.g. `transformer: sklearn.preprocessing.SplineTransformer`.",
            )

    def foreign(self) -> tuple[str, ...]:
        """Return the class, unless it is scikit-learn's own, on which Clew depends itself."""
        return () if self.transformer.startswith("sklearn.") else (self.transformer,)

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, at least one."""
        columns = super().inputs(schema)
        if not columns:
            raise RecipeError(f"There are no columns to give to {self.transformer}.", hint="Choose some in `columns`.")
        return columns

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:
        """Fit the transformer, and learn which columns it makes."""
        if self.supervised and training.target is None:
            raise RecipeError(
                f"{self.transformer} is to learn from the target, and there is none.",
                hint="Name it when fitting: `target=…`.",
            )
        transformer = self._made(training.seed)
        if not len(table):
            return {"fitted": transformer, "columns": {}}
        frame = table.polars(*(column.name for column in columns))
        rows = frame.to_pandas()
        with told(self.transformer, _HINT):
            fitted = transformer.fit(*_labelled(frame, training.target)) if self.supervised else transformer.fit(rows)
        first = self._transformed(fitted, rows.head(1), None)
        types = {name: dtype_name(dtype) for name, dtype in first.schema.items()}
        return {"fitted": fitted, "columns": types}

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:
        """Make the columns."""
        types, names = state["columns"], [column.name for column in columns]
        made = tuple(combine(columns, name=name, dtype=dtype, kind=kind_of(dtype)) for name, dtype in types.items())
        if not made:
            return

        def frame(rows: pl.DataFrame) -> pl.DataFrame:
            if rows.is_empty():
                return pl.DataFrame(schema={name: stored_type(dtype) for name, dtype in types.items()})
            return self._transformed(state["fitted"], rows.to_pandas(), types)

        yield Block(made, tuple(names), frame, on_one_row(columns, frame))

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:
        """Drop the sources, unless they are kept, are more than features, or have a successor of the same name."""
        return [name for name in dropped(columns, keep=self.keep) if name not in state["columns"]]

    def online(self, state: State) -> bool:  # noqa: ARG002 - the contract of scikit-learn asks for it
        """Whether one row is enough."""
        return True

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:  # noqa: ARG002
        """Return the class, its parameters and the columns that it makes."""
        params = {name: _shown(value) for name, value in state["fitted"].get_params(deep=False).items()}
        return {"transformer": self.transformer, "params": params, "columns": state["columns"]}

    def _made(self, seed: int) -> Any:
        module, _, name = self.transformer.rpartition(".")
        kind = found(module, name)
        if not (hasattr(kind, "fit") and hasattr(kind, "transform")):
            raise RecipeError(
                f"{self.transformer} is no transformer: it lacks `fit` or `transform`.",
                hint="Name a class with both, as scikit-learn's transformers have.",
            )
        with told(self.transformer, _HINT):
            made = kind(**self.params)
            if "random_state" in made.get_params(deep=False) and "random_state" not in self.params:
                made.set_params(random_state=seed)
        return made

    def _transformed(self, fitted: Any, rows: Any, types: Mapping[str, str] | None) -> pl.DataFrame:
        """Return what the transformer makes of rows; of the types given, once they were learnt."""
        with told(self.transformer, _HINT):
            result = fitted.transform(rows)
        if hasattr(result, "toarray"):
            if result.shape[1] > _MOST_COLUMNS:
                raise RecipeError(
                    f"{self.transformer} makes {result.shape[1]} columns; {_MOST_COLUMNS} are the limit.",
                    hint="Choose parameters that make fewer.",
                )
            result = result.toarray()
        if isinstance(result, np.ndarray):
            values = result[:, None] if result.ndim == 1 else result
            result = pl.from_numpy(values, schema=self._names(fitted, values.shape[1]))
        else:
            result = returned(result, self.transformer).rename(lambda name: f"{self.prefix}{name}")
        if len(result) != len(rows):
            raise RecipeError(
                f"{self.transformer} gave {len(result)} rows for {len(rows)}.",
                hint="Use one that gives a row for each.",
            )
        result = result.fill_nan(None)
        return result if types is None else result.select(pl.col(n).cast(stored_type(t)) for n, t in types.items())

    def _names(self, fitted: Any, count: int) -> list[str]:
        try:
            names = [str(name) for name in fitted.get_feature_names_out()]
        except (AttributeError, ValueError, NotImplementedError):
            names = [f"{type(fitted).__name__.lower()}{position}" for position in range(count)]
        return _distinct(f"{self.prefix}{name}" for name in names)


def _labelled(frame: pl.DataFrame, target: Any) -> tuple[Any, Any]:
    """Return the rows that have a truth, and their truth in the type of its values."""
    truth = pl.Series(target.tolist(), strict=False, nan_to_null=True)
    known = truth.is_not_null()
    return frame.filter(known).to_pandas(), np.array(truth.filter(known).to_list())


def _distinct(names: Iterable[str]) -> list[str]:
    """Give numbers to equal names after the first: a category may read ``nan``, and beside it some are missing."""
    seen = Counter[str]()
    result = []
    for name in names:
        seen[name] += 1
        result.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return result


def _shown(value: Any) -> Plain:
    plain = isinstance(value, bool | int | str | None) or (isinstance(value, float) and math.isfinite(value))
    return value if plain else str(value)
