"""Process numeric, reduce dimensions, manage vectors."""

from clew.prepare.flow.families.common import sources, unwrapped
from clew.prepare.flow.names import chosen
from clew.prepare.flow.options import words
from clew.prepare.flow.outcome import Outcome, StepDict, Unmappable
from clew.prepare.flow.rule import Rule, Seen

_SCALERS = {
    "standard scaler": "standard_scaler_parameters",
    "robust scaler": "robust_scaler_parameters",
    "min max scaler": "min_max_scaler_parameters",
    "max absolute scaler": "max_absolute_scaler_parameters",
}


def _scale(seen: Seen) -> Outcome:
    scaler = words(seen.options.text("scaler"))
    if scaler not in _SCALERS:
        raise Unmappable(f"It scales by {scaler!r}, which is not known.")
    options = seen.options.part(_SCALERS[scaler])
    seen.options.skip(*_SCALERS.values())
    before, columns = sources(Seen(seen.node, options, seen.names))
    step: StepDict = {"op": "scale", "columns": chosen(columns)}
    differs: tuple[str, ...] = ()
    if scaler == "min max scaler":
        step |= {"method": "minmax", "feature_range": [options.number("min", 0), options.number("max", 1)]}
        differs = ("a column with one value gets the lower end instead of the middle",)
    elif scaler == "max absolute scaler":
        step["method"] = "maxabs"
    else:
        step["method"] = scaler.removesuffix(" scaler")
        step["with_centering"] = options.flag("center", default=False)
        step["with_scaling"] = options.flag("scale", default=True)
        if scaler == "robust scaler":
            step["quantile_range"] = [options.number("lower_quantile", 0.25), options.number("upper_quantile", 0.75)]
        else:
            differs = ("the variance divides by n here, by n - 1 there",)
    return Outcome((*before, step), differs)


def _pca(seen: Seen) -> Outcome:
    options = seen.options
    columns = seen.names.all_here(
        options.listed(unwrapped(options, "input_columns", "input_column") or "input_columns")
    )
    step: StepDict = {"op": "pca", "columns": chosen(columns)}
    count = unwrapped(options, "number_of_components", "num_components", "n_components", "k")
    if count:
        step["n_components"] = options.whole(count)
    share = unwrapped(options, "variance_threshold", "variance_threshold_percentage", "variance")
    if share and not count:
        threshold = options.number(share)
        step["variance_threshold"] = threshold / 100 if threshold > 1 else threshold
    step["center"] = options.flag(unwrapped(options, "center", "with_center") or "center", default=True)
    step["scale"] = options.flag(unwrapped(options, "scale", "with_scale") or "scale", default=True)
    output = unwrapped(options, "output_column", "output_prefix", "output_column_prefix")
    if output:
        step["prefix"] = options.text(output)
    if options.flag("keep_input", default=False) or options.flag("keep_input_columns", default=False):
        step["keep"] = True
    options.skip("output_format", "output_style")
    return Outcome((step,), ("the signs of components are fixed here", "one column per component, never a vector"))


def _assemble(seen: Seen) -> Outcome:
    options = seen.options
    columns = seen.names.all_here(
        options.listed(unwrapped(options, "input_columns", "input_column") or "input_columns")
    )
    step = {"op": "assemble", "columns": chosen(columns), "name": options.text("output_column"), "keep": True}
    return Outcome((step,), ("models take columns as they are: leave it out, with what takes the vector apart again",))


def _flatten(seen: Seen) -> Outcome:
    options = seen.options
    column = seen.names.here(options.text("input_column"))
    step: StepDict = {"op": "flatten", "columns": chosen([column]), "keep": True}
    prefix = unwrapped(options, "output_column_prefix", "prefix", "output_column")
    if prefix:
        step["prefix"] = options.text(prefix)
    return Outcome((step,), ("as many columns as the longest training row has elements",))


RULES = (
    Rule("process_numeric", "Scale values", ("scale",), _scale, learns=True),
    Rule("dimensionality_reduction", "PCA", ("pca",), _pca, learns=True, seen=False),
    Rule("manage_vectors", "Assemble", ("assemble",), _assemble, seen=False),
    Rule("manage_vectors", "Flatten", ("flatten",), _flatten, learns=True, seen=False),
)
