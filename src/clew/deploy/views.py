"""Bundles for a notebook: what a model is for, how good it is, and where it comes from."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from clew.core.excerpt import cut, lines, many, names
from clew.core.html import Html, element, fragment, join, pairs
from clew.core.readable import number
from clew.define.metrics import METRICS

if TYPE_CHECKING:
    from clew.deploy.bundle import Bundle
    from clew.deploy.manifest import Manifest


def bundle_view(bundle: "Bundle") -> str:
    """Return what a bundle says about itself, with the figures of its evaluation."""
    evaluated = bundle.evaluation.get("metrics") or {}
    lead = "On rows that it has not learnt from" if evaluated else "As training estimates it"
    figures = _figures(evaluated) if evaluated else _estimated(bundle.manifest)
    return fragment(
        element("h3", f"Bundle {bundle.path.name}"),
        element("p", _told(bundle.manifest), class_="lead"),
        pairs(_facts(bundle.manifest)),
        join((element("p", f"{lead}, with 95 % intervals:", class_="lead"), figures)) if figures else None,
        title="Bundle",
    )


def manifest_view(manifest: "Manifest") -> str:
    """Return what a bundle says about itself, without the model."""
    shares = zip(manifest.members, manifest.shares, strict=True)
    members = ((item.name, item.algorithm, round(share, 3)) for item, share in shares)
    return fragment(
        element("h3", "Manifest"),
        element("p", _told(manifest), class_="lead"),
        pairs(_facts(manifest)),
        lines(("Member", "Algorithm", "Weight"), members, len(manifest.members), "member"),
        title="Manifest",
    )


def _told(manifest: "Manifest") -> str:
    problem = manifest.problem
    return problem.question or f"{problem.task.value} of {problem.target}."


def _facts(manifest: "Manifest") -> Iterator[tuple[str, object]]:
    problem = manifest.problem
    yield "predicts", join((element("code", problem.target), f", {problem.task.value}"))
    if problem.classes:
        yield "classes", names(problem.classes)
    if problem.positive is not None:
        words = f" from a probability of {number(manifest.threshold)} on"
        yield "of interest", join((element("code", problem.positive), words))
    yield "reads", join((many(len(manifest.features), "column"), ": ", names(manifest.features)))
    yield "members", names([item.name for item in manifest.members])
    yield "single rows", "yes" if manifest.online else f"no, because of {manifest.offline_step}"
    for name, value in list(manifest.lineage.items())[:6]:
        yield name.replace("_", " "), cut(number(value) if isinstance(value, int) else value)
    yield "written by", f"Clew {manifest.clew}, format {manifest.format}"
    yield "id", element("code", manifest.model_id[:16])


def _figures(metrics: Mapping[str, Mapping[str, Any]]) -> Html:
    rows = (
        (METRICS[name].label if name in METRICS else name, item["value"], item["low"], item["high"], item["rows"])
        for name, item in metrics.items()
    )
    return lines(("Metric", "Value", "95 % from", "to", "Rows"), rows, len(metrics), "metric", where=".evaluation")


def _estimated(manifest: "Manifest") -> Html | None:
    score = manifest.metadata.get("score")
    return _figures({manifest.problem.metric: score}) if isinstance(score, Mapping) else None
