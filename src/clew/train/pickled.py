"""A fitted model as plain values and the bytes of its own files: what pickling and copying carry.

Nothing that was compiled is carried, and no part is pickled by itself: each writes the files that a bundle holds, and
reads them again.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clew.core.schema import Schema
from clew.define.problem import Problem
from clew.prepare.matrix import MatrixLayout
from clew.prepare.recipe import FittedRecipe
from clew.store.artifacts import Everything
from clew.train.ensemble.calibrators import calibrator_of
from clew.train.ensemble.pooling import Pool
from clew.train.estimators import reader_of
from clew.train.estimators.fitted import FittedEstimator
from clew.train.spread import Spread

if TYPE_CHECKING:
    from clew.train.model import FittedModel

_RECIPE, _SPREAD = "recipe", "intervals"


def packed(model: "FittedModel") -> dict[str, Any]:
    """Return all that a model consists of, as plain values and bytes.

    Parameters
    ----------
    model : FittedModel
        What is to be carried.
    """
    with tempfile.TemporaryDirectory(prefix="clew-") as name:
        folder = Path(name)
        model.recipe.save(folder / _RECIPE)
        for place, member in enumerate(model.members):
            member.estimator.save(folder / str(place))
        if model.spread is not None:
            model.spread.save(folder / _SPREAD)
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files(folder)}
    return {
        "files": files,
        "schema": model.schema.to_dict(),
        "problem": model.problem.to_dict(),
        "layout": model.layout.to_dict(),
        "members": [(member.name, member.algorithm, dict(member.params)) for member in model.members],
        "weights": model.weights,
        "threshold": model.threshold,
        "pool": model.pool.to_dict() if model.pool else None,
        "calibrator": model.calibrator.to_dict() if model.calibrator else None,
        "metadata": dict(model.metadata),
    }


def unpacked(state: Mapping[str, Any]) -> tuple[dict[str, Any], list[FittedEstimator]]:
    """Rebuild what `packed` took apart.

    Parameters
    ----------
    state : mapping
        As of `packed`. Whoever unpickles it has trusted its maker already.

    Returns
    -------
    tuple of dict and list of FittedEstimator
        The fields of the model but its members, and what these have learnt.
    """
    with tempfile.TemporaryDirectory(prefix="clew-") as name:
        folder = Path(name)
        for path, data in state["files"].items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        recipe = FittedRecipe.load(folder / _RECIPE, trust=Everything())
        known = [reader_of(algorithm) for _, algorithm, _ in state["members"]]
        estimators = [spec.load(folder / str(place), Everything()) for place, spec in enumerate(known)]
        spread = Spread.load(folder / _SPREAD) if (folder / _SPREAD).exists() else None
    fields = {
        "schema": Schema.from_dict(state["schema"]),
        "problem": Problem.from_dict(state["problem"]),
        "recipe": recipe,
        "layout": MatrixLayout.from_dict(state["layout"]),
        "weights": tuple(state["weights"]),
        "threshold": state["threshold"],
        "pool": Pool.from_dict(state["pool"]) if state["pool"] else None,
        "calibrator": calibrator_of(state["calibrator"]),
        "spread": spread,
        "metadata": state["metadata"],
    }
    return fields, estimators


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]
