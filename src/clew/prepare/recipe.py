"""The recipe: steps as data, the same for training, a batch and one row.

>>> from clew.prepare.recipe import Recipe
>>> recipe = Recipe.from_yaml('''
... - op: fill_missing
...   columns: kind:numeric
... - op: scale
...   columns: [age, fare]
...   method: robust
... ''')
>>> [step.op for step in recipe.steps]
['fill_missing', 'scale']
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from clew.collect.split import SplitSpec
from clew.core.errors import ConfigError
from clew.core.fingerprint import of_file, of_json
from clew.core.schema import Schema
from clew.define.problem import Task
from clew.prepare import steps as _families  # noqa: F401 - importing them registers the steps
from clew.prepare import text
from clew.prepare.file import read_steps
from clew.prepare.fitted import FittedRecipe
from clew.prepare.inputs import known_rows
from clew.prepare.options import in_step, step_from_dict, step_to_dict
from clew.prepare.origins import Origins
from clew.prepare.step import Step, Training, acting
from clew.prepare.table import Table
from clew.prepare.training import Fitting, train
from clew.prepare.transformer import Transformer
from clew.prepare.trust import check_trust
from clew.prepare.views import prepared_view, recipe_view

__all__ = ["FittedRecipe", "Prepared", "Recipe"]


@dataclass(frozen=True, eq=False)
class Prepared:
    """Training rows after a recipe, and the recipe fitted on them.

    Parameters
    ----------
    recipe : FittedRecipe
        For new rows.
    frame : frame
        The prepared training rows, of the engine they came in.
    target : ndarray, shape (rows,), optional
        Their truth.
    origins : Origins, optional
        Which of the rows given each was made from, where a step took, repeated or invented some; None if they are all,
        in order, or if a step made other rows.
    """

    recipe: FittedRecipe
    frame: Any
    target: NDArray[Any] | None
    origins: Origins | None = None

    @property
    def rows(self) -> NDArray[np.int64] | None:
        """Position of each among the rows given, shape (rows,); None as for `origins`.

        An invented row has the position of the one it was mainly made from: what belongs to that row (target, weight,
        group, time) belongs to it too.
        """
        return None if self.origins is None else self.origins.rows

    def __repr__(self) -> str:
        return f"Prepared({len(self.recipe.output_schema)} columns, by {self.recipe!r})"

    def _repr_html_(self) -> str:
        return prepared_view(self)


@dataclass(unsafe_hash=True)  # scikit-learn puts marks of its own on the parts of a pipeline, so it cannot be frozen
class Recipe(Transformer):
    """Steps over one table; also a transformer of scikit-learn (see `clew.prepare.transformer.Transformer`).

    Parameters
    ----------
    steps : sequence of Step, default ()
        In the order in which they act.
    trust : tuple of str, default ()
        Names of code that is no part of Clew and that steps may run; see `trusting`. It is the caller's word and no
        part of the recipe: neither its text form nor its fingerprint holds it.
    folder : Path, optional
        Where relative names of its tables start: the folder of the file that it was read from; by default the working
        folder. No part of the recipe either.
    """

    steps: Sequence[Step] = ()
    trust: tuple[str, ...] = field(default=(), compare=False)
    folder: Path | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        self.steps = tuple(self.steps)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Build a recipe from a list of mappings, one per step.

        Raises
        ------
        ConfigError
            If a step or an option does not exist or makes no sense; the message names the step's number.
        """
        if not isinstance(data, list | tuple):
            raise ConfigError(
                f"A recipe is a list of steps, and a {type(data).__name__} is none.", hint="Write `- op: …` per step."
            )
        steps = []
        for number, item in enumerate(data, start=1):
            with in_step(number, str(item.get("op", "?")) if isinstance(item, Mapping) else "?"):
                steps.append(step_from_dict(item))
        return cls(tuple(steps))

    def trusting(self, *names: str) -> Self:
        """Return the recipe with the caller's word for code that its steps name.

        Parameters
        ----------
        *names : str
            As the steps spell them: ``"package.module:function"``, ``"package.module.Class"``.
        """
        return replace(self, trust=(*self.trust, *names))

    def to_dict(self) -> list[dict[str, Any]]:
        """Return a list of JSON-ready mappings, one per step."""
        return [step_to_dict(step) for step in self.steps]

    @classmethod
    def from_yaml(cls, source: str) -> Self:
        """Build a recipe from its text form.

        Raises
        ------
        ConfigError
            If the text is no YAML, or as for `from_dict`.
        """
        return cls.from_dict(text.parse(source))

    @classmethod
    def from_file(cls, path: Path | str, parameters: Mapping[str, Any] | None = None) -> Self:
        """Read a recipe file: a list of steps, or one with parameters or that starts from another file.

        Parameters
        ----------
        path : path-like
            The file; see `clew.prepare.file` for its forms.
        parameters : mapping, optional
            Values for the parameters that the file states.

        Raises
        ------
        UsageError
            If a file cannot be read, or a parameter is given that no file states.
        ConfigError
            If a file is no recipe, or as for `from_dict`.
        """
        recipe = cls.from_dict(read_steps(Path(path), parameters))
        return replace(recipe, folder=Path(path).parent)

    def to_yaml(self, comments: Sequence[str] = ()) -> str:
        """Return the text form; `from_yaml` gives an equal recipe back.

        Parameters
        ----------
        comments : sequence of str, default ()
            A remark to put above each step.
        """
        return text.write(self.to_dict(), comments)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the steps that act and their options.

        A step that is switched off has no part in it: what a recipe learns and makes is the same as without it, so
        nothing need be computed again.
        """
        return of_json([step_to_dict(step) for _, step in acting(self.steps)])

    def tables(self) -> dict[str, str]:
        """Return the files that steps read when they are fitted: name → SHA-256 of the content.

        Together with `fingerprint` they decide what is learnt from given rows. A file that is not there is left out:
        the step that wants it says so.
        """
        named = [table for _, step in acting(self.steps) if isinstance(table := getattr(step, "table", None), str)]
        paths = {name: (self.folder or Path()) / name for name in dict.fromkeys(named)}
        return {name: of_file(path) for name, path in paths.items() if path.is_file()}

    def prepare(
        self,
        data: Any,
        schema: Schema | None = None,
        target: Any = None,
        *,
        task: Task | None = None,
        seed: int = 0,
        split: SplitSpec | None = None,
        folder: Path | None = None,
        trust: Collection[str] = (),
    ) -> Prepared:
        """Fit on training rows, and return these rows prepared, with their target.

        A step that learns from the target gives each training row what it learnt from other rows.

        Parameters
        ----------
        data : frame, Dataset or path
            Training rows; a frame of any engine.
        schema : Schema, optional
            Their columns; inferred if None.
        target : str or array-like of shape (rows,), optional
            Name of the target column, or the truth itself; by default the column with that role.
        task : Task, optional
            Kind of answer; inferred from the target if None.
        seed : int, default 0
            Seed of all random choices.
        split : SplitSpec, optional
            Folds and gap where training rows must not see their own target.
        folder : Path, optional
            Where relative file names of the recipe start; by default the recipe's own `folder`.
        trust : collection of str, default ()
            Names of code that is no part of Clew and that steps may run, besides those of `trusting`.

        Raises
        ------
        ConfigError
            If an option makes no sense.
        RecipeError
            If a step cannot do its work; the message begins with its number and name.
        SchemaError
            If rows do not fit the schema.
        """
        check_trust(self.steps, (*self.trust, *trust))
        rows = known_rows(data, schema, target, self.steps, task=task, seed=seed, folder=folder or self.folder)
        done = self._trained(rows.table, rows.training, split or SplitSpec())
        return Prepared(FittedRecipe(done.chain), rows.like(done.table), done.target, done.origins)

    def _trained(self, table: Table, training: Training, split: SplitSpec) -> Fitting:
        """Fit the steps one after the other; whoever knows some of them as they were fitted can take these over."""
        return train(self.steps, table, training, split)

    def learn(
        self,
        data: Any,
        schema: Schema | None = None,
        target: Any = None,
        *,
        task: Task | None = None,
        seed: int = 0,
        split: SplitSpec | None = None,
        folder: Path | None = None,
        trust: Collection[str] = (),
    ) -> FittedRecipe:
        """Fit on training rows and return what was learnt; parameters and errors as in `prepare`."""
        done = self.prepare(data, schema, target, task=task, seed=seed, split=split, folder=folder, trust=trust)
        return done.recipe

    def __repr__(self) -> str:
        return f"Recipe([{', '.join(f'({step.op})' if step.disabled else step.op for step in self.steps)}])"

    def _repr_html_(self) -> str:
        return recipe_view(self)
