"""Writing the first clew.yaml of a project: what was inferred from the table, with a comment beside every choice."""

import os
import re
from datetime import date
from pathlib import Path

from clew.collect.address import PASSWORD, Address
from clew.collect.dataset import Dataset
from clew.collect.source import read
from clew.core.errors import UsageError
from clew.core.schema import Column, Kind, Role
from clew.define.domain import Domain
from clew.define.problem import Problem, define_problem
from clew.explore.statistics import ColumnStatistics, describe
from clew.project.config import CONFIG_NAME
from clew.project.yamltext.render import scalar
from clew.store.files import write_atomic


def init_project(
    folder: Path,
    source: Path | str | Address,
    target: str,
    *,
    task: str | None = None,
    positive: str | None = None,
    metric: str | None = None,
    question: str | None = None,
    domain: Domain | None = None,
) -> tuple[Path, Problem]:
    """Write a commented clew.yaml into a folder.

    Parameters
    ----------
    folder : Path
        Project folder; made if it is not there.
    source : Path, str or Address
        Where rows are that `clew.read` takes.
    target : str
        Column to predict.
    task, positive, metric : str, optional
        Override what would be inferred.
    question : str, optional
        What is to be decided, in words.
    domain : Domain, optional
        Kinds and roles of columns that override what would be inferred.

    Returns
    -------
    config : Path
        The file.
    problem : Problem
        What was inferred.

    Raises
    ------
    UsageError
        If the folder holds a clew.yaml already.
    DataError
        If the table cannot be read or the target cannot serve.
    """
    path = folder / CONFIG_NAME
    if path.exists():
        raise UsageError(f"The folder {folder} holds a {CONFIG_NAME} already.", hint="Edit it, or name another folder.")
    address = Address.of(source)
    data = read(address, domain=domain).with_target(target)
    column = data.schema[target]
    problem = define_problem(data.frame[target], column, task=task, positive=positive, metric=metric)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomic(path, _render(folder, address, data, problem, question))
    recipes = folder / "recipes"
    recipes.mkdir(exist_ok=True)
    return path, problem


def _render(folder: Path, address: Address, data: Dataset, problem: Problem, question: str | None) -> str:
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.resolve().name).strip("-.") or "project"
    statistics = describe(data.frame, data.schema).columns
    parts = [
        "# A Clew project. `clew run` does what this file says; only what changed is done again.",
        "clew: 1",
        f"name: {scalar(name)}",
        "",
        *_problem_lines(problem, question),
        "",
        "data:",
        *_source_lines(folder, address, f"{len(data)} rows, {len(data.schema)} columns"),
        "",
        "# What the field knows: every fact stated here is used by import checks, findings, the recipe, the splits,",
        "# training, request validation and monitoring. Facts: kind, role, unit, minimum, maximum, allowed, order,",
        "# monotonic, available_after, protected, nullable, pattern, description.",
        "domain:",
        "  columns:",
        *(f"    {line}" for column in data.schema for line in _column_lines(column, statistics[column.name])),
        "  rules: []   # what must hold in every row, e.g. - rule: discharge >= admission",
        "",
        "# prepare: recipes/mine.yaml   # without this line a recipe is suggested from the training rows",
        "",
        "split:",
        "  holdout: 0.2   # kept for the final judgement; roles `time` and `group` in the domain shape every split",
        "  folds: 5",
        "",
        "train:",
        "  time_limit_s: 60   # or `trials: 20`, which makes the result the same on every run",
        "  seed: 0",
        "",
        "evaluate:",
        "  gates: []   # further conditions for promotion, e.g. - roc_auc_low >= 0.7",
        "",
        "# monitor:",
        "#   data: later.csv   # rows of later times, compared with the training rows",
        "",
    ]
    return "\n".join(parts)


def _source_lines(folder: Path, address: Address, seen: str) -> list[str]:
    """Say where the rows are: a path from the project folder, and an address without its password."""
    if address.is_local:
        text = os.path.relpath(Path(address.text).absolute(), folder.resolve())
    else:
        text = address.portable(folder.resolve())
    lines = [f"  source: {scalar(text)}   # {_comment(seen)}"]
    if PASSWORD in text:
        lines.insert(0, "  # The password is read from the environment and not kept here.")
    return lines + [f"  {name}: {scalar(value)}" for name, value in address.options.items()]


def _problem_lines(problem: Problem, question: str | None) -> list[str]:
    stated = "null" if question is None else scalar(question)
    lines = ["problem:", f"  question: {stated}   # in words: what is to be decided, when, and for whom?"]
    lines.append(f"  target: {scalar(problem.target)}")
    lines.append(f"  task: {problem.task.value}   # inferred; binary, multiclass or regression")
    if problem.positive is not None:
        others = ", ".join(str(label) for label in problem.classes if label != problem.positive)
        label = problem.positive if isinstance(problem.positive, str | int | float | date) else str(problem.positive)
        lines.append(f"  positive: {scalar(label)}   # the case of interest; the other is {_comment(others)}")
    lines.append(f"  metric: {problem.metric}   # decides between models")
    example = {"binary": "roc_auc >= 0.75", "multiclass": "accuracy >= 0.8", "regression": "r2 >= 0.5"}
    lines.append(f"  # success: {example[problem.task.value]}   # the first gate: what is good enough?")
    return lines


def _column_lines(column: Column, statistics: ColumnStatistics) -> list[str]:
    facts = [f"kind: {column.kind.value}"]
    if column.role is not Role.FEATURE:
        facts.append(f"role: {column.role.value}")
    if column.unit:
        facts.append(f"unit: {scalar(column.unit)}")
    return [f"{scalar(column.name)}: {{{', '.join(facts)}}}   # {_comment(_seen(column, statistics))}"]


def _seen(column: Column, statistics: ColumnStatistics) -> str:
    """Say in a few words what the column holds."""
    if column.role is Role.ID:
        return f"{statistics.distinct} different values"
    words = []
    if statistics.missing:
        words.append(f"{statistics.missing / max(statistics.rows, 1):.1%} missing")
    if column.kind in {Kind.NUMERIC, Kind.DATETIME} and statistics.minimum is not None:
        words.append(f"{_short(statistics.minimum)} to {_short(statistics.maximum)}")
    elif found := statistics.values.items:
        top = ", ".join(_short(value) for value, _ in found[:4])
        words.append(f"{top}{', …' if len(found) > 4 else ''}")
    return "; ".join(words) or (f"{statistics.present} values" if statistics.present else "no values")


def _short(value: object) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 24 else text[:23] + "…"


def _comment(text: str) -> str:
    """Return a text that cannot end its comment."""
    return "".join(character if character.isprintable() else " " for character in text)
