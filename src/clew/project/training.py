"""What the command line names for training: files of parameters, and metrics of the user's own."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from clew.collect.dataset import Dataset
from clew.core.errors import UsageError
from clew.define.custom_metric import metric_named
from clew.define.metrics import Metric
from clew.deploy.bundle import Bundle
from clew.train.model import FittedModel


def read_params(path: Path) -> Mapping[str, Any]:
    """Read parameters of an algorithm from a JSON or YAML file.

    Parameters
    ----------
    path : Path
        A file that holds one mapping of names to values.

    Raises
    ------
    UsageError
        If it cannot be read, is neither JSON nor YAML, or holds something else.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"--params {path} cannot be read: {reason}.") from None
    try:
        value = json.loads(text)
    except ValueError:
        value = _yaml(text, path)
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise UsageError(
            f"--params {path} holds {type(value).__name__}, and it takes one mapping of names to values.",
            hint='Write e.g. {"max_depth": 4}.',
        )
    return dict(value)


def trusted_metric(name: str | None, trust: Collection[str]) -> Metric | None:
    """Return a metric of the user's own; None where the name is that of one of Clew's.

    Parameters
    ----------
    name : str, optional
        ``"package.module:function"``, or a metric of Clew's.
    trust : collection of str
        Names of code that may be run.

    Raises
    ------
    UsageError
        If it is not trusted, cannot be imported, or is no metric.
    """
    if name is None or ":" not in name:
        return None
    if name not in trust:
        raise UsageError(
            f"The metric {name} is no part of Clew, and computing it runs its code.",
            hint=f"If you trust it, say so: --trust {name}",
        )
    return metric_named(name)


def going_on(bundle: Bundle | None, dataset: Dataset) -> FittedModel | None:
    """Return the model that is to learn more, which the rows have not taught before.

    Parameters
    ----------
    bundle : Bundle, optional
        The model with what is known about it.
    dataset : Dataset
        The rows.

    Raises
    ------
    UsageError
        If it has learnt from the very same rows.
    """
    if bundle is None:
        return None
    if dataset.fingerprint in taught_before(bundle).values():
        raise UsageError(
            f"{bundle.path} has learnt from these very rows, so they cannot judge what more rounds would bring.",
            hint="Give new rows; to search longer on the same ones, train anew with a higher limit.",
        )
    return bundle.model


def taught_before(bundle: Bundle) -> dict[str, str | None]:
    """Return what a continued model has learnt from: bundle → fingerprint of its rows, the earliest last.

    Parameters
    ----------
    bundle : Bundle
        What is continued.
    """
    lineage = bundle.manifest.lineage
    return {bundle.id: lineage.get("dataset_fingerprint"), **lineage.get("continued_from", {})}


def _yaml(text: str, path: Path) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        said = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise UsageError(f"--params {path} is neither JSON nor YAML{where}: {said}.") from None
