"""What a step does, before it is used; and how long each step takes."""

import json
from html import unescape
from pathlib import Path

import polars as pl
import pytest

from clew.collect.dataset import Dataset
from clew.collect.infer import infer
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
    shown = unescape(seen._repr_html_().split('srcdoc="')[1].split('"')[0])
    assert "<mark>" in shown
    assert "<b>f</b>" not in shown
    assert shown.count("<svg") == 2


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


MANY = pl.DataFrame(
    {
        "age": [*range(20, 60), None, None] * 10,
        "fare": [float(x) for x in range(100, 520)],
        "town": (["<i>rare</i>", "Bern", "Bern", "Rome", "Rome", None] * 70),
        "code": [f"c{x}" for x in range(420)],
    }
)


def spreads(step: str) -> dict[str, list[dict[str, object]]]:
    seen = preview(Recipe.from_yaml(step), MANY)
    return {column.name: column.to_dict()["distributions"] for column in seen.columns}


def test_both_sides_are_counted_in_the_same_bins() -> None:
    (spread,) = spreads("- {op: fill_missing, columns: age, strategy: constant, value: 30}")["age"]
    before, after = spread["before"], spread["after"]
    assert (sum(before), sum(after)) == (400, 420)
    gained = [(low, two - one) for low, one, two in zip(spread["edges"], before, after, strict=False) if two != one]
    assert [count for _, count in gained] == [20]
    assert gained[0][0] <= 30 < gained[0][0] + 2


def test_where_no_axis_suits_both_each_side_has_its_own() -> None:
    before, after = spreads("- {op: scale, columns: fare}")["fare"]
    assert (sum(before["before"]), sum(before["after"])) == (420, 0)
    assert (sum(after["before"]), sum(after["after"])) == (0, 420)
    assert max(after["edges"]) < min(before["edges"])
    before, after = spreads("- {op: bin, columns: age, n_bins: 3}")["age"]
    assert "edges" in before
    assert after["labels"] == ["0", "1", "2", "(missing)"]


def test_labels_are_counted_with_the_missing_ones() -> None:
    (spread,) = spreads("- {op: group_rare, columns: town, min_share: 0.3}")["town"]
    assert spread == {
        "labels": ["Bern", "Rome", "<i>rare</i>", "other", "(missing)"],
        "before": [140, 140, 70, 0, 70],
        "after": [140, 140, 0, 70, 70],
    }


def test_columns_that_come_and_go_are_counted_on_their_side() -> None:
    seen = spreads("- {op: one_hot, columns: town}")
    assert seen["town"][0]["after"] == [0, 0, 0, 0]
    assert seen["town=Bern"] == [{"labels": ["False", "True"], "before": [0, 0], "after": [280, 140]}]


def test_without_frequent_values_nothing_is_drawn(tmp_path: Path) -> None:
    assert spreads("- {op: drop, columns: code}") == {"code": []}
    seen = preview(Recipe.from_yaml("- {op: drop, columns: code}"), MANY)
    assert "has frequent values" in seen.save(tmp_path / "preview.html").read_text(encoding="utf-8")


def test_what_moved_most_is_drawn_first_on_a_page(tmp_path: Path) -> None:
    seen = preview(Recipe.from_yaml("- {op: filter, condition: fare > 300}"), MANY)
    page = seen.save(tmp_path / "preview.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 3  # a code never repeats
    assert page.index("fare before and after") < page.index("town before and after")
    assert "<i>" not in page.replace('<i class="s', "")
    assert "other rows" in page
    with pytest.raises(UsageError, match="saved as a page, and 'preview.txt' is none"):
        seen.save(tmp_path / "preview.txt")


def test_a_column_without_any_value_is_no_trouble(tmp_path: Path) -> None:
    empty = MANY.with_columns(age=pl.lit(None, pl.Float64), fare=pl.lit(float("inf")))
    recipe = Recipe.from_yaml(
        "- {op: fill_missing, columns: age, strategy: constant, value: 3}\n- {op: filter, condition: 'age == 3 and fare > 5'}"
    )
    schema = infer(MANY)[1]
    dataset = Dataset.of(empty, schema.with_facts("age", dtype="Float64"), "rows")
    assert len(preview(recipe, dataset, step=1).columns[0].spreads) == 1
    preview(recipe, dataset, step=2).save(tmp_path / "preview.html")


def test_rows_that_a_step_makes_are_not_compared_with_others() -> None:
    tagged = FRAME.with_columns(tags=pl.Series([["a", "b"]] * 6))
    seen = preview(Recipe.from_yaml("- {op: explode, columns: tags}"), tagged, rows=2)
    assert (seen.rows_in, seen.rows_out, seen.changed) == (6, 12, frozenset())
    assert {column.name: column.cells for column in seen.columns} == dict.fromkeys(tagged.columns)
    single = FRAME.with_columns(tags=pl.Series([["a"], ["b"], None, ["c"], ["d"], ["e"]]))
    (column,) = preview(Recipe.from_yaml("- {op: explode, columns: tags}"), single).columns
    assert (column.name, column.cells) == ("tags", 5)
