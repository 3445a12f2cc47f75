"""clew.yaml: read, checked against its rules with the line of every mistake, and turned into the stages' specs.

pydantic stands at this edge only; inside, stages get frozen dataclasses.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from clew.collect.address import OPTIONS, Address, check_options
from clew.collect.split import SplitSpec
from clew.core.errors import ConfigError, InputError, UsageError, did_you_mean
from clew.core.expr import parse
from clew.define.domain import Domain
from clew.define.problem import Task
from clew.monitor.spec import MonitorSpec
from clew.prepare.recipe import Recipe
from clew.project.gates import Gate

#: Name of the file that makes a folder a project.
CONFIG_NAME = "clew.yaml"
#: Version of the format that this Clew writes and reads.
FORMAT = 1
#: What `train` may state for a search, and a tuning has no use for.
_NOT_TUNED = ("engine", "max_latency_ms", "max_size_mb")
#: Keys of the format whose stage is not part of this version.
RESERVED = frozenset({"label", "compute"})


def _expression(text: Any) -> Any:
    if isinstance(text, str):
        try:
            parse(text)
        except ConfigError as error:
            # pydantic only collects errors of its own kind.
            raise ValueError(error) from error
    return text


Rule = Annotated[str, BeforeValidator(_expression)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False, frozen=True)


class ProblemSection(_Section):
    """``problem``: what is to be decided."""

    question: str | None = None
    task: Task | None = None
    target: str
    target_rule: Rule | None = None
    positive: Any = None
    metric: str | None = None
    success: Rule | None = None
    asked_at: str = "0h"
    costs: dict[str, float] = Field(default_factory=dict)


class SourceSection(_Section):
    """Where the rows of a table are: a path, a glob, a folder, ``s3://…`` or a database with a query or a table."""

    source: str
    query: str | None = None
    table: str | None = None
    filename_column: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None


class DataSection(SourceSection):
    """``data``: where the rows are; `tables` are those that are joined to them."""

    tables: dict[str, str | SourceSection] = Field(default_factory=dict)
    joins: list[str] | None = None
    where: Rule | None = None


class SplitSection(_Section):
    """``split``: how rows are kept apart; groups and time come from the domain's roles."""

    holdout: float = Field(default=0.2, ge=0.05, le=0.5)
    folds: int = Field(default=5, ge=2, le=20)
    stratify: bool = True
    gap: str | None = None


class TuneSection(_Section):
    """``train.tune``: look for the best hyperparameters of the algorithms named, instead of the best ensemble."""

    strategy: Literal["bayesian", "random", "grid", "cmaes", "hyperband"] = "bayesian"
    space: dict[str, Any] | None = None
    target_score: float | None = None
    patience: int | None = Field(default=None, ge=3)
    converged: float | None = Field(default=None, gt=0, lt=1)
    constraints: list[str] = Field(default_factory=list)


class TrainSection(_Section):
    """``train``: how long and what to learn."""

    time_limit_s: float | None = Field(default=None, gt=0)
    trials: int | None = Field(default=None, ge=1, le=10_000)
    algorithms: list[str] | None = Field(default=None, min_length=1)
    engine: Literal["clew", "autogluon"] = "clew"
    device: Literal["cpu", "cuda"] = "cpu"
    max_latency_ms: float | Literal["auto", "none"] = "auto"
    max_size_mb: float | Literal["none"] = "none"
    cpus: int | None = Field(default=None, ge=1)
    seed: int = Field(default=0, ge=0)
    tune: TuneSection | None = None


class GateSection(_Section):
    """One entry of ``evaluate.gates`` in its long form."""

    name: str
    rule: Rule


class EvaluateSection(_Section):
    """``evaluate``: what the model must reach."""

    gates: list[Rule | GateSection] = Field(default_factory=list)


class DeploySection(_Section):
    """``deploy``: under which name, and whether to promote."""

    name: str | None = None
    promote: bool = True


class MonitorSection(_Section):
    """``monitor``: later rows to compare with the training rows, and the limits."""

    data: str | SourceSection | None = None
    thresholds: dict[str, Any] = Field(default_factory=dict)


class StorageSection(_Section):
    """``storage``: where the project's database is."""

    database: str | None = None


class DomainSection(_Section):
    """``domain``: checked by `clew.define.domain`."""

    columns: dict[str, dict[str, Any] | None] = Field(default_factory=dict)
    relations: list[dict[str, Any]] = Field(default_factory=list)
    rules: list[str | dict[str, Any]] = Field(default_factory=list)


class ConfigFile(_Section):
    """The whole file."""

    clew: int = FORMAT
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")
    problem: ProblemSection
    data: DataSection
    domain: DomainSection = Field(default_factory=DomainSection)
    prepare: str | list[dict[str, Any]] | None = None
    split: SplitSection = Field(default_factory=SplitSection)
    train: TrainSection = Field(default_factory=TrainSection)
    evaluate: EvaluateSection = Field(default_factory=EvaluateSection)
    deploy: DeploySection = Field(default_factory=DeploySection)
    monitor: MonitorSection = Field(default_factory=MonitorSection)
    storage: StorageSection = Field(default_factory=StorageSection)


@dataclass(frozen=True, slots=True)
class Config:
    """A checked project configuration.

    Parameters
    ----------
    folder : Path
        The project.
    file : ConfigFile
        The sections, with defaults filled in.
    domain : Domain
        What the field knows.
    split : SplitSpec
        How rows are kept apart.
    gates : tuple of Gate
        What the model must reach; ``problem.success`` is the first.
    recipe : Recipe or None
        The stated recipe; None asks for a suggested one.
    """

    folder: Path
    file: ConfigFile
    domain: Domain
    split: SplitSpec
    gates: tuple[Gate, ...]
    recipe: Recipe | None

    @property
    def name(self) -> str:
        """Name of the project."""
        return self.file.name

    @property
    def model_name(self) -> str:
        """Name under which models are registered."""
        return self.file.deploy.name or self.file.name

    def address(self, stated: str | SourceSection) -> Address:
        """Return where the rows of a stated source are.

        A relative path starts at the project folder; ``${NAME}`` stands for an environment variable, so that no
        password need be written down.

        Raises
        ------
        ConfigError
            If a variable is not set, or a query or table does not fit the source.
        """
        section = SourceSection(source=stated) if isinstance(stated, str) else stated
        options = {name: getattr(section, name) for name in OPTIONS}
        address = Address.of(_with_environment(section.source), **options)
        try:
            check_options(address)
        except UsageError as error:
            raise ConfigError(f"{CONFIG_NAME}: {error.message}", hint=error.hint) from None
        return address.at(self.folder)


def _with_environment(text: str) -> str:
    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in os.environ:
            raise ConfigError(
                f"{CONFIG_NAME} names the environment variable {name!r}, which is not set.", hint=f"Set {name}."
            )
        return os.environ[name]

    return re.sub(r"\$\{(\w+)\}", value, text)


def load_config(folder: Path) -> Config:
    """Read and check the clew.yaml of a project folder.

    Parameters
    ----------
    folder : Path
        The project folder.

    Raises
    ------
    ConfigError
        If there is no file, it is no YAML, or a key or value breaks a rule; the message names line and key.
    """
    path = folder / CONFIG_NAME
    if not path.is_file():
        raise ConfigError(
            f"The folder {folder} has no {CONFIG_NAME}.",
            hint="Make one with `clew init DIR --data FILE --target COLUMN`, or name the project folder.",
        )
    return _checked(folder, path, read_yaml(path))


def check_config(text: str, folder: Path) -> Config:
    """Check a text that is to be the clew.yaml of a project folder.

    Parameters
    ----------
    text : str
        The text.
    folder : Path
        The project folder; the recipe that the text names must be there.

    Raises
    ------
    ConfigError
        As of `load_config`.
    """
    path = folder / CONFIG_NAME
    return _checked(folder, path, parse_yaml(text, path.name))


def _checked(folder: Path, path: Path, data: Mapping[str, Any]) -> Config:
    _check_format(path, data)
    try:
        file = ConfigFile.model_validate(data)
    except ValidationError as error:
        raise _translate(path, data, error) from None
    return _compose(folder, path, file)


def _compose(folder: Path, path: Path, file: ConfigFile) -> Config:
    try:
        domain = Domain.from_dict(
            {
                "columns": {name: facts or {} for name, facts in file.domain.columns.items()},
                "relations": file.domain.relations,
                "rules": file.domain.rules,
            }
        )
        stated = file.prepare
        recipe = replace(Recipe.from_dict(stated), folder=folder) if isinstance(stated, list) else None
        MonitorSpec.from_dict(file.monitor.thresholds)
    except ConfigError as error:
        raise ConfigError(f"{path.name}: {error.message}", hint=error.hint) from None
    if isinstance(stated, str):
        recipe = _recipe(folder, stated)
    if file.train.tune is not None and not file.train.algorithms:
        raise ConfigError(
            f"{path.name}: `train.tune` tunes the algorithms named, and none is.",
            hint="Add e.g. `algorithms: [xgboost]` to `train`.",
        )
    if file.train.tune is None and file.train.trials is not None and file.train.time_limit_s is not None:
        raise ConfigError(
            f"{path.name}: `train` has both `time_limit_s` and `trials`.",
            hint="Seconds end on time, trials give the same result on every run: keep one of them.",
        )
    if file.problem.metric is not None and ":" in file.problem.metric:
        raise ConfigError(
            f"{path.name}: `problem.metric` is {file.problem.metric!r}, and a project is judged by Clew's own metrics.",
            hint="Name one of docs/reference/metrics.md; `clew train --metric` takes one of yours.",
        )
    unused = [f"`{name}`" for name in _NOT_TUNED if name in file.train.model_fields_set]
    if file.train.tune is not None and unused:
        raise ConfigError(
            f"{path.name}: `train.tune` makes a model of the best combination, and has no use for {', '.join(unused)}.",
            hint="Remove it from `train`, or remove `tune`.",
        )
    gates = [Gate("success", file.problem.success)] if file.problem.success else []
    gates += [Gate(item, item) if isinstance(item, str) else Gate(item.name, item.rule) for item in file.evaluate.gates]
    split = SplitSpec(**{item.name: getattr(file.split, item.name) for item in fields(SplitSpec)})
    return Config(folder, file, domain, split, tuple(gates), recipe)


def _recipe(folder: Path, stated: str) -> Recipe:
    path = folder / stated
    if not path.is_file():
        raise ConfigError(
            f"{CONFIG_NAME}: `prepare` names the recipe {stated!r}, and there is no such file in the project.",
            hint="Put the file back, or remove the line.",
        )
    try:
        return Recipe.from_file(path)
    except InputError as error:
        raise ConfigError(f"{stated}: {error.message}", hint=error.hint) from None


def read_yaml(path: Path) -> Mapping[str, Any]:
    """Read a YAML file that holds keys; its containers remember their lines.

    Raises
    ------
    ConfigError
        If it is no YAML, no UTF-8, or holds no keys.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path.name} is not UTF-8 text: byte {error.start} cannot be read.") from None
    return parse_yaml(text, path.name)


def parse_yaml(text: str, name: str) -> Mapping[str, Any]:
    """Read a YAML text that holds keys; its containers remember their lines.

    Parameters
    ----------
    text : str
        The text.
    name : str
        What to call it in messages.

    Raises
    ------
    ConfigError
        If it is no YAML, or holds no keys.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        # The round-trip reader makes plain containers that remember their lines; it builds no objects.
        data = YAML(typ="rt").load(text)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        reason = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise ConfigError(f"{name} is no YAML{where}: {reason}.") from None
    if not isinstance(data, Mapping):
        raise ConfigError(f"{name} must hold keys such as `problem:` and `data:`; it holds {type(data).__name__}.")
    return data


def _check_format(path: Path, data: Mapping[str, Any]) -> None:
    version = data.get("clew", FORMAT)
    if not isinstance(version, int) or version > FORMAT:
        raise ConfigError(
            f"{path.name} has format {version!r}, and this Clew reads up to {FORMAT}.", hint="Upgrade clew."
        )
    for key in RESERVED & set(data):
        raise ConfigError(f"{path.name}: the section {key!r} is not available in this version.", hint="Remove it.")


#: Which mistake to say first: a misspelt key explains a missing one, and what a value breaks explains its type.
_RANK = {"extra_forbidden": 0, "value_error": 1, "missing": 2}


def _translate(path: Path, data: Any, error: ValidationError) -> ConfigError:
    """Say the first mistake as a sentence with its line, and how many more there are."""
    found = sorted(error.errors(include_url=False), key=lambda item: _RANK.get(item["type"], len(_RANK)))
    first = found[0]
    # Union members add their type's name to the location; only real keys help a reader.
    keys = [key for key in first["loc"] if _is_key(data, first["loc"], key)]
    dotted = ".".join(str(key) for key in keys)
    where = f"{path.name}{_line(data, keys)}"
    count = sum(item["type"] == first["type"] for item in found) - 1
    more = f" ({count} more of the kind)" if count else ""
    if first["type"] == "extra_forbidden":
        known = _known_keys(keys[:-1])
        return ConfigError(f"{where}: unknown key {dotted!r}{more}.", hint=did_you_mean(str(keys[-1]), known))
    if first["type"] == "missing":
        missing = ".".join(str(key) for key in first["loc"])
        return ConfigError(f"{path.name}: the key {missing!r} is missing{more}.")
    cause = next(iter(getattr(first.get("ctx", {}).get("error"), "args", ())), None)
    if isinstance(cause, ConfigError):
        return ConfigError(f"{where}: {dotted}: {cause.message}", hint=cause.hint)
    message = first["msg"][:1].lower() + first["msg"][1:]
    return ConfigError(f"{where}: {dotted} is {first['input']!r}: {message}{more}.")


def _is_key(data: Any, location: tuple[int | str, ...], key: int | str) -> bool:
    node = data
    for part in location:
        inside = (isinstance(node, Mapping) and part in node) or (isinstance(node, list) and isinstance(part, int))
        if not inside:
            continue
        if part == key:
            return True
        node = node[part]
    return False


def _line(data: Any, keys: list[int | str]) -> str:
    node, line = data, None
    for key in keys:
        position = getattr(node, "lc", None)
        if position is not None and position.data and key in position.data:
            line = position.data[key][0] + 1
        try:
            node = node[key]
        except (KeyError, IndexError, TypeError):
            break
    return f", line {line}" if line else ""


def _known_keys(keys: list[int | str]) -> list[str]:
    model: Any = ConfigFile
    for key in keys:
        field = getattr(model, "model_fields", {}).get(str(key))
        annotation = getattr(field, "annotation", None)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation
        elif str(key) == "gates":
            model = GateSection
    return list(model.model_fields)
