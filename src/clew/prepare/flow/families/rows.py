"""Manage rows, sampling, balance data, split data."""

from clew.prepare.flow.names import chosen
from clew.prepare.flow.options import Options, words
from clew.prepare.flow.outcome import Outcome, StepDict, Unmappable
from clew.prepare.flow.rule import Rule, Seen

_TRAINING_ONLY = "rows go in fitting only here; a row that is to be predicted always gets its answer"


def _shuffle(seen: Seen) -> Outcome:
    seen.options.skip("seed")
    return Outcome(({"op": "shuffle"},), ("the same seed gives the same order (`--seed`)",))


def _sort(seen: Seen) -> Outcome:
    options = seen.options
    pairs = [(item.text("sort_by"), item.text("order")) for item in options.items("conditions")]
    if options.has("sort_by") and options.has("order"):
        pairs = [(options.text("sort_by"), options.text("order"))]
    if not pairs:
        raise Unmappable("It names no column to sort by.")
    columns = [seen.names.here(name) for name, _ in pairs]
    rising = [words(order) == "ascending" for _, order in pairs]
    step: StepDict = {
        "op": "sort",
        "columns": chosen(columns),
        "ascending": rising[0] if len(set(rising)) == 1 else rising,
    }
    return Outcome((step,), ("missing values come last here; there they are the smallest",))


def _duplicates(seen: Seen) -> Outcome:
    seen.options.skip("input_column")
    return Outcome(({"op": "drop_duplicates"},), (_TRAINING_ONLY,))


def _empty(seen: Seen) -> Outcome:
    del seen
    return Outcome(({"op": "drop_missing", "columns": "all", "how": "all"},), (_TRAINING_ONLY,))


def _sample(seen: Seen) -> Outcome:
    options = seen.options
    method = words(options.text("sampling_method"))
    kind = "stratified" if "strat" in method else "limit" if "limit" in method or "first" in method else "random"
    if kind == "random" and "rand" not in method:
        raise Unmappable(f"It samples by {method!r}, which is not known.")
    stems = {"random": ("random", "randomized"), "limit": ("limit", "first_k"), "stratified": ("stratified",)}[kind]
    name = next((f"{stem}_parameters" for stem in stems if options.has(f"{stem}_parameters")), f"{stems[0]}_parameters")
    own = options.part(name)
    step: StepDict = {"op": "sample", "method": kind, **_size(own)}
    if kind == "stratified":
        column = next((key for key in ("stratify_column", "input_column", "column") if own.has(key)), "stratify_column")
        step["by"] = [seen.names.here(item) for item in own.listed(column)]
    if own.has("seed"):
        step["seed"] = own.whole("seed")
    return Outcome((step,), (_TRAINING_ONLY, "the number of rows is exact"))


def _size(options: Options) -> StepDict:
    names = ("sample_size", "size", "limit", "limit_rows", "ratio", "sample_ratio", "fraction")
    name = next((key for key in names if options.has(key)), "sample_size")
    value = options.number(name)
    return {"size": value} if isinstance(value, int) and value > 1 else {"share": float(value)}


def _balance(seen: Seen) -> Outcome:
    options = seen.options
    methods = {"smote": "smote", "random undersample": "undersample", "random oversample": "oversample"}
    method = words(options.text("operator"))
    target = seen.names.here(options.text("target_column"))
    step: StepDict = {"op": "balance", "method": methods[method], "ratio": options.number("ratio")}
    smote = options.part("smote_params")
    neighbors = smote.whole("num_neighbors", 5)
    if method == "smote":
        step["k_neighbors"] = neighbors
    return Outcome(
        (step,),
        (
            f"acts in fitting only, on the target, so fit with `--target {target}`",
            "SMOTE measures distances on standardised numbers",
        )[: 2 if method == "smote" else 1],
    )


def _split(seen: Seen) -> Outcome:
    options = seen.options
    kind = words(seen.node.label)
    shares = [(part.text("name"), part.number("percentage")) for part in options.items("splits")]
    options.skip("error", "seed", "handle_duplicates")
    if len(shares) < 2:
        raise Unmappable("It names no parts.")
    first, share = shares[0]
    held = min(max(round(1 - share, 4), 0.05), 0.5)
    settings: StepDict = {"holdout": held}
    told = ", ".join(f"{name} {part:.0%}" for name, part in shares)
    differs = [f"splitting ({told}) is `split` of clew.yaml, not a step: `holdout: {held}`"]
    if held != round(1 - share, 4):
        differs.append(f"a holdout lies between 5 % and 50 %, and {first} has {share:.0%}")
    if len(shares) > 2:
        differs.append("models are chosen by folds of the training rows, so a validation part of its own is not needed")
    todo = ""
    if "stratified" in kind:
        column = seen.names.here(options.text("input_column"))
        settings["stratify"] = True
        todo = f"Rows are stratified by the target; if {column!r} is another column, nothing more is needed than folds."
    elif "key" in kind:
        keys = ", ".join(seen.names.all_here(options.listed("key_columns")))
        todo = f"Give {keys} the role `group` in the domain model, so that its rows stay together."
    elif "ordered" in kind:
        ordering = options.text("input_column", "the column that orders rows")
        todo = f"Give {ordering} the role `time` in the domain model."
    return Outcome(differs=tuple(differs), todo=todo, settings={"split": settings})


RULES = (
    Rule("manage_rows", "Shuffle", ("shuffle",), _shuffle),
    Rule("manage_rows", "Sort", ("sort",), _sort),
    Rule("manage_rows", "Drop duplicates", ("drop_duplicates",), _duplicates),
    Rule("manage_rows", "Drop empty", ("drop_missing",), _empty),
    Rule("sampling", "", ("sample",), _sample),
    Rule("balance_data", "SMOTE", ("balance",), _balance),
    Rule("balance_data", "Random oversample", ("balance",), _balance),
    Rule("balance_data", "Random undersample", ("balance",), _balance),
    Rule("split", "Randomized split", (), _split),
    Rule("split", "Ordered split", (), _split),
    Rule("split", "Stratified split", (), _split),
    Rule("split", "Split by key", (), _split),
)
