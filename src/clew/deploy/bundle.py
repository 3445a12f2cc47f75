"""The bundle: a model as a folder of open formats; see docs/reference/bundle.md.

Reading a bundle executes nothing of it. Every file is checked against its hash first; the parts are JSON, Arrow, arrays
and the boosters' own formats, and a type outside of the reader's allow-list needs the reader's word.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from clew.core.errors import ArtifactError, ClewError
from clew.core.fingerprint import of_json
from clew.core.jsonable import dumps, plain
from clew.core.predictions import Predictions
from clew.core.schema import Schema
from clew.define.problem import Problem
from clew.define.rules import Rule
from clew.deploy.baseline import describe_predictions
from clew.deploy.card import write_card
from clew.deploy.integrity import inside, verify_files
from clew.deploy.manifest import (
    FORMAT,
    NAME,
    Manifest,
    MemberEntry,
    damaged,
    library_versions,
    read_json,
    read_manifest,
)
from clew.deploy.mlmodel import write_mlflow_files
from clew.deploy.views import bundle_view
from clew.explore.statistics import TableStatistics
from clew.prepare.matrix import MatrixLayout
from clew.prepare.recipe import FittedRecipe
from clew.store.artifacts import Everything, load_sklearn, write_manifest
from clew.store.folders import check_place as check_folder
from clew.store.folders import existing, replacing
from clew.train.estimators import reader_of
from clew.train.model import FittedModel, Member, RowPrediction
from clew.train.spread import Spread

__all__ = ["FORMAT", "Bundle", "check_place", "inspect", "load", "save"]

_BASELINE, _PREDICTIONS, _EVALUATION = "baseline.json", "predictions.json", "evaluation.json"
_LAYOUT, _RECIPE, _SPREAD, _CARD = "layout.json", "recipe", "intervals", "card.md"


@dataclass(frozen=True, repr=False)
class Bundle:
    """A model with all that is known about it.

    Parameters
    ----------
    path : Path
        The folder.
    manifest : Manifest
        What it says about itself.
    model : FittedModel
        What predicts.
    baseline : TableStatistics or None
        Of the training rows; monitoring compares with them.
    prediction_baseline : TableStatistics or None
        Of the predictions for rows that the model had not learnt from.
    evaluation : mapping
        Figures on such rows, as of ``Evaluation.to_dict``; empty if it was not evaluated.
    card : str
        The model card, Markdown.
    """

    path: Path
    manifest: Manifest
    model: FittedModel
    baseline: TableStatistics | None
    prediction_baseline: TableStatistics | None
    evaluation: Mapping[str, Any]
    card: str

    def __repr__(self) -> str:
        return f"Bundle({str(self.path)!r}, {self.problem.task.value} of {self.problem.target!r}, {self.id[:12]})"

    def _repr_html_(self) -> str:
        return bundle_view(self)

    @property
    def id(self) -> str:
        """SHA-256 over all that decides what the model answers."""
        return self.manifest.model_id

    @property
    def problem(self) -> Problem:
        """What is decided."""
        return self.model.problem

    @property
    def schema(self) -> Schema:
        """The raw table that the model was trained on."""
        return self.model.schema

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What must hold in every row."""
        return self.manifest.rules

    def predict(self, data: Any, *, interval: float | None = None) -> Predictions:
        """Answer for every row of a table; see `FittedModel.predict`."""
        return self.model.predict(data, interval=interval)

    def predict_row(self, row: Mapping[str, Any], *, interval: float | None = None) -> RowPrediction:
        """Answer for one row; see `FittedModel.predict_row`."""
        return self.model.predict_row(row, interval=interval)


def save(
    model: FittedModel,
    path: str | Path,
    *,
    baseline: TableStatistics | None = None,
    prediction_baseline: TableStatistics | Predictions | None = None,
    rules: Sequence[Rule] = (),
    evaluation: Any = None,
    lineage: Mapping[str, Any] | None = None,
    card: str | None = None,
) -> Path:
    """Write a bundle, replacing the one that is there; an interruption leaves the old one as it was.

    The same model and facts give the same bytes.

    Parameters
    ----------
    model : FittedModel
        What predicts.
    path : path-like
        The folder.
    baseline : TableStatistics, optional
        Of the training rows; without it, monitoring has nothing to compare with.
    prediction_baseline : TableStatistics or Predictions, optional
        Predictions for rows that the model had not learnt from, or their statistics; by default those of an
        `Evaluation`.
    rules : sequence of Rule
        What must hold in every row, from the domain model.
    evaluation : Evaluation or mapping, optional
        Figures on rows that the model had not learnt from.
    lineage : mapping, optional
        Where the model comes from, JSON-ready.
    card : str, optional
        A card of your own, Markdown; by default one is written from what is known.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        If something that is no bundle is in the way, or nothing can be written there.
    DataError
        If the disk takes no more on the way; the old bundle, or nothing, is what is there then.
    """
    target = Path(path)
    figures = plain(evaluation.to_dict() if hasattr(evaluation, "to_dict") else evaluation or {})
    if prediction_baseline is None:
        prediction_baseline = getattr(evaluation, "predictions", None)
    if isinstance(prediction_baseline, Predictions):
        prediction_baseline = describe_predictions(prediction_baseline)
    with replacing(target, marker=NAME) as folder:
        members = _write_model(model, folder)
        manifest = Manifest(
            model_id="",
            problem=model.problem,
            schema=model.schema,
            features=model.features,
            members=members,
            threshold=model.threshold,
            pool=model.pool,
            calibrator=model.calibrator,
            intervals=model.spread is not None,
            online=model.online,
            offline_step=model.recipe.offline_step,
            rules=tuple(rules),
            metadata=model.metadata,
            lineage=lineage or {},
            libraries=library_versions([member.algorithm for member in members] + _around(model)),
        )
        manifest = replace(manifest, model_id=_model_id(manifest, write_manifest(folder)))
        for name, statistics in ((_BASELINE, baseline), (_PREDICTIONS, prediction_baseline)):
            if statistics is not None:
                (folder / name).write_text(dumps(statistics.to_dict()), encoding="utf-8")
        (folder / _EVALUATION).write_text(dumps(figures, indent=1), encoding="utf-8")
        text = card if card is not None else write_card(manifest, baseline=baseline, evaluation=figures)
        (folder / _CARD).write_text(text, encoding="utf-8")
        write_mlflow_files(folder, manifest)
        (folder / NAME).write_text(dumps(manifest.to_dict(), indent=1), encoding="utf-8")
        write_manifest(folder)
    return target


def check_place(path: str | Path) -> None:
    """Refuse a place where `save` would not write, before anything is trained for it.

    Parameters
    ----------
    path : path-like
        The folder that the bundle is meant for.

    Raises
    ------
    UsageError
        If something that is no bundle is in the way.
    """
    check_folder(Path(path), marker=NAME)


def inspect(path: str | Path) -> Manifest:
    """Read what a bundle says about itself, without loading the model or checking its files.

    Parameters
    ----------
    path : path-like
        The folder.

    Raises
    ------
    ArtifactError
        If it is no bundle, or one that a newer Clew wrote.
    """
    return read_manifest(existing(Path(path)))


def load(path: str | Path, trust: Collection[str] | Literal[True] = ()) -> Bundle:
    """Read a bundle; nothing in it is executed but what is trusted.

    Parameters
    ----------
    path : path-like
        The folder.
    trust : collection of str, or True
        Types outside of the allow-list that may be read, spelt ``"package.Class"``, and code that steps of the recipe
        may run, spelt as they name it. True trusts whatever the bundle holds: its maker may then run any code here.

    Returns
    -------
    Bundle

    Raises
    ------
    ArtifactError
        If the folder is no bundle, was written by a newer Clew, is damaged, or holds a type that is not trusted.
    """
    folder = existing(Path(path))
    manifest = read_manifest(folder)
    verify_files(folder)
    trust = Everything() if trust is True else trust
    for file in sorted(folder.rglob("*.skops")):
        load_sklearn(file, trust=trust)
    model = _read_model(folder, manifest, trust)
    return Bundle(
        path=Path(path),
        manifest=manifest,
        model=model,
        baseline=_read_statistics(folder / _BASELINE),
        prediction_baseline=_read_statistics(folder / _PREDICTIONS),
        evaluation=read_json(folder / _EVALUATION),
        card=_read_text(folder / _CARD),
    )


def _write_model(model: FittedModel, folder: Path) -> tuple[MemberEntry, ...]:
    model.recipe.save(folder / _RECIPE)
    (folder / _LAYOUT).write_text(dumps(model.layout.to_dict()), encoding="utf-8")
    if model.spread is not None:
        model.spread.save(folder / _SPREAD)
    entries = []
    for number, (member, weight) in enumerate(zip(model.members, model.weights, strict=True)):
        # Names are for people and may hold what a file system does not take.
        place = f"members/{number:02d}-{member.algorithm}"
        member.estimator.save(folder / place)
        entries.append(MemberEntry(member.name, member.algorithm, place, weight, dict(member.params)))
    return tuple(entries)


def _around(model: FittedModel) -> list[str]:
    """Return the algorithms of the intervals."""
    return [] if model.spread is None else [member.algorithm for member in model.spread.members]


def _model_id(manifest: Manifest, files: Mapping[str, str]) -> str:
    """Hash what decides the answers: recipe, layout and members as files, and the decision."""
    said = manifest.to_dict()
    members = [{key: item[key] for key in ("algorithm", "folder", "weight")} for item in said["members"]]
    decision = {key: said[key] for key in ("problem", "schema", "threshold", "pool", "calibrator")}
    return of_json({"files": dict(files), "members": members, **decision})


def _read_model(folder: Path, manifest: Manifest, trust: Collection[str]) -> FittedModel:
    layout = read_json(folder / _LAYOUT)
    try:
        matrix_layout = MatrixLayout.from_dict(layout)
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(folder / _LAYOUT, error) from error
    members = []
    for entry in manifest.members:
        try:
            spec = reader_of(entry.algorithm)
        except ClewError as error:
            raise ArtifactError(f"{folder / NAME}: {error.message}", hint="Upgrade Clew.") from error
        members.append(Member(entry.name, spec.load(inside(folder, entry.folder), trust), entry.params))
    if not members:
        raise damaged(folder / NAME, ValueError("it lists no member"))
    if manifest.pool is not None and len(manifest.pool.coefficients) != len(members):
        raise damaged(folder / NAME, ValueError("its pool has another number of members"))
    return FittedModel(
        schema=manifest.schema,
        problem=manifest.problem,
        recipe=FittedRecipe.load(folder / _RECIPE, trust=trust),
        layout=matrix_layout,
        members=tuple(members),
        weights=tuple(entry.weight for entry in manifest.members),
        threshold=manifest.threshold,
        pool=manifest.pool,
        calibrator=manifest.calibrator,
        spread=Spread.load(folder / _SPREAD) if manifest.intervals else None,
        metadata=manifest.metadata,
    )


def _read_statistics(path: Path) -> TableStatistics | None:
    if not path.exists():
        return None
    try:
        return TableStatistics.from_dict(read_json(path))
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path, error) from error


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise damaged(path, error) from error
