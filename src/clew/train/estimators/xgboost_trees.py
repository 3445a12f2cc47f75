"""XGBoost's trees as LightGBM writes them: its predictor takes a row through the same trees in a fraction of the time.

XGBoost goes left below a threshold, LightGBM up to it: the threshold becomes the next smaller float32. XGBoost adds up
in float32, LightGBM in float64, so answers agree to about seven digits. In a split by category, XGBoost's set goes
right and LightGBM's left, and LightGBM knows no direction for a missing category: it is a category of its own here, the
first one.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.prepare.matrix import Matrix

#: Objectives of XGBoost with those of LightGBM that turn a sum into the same answer; others answer with the sum.
_OBJECTIVES = {
    "binary:logistic": "binary sigmoid:1",
    "multi:softprob": "multiclass num_class:{classes}",
    "count:poisson": "poisson",
    "reg:gamma": "poisson",
    "reg:tweedie": "poisson",
}
#: How a tree of LightGBM treats a number: its missing values are NaN, and go right or left; and a category.
_RIGHT, _LEFT, _CATEGORY = 8, 10, 9
_WORD = 32


def with_first_category(matrix: Matrix) -> NDArray[np.float32]:
    """Return numbers and codes side by side, shape (n, p + q), with 0 for a missing category and 1 for the first.

    Parameters
    ----------
    matrix : Matrix
        Features of ``n`` rows.
    """
    return np.concatenate([matrix.numeric, (matrix.codes + 1).astype(np.float32)], axis=1)


def row_with_first_category(numeric: NDArray[np.float32], codes: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return one row as `with_first_category` does, shape (1, p + q)."""
    row = np.empty((1, len(numeric) + len(codes)), dtype=np.float32)
    row[0, : len(numeric)] = numeric
    row[0, len(numeric) :] = codes
    row[0, len(numeric) :] += 1.0
    return row


def lightgbm_text(model: Mapping[str, Any]) -> str:
    """Return a model of XGBoost in LightGBM's text.

    Parameters
    ----------
    model : mapping
        What XGBoost writes as JSON; trees with one answer a leaf.
    """
    learner = model["learner"]
    told, objective = learner["learner_model_param"], learner["objective"]["name"]
    outputs = max(1, int(told["num_class"]))
    columns = int(told["num_feature"])
    head = {
        "version": "v4",
        "num_class": outputs,
        "num_tree_per_iteration": outputs,
        "label_index": 0,
        "max_feature_idx": columns - 1,
        "feature_names": " ".join(f"Column_{column}" for column in range(columns)),
        "feature_infos": " ".join(["none"] * columns),
    }
    if objective in _OBJECTIVES:
        head["objective"] = _OBJECTIVES[objective].format(classes=outputs)
    # What every sum begins with is a tree of one leaf.
    starts = ({"num_leaves": 1, "num_cat": 0, "leaf_value": repr(start)} for start in _starts(told, objective, outputs))
    trees = chain(starts, map(_tree, *zip(*_in_turn(learner["gradient_booster"], outputs), strict=True)))
    sections = (f"Tree={number}\n{_lines(tree)}\n" for number, tree in enumerate(trees))
    return f"tree\n{_lines(head)}\n{''.join(sections)}\nend of trees\n"


def _starts(told: Mapping[str, Any], objective: str, outputs: int) -> Sequence[float]:
    """Return what the sum of each output begins with."""
    stated = [float(part) for part in str(told["base_score"]).strip("[]").split(",")]
    if objective == "binary:logistic":
        # The library keeps the share as it is, and begins with the nearest one that has odds.
        shares = np.clip(np.array(stated, dtype=np.float32), np.float32(1e-6), np.float32(1.0) - np.float32(1e-6))
        stated = [math.log(share / (1.0 - share)) for share in shares.tolist()]
    elif _OBJECTIVES.get(objective) == "poisson":
        stated = [math.log(mean) for mean in stated]
    return stated if len(stated) == outputs else stated * outputs


def _in_turn(booster: Mapping[str, Any], outputs: int) -> Iterator[tuple[Mapping[str, Any], float]]:
    """Yield the trees with their weights, those of the outputs in turn as LightGBM wants them."""
    held = booster.get("gbtree", booster)["model"]
    trees, turns = held["trees"], np.asarray(held["tree_info"])
    weights = booster.get("weight_drop") or [1.0] * len(trees)
    # Where several grow side by side, those of one output follow each other.
    for position in np.stack([np.flatnonzero(turns == output) for output in range(outputs)], axis=1).ravel():
        yield trees[position], weights[position]


def _tree(tree: Mapping[str, Any], weight: float) -> dict[str, Any]:
    """Return the fields of a tree."""
    left, right = np.asarray(tree["left_children"]), np.asarray(tree["right_children"])
    nodes = _reachable(left, right)
    split, leaves = nodes[left[nodes] >= 0], nodes[left[nodes] < 0]
    numbers = np.asarray(tree["split_conditions"], dtype=np.float32)
    fields = {"num_leaves": len(leaves), "num_cat": 0, "leaf_value": _texts(weight * numbers[leaves].astype(float))}
    if not len(split):
        return fields
    place = np.empty(len(left), dtype=np.int64)
    place[split], place[leaves] = np.arange(len(split)), ~np.arange(len(leaves))
    missing_left = np.asarray(tree["default_left"])[split].astype(bool)
    categorical = np.asarray(tree["split_type"])[split] == 1
    below = np.nextafter(numbers[split], np.float32(-np.inf)).astype(float)
    below[categorical] = np.arange(categorical.sum())
    # The set goes left.
    first, second = place[left[split]], place[right[split]]
    fields |= {
        "num_cat": int(categorical.sum()),
        "split_feature": _texts(np.asarray(tree["split_indices"])[split]),
        "threshold": _texts(below),
        "decision_type": _texts(np.where(categorical, _CATEGORY, np.where(missing_left, _LEFT, _RIGHT))),
        "left_child": _texts(np.where(categorical, second, first)),
        "right_child": _texts(np.where(categorical, first, second)),
    }
    return fields | _sets(tree, split[categorical], missing_left[categorical])


def _reachable(left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.int64]:
    """Return the nodes below the root, the root first: those that were cut off again are still in the arrays."""
    levels = [np.zeros(1, dtype=np.int64)]
    while len(levels[-1]):
        split = levels[-1][left[levels[-1]] >= 0]
        levels.append(np.concatenate([left[split], right[split]]))
    return np.concatenate(levels)


def _sets(tree: Mapping[str, Any], nodes: NDArray[np.int64], missing_left: NDArray[np.bool_]) -> dict[str, str]:
    """Return the sets of categories as bits in words of 32, and where the set of each node begins."""
    if not len(nodes):
        return {}
    position = {node: place for place, node in enumerate(tree["categories_nodes"])}
    words, ends = [], [0]
    for node, left in zip(nodes, missing_left, strict=True):
        place = position[int(node)]
        start = tree["categories_segments"][place]
        listed = np.asarray(tree["categories"][start : start + tree["categories_sizes"][place]], dtype=np.int64) + 1
        if not left:
            listed = np.append(listed, 0)
        bits = np.zeros(_WORD * (int(listed.max(initial=0)) // _WORD + 1), dtype=np.uint8)
        bits[listed] = 1
        words += np.packbits(bits, bitorder="little").view("<u4").tolist()
        ends.append(len(words))
    return {"cat_boundaries": _texts(ends), "cat_threshold": _texts(words)}


def _texts(values: Iterable[Any]) -> str:
    return " ".join(map(repr, values.tolist() if isinstance(values, np.ndarray) else values))


def _lines(fields: Mapping[str, Any]) -> str:
    return "".join(f"{name}={value}\n" for name, value in fields.items())
