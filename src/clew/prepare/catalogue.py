"""The steps there are, described so that a program can offer any of them: what for, on which columns, which options.

>>> from clew.prepare.catalogue import step_info
>>> info = step_info("fill_missing")
>>> info.summary
'Replace missing values by one value per column.'
>>> [(option.name, option.type, option.default) for option in info.options]
[('strategy', 'choice', 'median'), ('value', 'any', None)]

Everything is read from the class of a step, so steps of other packages are described like our own.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from inspect import cleandoc
from typing import Any, cast

from clew.core.jsonable import plain
from clew.prepare import steps as _families  # noqa: F401 - importing them registers the steps
from clew.prepare.options_of import OptionInfo, default_of, one_line, options_of, parameters_of
from clew.prepare.registry import STEPS, step_class
from clew.prepare.selectors import Columns
from clew.prepare.step import ColumnStep, Step

#: Groups in which people look for a step, and the families that each holds.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Missing values": ("missing", "imputation", "gaps"),
    "Numbers": ("numeric", "distribution", "outliers", "binning", "units", "interactions", "reduction"),
    "Categories": ("categorical", "encode", "rare", "similarity", "target"),
    "Texts": ("strings", "text", "text_svd", "text_terms"),
    "Dates and times": ("dates", "elapsed", "timestamps"),
    "Columns": ("columns", "convert", "expressions", "sql"),
    "Rows": ("rows", "sampling", "balance", "grouping"),
    "Series": ("lags", "rolling", "resample"),
    "Other tables": ("lookup", "join", "concatenate", "related"),
    "Lists and structures": ("nested", "arrays", "inside_arrays", "vectors"),
    "Images": ("images",),
    "Code of your own": ("custom", "estimators"),
}
#: Where steps of other packages are found.
OTHER = "Other packages"


@dataclass(frozen=True, slots=True)
class StepInfo:
    """What a step is, for whoever chooses one.

    Parameters
    ----------
    op : str
        Its name in a recipe.
    summary : str
        What it does, in a sentence; code stands between backticks.
    description : tuple of str
        What else is to be known, by paragraph.
    family : str
        The family it belongs to: the last part of its module's name.
    group : str
        Where people look for it; see `GROUPS`.
    package : str
        The package that brings it.
    kind : str
        How it acts: ``map``, ``lookup``, ``window``, ``rows``, ``reshape`` or ``opaque``.
    online : bool
        Whether a recipe with such a step can, as a rule, work on one row.
    learns_from_target : bool
        Whether it needs a target to learn from; False where an option of it decides.
    takes_columns : bool
        Whether it has `columns` to choose.
    accepts : tuple of str
        Kinds of columns it can work on with its default options; empty where it takes no columns.
    columns_help : str
        What `columns` are to it, where it says more than any step.
    columns : str or list or None
        What `columns` are where they are not stated; None where they have to be.
    options : tuple of OptionInfo
        Its options in their order.
    """

    op: str
    summary: str
    description: tuple[str, ...]
    family: str
    group: str
    package: str
    kind: str
    online: bool
    learns_from_target: bool
    takes_columns: bool
    accepts: tuple[str, ...]
    columns_help: str
    columns: str | list[str] | None
    options: tuple[OptionInfo, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values."""
        return {
            **{name: plain(getattr(self, name)) for name in self.__slots__ if name != "options"},
            "options": [option.to_dict() for option in self.options],
        }


def catalogue() -> tuple[StepInfo, ...]:
    """Describe every registered step, in the order of `GROUPS`, in each by name."""
    places = {group: place for place, group in enumerate((*GROUPS, OTHER))}
    return tuple(sorted(map(step_info, STEPS), key=lambda info: (places[info.group], info.op)))


def step_info(op: str) -> StepInfo:
    """Describe a step.

    Raises
    ------
    ConfigError
        If there is no such step.
    """
    return _described(step_class(op))


@cache
def _described(step: type[Step]) -> StepInfo:
    package, family = step.__module__.partition(".")[0], step.__module__.rpartition(".")[2]
    summary, description = _told(step)
    stated = {field.name: default_of(field) for field in fields(cast("Any", step))}
    columns = stated.get("columns", MISSING)
    terms = None if columns is MISSING else list(Columns.of(columns).terms)
    help_of_columns = parameters_of(step).get("columns", "")
    return StepInfo(
        op=step.op,
        summary=summary,
        description=description,
        family=family,
        group=_group(package, family),
        package=package,
        kind=step.kind.value,
        online=step.kind.online,
        learns_from_target=step.learns_from_target is True,
        takes_columns="columns" in stated,
        accepts=tuple(sorted(kind.value for kind in step.accepts)) if issubclass(step, ColumnStep) else (),
        columns_help="" if help_of_columns == parameters_of(ColumnStep)["columns"] else help_of_columns,
        columns=terms[0] if terms is not None and len(terms) == 1 else terms,
        options=options_of(step),
    )


def _group(package: str, family: str) -> str:
    ours = (group for group, families in GROUPS.items() if package == "clew" and family in families)
    return next(ours, OTHER)


def _told(step: type[Step]) -> tuple[str, tuple[str, ...]]:
    """Return the first sentence of a docstring, and the paragraphs before its sections."""
    paragraphs = cleandoc(step.__doc__ or "").partition("Parameters\n----------")[0].split("\n\n")
    lines = [one_line(paragraph) for paragraph in paragraphs if paragraph.strip()]
    return (lines[0] if lines else ""), tuple(lines[1:])
