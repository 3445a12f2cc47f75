"""``bundle.json``: what a bundle says about itself, readable without loading the model."""

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

from clew.core.errors import ArtifactError, ClewError
from clew.core.jsonable import plain
from clew.core.schema import Schema
from clew.core.version import VERSION
from clew.define.problem import Problem
from clew.define.rules import Rule
from clew.deploy.views import manifest_view
from clew.train.ensemble.calibrators import Calibrator, calibrator_of
from clew.train.ensemble.pooling import Pool, shares_of

#: Version of the format that is written; older ones are read, newer ones refused.
FORMAT = 3
#: The file that makes a folder a bundle.
NAME = "bundle.json"
#: No bundle.json that was written here comes near this size; a larger one is not read.
MAX_BYTES = 64 * 1024 * 1024

#: Packages whose versions matter to what a bundle answers: those of every bundle, and those of one algorithm.
_LIBRARIES = ("numpy", "polars", "narwhals", "scikit-learn", "skops")
_ENGINES = {
    "xgboost": ("xgboost-cpu", "xgboost"),
    "lightgbm": ("lightgbm",),
    "catboost": ("catboost",),
    "autogluon": ("autogluon.tabular",),
}


@dataclass(frozen=True, slots=True)
class MemberEntry:
    """One member of the ensemble, as the manifest lists it.

    Parameters
    ----------
    name : str
        Name on the leaderboard.
    algorithm : str
        Name in `clew.train.estimators.ESTIMATORS`.
    folder : str
        Where its files are, relative to the bundle.
    weight : float
        Its share in the answer.
    params : mapping
        Parameters that differ from the algorithm's defaults.
    """

    name: str
    algorithm: str
    folder: str
    weight: float
    params: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dictionary."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle is.

    Parameters
    ----------
    model_id : str
        SHA-256 over all that decides what the model answers; equal models, equal id.
    problem : Problem
        What is decided.
    schema : Schema
        The raw table that it was trained on.
    features : tuple of str
        Columns that a row must have, in the order of positional rows.
    members : tuple of MemberEntry
        The ensemble.
    threshold : float
        Binary: the positive label is predicted from this probability on.
    online : bool
        Whether one row can be predicted by itself.
    offline_step : str or None
        The step that prevents it.
    pool : Pool or None
        Second layer over the members; new in format 2.
    calibrator : Calibrator or None
        From the members' joint probabilities to those that come true; new in format 2.
    intervals : bool
        Whether a folder says where the truth lies around the answers of a regression; new in format 3.
    rules : tuple of Rule
        What must hold in every row, from the domain model.
    metadata : mapping
        Facts about the training.
    lineage : mapping
        Where the model comes from, as its maker stated it.
    libraries : mapping of str to str
        Versions that it was made with.
    format : int
        Version of the format.
    clew : str
        Version of Clew that wrote it.
    """

    model_id: str
    problem: Problem
    schema: Schema
    features: tuple[str, ...]
    members: tuple[MemberEntry, ...]
    threshold: float
    online: bool
    offline_step: str | None = None
    pool: Pool | None = None
    calibrator: Calibrator | None = None
    intervals: bool = False
    rules: tuple[Rule, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    lineage: Mapping[str, Any] = field(default_factory=dict)
    libraries: Mapping[str, str] = field(default_factory=dict)
    format: int = FORMAT
    clew: str = VERSION

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON-ready values, as they stand in ``bundle.json``."""
        result: dict[str, Any] = plain(
            {
                "format": self.format,
                "clew": self.clew,
                "model_id": self.model_id,
                "problem": self.problem.to_dict(),
                "schema": self.schema.to_dict(),
                "features": self.features,
                "members": [member.to_dict() for member in self.members],
                "threshold": self.threshold,
                "pool": self.pool.to_dict() if self.pool else None,
                "calibrator": self.calibrator.to_dict() if self.calibrator else None,
                "intervals": self.intervals,
                "online": self.online,
                "offline_step": self.offline_step,
                "rules": [rule.to_dict() for rule in self.rules],
                "metadata": self.metadata,
                "lineage": self.lineage,
                "libraries": self.libraries,
            }
        )
        return result

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of each member in the answer, its part in the pool included; they sum to 1."""
        return shares_of([member.weight for member in self.members], self.pool)

    def __repr__(self) -> str:
        made = f"{len(self.members)} members, reads {len(self.features)} columns"
        return f"Manifest({self.problem.task.value} of {self.problem.target!r}, {made}, {self.model_id[:12]})"

    def _repr_html_(self) -> str:
        return manifest_view(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild it from `to_dict`."""
        newer = int(data["format"]) > 1
        return cls(
            model_id=str(data["model_id"]),
            problem=Problem.from_dict(data["problem"]),
            schema=Schema.from_dict(data["schema"]),
            features=tuple(data["features"]),
            members=tuple(MemberEntry(**item) for item in data["members"]),
            threshold=float(data["threshold"]),
            online=bool(data["online"]),
            offline_step=data["offline_step"],
            pool=Pool.from_dict(data["pool"]) if newer and data["pool"] else None,
            calibrator=calibrator_of(data["calibrator"]) if newer else None,
            intervals=bool(data.get("intervals", False)),
            rules=tuple(Rule.from_dict(item) for item in data["rules"]),
            metadata=dict(data["metadata"]),
            lineage=dict(data["lineage"]),
            libraries=dict(data["libraries"]),
            format=int(data["format"]),
            clew=str(data["clew"]),
        )


def read_manifest(folder: Path) -> Manifest:
    """Read what a bundle says about itself.

    Parameters
    ----------
    folder : Path
        The bundle.

    Raises
    ------
    ArtifactError
        If the folder is no bundle, or one that a newer Clew wrote, or its manifest is damaged.
    """
    data = read_json(folder / NAME, missing=f"{folder} is no bundle: it has no {NAME}.")
    written = data.get("format")
    if not isinstance(written, int) or isinstance(written, bool) or written < 1:
        raise ArtifactError(f"{folder / NAME} states no format version of a bundle, but {written!r}.")
    if written > FORMAT:
        raise ArtifactError(
            f"The bundle {folder} has format {written}, and this Clew ({VERSION}) reads up to {FORMAT}.",
            hint=f"Upgrade Clew: it was written by {data.get('clew')!r}.",
        )
    try:
        return Manifest.from_dict(data)
    except (KeyError, TypeError, ValueError, AttributeError, ClewError) as error:
        raise damaged(folder / NAME, error) from error


def read_json(path: Path, *, missing: str | None = None) -> dict[str, Any]:
    """Read a JSON object of a bundle.

    Parameters
    ----------
    path : Path
        The file.
    missing : str, optional
        What to say where there is none.

    Raises
    ------
    ArtifactError
        If it is missing, too large, or no JSON object.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ArtifactError(f"{path} is larger than {MAX_BYTES} bytes, and no bundle writes such a file.")
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = missing or f"{path} is missing."
        raise ArtifactError(
            message,
            hint="Name the folder that `clew train` or `clew.save` wrote, and copy it whole.",
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(path, error) from error
    if not isinstance(data, dict):
        raise damaged(path, TypeError("it holds no object"))
    return data


def damaged(path: Path, error: Exception) -> ArtifactError:
    """Return the error for a part of a bundle that cannot be understood."""
    reason = f"it lacks {error}" if isinstance(error, KeyError) else str(error).splitlines()[0] if str(error) else ""
    return ArtifactError(
        f"{path} is damaged ({reason or type(error).__name__}).", hint="Copy the whole bundle again, or save it anew."
    )


def library_versions(algorithms: Sequence[str]) -> dict[str, str]:
    """Return the versions of Python and of the packages that these algorithms answer with."""
    engines = [names for algorithm, names in _ENGINES.items() if algorithm in algorithms]
    found = {"python": platform.python_version()}
    for names in [*((name,) for name in _LIBRARIES), *engines]:
        for name in names:
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                continue
            break
    return found
