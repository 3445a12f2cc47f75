"""Join and concatenate: the other table becomes a file beside the recipe."""

from collections.abc import Mapping, Sequence

from clew.prepare.flow.names import Names, chosen
from clew.prepare.flow.options import words
from clew.prepare.flow.outcome import Outcome, StepDict, Unmappable, steps
from clew.prepare.flow.rule import Rule, Seen, Side

_HOW = {
    "inner": "inner", "leftouter": "left_outer", "left": "left_outer", "rightouter": "right_outer",
    "right": "right_outer", "outer": "full_outer", "full": "full_outer", "fullouter": "full_outer", "cross": "cross",
    "leftsemi": "left_semi", "semi": "left_semi", "leftanti": "left_anti", "anti": "left_anti",
}  # fmt: skip
_LIMIT = "the other table is part of the fitted recipe, 200 000 rows and 64 MB at most"
_ROWS = "makes other rows: for `clew prepare`; where a key stands once in the other table, lookup works on one row"
#: Wider tables are not followed column by column; Data Wrangler takes 1000. Joins of a table with itself double it.
_MOST_COLUMNS = 5000
_WITHOUT_COLUMNS = {"left_semi", "left_anti"}


def _one_key(seen: Seen) -> Outcome:
    return _joined(seen, [(seen.options.text("left_column", ""), seen.options.text("right_column", ""))])


def _keys(seen: Seen) -> Outcome:
    pairs = [(item.text("left"), item.text("right")) for item in seen.options.items("join_keys")]
    if not pairs:
        raise Unmappable("It names no keys.")
    return _joined(seen, pairs)


def _joined(seen: Seen, pairs: Sequence[tuple[str, str]]) -> Outcome:
    side = _side(seen)
    kind = words(seen.options.text("join_type")).replace(" ", "")
    if kind not in _HOW:
        raise Unmappable(f"It joins by {kind!r}, which is not known.")
    how = _HOW[kind]
    if how == "cross":
        pairs = ()
    elif not all(left and right for left, right in pairs):
        raise Unmappable("It names no key.")
    left = [seen.names.here(name) for name, _ in pairs]
    right = [side.names.here(name) for _, name in pairs]
    common = _common(seen.names, side.names, left, right) if how not in _WITHOUT_COLUMNS else []
    step: StepDict = {"op": "join", "columns": chosen(left) if left else [], "table": side.file, "how": how}
    if right != left:
        step["key"] = right
    step["fan_out"] = "allow"
    before = {"op": "rename", "names": {name: f"{name}_0" for name in common}} if common else None
    after = {"op": "rename", "names": {name: f"{name}_1" for name in common}} if common else None
    left = [f"{name}_0" if name in common else name for name in left]
    step["columns"] = chosen(left) if left else []
    same = _same(pairs, left) if how not in _WITHOUT_COLUMNS else {}
    return Outcome(
        steps(before, step, after),
        ("a join keeps one column per key",) if same else (),
        todo=side.how,
        same=same,
        columns=_columns(seen.names, side.names, right, common) if how not in _WITHOUT_COLUMNS else "as the steps say",
    )


def _common(left: Names, right: Names, own: Sequence[str], keys: Sequence[str]) -> list[str]:
    """Return the columns that both tables have, besides keys."""
    if left.types is None or right.types is None or len(left.types) + len(right.types) > _MOST_COLUMNS:
        return []
    return [name for name in left.types if name in right.types and name not in keys and name not in own]


def _same(pairs: Sequence[tuple[str, str]], left: Sequence[str]) -> dict[str, str]:
    """Return how the key columns are called there, where both tables keep theirs: with `_0` and `_1` if names agree."""
    same: dict[str, str] = {}
    for (there, other), here in zip(pairs, left, strict=True):
        if there == other:
            same |= {f"{there}_0": here, f"{other}_1": here}
        else:
            same |= {there: here, other: here}
    return same


def _columns(left: Names, right: Names, keys: Sequence[str], common: Sequence[str]) -> Mapping[str, str] | None:
    if left.types is None or right.types is None or len(left.types) + len(right.types) > _MOST_COLUMNS:
        return None
    own = {f"{name}_0" if name in common else name: kind for name, kind in left.types.items()}
    other = {f"{n}_1" if n in common else n: k for n, k in right.types.items() if n not in keys}
    return {**other, **own}


def _concatenate(seen: Seen) -> Outcome:
    side = _side(seen)
    if words(seen.options.text("concatenate_type", "row_wise")) != "row wise":
        raise Unmappable("It puts two tables side by side by the order of their rows.", "Join them by a key instead.")
    step: StepDict = {"op": "concatenate", "table": side.file}
    step["remove_duplicates"] = seen.options.flag("apply_dedupe", default=False)
    source = seen.options.maybe("indicator_col_name")
    labels = [seen.options.text("df1_indicator", "first"), seen.options.text("df2_indicator", "second")]
    types = dict(seen.names.types) if seen.names.types is not None else None
    if source:
        step |= {"source": source, "labels": labels}
        if types is not None:
            types[source] = "string"
    todo = side.how + " To enlarge the training rows only, append them before the recipe."
    return Outcome((step,), ("makes other rows: for `clew prepare`, not for one row",), todo=todo, columns=types)


def _side(seen: Seen) -> Side:
    if seen.side is None:
        raise Unmappable(f"It has {len(seen.node.inputs)} tables, and two are expected.")
    return seen.side


RULES = (
    Rule("join_tables", "", ("join", "rename"), _one_key, (_LIMIT, _ROWS)),
    Rule("join_multi_keys", "", ("join", "rename"), _keys, (_LIMIT, _ROWS)),
    Rule("concatenate_datasets", "", ("concatenate",), _concatenate, (_LIMIT,)),
)
