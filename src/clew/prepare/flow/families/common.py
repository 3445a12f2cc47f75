"""What several operators have in common: an output column, texts made of what is no text."""

from collections.abc import Callable, Sequence

from clew.prepare.flow.names import Names, chosen
from clew.prepare.flow.options import Options
from clew.prepare.flow.outcome import Outcome, StepDict, Unmappable
from clew.prepare.flow.rule import Mapper, Seen

DATE_PARTS = ("year", "month", "day", "hour", "minute", "second", "week_of_year", "day_of_year", "quarter")


def copied(source: str, output: str) -> tuple[StepDict, ...]:
    """Return the steps that copy a column under a name, for another step to work on."""
    if output.startswith(source):
        return ({"op": "duplicate", "columns": chosen([source]), "suffix": output[len(source) :]},)
    return (
        {"op": "duplicate", "columns": chosen([source]), "suffix": "_copy"},
        {"op": "rename", "names": {f"{source}_copy": output}},
    )


def sources(seen: Seen, name: str = "input_column") -> tuple[tuple[StepDict, ...], list[str]]:
    """Return the columns that a node works on, and the steps before that copy them if it has an output of its own.

    Raises
    ------
    Unmappable
        If several columns are to have one output.
    """
    columns = seen.names.all_here(seen.options.listed(name))
    output = seen.options.maybe("output_column")
    if output is None or columns == [output]:
        return (), columns
    if len(columns) > 1:
        raise Unmappable(f"It has several columns and one output {output!r}.", "Make a step for each of them.")
    overwritten = seen.names.types is not None and output in seen.names.types
    before: tuple[StepDict, ...] = ({"op": "drop", "columns": chosen([output])},) if overwritten else ()
    return (*before, *copied(columns[0], output)), [output]


def text_first(names: Names, columns: Sequence[str]) -> tuple[StepDict, ...]:
    """Return a step that makes texts of columns that are known to be something else."""
    others = [name for name in columns if names.type_of(name) not in {"", "string", "category"}]
    return ({"op": "cast", "columns": chosen(others), "to": "text"},) if others else ()


def category_first(names: Names, columns: Sequence[str]) -> tuple[StepDict, ...]:
    """Return a step that declares columns categories, unless they are known to be some."""
    others = [name for name in columns if names.type_of(name) not in {"string", "category", "bool"}]
    return ({"op": "cast", "columns": chosen(others), "to": "category"},) if others else ()


def always(map_options: Callable[[Seen], Sequence[StepDict]]) -> Mapper:
    """Make a mapper of a function that returns steps alone."""

    def mapper(seen: Seen) -> Outcome:
        return Outcome(tuple(map_options(seen)))

    return mapper


def unwrapped(options: Options, *names: str) -> str | None:
    """Return the first of several names under which an option has a value."""
    return next((name for name in names if options.has(name)), None)
