"""The face that scikit-learn knows: a recipe as a transformer in pipelines, grids and cross-validation.

Nothing here inherits from scikit-learn, so that a recipe costs nobody its import; what its contract asks for is
duck-typed: parameters, cloning, tags, names of features, and the form of what comes out.
"""

import copy
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.arrays import dataset_of_array, is_array
from clew.collect.dataset import Dataset
from clew.core.errors import ConfigError, InputError, RecipeError, UsageError
from clew.core.schema import Schema
from clew.prepare.frames import frame_of
from clew.prepare.options import check
from clew.prepare.step import Step, acting

if TYPE_CHECKING:
    from clew.prepare.fitted import FittedRecipe
    from clew.prepare.recipe import Prepared

Form: TypeAlias = Literal["default", "pandas", "polars"]


class UnfitError(RecipeError, ValueError):
    """A recipe cannot be fitted on such rows; also a ValueError, as scikit-learn's contract wants."""


class Transformer:
    """What a recipe is to scikit-learn. `clew.prepare.recipe.Recipe` brings the steps and does the work.

    `fit` and `set_params` alone change a recipe: as the contract wants, the first returns the recipe itself and leaves
    what was learnt in ``fitted_``. `Recipe.learn` and `Recipe.prepare` return it instead and change nothing.
    """

    steps: Sequence[Step]
    fitted_: "FittedRecipe"
    prepare: Callable[..., "Prepared"]
    _form: Form = "default"
    _of_array: bool = False

    def fit(self, X: Any, y: Any = None, **options: Any) -> Self:
        """Fit on training rows, and keep what was learnt in ``fitted_``.

        Parameters
        ----------
        X : frame, Dataset, path, or array of shape (n, p)
            Training rows. Columns of an array are named ``x0``, ``x1`` …
        y : array-like of shape (n,), optional
            Their truth, for steps that learn from it.
        **options
            Of `Recipe.prepare`, by name: ``target`` (a column of `X`, instead of `y`), ``schema``, ``task``, ``seed``,
            ``split``, ``folder``.

        Returns
        -------
        Recipe
            Itself.

        Raises
        ------
        RecipeError
            If a step cannot do its work, or rows cannot be learnt from; the message says which and why.
        """
        self._fitted(X, y, options)
        return self

    def fit_transform(self, X: Any, y: Any = None, **options: Any) -> Any:
        """Fit on training rows and return them prepared; parameters and errors as in `fit`.

        A step that learns from the target gives each training row what it learnt from other rows, so these rows are not
        always those of ``fit(X, y).transform(X)``: a model must be trained on these.

        Raises
        ------
        RecipeError
            If `y` stands beside the rows and a step takes, repeats, invents or makes other rows: the two would no
            longer belong together. `fit_resample` returns both.
        """
        done = self._fitted(X, y, options)
        if y is not None and not self._keeps_rows(done):
            raise UnfitError(
                f"{self._row_steps()} changes which rows there are, and `y` cannot follow it through `fit_transform`.",
                hint="Call `fit_resample(X, y)`, which returns both, or put such steps into `Recipe.prepare`.",
            )
        return self._formed(done.frame, X)

    def fit_resample(self, X: Any, y: Any, **options: Any) -> tuple[Any, NDArray[Any]]:
        """Fit on training rows and return them prepared, with their truth: for steps that change which rows there are.

        As imbalanced-learn names it. Parameters and errors as in `fit`.

        Returns
        -------
        X : frame
            The prepared rows.
        y : ndarray, shape (rows,)
            The truth of each.
        """
        if y is None:
            raise UsageError("`fit_resample` needs `y`.", hint="Call `fit_transform(X)` without one.")
        done = self._fitted(X, y, options)
        assert done.target is not None  # noqa: S101 - it was given
        return self._formed(done.frame, X), done.target

    def transform(self, X: Any) -> Any:
        """Prepare rows with what `fit` learnt.

        Parameters
        ----------
        X : frame, Dataset, path, or array of shape (n, p)
            With the columns of the training rows.

        Returns
        -------
        frame or ndarray
            Of the engine that `X` is of, an array for an array; `set_output` asks for another form.

        Raises
        ------
        NotFittedError
            If `fit` was not called.
        SchemaError
            If a column is missing, or a cell cannot be read.
        """
        fitted = self._checked()
        try:
            rows = _rows_of(X, fitted.schema.names) if is_array(X) else X
            return self._formed(fitted.transform(rows), X)
        except InputError as error:
            raise UnfitError(error.message, hint=error.hint) from error

    def set_output(self, *, transform: Form | None = None) -> Self:
        """Say in what form `transform` and `fit_transform` return rows.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, optional
            ``default``: as they came; pandas with NumPy's types. None changes nothing.
        """
        if transform not in (None, "default", "pandas", "polars"):
            raise UsageError(f"There is no output {transform!r}.", hint="Use 'default', 'pandas' or 'polars'.")
        if transform is not None:
            self._form = transform
        return self

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Return the names of the columns that `transform` returns, shape (columns,).

        Parameters
        ----------
        input_features : array-like of str, optional
            If given, they must be the names of the training rows' columns.
        """
        fitted = self._checked()
        if input_features is not None and list(input_features) != list(fitted.schema.names):
            raise UnfitError(
                "`input_features` are not the columns that the recipe was fitted on.",
                hint=f"They are {', '.join(fitted.schema.names)}; leave the argument out.",
            )
        return np.array([c.name for c in fitted.output_schema], dtype=object)

    @property
    def n_features_in_(self) -> int:
        """Number of columns of the training rows."""
        return len(self._learnt("n_features_in_").schema)

    @property
    def feature_names_in_(self) -> NDArray[Any]:
        """Names of the training rows' columns, shape (columns,); there are none where an array was given."""
        fitted = self._learnt("feature_names_in_")
        if self._of_array:
            raise AttributeError("The recipe was fitted on an array, whose columns have no names.")
        return np.array(fitted.schema.names, dtype=object)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the steps and, if `deep`, the options of each, as ``op__option``.

        Steps of one kind that stand there several times are numbered: ``scale-1__method``, ``scale-2__method``.
        """
        own: dict[str, Any] = {item.name: getattr(self, item.name) for item in fields(self)}  # type: ignore[arg-type]
        if deep:
            for name, step in self._named().items():
                own.update({f"{name}__{item.name}": getattr(step, item.name) for item in fields(step)})
        return own

    def set_params(self, **params: Any) -> Self:
        """Change the steps, or options of them, named as in `get_params`; returns the recipe itself.

        Raises
        ------
        ConfigError
            If there is no such step or option, or a value makes no sense.
        """
        own = {item.name for item in fields(self)}  # type: ignore[arg-type]
        for name in [name for name in params if name in own]:
            value = params.pop(name)
            setattr(self, name, value if name == "folder" else tuple(value))
        named = self._named()
        for name, value in params.items():
            which, _, option = name.partition("__")
            if which not in named or option not in {item.name for item in fields(named[which])}:
                known = ", ".join(sorted(self.get_params()))
                raise UnknownParameterError(f"A recipe has no parameter {name!r}.", hint=f"It has {known}.")
            named[which] = replace(named[which], **{option: value})
        for step in named.values():
            check(step)
        self.steps = tuple(named.values())
        return self

    def __sklearn_clone__(self) -> Self:
        new = copy.copy(self)
        for name in ("fitted_", "_of_array"):
            new.__dict__.pop(name, None)
        return new

    def __sklearn_is_fitted__(self) -> bool:
        return "fitted_" in self.__dict__

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        learns = any(step.learns_from_target for _, step in acting(self.steps))
        return Tags(
            estimator_type=None,
            target_tags=TargetTags(required=learns),
            transformer_tags=TransformerTags(),
            input_tags=InputTags(string=True, categorical=True, allow_nan=True),
        )

    def _named(self) -> dict[str, Step]:
        """Return the steps by the names that parameters call them."""
        counts, seen, named = Counter(step.op for step in self.steps), Counter[str](), {}
        for step in self.steps:
            seen[step.op] += 1
            named[step.op if counts[step.op] == 1 else f"{step.op}-{seen[step.op]}"] = step
        return named

    def _fitted(self, X: Any, y: Any, options: Mapping[str, Any]) -> "Prepared":
        if y is not None and options.get("target") is not None:
            raise UsageError("Both `y` and `target` are given.", hint="fit(X, y), or fit(data, target='column').")
        if isinstance(y, Schema):
            raise UsageError("`y` is a schema.", hint="fit(X, y, schema=…), or learn(data, schema).")
        given = dict(options) if y is None else {**options, "target": _truth(y)}
        try:
            done = self.prepare(_rows_of(X) if is_array(X) else X, given.pop("schema", None), **given)
        except ConfigError:
            raise
        except InputError as error:
            raise UnfitError(error.message, hint=error.hint) from error
        self.fitted_ = done.recipe
        self._of_array = is_array(X)
        return done

    def _learnt(self, name: str) -> "FittedRecipe":
        """Return what `fit` learnt; an attribute that it makes is not there before."""
        if "fitted_" not in self.__dict__:
            raise AttributeError(f"A recipe has no {name!r} before `fit`.")
        return self.fitted_

    def _checked(self) -> "FittedRecipe":
        if "fitted_" not in self.__dict__:
            from sklearn.exceptions import NotFittedError

            raise NotFittedError("This Recipe is not fitted yet: call `fit` with training rows first.")
        return self.fitted_

    def _keeps_rows(self, done: "Prepared") -> bool:
        origins = done.origins
        reshaped = any(step.kind == "reshape" for _, step in acting(self.steps))
        return not reshaped and (origins is None or np.array_equal(origins.rows, np.arange(len(origins.rows))))

    def _row_steps(self) -> str:
        ops = [f"Step {n} ({s.op})" for n, s in acting(self.steps) if s.kind in ("rows", "reshape")]
        return ops[0] if ops else "A step"

    def _formed(self, rows: Any, given: Any) -> Any:
        """Return prepared rows in the form that is asked for."""
        form = self._form
        if form == "default" and not is_array(given):
            return rows
        frame = frame_of(rows).lazy().collect().to_polars()
        if form == "polars":
            return frame
        if form == "pandas":
            made = frame.to_pandas()
            if hasattr(rows, "index"):  # it came as pandas, and rows are known by their index
                made.index = rows.index
            return made
        return _array(frame)


class UnknownParameterError(ConfigError, ValueError):
    """There is no such parameter; also a ValueError, as scikit-learn's contract wants."""


def _array(frame: pl.DataFrame) -> NDArray[Any]:
    """Return rows as an array: of floats with NaN for missing where all is numbers, else of objects."""
    if all(dtype.is_numeric() or dtype == pl.Boolean for dtype in frame.dtypes):
        return frame.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return frame.to_numpy()


def _rows_of(values: Any, names: Sequence[str] | None = None) -> Dataset | pl.DataFrame:
    """Return an array, or lists of values, as a table; of the training rows' names, once they are known."""
    from sklearn.utils.validation import check_array

    array = check_array(values, dtype=None, ensure_all_finite=False)
    if names is not None and array.shape[1] != len(names):
        raise UnfitError(f"X has {array.shape[1]} features, but Recipe is expecting {len(names)} features as input.")
    if array.dtype.kind in "biuf":
        return dataset_of_array(array, names)
    named = names or [f"x{position}" for position in range(array.shape[1])]
    columns = zip(named, array.T, strict=True)
    return pl.DataFrame({name: pl.Series(column.tolist(), strict=False) for name, column in columns})


def _truth(y: Any) -> Any:
    values = np.asarray(y)
    return values.ravel() if values.ndim == 2 and values.shape[1] == 1 else values
