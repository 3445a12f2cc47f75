"""Handle structured columns: unnest JSON, explode arrays."""

from clew.prepare.flow.families.common import unwrapped
from clew.prepare.flow.names import chosen
from clew.prepare.flow.outcome import Outcome, StepDict
from clew.prepare.flow.rule import Rule, Seen


def _flatten(seen: Seen) -> Outcome:
    options = seen.options
    column = seen.names.here(options.text(unwrapped(options, "input_column", "column") or "input_column"))
    step: StepDict = {"op": "flatten_structured", "columns": chosen([column]), "errors": "missing"}
    keys = unwrapped(options, "keys", "keys_to_flatten", "columns_to_flatten", "struct_keys", "key_list")
    if keys:
        step["keys"] = list(options.listed(keys))
    step["keep"] = not options.flag("drop_input_column", default=False)
    return Outcome((step,), (f"columns are called `{column}_key`", "numbers become float64"), columns=None)


def _explode(seen: Seen) -> Outcome:
    options = seen.options
    column = seen.names.here(options.text(unwrapped(options, "input_column", "column") or "input_column"))
    return Outcome(
        ({"op": "explode", "columns": chosen([column]), "keep_empty": False},),
        ("makes other rows: for `clew prepare`, not for one row",),
    )


RULES = (
    Rule("handle_structured", "Flatten structured", ("flatten_structured",), _flatten, learns=True, seen=False),
    Rule("handle_structured", "Explode array", ("explode",), _explode, seen=False),
)
