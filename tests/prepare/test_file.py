"""Recipe files with parameters, and variants of other files."""

from pathlib import Path

import polars as pl
import pytest

from clew.core.errors import ConfigError, UsageError
from clew.prepare.recipe import Recipe

BASE = """
parameters: {how: median, limit: 18}
steps:
  - {op: filter, condition: "age > ${limit}"}
  - {op: fill_missing, columns: age, strategy: "${how}"}
  - {op: fill_missing, columns: fare, strategy: mean}
  - {op: log, columns: fare}
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "base.yaml"
    path.write_text(BASE)
    return path


def variant(base: Path, text: str) -> Recipe:
    path = base.parent / "variant.yaml"
    path.write_text(text)
    return Recipe.from_file(path)


def ops(recipe: Recipe) -> list[str]:
    return [step.op for step in recipe.steps]


def test_parameters_are_filled_in_with_their_type(base: Path) -> None:
    steps = Recipe.from_file(base, {"limit": 21.5}).to_dict()
    assert steps[0]["condition"] == "age > 21.5"
    assert steps[1]["columns"] == "age"
    assert Recipe.from_file(base, {"how": "mean"}).to_dict()[1]["strategy"] == "mean"
    frame = pl.DataFrame({"age": [10, 20, 30, None], "fare": [1.0, None, 3.0, 4.0]})
    assert len(Recipe.from_file(base).fit_transform(frame)) == 2


def test_a_variant_leaves_out_changes_and_adds_steps(base: Path) -> None:
    recipe = variant(
        base,
        "from: base.yaml\nparameters: {how: most_frequent}\nwithout: log\nchange: {fill_missing#2: {strategy: median}}\n"
        "steps:\n- {op: missing_indicator, columns: age, before: fill_missing#1}\n- {op: scale, columns: fare}\n",
    )
    assert ops(recipe) == ["filter", "missing_indicator", "fill_missing", "fill_missing", "scale"]
    assert [step.get("strategy", "median") for step in recipe.to_dict()[2:4]] == ["most_frequent", "median"]


def test_variants_of_variants(base: Path) -> None:
    (base.parent / "middle.yaml").write_text("from: base.yaml\nwithout: [filter]\n")
    assert ops(variant(base, "from: middle.yaml\nwithout: [log]\n")) == ["fill_missing", "fill_missing"]


def test_a_list_is_a_recipe_file_too(tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("- {op: log, columns: fare}\n")
    assert Recipe.from_file(path) == Recipe.from_yaml(path.read_text())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("from: base.yaml\nwithout: [scale]\n", "`without` of .* names the step 'scale'.*There is"),
        (
            "from: base.yaml\nchange: {fill_missing: {strategy: mean}}\n",
            "names the step 'fill_missing'.*fill_missing#",
        ),
        ("from: base.yaml\nchange: {log: {op: scale}}\n", "takes other options of a step"),
        ("from: base.yaml\nchange: {log: [1]}\n", "takes other options of a step"),
        ("from: base.yaml\nsteps: {op: log}\n", "is a list of steps"),
        ("from: base.yaml\nstep: []\n", "no key 'step'.*Did you mean 'steps'"),
        ("from: variant.yaml\n", "in a circle: variant.yaml → variant.yaml"),
        ("without: [log]\n", "starts from no other recipe"),
        ("steps: [{op: log, columns: '${which}'}]\n", "parameter 'which', which is not stated"),
        (
            "parameters: {which: null}\nsteps: [{op: log, columns: '${which}'}]\n",
            "parameter 'which', which has no value",
        ),
        ("parameters: {x: \"a' or 'b\"}\nsteps: [{op: filter, condition: \"t = '${x}'\"}]\n", "without quotes"),
        ("parameters: [1]\nsteps: []\n", "is a mapping"),
        ("from: 3\n", "names a file"),
        ("just words\n", "neither a list of steps nor a mapping"),
    ],
)
def test_a_broken_file_is_told(base: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        variant(base, text)


def test_a_file_or_a_parameter_that_is_not_there(base: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.yaml cannot be read"):
        variant(base, "from: gone.yaml\n")
    with pytest.raises(UsageError, match="has no parameter 'limmit'.*Did you mean 'limit'"):
        Recipe.from_file(base, {"limmit": 3})
