"""Every step and every option is documented, the examples are recipes, and the overview is made from the steps.

``CLEW_WRITE_DOCS=1 pytest tests/prepare/test_documented.py`` writes the overview anew.
"""

import os
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import pytest

from clew.prepare.recipe import Recipe
from clew.prepare.registry import STEPS
from clew.prepare.step import Step

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
FAMILIES = {page.stem: page.read_text(encoding="utf-8") for page in (REFERENCE / "steps").glob("*.md")}
SECTIONS = {
    family: dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    for family, page in FAMILIES.items()
}
OURS = {op: step for op, step in sorted(STEPS.items()) if step.__module__.startswith("clew.")}


def family_of(step: type[Step]) -> str:
    return step.__module__.rpartition(".")[2]


def section_of(step: type[Step]) -> str:
    return SECTIONS[family_of(step)][step.op]


def overview() -> str:
    """Return the rows of the overview: each step with what it does, how it acts, and its page."""
    lines = ["| step | does | kind |", "|---|---|---|"]
    for op, step in OURS.items():
        does = (step.__doc__ or "").strip().partition("\n")[0].rstrip(".").replace("``", "`")
        lines.append(f"| [{op}](steps/{family_of(step)}.md#{op}) | {does} | {step.kind.value} |")
    return "\n".join(lines) + "\n"


def test_a_page_describes_each_family() -> None:
    expected = {
        family_of(step): sorted(op for op in OURS if family_of(OURS[op]) == family_of(step)) for step in OURS.values()
    }
    assert {family: list(sections) for family, sections in SECTIONS.items()} == expected


@pytest.mark.parametrize("step", OURS.values(), ids=list(OURS))
def test_every_option_is_described(step: type[Step]) -> None:
    options = {field.name for field in fields(cast("Any", step))} - {"columns", "disabled"}
    described = set(re.findall(r"`(\w+)[`:]", section_of(step)))
    assert options <= described


@pytest.mark.parametrize("op", list(OURS))
def test_example_is_a_recipe_of_the_step(op: str) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", section_of(OURS[op]), re.DOTALL)
    assert examples
    for example in examples:
        assert {step.op for step in Recipe.from_yaml(example).steps} == {op}


def test_overview_names_each_step() -> None:
    page = REFERENCE / "steps.md"
    text = page.read_text(encoding="utf-8")
    head, _, _ = text.partition("| step |")
    if os.environ.get("CLEW_WRITE_DOCS"):
        page.write_text(head + overview(), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == head + overview()
