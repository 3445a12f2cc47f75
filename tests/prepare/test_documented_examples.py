"""Every example on the pages of the steps runs, and what it learnt can be saved and used again."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from tests.prepare.test_documented import OURS, section_of
from tests.prepare.world import IN_ORDER, OTHERWISE, WITHOUT, rows, shop_module, write_files

from clew.collect.source import read
from clew.core.schema import Role
from clew.define.problem import Task
from clew.prepare.recipe import FittedRecipe, Recipe
from clew.prepare.step import Step, StepKind

EXAMPLES = [
    step
    for op in OURS
    for example in re.findall(r"```yaml\n(.*?)```", section_of(OURS[op]), re.DOTALL)
    for step in Recipe.from_yaml(example).steps
]
IDS = [f"{step.op}-{number}" for number, step in enumerate(EXAMPLES)]


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return rows()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("world")
    write_files(made)
    return made


@pytest.mark.parametrize("step", EXAMPLES, ids=IDS)
def test_example_runs(
    step: Step, table: pl.DataFrame, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, module in shop_module().items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.chdir(folder)
    frame = table.with_columns(**OTHERWISE.get(step.op, {})).drop(WITHOUT.get(step.op, ()))
    known = read(frame).schema.with_facts("time", role=Role.TIME) if step.op in IN_ORDER else read(frame).schema
    if step.op == "convert_unit":
        known = known.with_facts("speed", unit="km/h")
    target = None if step.kind is StepKind.RESHAPE else "survived"
    recipe = replace(Recipe([step]), folder=folder).trusting(*step.foreign())
    done = recipe.prepare(frame, known, target, task=None if target is None else Task.BINARY)
    done.recipe.save(tmp_path / "fitted")
    again = FittedRecipe.load(tmp_path / "fitted", trust=step.foreign())
    assert again.transform(frame).equals(done.recipe.transform(frame))
    assert done.frame.width
