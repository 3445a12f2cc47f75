"""Time series."""

from clew.prepare.flow.families.common import copied, unwrapped
from clew.prepare.flow.names import chosen
from clew.prepare.flow.options import Options, words
from clew.prepare.flow.outcome import Outcome, StepDict, Unmappable
from clew.prepare.flow.rule import Rule, Seen

_UNITS = {
    "second": "second", "minut": "minute", "hour": "hour", "week": "week", "month": "month", "quarter": "quarter",
    "year": "year", "annual": "year", "day": "day", "daily": "day",
}  # fmt: skip
_FIGURES = {"mean", "median", "sum", "min", "max", "std", "count", "first", "last"}
_WINDOW = "a recipe with this step works on tables, not on a single row"


def _validate(seen: Seen) -> Outcome:
    options = seen.options
    column = seen.names.here(options.text("timestamp_column"))
    policy = words(options.text("policy"))
    if policy not in {"drop", "indicate", "error"}:
        raise Unmappable(f"It has the policy {policy!r}, which is not known.")
    step = {"op": "validate_timestamps", "columns": chosen([column]), "policy": policy}
    drops = ("rows go in fitting only here; a row that is to be predicted always gets its answer",)
    return Outcome((step,), drops if policy == "drop" else ())


def _order(seen: Seen, options: Options, prefix: str = "") -> StepDict:
    """Return `time` and `by` of a step, from the timestamp and id columns of a node."""
    by = options.maybe(f"{prefix}id_column")
    return {
        "time": seen.names.here(options.text(f"{prefix}timestamp_column")),
        "by": [seen.names.here(by)] if by else [],
    }


def _missing(seen: Seen) -> Outcome:
    along = words(seen.options.text("hm_input_type")) == "along column"
    kind = "Along column" if along else seen.options.text("hm_input_type")
    options = seen.options.part(f"hm_input_type_{kind}_parameters")
    prefix = "hmac_" if along else next((f"{n.split('_')[0]}_" for n in options.names if n.startswith("hm")), "hmic_")
    column = seen.names.here(options.text(f"{prefix}sequence_column"))
    output = options.maybe(f"{prefix}output_column")
    before = copied(column, output) if output and output != column else ()
    column = output or column
    strategy = words(options.text(f"{prefix}strategy"))
    stated = f"{prefix}strategy_{options.text(f'{prefix}strategy')}_parameters"
    value = options.part(stated).maybe(f"{prefix}custom_value") if options.has(stated) else None
    made = _filled(seen, column, strategy, value, _order(seen, options, prefix) if along else None)
    if not along:
        return Outcome((*before, *made))
    left = words(options.text(f"{prefix}leftovernans", "keep"))
    if "forward" in left and made[0]["op"] == "fill_along_time":
        order = {key: made[0][key] for key in ("time", "by")}
        rest = ("forward", "backward")
        made += tuple({"op": "fill_along_time", "columns": chosen([column]), "method": way, **order} for way in rest)
    options.skip(f"{prefix}leftovernans")
    return Outcome((*before, *made), (_WINDOW,) if made[0]["op"] == "fill_along_time" else ())


def _filled(seen: Seen, column: str, strategy: str, value: str | None, order: StepDict | None) -> tuple[StepDict, ...]:
    ways = {"forward": "forward", "backward": "backward", "interpol": "interpolate"}
    way = next((here for there, here in ways.items() if there in strategy), None)
    columns = chosen([column])
    if way:
        op = "fill_array" if order is None else "fill_along_time"
        return ({"op": op, "columns": columns, "method": way, **(order or {})},)
    if "constant" in strategy:
        if value is None:
            raise Unmappable("It fills gaps with a constant that it does not state.")
        stated = Options({"value": value}).number("value") if seen.names.type_of(column) != "string" else value
        if order is None:
            return ({"op": "fill_array", "columns": columns, "method": "constant", "value": stated},)
        return ({"op": "fill_missing", "columns": columns, "strategy": "constant", "value": stated},)
    if "common" in strategy or "frequent" in strategy:
        if order is None:
            return ({"op": "fill_array", "columns": columns, "method": "most_frequent"},)
        return ({"op": "fill_missing", "columns": columns, "strategy": "most_frequent"},)
    raise Unmappable(f"It fills gaps by {strategy!r}, which is not known.", "Look at the step fill_along_time.")


def unit_of(described: str) -> str:
    """Return the unit of a frequency that is described as ``Hourly`` or ``days``.

    Raises
    ------
    Unmappable
        If there is none such; business days are none.
    """
    low = words(described)
    if "business" in low:
        raise Unmappable(f"It counts {described!r}, and the step resample has no business days.")
    found = next((here for there, here in _UNITS.items() if there in low), None)
    if found is None:
        raise Unmappable(f"It has the frequency {described!r}, which is not known.")
    return found


def _resample(seen: Seen) -> Outcome:
    options = seen.options
    frequency, down, up = options.part("frequency"), options.part("downsample"), options.part("upsample")
    numeric, other = words(down.text("numeric", "mean")), words(down.text("non_numeric", "most common"))
    if numeric not in _FIGURES:
        raise Unmappable(
            f"It sums numbers up by {numeric!r}.", f"The step resample knows {', '.join(sorted(_FIGURES))}."
        )
    others = {"most common": "most_frequent", "first": "first", "last": "last", "count": "count"}
    if other not in others:
        raise Unmappable(
            f"It sums texts up by {other!r}.", "The step resample knows most_frequent, first, last, count."
        )
    fill = words(up.text("numeric", "linear"))
    fills = {"linear": "interpolate", "ffill": "forward", "zero": "zero", "none": "none", "static": "none"}
    lacks = [] if fill in fills else [f"gaps are filled by {fill!r} there, and stay here: add the step fill_along_time"]
    rest = words(up.text("non_numeric", "ffill"))
    if rest != "ffill" or fill == "zero":
        lacks.append(f"gaps of texts are filled by {rest!r} there; see `fill` of the step resample")
    step: StepDict = {
        "op": "resample",
        "columns": "all",
        **_order(seen, options),
        "unit": unit_of(frequency.text("offset_description")),
        "quantity": frequency.whole("quantity", 1),
        "numeric": numeric,
        "other": others[other],
        "fill": fills.get(fill, "none"),
    }
    differs = ("makes other rows: for `clew prepare`, not for one row", "columns that are no features are left out")
    return Outcome((step,), differs, tuple(lacks))


def _lag(seen: Seen) -> Outcome:
    options = seen.options
    column = seen.names.here(options.text("sequence_column"))
    whole = options.flag("entire_window", default=False)
    options.part("entire_window_True_parameters").skip("flatten")
    options.skip("flatten", "output_column", "entire_window_False_parameters")
    step: StepDict = {"op": "lag", "columns": chosen([column]), **_order(seen, options), "lags": options.whole("lag")}
    step["entire_window"] = whole
    step["drop_without_history"] = options.flag("drop_rows", default=False)
    return Outcome((step,), (_WINDOW, f"columns are called `{column}_lag_1` …"))


def _rolling(seen: Seen) -> Outcome:
    options = seen.options
    column = seen.names.here(options.text("sequence_column"))
    strategy = options.text("strategy", "Minimal subset")
    options.skip("flatten", "output_column")
    size = options.whole("window_size")
    step = {
        "op": "rolling",
        "columns": chosen([column]),
        **_order(seen, options),
        "window": size,
        "functions": "minimal",
    }
    lacks = () if "minimal" in words(strategy) else (f"of the features of {strategy!r}, the minimal eight are made",)
    return Outcome((step,), (_WINDOW, f"columns are called `{column}_{size}_mean` …"), lacks)


def _features(seen: Seen) -> Outcome:
    options = seen.options
    column = seen.names.here(options.text(unwrapped(options, "sequence_column", "input_column") or "sequence_column"))
    strategy = options.text("strategy", "Minimal subset")
    options.skip("flatten", "output_column")
    minimal = "minimal" in words(strategy)
    step = {
        "op": "extract_features",
        "columns": chosen([column]),
        "features": "minimal" if minimal else "all",
        "keep": True,
    }
    lacks = () if minimal else (f"of the features of {strategy!r}, the 28 that the step knows are made",)
    return Outcome((step,), ("one column per feature",), lacks)


def _standardize(seen: Seen) -> Outcome:
    options = seen.options
    column = seen.names.here(options.text(unwrapped(options, "sequence_column", "input_column") or "sequence_column"))
    quantile = options.number(unwrapped(options, "cutoff_quantile", "quantile", "cutoff") or "cutoff_quantile", 1)
    flat = options.flag("flatten", default=False)
    options.skip("output_column")
    return Outcome(
        ({"op": "standardize_length", "columns": chosen([column]), "cutoff_quantile": quantile, "flatten": flat},)
    )


def _range(seen: Seen) -> Outcome:
    options = seen.options
    frequency = options.part("frequency")
    step = {
        "op": "datetime_range",
        "name": options.text("output_column"),
        "start": options.text(
            unwrapped(options, "start_timestamp", "starting_timestamp", "start") or "start_timestamp"
        ),
        "unit": unit_of(frequency.text("offset_description")),
        "quantity": frequency.whole("quantity", 1),
    }
    return Outcome((step,), ("makes other rows: for `clew prepare`, not for one row",), columns=None)


RULES = (
    Rule("time_series", "Validate timestamps", ("validate_timestamps",), _validate),
    Rule("time_series", "Handle missing", ("fill_along_time", "fill_missing", "fill_array"), _missing),
    Rule("time_series", "Resample", ("resample",), _resample),
    Rule("time_series", "Lag features", ("lag",), _lag),
    Rule("time_series", "Rolling window features", ("rolling",), _rolling),
    Rule("time_series", "Extract features", ("extract_features",), _features, seen=False),
    Rule("time_series", "Standardize length", ("standardize_length",), _standardize, learns=True, seen=False),
    Rule("time_series", "Datetime range", ("datetime_range",), _range, seen=False),
)
