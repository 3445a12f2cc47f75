"""Writing the domain model in the studio: the rows answer, clew.yaml is changed, and nobody overwrites anybody."""

import pytest
from nicegui import ui
from nicegui.testing import User
from nicegui.testing.user_interaction import UserInteraction

from clew.define.domain import AsOf, Relation
from clew.project.clewyaml import with_facts, with_rule
from clew.project.project import Project
from clew.studio.modelling.diagram import diagram
from clew.studio.widgets.conflict import difference_html


@pytest.fixture
def project(workspace):
    """Rows that are kept, and a clew.yaml with a comment of somebody's."""
    opened = workspace.project("penguins")
    opened.run(stage="collect")
    return opened


def change(project: Project, title: str, edit) -> None:
    read = project.edits.read("clew.yaml")
    project.edits.write("clew.yaml", edit(read.text), expected=read.version, title=title)


def fill(user: User, label: str, value, kind=ui.input) -> None:
    (element,) = [item for item in user.find(kind).elements if label == item.props.get("label")]
    element.set_value(value)


def choose(user: User, column: str) -> None:
    (label,) = [item for item in user.find(ui.label).elements if item.text == column]
    UserInteraction(user, {label.parent_slot.parent}, None).click()


async def test_a_column_is_described_while_the_rows_answer(user: User, project: Project):
    await user.open("/project/penguins/domain")
    await user.should_see("Choose a column", retries=30)
    choose(user, "bill_length_mm")
    await user.should_see("All 344 rows agree.", retries=30)
    fill(user, "Minimum", 35, ui.number)
    await user.should_see("against “at least 35”", retries=30)
    before = project.edits.read("clew.yaml").text
    user.find("Save the facts").click()
    await user.should_see("Saved: bill_length_mm: minimum", retries=30)
    after = project.edits.read("clew.yaml").text
    changed = [line for line in after.splitlines() if line not in before.splitlines()]
    assert changed == ["    bill_length_mm: {kind: numeric, minimum: 35}   # 0.6% missing; 32.1 to 59.6"]
    await user.should_see("9 against it", retries=30)


async def test_what_was_saved_is_undone_and_redone(user: User, project: Project):
    before = project.edits.read("clew.yaml").text
    change(project, "State the range", lambda text: with_facts(text, "year", {"minimum": 2008}))
    after = project.edits.read("clew.yaml").text
    await user.open("/project/penguins/domain")
    await user.should_see("110 against it", retries=30)
    user.find("Undo").click()
    await user.should_see("Undone.", retries=30)
    assert project.edits.read("clew.yaml").text == before
    user.find("Redo").click()
    await user.should_see("Redone.", retries=30)
    assert project.edits.read("clew.yaml").text == after


async def test_who_comes_second_sees_what_the_first_did_and_goes_on(user: User, project: Project):
    await user.open("/project/penguins/domain?column=year")
    await user.should_see("rows agree", retries=30)
    fill(user, "Unit", "a")
    with Project(project.folder) as other:
        change(other, "theirs", lambda text: with_facts(text, "year", {"minimum": 2007}))
    user.find("Save the facts").click()
    await user.should_see("Somebody else saved first", retries=30)
    assert "unit: a" not in project.edits.read("clew.yaml").text
    user.find("Make my change on top of theirs").click()
    await user.should_see("Saved: year: unit", retries=30)
    assert "    year: {kind: numeric, minimum: 2007, unit: a}" in project.edits.read("clew.yaml").text


async def test_a_rule_is_written_with_the_rows(user: User, project: Project):
    await user.open("/project/penguins/domain")
    await user.should_see("No rules yet", retries=30)
    user.find("Add a rule").click()
    fill(user, "Condition", "bill_length_mm > 2 * bill_depth_m")
    await user.should_see("reads the column 'bill_depth_m'", retries=30)
    fill(user, "Condition", "bill_length_mm > 2 * bill_depth_mm")
    await user.should_see("37 of 344 rows", retries=30)
    user.find("Save the rule").click()
    await user.should_see("Saved: Rule", retries=30)
    assert "    - bill_length_mm > 2 * bill_depth_mm\n" in project.edits.read("clew.yaml").text
    await user.should_see("Remove", retries=30)
    user.find("Remove").click()
    await user.should_see("No rules yet", retries=30)
    assert "  rules: []   # what must hold in every row" in project.edits.read("clew.yaml").text


async def test_the_question_is_put_in_words_with_what_is_good_enough(user: User, project: Project):
    await user.open("/project/penguins/domain")
    await user.should_see("Predict species.", retries=30)
    fill(user, "Good enough when", "accuracy_low >=")
    await user.should_see("The expression 'accuracy_low >='", retries=30)
    fill(user, "Good enough when", "accuracy_low >= 0.9")
    fill(user, "In words: what is to be decided, when, and for whom?", "Which penguin is it?")
    user.find("Save the question").click()
    await user.should_see("Saved: The question: question, success", retries=30)
    text = project.edits.read("clew.yaml").text
    assert "  success: accuracy_low >= 0.9   # the first gate: what is good enough?\n" in text
    assert project.config.file.problem.question == "Which penguin is it?"


async def test_names_and_values_are_never_markup(user: User, project: Project):
    rule = {"name": "<b>x</b>", "rule": "island == '<script>alert(1)</script>'"}
    change(project, "odd", lambda text: with_rule(text, rule))
    await user.open("/project/penguins/domain")
    await user.should_see("<b>x</b>", retries=30)
    assert not [item for item in user.find(ui.html).elements if "<script>" in str(item.content)]
    shown = diagram(["<b>"], [Relation("<b>", "</svg><script>", {"a": "<i>"})])
    assert "<script>" not in shown
    assert "<i>" not in shown
    assert "<b>" not in difference_html("--- a\n+++ b\n+<b>x</b>")


async def test_before_rows_are_kept_facts_can_be_stated_all_the_same(user: User, workspace):
    await user.open("/project/penguins/domain?column=year")
    await user.should_see("No rows are kept yet", retries=30)
    fill(user, "Unit", "a")
    user.find("Save the facts").click()
    await user.should_see("Saved: year: unit", retries=30)
    assert workspace.project("penguins").config.domain.columns["year"]["unit"] == "a"
    await user.should_see("Collect the rows", retries=30)
    user.find("Collect the rows").click()
    await user.should_see("All 344 rows agree.", retries=150)


def test_tables_stand_to_the_right_of_what_leads_to_them():
    shown = diagram(
        ["flights", "planes"],
        [
            Relation("flights", "planes", {"tailnum": "tailnum"}),
            Relation("planes", "makers", {"maker": "id"}),
            Relation("flights", "weather", {}, as_of=AsOf("time", "known")),
        ],
    )
    assert shown.count("<rect") == 4
    assert shown.count('class="link"') == 3
    assert "4 tables: flights to planes by tailnum; planes to makers by maker; flights to weather by time" in shown
