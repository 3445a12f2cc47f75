"""Handle outliers, and replace rare values."""

from clew.prepare.flow.families.common import category_first, sources
from clew.prepare.flow.names import chosen
from clew.prepare.flow.options import words
from clew.prepare.flow.outcome import Outcome, StepDict, Unmappable
from clew.prepare.flow.rule import Mapper, Rule, Seen

_FIXES = {"clip": "clip_outliers", "remove": "remove_outliers", "invalidate": "invalidate_outliers"}
_GIVES = (*_FIXES.values(), "drop_missing")
_REMOVED = "rows go in fitting only here; rows without a value go there as well, hence drop_missing"


def _outliers(method: str, **defaults: float) -> Mapper:
    """Make the mapper of a method; `defaults` are its options there, by name, with what they are if left out."""

    def mapper(seen: Seen) -> Outcome:
        options = seen.options
        before, columns = sources(seen)
        fix = words(options.text("fix_method", "Clip"))
        if fix not in _FIXES:
            raise Unmappable(f"It fixes outliers by {fix!r}, which is not known.")
        step: StepDict = {"op": _FIXES[fix], "columns": chosen(columns), "method": method}
        if method in {"std", "robust_std"}:
            step["factor"] = options.number("standard_deviations", 4)
        if method == "range":
            step |= {"lower": options.number("lower_threshold"), "upper": options.number("upper_threshold")}
        if method in {"quantiles", "robust_std"}:
            step |= {side: options.number(f"{side}_quantile", defaults[side]) for side in ("lower", "upper")}
        if fix == "remove":
            after: StepDict = {"op": "drop_missing", "columns": chosen(columns)}
            return Outcome((*before, step, after), (_REMOVED,))
        return Outcome((*before, step))

    return mapper


def _rare(seen: Seen) -> Outcome:
    options = seen.options
    before, columns = sources(seen)
    other = options.text("replacement_string", "other")
    step = {
        "op": "group_rare",
        "columns": chosen(columns),
        "min_share": options.number("fraction_threshold", 0.005),
        "min_count": options.whole("absolute_threshold", 10),
        "max_categories": options.whole("max_common_categories", 0),
        "at_limit": "group",
        "other": other,
    }
    filled = {"op": "fill_missing", "columns": chosen(columns), "strategy": "constant", "value": other}
    return Outcome(
        (*before, *category_first(seen.names, columns), step, filled),
        ("a missing value counts as rare there, hence fill_missing",),
    )


RULES = (
    Rule("handle_outliers", "Standard deviation numeric outliers", _GIVES, _outliers("std"), learns=True),
    Rule(
        "handle_outliers",
        "Robust standard deviation numeric outliers",
        _GIVES,
        _outliers("robust_std", lower=0.25, upper=0.75),
        ("edges lie around the median by the spread of clipped values, there around the mean of values in between",),
        learns=True,
    ),
    Rule(
        "handle_outliers",
        "Quantile numeric outliers",
        _GIVES,
        _outliers("quantiles", lower=0.01, upper=0.99),
        learns=True,
    ),
    Rule("handle_outliers", "Min-max numeric outliers", _GIVES, _outliers("range")),
    Rule("handle_outliers", "Replace rare values", ("cast", "group_rare", "fill_missing"), _rare, learns=True),
)
