"""Featurize date/time, under the menu of its own and under time series."""

from clew.prepare.flow.families.common import DATE_PARTS
from clew.prepare.flow.names import chosen
from clew.prepare.flow.options import words
from clew.prepare.flow.outcome import Outcome, StepDict, Unmappable
from clew.prepare.flow.rule import Rule, Seen

_HERE = {"week_of_year": "week"}
_FROM_ZERO = {"month", "day", "week_of_year", "day_of_year", "quarter"}


def featurize(seen: Seen) -> Outcome:
    """Return the steps that take a moment apart."""
    options = seen.options
    column = seen.names.here(options.text("input_column"))
    output = options.text("output_column", column)
    parts = [part for part in DATE_PARTS if options.flag(part, default=False)]
    if not parts:
        raise Unmappable("It takes no part out of the moments.")
    cyclic = words(options.text("output_mode", "Ordinal")) == "cyclic"
    step: StepDict = {"op": "date_parts", "columns": chosen([column]), "parts": [_HERE.get(p, p) for p in parts]}
    written = options.maybe("date_time_format")
    options.skip("infer_datetime_format", "output_format")
    if written:
        step["format"] = written
    step |= {"cyclic": cyclic, "errors": "missing", "keep": True}
    differs = ["one column per part, never a vector"]
    if cyclic:
        differs.append("columns end with `_sin` and `_cos` instead of `_1` and `_2`")
        return Outcome((step,), tuple(differs))
    if not options.flag("use_one_indexing", default=False) and _FROM_ZERO & set(parts):
        differs.append("months, days, weeks and quarters count from 1 here, from 0 there")
    named = {f"{column}_{_HERE.get(part, part)}": f"{output}_{part}" for part in parts}
    named = {here: there for here, there in named.items() if here != there}
    return Outcome((step, {"op": "rename", "names": named}) if named else (step,), tuple(differs))


RULES = (
    Rule("featurize_date_time", "Extract columns", ("date_parts", "rename"), featurize),
    Rule("time_series", "Featurize datetime", ("date_parts", "rename"), featurize),
)
