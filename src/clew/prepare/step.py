"""What a step of a recipe is.

A step is one small frozen dataclass: its fields are its options. It says which columns it reads, what it learns from
training rows, and which columns it makes. Each made column is stated once, in a `Made`: what it is (`Column`), how a
frame makes it (an expression, written once for all engines) and how one row makes it (a plain function). The recipe
does all the rest: numbering, errors, order, dead columns, saving, both executors.

The rules that make the two executors agree, bit for bit, which `clew.testing.check_step` proves:

- **A missing value is null and nothing else.** NaN is turned into null where rows enter a recipe; a step whose
  arithmetic can make NaN turns it into null again. A function gets and returns None for null.
- **Categories are texts**: Polars' and pandas' categorical types are turned into String where rows enter.
- Arithmetic is done in float64 with the same operations in the same order on both sides: `expression` casts to Float64
  first, `function` calls ``float``. No division by a constant: learn the inverse, as some engines do that on their own.
- A column of whole numbers may come with fractions in a new table (`clew.collect.conform` keeps them as floats): never
  cast it to an integer type without looking.
- Only plain operations that narwhals has for every engine; order matters only through ``.over(…, order_by=…)``.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from clew.collect.split import Split
from clew.core.errors import RecipeError
from clew.core.schema import Column, Kind, Role, Schema
from clew.define.problem import Task
from clew.prepare.selectors import Columns, ColumnsLike
from clew.prepare.table import Expression, Table
from clew.prepare.values import short

#: How one row makes a column: one value per source, None for a missing one; returns the value.
Function: TypeAlias = Callable[..., Any]
#: What a step learnt: JSON-ready values by column or topic; a Polars frame as a leaf is stored as Arrow.
State: TypeAlias = Mapping[str, Any]


class StepKind(StrEnum):
    """How a step acts; the recipe treats each kind by its own rules."""

    MAP = "map"
    """Each row by itself; a single row gives the same as many."""
    LOOKUP = "lookup"
    """Each row by itself, with the help of a stored table of limited size."""
    WINDOW = "window"
    """Needs the rows around it: columnar only."""
    ROWS = "rows"
    """Takes or repeats training rows, features and target together; never acts in `transform`."""
    RESHAPE = "reshape"
    """Makes other rows, in fitting and transforming alike, before any step that learns from the target."""
    OPAQUE = "opaque"
    """Somebody else's transformer, which makes columns for the rows it is given; its author says what it can do."""

    @property
    def online(self) -> bool:
        """Whether a recipe with such a step can work on one row."""
        return self in {StepKind.MAP, StepKind.LOOKUP, StepKind.ROWS}


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """One column that a step makes.

    Parameters
    ----------
    column : Column
        What it is; a name that the step reads is replaced in its place, another one is appended.
    sources : tuple of str
        Columns it is made from, as they are before the step.
    expression : callable
        How a frame makes it: takes the language (see `clew.prepare.table`), returns an expression of the stated type.
    function : callable, optional
        How one row makes it: takes one value per source, None for a missing one, and returns the value. None only for
        steps of kind ``window``, which need the rows around it.
    """

    column: Column
    sources: tuple[str, ...]
    expression: Expression
    function: Function | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Several columns that a step makes at one go, such as the components of a PCA or the words of a text.

    For what no expression can say. A row's values depend on that row alone, save in steps of kind ``window``.

    Parameters
    ----------
    columns : tuple of Column
        What they are; a name that the step reads is replaced in its place, others are appended.
    sources : tuple of str
        Columns they are made from, at least one, as they are before the step.
    frame : callable
        How a table makes them: takes the sources as a Polars frame, returns a Polars frame of the columns, in order.
    function : callable, optional
        How one row makes them: takes one value per source, None for a missing one; returns a tuple of values, in order.
        None only for steps that cannot work on one row; `frame` is then given all rows at once, else maybe in parts.
    """

    columns: tuple[Column, ...]
    sources: tuple[str, ...]
    frame: Callable[[pl.DataFrame], pl.DataFrame]
    function: Callable[..., tuple[Any, ...]] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Refusal:
    """Cells on which a step will not work.

    Parameters
    ----------
    column : str
        The column concerned.
    expression : callable, optional
        Takes the language; true for the cells refused, and missing counts as fine.
    rule : str
        The rule they break, e.g. ``"is no number"``.
    hint : str
        The way out.
    cells : callable, optional
        What takes the place of `expression` where no expression can say it: takes the column as a Polars series,
        returns one that is true for the cells refused.
    """

    column: str
    expression: Expression | None
    rule: str
    hint: str
    cells: Callable[[pl.Series], pl.Series] | None = None

    def error(self, count: int, shown: Sequence[tuple[int, Any]]) -> RecipeError:
        """Return the error: how many cells, where, which.

        Parameters
        ----------
        count : int
            Cells refused.
        shown : sequence of tuple
            Row, from 0, and value of the first of them.
        """
        examples = ", ".join(f"{short(cell)} in row {row}" for row, cell in shown)
        return RecipeError(
            f"The column {self.column!r} has a value that {self.rule} in {count} "
            f"{'row' if count == 1 else 'rows'}: {examples}{' …' if count > len(shown) else ''}.",
            hint=self.hint,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Remade:
    """Training rows that a step chose, some perhaps with values of its own invention.

    Parameters
    ----------
    table : Table
        As many rows as were chosen, with the columns that reached the step.
    partners : ndarray of int64, shape (chosen,), optional
        Position of the other training row that had a part in each one's values, its own where none had. None if no row
        has other values than the one it was made from. Copies and mixtures never stand on both sides of a split.
    """

    table: Table
    partners: NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """What a step may know while it learns, besides the training rows.

    Parameters
    ----------
    schema : Schema
        Columns of the rows as they reach the step.
    target : ndarray, shape (rows,), optional
        Truth of each row: labels or numbers; None or NaN where it is missing.
    task : Task, optional
        Kind of answer.
    classes : tuple
        Labels of a classification in sorted order, also those that no row at hand has.
    seed : int, default 0
        Seed of all random choices.
    folder : Path, optional
        Where relative file names of a recipe start; the working folder if None.
    """

    schema: Schema
    target: NDArray[Any] | None = None
    task: Task | None = None
    classes: tuple[Any, ...] = ()
    seed: int = 0
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Uses:
    """Options of an operation, by name.

    Parameters
    ----------
    needed : tuple of str
        Those that must be stated.
    optional : tuple of str
        Those that may be.
    """

    needed: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step(ABC):
    """One step of a recipe.

    Promises of a subclass: it is a frozen dataclass whose fields are its options, of types that JSON can express; its
    methods change nothing and ask nobody but their arguments; `fit` looks at the rows it is given and no others.

    Parameters
    ----------
    disabled : bool, default False
        Whether it is switched off: it keeps its place and its number in the recipe, and nothing is done of it. Every
        step has this option; no step need look at it.

    Class attributes
    ----------------
    op : str
        Name in the text form of a recipe.
    kind : StepKind
        How it acts.
    learns_from_target : bool
        Whether `fit` uses the target: training rows then get what was learnt from other training rows (cross-fitting).
    not_on : mapping of str to str
        Engines on which it cannot run (``"pyarrow"``, ``"duckdb"`` …), each with the reason, which an error repeats.
    uses : mapping of str to Uses
        Of a step with an option `operation`: which other options mean something to each, so that no form shows all.
    """

    op: ClassVar[str]
    kind: ClassVar[StepKind] = StepKind.MAP
    learns_from_target: ClassVar[bool] = False
    not_on: ClassVar[Mapping[str, str]] = MappingProxyType({})
    uses: ClassVar[Mapping[str, Uses]] = MappingProxyType({})

    disabled: bool = field(default=False, kw_only=True, repr=False)

    def refuses(self, engine: str) -> str | None:
        """Return why it cannot run on an engine; None if it can. By default what `not_on` says."""
        return self.not_on.get(engine)

    def check(self) -> None:
        """Raise `ConfigError` if the options break a rule that their types cannot express."""
        return

    def foreign(self) -> tuple[str, ...]:
        """Return the names of code that is no part of Clew and that the step runs: its user must trust it by name."""
        return ()

    @property
    def mixes(self) -> bool:
        """Whether it invents rows from several others; only for steps of kind ``rows``."""
        return False

    @abstractmethod
    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the columns that the step works on.

        Raises
        ------
        RecipeError
            If a named column is not there, or cannot be worked on.
        """

    def fit(self, table: Table, columns: Sequence[Column], training: Training) -> State:  # noqa: ARG002 - nothing to learn
        """Learn from training rows.

        Parameters
        ----------
        table : Table
            The training rows as they reach the step.
        columns : sequence of Column
            What `inputs` returned.
        training : Training
            Whatever else may be known.

        Returns
        -------
        mapping
            The state: small, JSON-ready; a Polars frame as a leaf is stored as Arrow, a fitted scikit-learn object of
            an ``opaque`` step by skops.
        """
        return {}

    def without_own(
        self,
        table: Table,  # noqa: ARG002
        columns: Sequence[Column],  # noqa: ARG002
        state: State,  # noqa: ARG002
        training: Training,  # noqa: ARG002
        units: NDArray[np.int64],  # noqa: ARG002
    ) -> Table | None:
        """Return the training rows as the step makes them, each without its own target; None to do it in folds.

        Only asked of steps that learn from the target, and not where rows have a time: folds go forward in time.

        Parameters
        ----------
        table : Table
            The training rows as they reach the step.
        columns : sequence of Column
            What `inputs` returned.
        state : mapping
            What `fit` learnt from all of them.
        training : Training
            Target, task, classes and seed.
        units : ndarray of int64, shape (rows,)
            Rows with the same number must not see one another's target: those of a group, and copies of a row.
        """
        return None

    def in_folds(
        self,
        table: Table,  # noqa: ARG002
        columns: Sequence[Column],  # noqa: ARG002
        state: State,  # noqa: ARG002
        training: Training,  # noqa: ARG002
        folds: Sequence[Split],  # noqa: ARG002
    ) -> Table | None:
        """Return the training rows as the step makes them, each by what the rows say that its fold learns from.

        Every step that learns from the target can be fitted and done once per fold, and None asks for just that. A step
        that can share work between the folds returns the same values sooner.

        Parameters
        ----------
        table, columns, state, training
            As in `without_own`.
        folds : sequence of Split
            Every row is judged exactly once.
        """
        return None

    def make(self, columns: Sequence[Column], state: State) -> Iterable[Made]:  # noqa: ARG002 - makes nothing
        """Return the columns that the step makes, in order."""
        return ()

    def blocks(self, columns: Sequence[Column], state: State) -> Iterable[Block]:  # noqa: ARG002 - makes none
        """Return the columns that the step makes at one go, several together.

        A step has either `make` or `blocks`, and no block makes a column that another one reads.
        """
        return ()

    def drops(self, columns: Sequence[Column], state: State) -> Iterable[str]:  # noqa: ARG002 - drops nothing
        """Return the names of columns that are gone after the step."""
        return ()

    def arranged(self, before: Schema, after: Schema, columns: Sequence[Column]) -> Schema:  # noqa: ARG002
        """Return the columns that leave the step in another order.

        Parameters
        ----------
        before : Schema
            Columns that reach it.
        after : Schema
            Columns that leave it: made ones in the place of their namesakes or at the end, without dropped ones.
        columns : sequence of Column
            What `inputs` returned.
        """
        return after

    def refusals(self, columns: Sequence[Column], state: State) -> Iterable[Refusal]:  # noqa: ARG002 - takes all
        """Return the cells on which the step will not work; the row functions raise `RecipeError` for the same ones."""
        return ()

    def rows(self, table: Table, training: Training) -> NDArray[np.int64]:  # noqa: ARG002
        """Return the positions of the training rows to go on with; only for steps of kind ``rows``."""
        return np.arange(len(table))

    def rows_left(self, table: Table, columns: Sequence[Column], state: State) -> NDArray[np.int64] | None:  # noqa: ARG002
        """Return the positions of the training rows that go on after the step has made its columns, or None for all.

        For a policy such as ``drop``: it acts in fitting only, and in `transform` every row gets its answer.

        Parameters
        ----------
        table : Table
            The training rows as they reached the step.
        columns : sequence of Column
            What `inputs` returned.
        state : mapping
            What `fit` returned.
        """
        return None

    def remade(self, table: Table, positions: NDArray[np.int64], training: Training) -> Remade:  # noqa: ARG002
        """Return the rows that `rows` chose with other values in some, e.g. between two neighbours (``rows`` only).

        Parameters
        ----------
        table : Table
            All training rows as they reached the step.
        positions : ndarray of int64, shape (chosen,)
            What `rows` returned.
        training : Training
            Whatever else may be known of all training rows.

        Returns
        -------
        Remade
            As many rows as `positions`, each with the target of the row at its position.
        """
        return Remade(table.take(positions))

    def reshape(self, table: Table, columns: Sequence[Column], state: State) -> Table:  # noqa: ARG002
        """Return the table with other rows or columns; only for steps of kind ``reshape``.

        Parameters
        ----------
        table : Table
            Rows with at least the columns that `needs` names; other raw columns that are no features may be there.
        columns : sequence of Column
            What `inputs` returned.
        state : mapping
            What `fit` returned.
        """
        return table

    def reshaped(self, before: Schema, columns: Sequence[Column], state: State) -> Schema:  # noqa: ARG002
        """Return the columns of what `reshape` returns; only for steps of kind ``reshape``."""
        return before

    def needs(self, before: Schema, columns: Sequence[Column], wanted: frozenset[str]) -> frozenset[str]:
        """Return the columns that `reshape` needs so that the wanted ones come out.

        By default those that the step works on, and those that it hands on.
        """
        return frozenset(column.name for column in columns) | (wanted & frozenset(before.names))

    def learned(self, columns: Sequence[Column], state: State) -> Mapping[str, Any]:  # noqa: ARG002 - all is said
        """Return what was learnt, for people: JSON-ready, by column where there are several."""
        return state

    def online(self, state: State) -> bool:  # noqa: ARG002 - the kind decides
        """Whether the step can work on one row."""
        return self.kind.online


def acting(steps: Iterable[Step]) -> tuple[tuple[int, Step], ...]:
    """Return the steps that are not switched off, each with its number in the recipe, from 1."""
    return tuple((number, step) for number, step in enumerate(steps, start=1) if not step.disabled)


@dataclass(frozen=True)
class ColumnStep(Step):
    """A step that works on chosen columns.

    Parameters
    ----------
    columns : str, iterable of str, or Columns
        Names and selectors; see `clew.prepare.selectors`.

    Class attributes
    ----------------
    accepts : frozenset of Kind
        Kinds of columns it can work on; another one is refused by name.
    advice : str
        What to do with a column of another kind.
    """

    columns: ColumnsLike

    accepts: ClassVar[frozenset[Kind]] = frozenset(Kind)
    advice: ClassVar[str] = "Leave it out with `except`, or convert it with the step cast."

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", Columns.of(self.columns))

    @property
    def selection(self) -> Columns:
        """The choice of columns."""
        return Columns.of(self.columns)

    @property
    def accepted(self) -> frozenset[Kind]:
        """Kinds of columns it can work on with the options that it has."""
        return self.accepts

    def inputs(self, schema: Schema) -> tuple[Column, ...]:
        """Return the chosen columns, in the order of the table."""
        columns = self.selection.resolve(schema)
        for column in columns:
            if column.role is Role.TARGET:
                raise RecipeError(
                    f"The column {column.name!r} is the target, which no step may change or use as a feature.",
                    hint="Leave it out of `columns`.",
                )
            if column.kind not in self.accepted:
                kinds = " or ".join(sorted(kind.value for kind in self.accepted))
                raise RecipeError(
                    f"The column {column.name!r} is {column.kind.value}, and {self.op} works on {kinds} columns.",
                    hint=self.advice,
                )
        return columns
