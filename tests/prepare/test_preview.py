"""What a step does, before it is used; and how long each step takes."""

import json

import polars as pl
import pytest

from clew.core.errors import RecipeError, UsageError
from clew.prepare import preview as module
from clew.prepare.preview import preview
from clew.prepare.recipe import Recipe

FRAME = pl.DataFrame(
    {
        "age": [22, None, 38, 35, None, 54],
        "fare": [7.25, 71.0, 8.0, 53.0, 9.5, 51.0],
        "sex": ["m", "f", "f", "<b>f</b>", "m", "m"],
    }
)
RECIPE = Recipe.from_yaml("""
- {op: fill_missing, columns: age, strategy: median}
- {op: filter, condition: fare > 8}
- {op: one_hot, columns: sex}
- {op: scale, columns: fare}
""")


def test_changed_cells_and_distributions_are_told() -> None:
    seen = preview(RECIPE, FRAME, step=1)
    assert (seen.op, seen.rows_in, seen.rows_out, seen.sampled_from) == ("fill_missing", 6, 6, None)
    (column,) = seen.columns
    assert (column.name, column.change, column.cells) == ("age", "changed", 2)
    assert (column.before.missing, column.after.missing) == (2, 0)
    assert seen.changed == {(1, "age"), (4, "age")}
    assert seen.learned == {"age": {"value": 36.5}}
    assert seen.before["age"].to_list()[1] is None
    assert seen.after["age"].to_list()[1] == 36.5


def test_rows_that_are_taken_away_keep_the_others_apart() -> None:
    seen = preview(RECIPE, FRAME, step=2)
    assert (seen.rows_in, seen.rows_out) == (6, 4)
    assert seen.before["fare"].to_list() == seen.after["fare"].to_list() == [71.0, 53.0, 9.5, 51.0]
    assert seen.changed == frozenset()
    assert {column.name: column.cells for column in seen.columns} == {"age": 0, "fare": 0, "sex": 0}


def test_columns_that_come_and_go() -> None:
    seen = preview(RECIPE, FRAME, step=3)
    assert {column.name: column.change for column in seen.columns} == {
        "sex": "removed",
        "sex=<b>f</b>": "added",
        "sex=f": "added",
        "sex=m": "added",
    }
    assert seen.rows_in == 4


def test_it_shows_itself_and_becomes_json() -> None:
    seen = preview(RECIPE, FRAME, rows=2)
    assert seen.number == 4
    assert len(json.loads(json.dumps(seen.to_dict()))["after"]) == 2
    shown = seen._repr_html_()
    assert "<mark>" in shown
    assert "<b>f</b>" not in shown


def test_of_many_rows_a_sample_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SAMPLE_ROWS", 4)
    seen = preview(RECIPE, FRAME, step=1, seed=1)
    assert (seen.rows_in, seen.sampled_from) == (4, 6)
    assert preview(RECIPE, FRAME, step=1, seed=1).after.equals(seen.after)


def test_a_step_that_is_not_there_or_cannot_work() -> None:
    with pytest.raises(UsageError, match="has no step 5.*It has 4"):
        preview(RECIPE, FRAME, step=5)
    with pytest.raises(RecipeError, match=r"Step 1 \(fill_missing\): There is no column 'age'"):
        preview(RECIPE, FRAME.drop("age"), step=3)


def test_each_step_is_timed() -> None:
    times = RECIPE.learn(FRAME).timings(FRAME.lazy())
    assert [(item.number, item.op) for item in times] == [
        (0, "entrance"),
        (1, "fill_missing"),
        (2, "filter"),
        (3, "one_hot"),
        (4, "scale"),
    ]
    assert (times[-1].rows, times[-1].columns) == (6, 5)
    assert all(item.seconds >= 0 for item in times)
    assert set(times[0].to_dict()) == {"number", "op", "seconds", "rows", "columns"}
