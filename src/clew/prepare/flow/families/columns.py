"""Manage columns: drop, rename, duplicate, move and concatenate; and the types of columns."""

from clew.prepare.flow.families.common import copied
from clew.prepare.flow.formats import to_python_format
from clew.prepare.flow.names import chosen
from clew.prepare.flow.options import words
from clew.prepare.flow.outcome import Outcome, StepDict, Unmappable, steps
from clew.prepare.flow.rule import Rule, Seen

_TYPES = {
    "long": "integer",
    "float": "number",
    "bool": "boolean",
    "string": "text",
    "date": "date",
    "datetime": "datetime",
}
_MOMENTS = {"date", "datetime"}
_CUT_OFF = "a number with a fraction is cut off there where whole numbers are wanted, and becomes missing here"
_INFERRED = "types are inferred anew from all rows where the file is read; these steps make what the flow settled on"


def _drop(seen: Seen) -> Outcome:
    left = dict(seen.names.same)
    gone, forgotten = [], []
    for name in seen.options.listed("column_to_drop"):
        here = seen.names.here(name)
        if name in left:
            del left[name]
            forgotten.append(name)
            if here in left.values():
                continue
        gone.append(here)
    if not gone:
        return Outcome(differs=("nothing is left to drop: a join keeps one key column here",), forget=tuple(forgotten))
    return Outcome(({"op": "drop", "columns": chosen(gone)},), forget=tuple(forgotten))


def _rename(seen: Seen) -> Outcome:
    pairs = [(item.text("input_column"), item.text("new_name")) for item in seen.options.items("columns_to_rename")]
    old, new = seen.options.maybe("input_column"), seen.options.maybe("new_name")
    if old and new:
        pairs.append((old, new))
    if not pairs:
        raise Unmappable("It names no column to rename.")
    renamed: dict[str, str] = {}
    same: dict[str, str] = {}
    for there, name in pairs:
        here = seen.names.here(there)
        if here == name:
            same[name] = here
        else:
            renamed[here] = name
    step: StepDict | None = {"op": "rename", "names": renamed} if renamed else None
    differs = () if renamed else ("the column has this name already",)
    return Outcome(steps(step), differs, same=same, forget=tuple(there for there, _ in pairs if there not in same))


def _duplicate(seen: Seen) -> Outcome:
    source = seen.names.here(seen.options.text("input_column"))
    return Outcome(copied(source, seen.options.text("new_name")))


def _move(seen: Seen) -> Outcome:
    where = words(seen.options.text("move_type")).removeprefix("move to ").removeprefix("move ")
    if where not in {"start", "end", "index", "after", "before"}:
        raise Unmappable(f"It moves columns to {where!r}, which is not known.")
    long = f"move_to_{where}_parameters" if where in {"start", "end", "index"} else f"move_{where}_parameters"
    options = seen.options.part(long)
    step: StepDict = {
        "op": "move",
        "columns": chosen(seen.names.all_here(options.listed("column_to_move"))),
        "to": where,
    }
    if where == "index":
        step["index"] = options.whole("index")
    if where in {"after", "before"}:
        step["column"] = seen.names.here(options.text("target_column"))
    return Outcome((step,))


def _concatenate(seen: Seen) -> Outcome:
    left, right = (seen.names.here(seen.options.text(name)) for name in ("left_column", "right_column"))
    between = seen.options.raw_text("delimiter", "_")
    output = seen.options.text("output_column", f"{left}_{right}")
    if output in {left, right}:
        raise Unmappable(f"Its output takes the place of {output!r}, which it reads.", "Give the output another name.")
    numbers = [name for name in (left, right) if seen.names.type_of(name) not in {"", "string", "category"}]
    if numbers:
        raise Unmappable(
            f"It joins {', '.join(numbers)}, and expressions join texts only.",
            f"Add `- {{op: cast, columns: [{', '.join(numbers)}], to: text}}` before a step derive.",
        )
    quoted = between.replace("\\", "\\\\").replace("'", "\\'")
    parts = f"concat(`{left}`, '{quoted}', `{right}`)"
    return Outcome(
        ({"op": "derive", "name": output, "expression": parts},),
        ("where one of the two is missing, the result is missing; there it is the other one alone",),
    )


def _infer(seen: Seen) -> Outcome:
    groups: dict[str, list[str]] = {}
    for name, kind in seen.node.types.items():
        if kind in _TYPES and kind != "string":
            groups.setdefault(_TYPES[kind], []).append(name)
    casts = tuple(
        {"op": "cast", "columns": chosen(names), "to": to, "errors": "missing"} for to, names in groups.items()
    )
    known = dict(seen.node.types) or None
    if known is None:
        return Outcome(differs=("types are inferred where the file is read, from all rows",), columns=seen.names.types)
    return Outcome(casts, (_INFERRED, _CUT_OFF) if "integer" in groups else (_INFERRED,), columns=known)


def _cast(seen: Seen) -> Outcome:
    options = seen.options
    options.skip("original_data_type")
    column = seen.names.here(options.text("column"))
    kind = options.text("data_type").casefold()
    if kind not in _TYPES:
        raise Unmappable(
            f"It casts to {kind!r}.", "Arrays and objects are read by the steps parse_array and flatten_structured."
        )
    step: StepDict = {"op": "cast", "columns": chosen([column]), "to": _TYPES[kind], "errors": "missing"}
    lacks: list[str] = []
    written = {"date": options.text("date_formatting", "dd-MM-yyyy"), "datetime": options.maybe("datetime_formatting")}
    if written.get(kind) and seen.names.type_of(column) not in _MOMENTS:
        found = to_python_format(str(written[kind]))
        if found:
            step["format"] = found
        else:
            lacks.append(f"the date format {written[kind]!r} has no counterpart; the format is found out from the rows")
    method = options.text("non_castable_data_handling_method", "replace_null")
    after: tuple[StepDict, ...] = ()
    if method == "drop":
        after = ({"op": "drop_missing", "columns": chosen([column])},)
    elif method.startswith("replace_value"):
        value = options.number("replace_value") if kind in {"long", "float"} else options.text("replace_value")
        if kind in _MOMENTS or kind == "bool":
            raise Unmappable(
                f"It fills what is no {kind} with {value!r}.", "Cast, and fill the gaps in a step of your own."
            )
        after = ({"op": "fill_missing", "columns": chosen([column]), "strategy": "constant", "value": value},)
    if method.endswith("_with_new_col"):
        lacks.append(f"the column `{column}_typecast_error` with what could not be converted is not made")
    return Outcome((step, *after), (_CUT_OFF,) if kind == "long" else (), tuple(lacks))


RULES = (
    Rule("infer_and_cast_type", "", ("cast",), _infer),
    Rule("cast_single_data_type", "", ("cast", "drop_missing", "fill_missing"), _cast),
    Rule("manage_columns", "Drop column", ("drop",), _drop),
    Rule("manage_columns", "Rename column", ("rename",), _rename),
    Rule("manage_columns", "Duplicate column", ("duplicate", "rename"), _duplicate),
    Rule("manage_columns", "Move column", ("move",), _move),
    Rule("manage_columns", "Concatenate columns", ("derive",), _concatenate, part="concat_columns_parameters"),
)
