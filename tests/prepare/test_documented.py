"""Every step and every option is documented, the examples are recipes, and the kinds told are the true ones."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import pytest

from clew.prepare.recipe import Recipe
from clew.prepare.registry import STEPS
from clew.prepare.step import Step

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "steps.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
OURS = {op: step for op, step in STEPS.items() if step.__module__.startswith("clew.")}


def test_page_describes_the_steps_there_are() -> None:
    assert list(SECTIONS) == sorted(OURS)


@pytest.mark.parametrize("step", OURS.values(), ids=list(OURS))
def test_every_option_is_described(step: type[Step]) -> None:
    options = {field.name for field in fields(cast("Any", step))} - {"columns"}
    described = set(re.findall(r"`(\w+)[`:]", SECTIONS[step.op]))
    assert options <= described


@pytest.mark.parametrize("op", list(OURS))
def test_example_is_a_recipe_of_the_step(op: str) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", SECTIONS[op], re.DOTALL)
    assert examples
    for example in examples:
        assert {step.op for step in Recipe.from_yaml(example).steps} == {op}


def test_overview_names_each_step_with_its_kind() -> None:
    told = dict(re.findall(r"^\| \[(\w+)\]\(#\1\) \| [^|]+ \| (\w+) \|", PAGE, re.MULTILINE))
    assert told == {op: step.kind.value for op, step in sorted(OURS.items())}
