"""Handle missing values."""

from clew.prepare.flow.families.common import sources
from clew.prepare.flow.names import chosen
from clew.prepare.flow.options import Options, words
from clew.prepare.flow.outcome import Outcome, StepDict, Unmappable
from clew.prepare.flow.rule import Rule, Seen

_BLANK = "a text of blanks counts as missing there, and as a text here"
_TRAINING_ONLY = "rows go in fitting only here; a row that is to be predicted always gets its answer"


def _impute(seen: Seen) -> Outcome:
    kind = words(seen.options.text("column_type"))
    part = seen.options.part(f"{kind}_parameters")
    seen.options.skip("numeric_parameters", "categorical_parameters")
    before, columns = sources(Seen(seen.node, part, seen.names))
    if kind == "numeric":
        strategy = {"mean": "mean", "approximate median": "median"}.get(
            words(part.text("strategy", "Approximate Median"))
        )
        if strategy is None:
            raise Unmappable(f"It imputes by {part.text('strategy')!r}, which is not known.")
        differs = ("the median is exact here",) if strategy == "median" else ()
    elif kind == "categorical":
        strategy, differs = "most_frequent", (_BLANK,)
    else:
        raise Unmappable(f"It imputes columns of the type {kind!r}, which is not known.")
    return Outcome((*before, {"op": "fill_missing", "columns": chosen(columns), "strategy": strategy}), differs)


def _fill(seen: Seen) -> Outcome:
    options = seen.options
    before, columns = sources(seen)
    value = options.text("fill_value")
    read = {name: _as_type(value, seen.names.type_of(name), options) for name in columns}
    groups: dict[tuple[type, object], list[str]] = {}
    for name, stated in read.items():
        groups.setdefault((type(stated), stated), []).append(name)
    made: list[StepDict] = [
        {"op": "fill_missing", "columns": chosen(names), "strategy": "constant", "value": stated}
        for (_, stated), names in groups.items()
    ]
    unknown = [name for name in columns if not seen.names.type_of(name)]
    lacks: tuple[str, ...] = ()
    if unknown and not isinstance(read[unknown[0]], str):
        lacks = (f"the type of {', '.join(unknown)} is not known: if it is text, write the value in quotes",)
    return Outcome((*before, *made), (_BLANK,), lacks)


def _as_type(value: str, kind: str, options: Options) -> str | int | float:
    if kind in {"string", "category"}:
        return value
    if kind in {"long", "float"}:
        return options.number("fill_value")
    if kind in {"date", "datetime", "bool"}:
        raise Unmappable(f"It fills a column of {kind}s with {value!r}.", "Fill it with a step derive: `coalesce(…)`.")
    try:
        return options.number("fill_value")
    except Unmappable:
        return value


def _indicate(seen: Seen) -> Outcome:
    columns = seen.names.all_here(seen.options.listed("input_column"))
    output = seen.options.maybe("output_column")
    if output and len(columns) > 1:
        raise Unmappable(f"It has several columns and one output {output!r}.")
    renamed = {f"{name}_missing": output or f"{name}_indicator" for name in columns}
    return Outcome(
        (
            {"op": "missing_indicator", "columns": chosen(columns), "always": True},
            {"op": "rename", "names": renamed},
        ),
        (_BLANK,),
    )


def _drop(seen: Seen) -> Outcome:
    options = seen.options
    if options.has("drop_rows_parameters"):
        if options.text("dimension", "Drop Rows") != "Drop Rows":
            raise Unmappable("It drops columns with missing values.", "Name the columns in a step drop.")
        options = options.part("drop_rows_parameters")
    seen.options.skip("dimension", "drop_rows_parameters")
    if not options.has("input_column"):
        return Outcome(({"op": "drop_missing", "columns": "all"},), (_BLANK,))
    columns = seen.names.all_here(options.listed("input_column"))
    return Outcome(({"op": "drop_missing", "columns": chosen(columns)},), (_BLANK,))


RULES = (
    Rule("handle_missing", "Impute", ("fill_missing",), _impute, learns=True),
    Rule("handle_missing", "Fill missing", ("fill_missing",), _fill),
    Rule("handle_missing", "Add indicator for missing", ("missing_indicator", "rename"), _indicate),
    Rule("handle_missing", "Drop missing", ("drop_missing",), _drop, (_TRAINING_ONLY,)),
)
