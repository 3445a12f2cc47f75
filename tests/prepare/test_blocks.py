import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.core.errors import UsageError
from clew.prepare import blocks
from clew.prepare.recipe import Recipe

TEXT = """# A recipe for penguins.

# 5 % of the ages are missing,
# so the median fills them.
- op: fill_missing
  columns: [age]   # years
- {op: log, columns: [fare]}

# The last one.
- op: scale
  columns: kind:numeric
"""


def test_every_step_has_its_remarks() -> None:
    assert [step["op"] for step in blocks.steps_of(TEXT)] == ["fill_missing", "log", "scale"]
    assert blocks.remarks_of(TEXT) == ["5 % of the ages are missing, so the median fills them.", "", "The last one."]


def test_a_step_that_moves_takes_its_remarks_along_and_all_else_stays_as_written() -> None:
    moved = blocks.moved(TEXT, 0, 2)
    assert [step["op"] for step in blocks.steps_of(moved)] == ["log", "scale", "fill_missing"]
    assert sorted(moved.splitlines()) == sorted(TEXT.splitlines())
    assert "columns: [age]   # years" in moved


def test_there_and_back_is_the_same_text() -> None:
    assert blocks.moved(blocks.moved(TEXT, 0, 2), 2, 0) == TEXT


def test_a_step_is_put_in_with_a_reason() -> None:
    text = blocks.with_step(TEXT, {"op": "drop", "columns": ["name"]}, 1, remark="Every name is another one.")
    assert [step["op"] for step in blocks.steps_of(text)] == ["fill_missing", "drop", "log", "scale"]
    assert blocks.remarks_of(text)[1] == "Every name is another one."


def test_a_step_is_replaced_under_its_remarks() -> None:
    text = blocks.replaced(TEXT, 0, {"op": "fill_missing", "columns": ["age"], "strategy": "mean"})
    assert blocks.steps_of(text)[0]["strategy"] == "mean"
    assert blocks.remarks_of(text) == blocks.remarks_of(TEXT)


def test_the_first_step_of_an_empty_recipe() -> None:
    for empty in ("", "[]\n"):
        assert blocks.steps_of(blocks.with_step(empty, {"op": "log", "columns": ["fare"]})) == [
            {"op": "log", "columns": ["fare"]}
        ]


def test_taking_every_step_out_leaves_a_recipe_without_steps() -> None:
    text = TEXT
    for _ in range(3):
        text = blocks.without_step(text, 0)
    assert Recipe.from_yaml(text).steps == ()


def test_a_list_in_brackets_is_written_one_below_the_other() -> None:
    text = blocks.with_step("[{op: log, columns: [a]}, {op: scale, columns: [b]}]", {"op": "drop", "columns": ["c"]})
    assert [step["op"] for step in blocks.steps_of(text)] == ["log", "scale", "drop"]


def test_a_recipe_that_starts_from_another_is_no_list_of_steps() -> None:
    text = "from: base.yaml\nsteps:\n  - {op: log, columns: [a]}\n"
    assert not blocks.is_plain(text)
    with pytest.raises(UsageError, match="no plain list"):
        blocks.with_step(text, {"op": "drop", "columns": ["c"]})


def test_a_position_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="no step 9"):
        blocks.without_step(TEXT, 8)


NAMES = st.text(min_size=1, max_size=8)
STEPS = st.lists(
    st.fixed_dictionaries({"op": st.just("drop"), "columns": st.lists(NAMES, min_size=1, max_size=3)}), max_size=5
)


@given(STEPS, st.data())
def test_what_is_done_to_the_text_is_what_is_done_to_the_list(
    steps: list[dict[str, object]], data: st.DataObject
) -> None:
    text, expected = "", []
    for step in steps:
        at = data.draw(st.integers(0, len(expected)))
        text = blocks.with_step(text, step, at, remark=data.draw(st.text(max_size=20)))
        expected.insert(at, step)
    if expected:
        at, to = data.draw(st.integers(0, len(expected) - 1)), data.draw(st.integers(0, len(expected) - 1))
        text = blocks.moved(text, at, to)
        expected.insert(to, expected.pop(at))
    assert blocks.steps_of(text) == expected
