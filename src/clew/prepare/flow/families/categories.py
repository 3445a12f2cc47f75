"""Encode categorical."""

from clew.prepare.flow.families.common import category_first, sources
from clew.prepare.flow.names import chosen
from clew.prepare.flow.options import words
from clew.prepare.flow.outcome import Family, Outcome, StepDict, Unmappable
from clew.prepare.flow.rule import Rule, Seen

#: Columns of one source at most. Data Wrangler has no limit; more columns than that help no model.
MOST = 1000
_COLUMNS = "columns are called `source=value` instead of `source_value`, and later steps of this recipe say so"
_VECTOR = "a vector becomes one column per place"
_NO_ANSWER = "skip leaves rows out in fitting only; a row that is to be predicted always gets its answer"


def _ordinal(seen: Seen) -> Outcome:
    before, columns = sources(seen)
    strategy = words(seen.options.text("invalid_handling_strategy", "Error"))
    policy = {"skip": "skip", "keep": "keep", "error": "error", "replace with nan": "missing"}.get(strategy)
    if policy is None:
        raise Unmappable(f"It handles invalid values by {strategy!r}, which is not known.")
    step = {"op": "ordinal", "columns": chosen(columns), "unseen": policy, "missing": policy}
    return Outcome(
        (*before, *category_first(seen.names, columns), step),
        ("ranks follow the sorted values here, the frequency there",) + ((_NO_ANSWER,) if policy == "skip" else ()),
    )


def _one_hot(seen: Seen) -> Outcome:
    options = seen.options
    columns = seen.names.all_here(options.listed("input_column"))
    output = options.maybe("output_column")
    if output and len(columns) > 1:
        raise Unmappable(f"It has several columns and one output {output!r}.", "Make a step for each of them.")
    vector = words(options.text("output_style", "Vector")) == "vector"
    strategy = words(options.text("invalid_handling_strategy", "Error"))
    if strategy not in {"skip", "keep", "error"}:
        raise Unmappable(f"It handles invalid values by {strategy!r}, which is not known.")
    # As columns, the place of invalid values is not among those that come out, so that all of them are 0.
    policy = "zeros" if strategy == "keep" and not vector else strategy
    ranks = options.flag("input_already_ordinal_encoded", default=False)
    step: StepDict = {"op": "one_hot", "columns": chosen(columns), "max_categories": MOST}
    step |= {"unseen": policy, "missing": policy, "drop_last": options.flag("drop_last", default=True)}
    if ranks:
        step["ordinal_encoded"] = True
    if output and output not in columns:
        step["keep"] = True
    before = () if ranks else category_first(seen.names, columns)
    named = {name: output or name for name in columns}
    differs = [_VECTOR if vector else _COLUMNS, f"at most {MOST} columns per source, for its most frequent values"]
    differs += [_NO_ANSWER] if policy == "skip" else []
    return Outcome(
        (*before, step),
        tuple(differs),
        families=() if vector else tuple(Family(f"{there}_", f"{here}=") for here, there in named.items()),
        vectors={there: f"`{here}=…`" for here, there in named.items()} if vector else {},
    )


def _similarity(seen: Seen) -> Outcome:
    options = seen.options
    columns = seen.names.all_here(options.listed("input_column"))
    output = options.maybe("output_column")
    if output and len(columns) > 1:
        raise Unmappable(f"It has several columns and one output {output!r}.", "Make a step for each of them.")
    vector = words(options.text("output_style", "Vector")) == "vector"
    step: StepDict = {"op": "similarity_encode", "columns": chosen(columns)}
    step["n_components"] = options.whole("target_dimension", 30)
    if output and output not in columns:
        step["keep"] = True
    named = {name: output or name for name in columns}
    differs = [
        "numbers lie from 0 to 1 instead of -1 to 1",
        "a missing value stays missing; there it counts as a blank",
    ]
    differs += [_VECTOR if vector else "columns are called `source_similarity_1`, counted from 1"]
    return Outcome(
        (*category_first(seen.names, columns), step),
        tuple(differs),
        families=() if vector else tuple(Family(f"{o}_", f"{i}_similarity_", 1) for i, o in named.items()),
        vectors={there: f"`{here}_similarity_1` …" for here, there in named.items()} if vector else {},
    )


RULES = (
    Rule("encode_categorical", "Ordinal encode", ("cast", "ordinal"), _ordinal, learns=True),
    Rule("encode_categorical", "One-hot encode", ("cast", "one_hot"), _one_hot, learns=True),
    Rule("encode_categorical", "Similarity encode", ("cast", "similarity_encode"), _similarity),
)
