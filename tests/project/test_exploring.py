"""What was explored, read back with the rows behind it; and remedies that become steps."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clew.core.errors import ConflictError, DataError, UsageError
from clew.core.finding import Finding, Severity
from clew.explore.evidence_rows import evidence_rows
from clew.project.exploring import LearningRows, compare_datasets, explored
from clew.project.init import init_project
from clew.project.project import Project
from clew.project.recipes import FIRST
from clew.project.remedies import fix, is_fixed, take_back
from clew.project.standing import Standing

ROWS = 400


def table() -> pl.DataFrame:
    rng = np.random.default_rng(0)
    size = rng.normal(50, 9, ROWS)
    return pl.DataFrame(
        {
            "size": np.where(np.arange(ROWS) % 3 == 0, np.nan, size.round(2)),
            "income": rng.lognormal(3, 2, ROWS).round(2),
            "<b>same</b>": ["x"] * ROWS,
            "label": rng.choice(["a", "A ", "b", "unknown"], ROWS),
            "answer": np.where(size + rng.normal(0, 9, ROWS) > 50, "yes", "no"),
        }
    ).with_columns(pl.col("size").fill_nan(None))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("projects") / "shop"
    (folder / "data").mkdir(parents=True)
    table().write_csv(folder / "data" / "rows.csv")
    init_project(folder, folder / "data" / "rows.csv", "answer")
    with Project(folder) as opened:
        opened.run(stage="explore")
    return folder


@pytest.fixture
def project(made: Path) -> Iterator[Project]:
    with Project(made) as opened:
        yield opened


def test_the_latest_result_says_what_was_found_and_of_which_rows(project):
    found = explored(project)
    assert (found.dataset, found.version, found.rows, found.judging_rows) == ("shop", 0, ROWS, 80)
    assert found.standing is Standing.DONE
    assert found.profile.rows == ROWS - 80
    assert found.report == "reports/profile.html"
    assert {"DQ001", "DQ007", "DQ018"} <= {item.code for item in found.profile.findings}


def test_a_stored_profile_is_the_one_that_was_made(project):
    import clew

    rows = LearningRows().of(project).dataset
    fresh, stored = clew.profile(rows, target="answer", domain=project.config.domain), explored(project).profile
    assert stored.correlations == fresh.correlations
    assert stored.views == fresh.views
    assert stored.associations == fresh.associations
    assert [fix.text for fix in stored.fixes] == [fix.text for fix in fresh.scorecard.fixes]
    assert {item.name: item.score for item in stored.principles} == pytest.approx(fresh.scorecard.scores)
    assert [item.to_dict() for item in stored.findings] == [item.to_dict() for item in fresh.findings]


def test_the_rows_behind_findings_are_learning_rows(project):
    rows = LearningRows().of(project).dataset
    assert len(rows) == ROWS - 80
    assert rows.schema.target.name == "answer"
    by_code = {item.code: item for item in explored(project).profile.findings}
    missing = evidence_rows(by_code["DQ007"], rows)
    assert missing.complete
    assert len(missing.positions) == rows.frame["size"].null_count() == by_code["DQ007"].evidence["missing"]
    spelt = evidence_rows(by_code["DQ018"], rows)
    assert set(rows.frame["label"][spelt.positions.tolist()]) == {"a", "A "}
    assert evidence_rows(by_code["DQ001"], rows) is None


def test_nothing_is_said_before_anything_ran(tmp_path):
    table().write_csv(tmp_path / "rows.csv")
    init_project(tmp_path / "new", tmp_path / "rows.csv", "answer")
    with Project(tmp_path / "new") as opened:
        assert explored(opened) is None
        with pytest.raises(DataError, match="not at hand"):
            LearningRows().of(opened)


def test_rows_that_were_collected_again_are_no_evidence(tmp_path):
    table().write_csv(tmp_path / "rows.csv")
    init_project(tmp_path / "new", tmp_path / "rows.csv", "answer")
    with Project(tmp_path / "new") as opened:
        opened.run(stage="explore")
        table().head(300).write_csv(tmp_path / "rows.csv")
        opened.run(stage="collect")
        found = explored(opened)
        assert found.standing is Standing.OUTDATED
        assert not found.has_rows
        with pytest.raises(DataError, match="collected since"):
            LearningRows().of(opened)
        compared = compare_datasets(opened.dataset("new", 0), opened.dataset("new", 1))
        assert (compared.rows, compared.other_rows) == (400, 300)
        assert compared.source == "new, version 1"


def test_a_damaged_result_says_so(tmp_path):
    table().write_csv(tmp_path / "rows.csv")
    init_project(tmp_path / "new", tmp_path / "rows.csv", "answer")
    with Project(tmp_path / "new") as opened:
        opened.run(stage="explore")
        (place,) = (tmp_path / "new" / ".clew" / "stages" / "explore").glob("*/profile.json")
        place.write_text("{}")
        with pytest.raises(DataError, match=r"profile\.json is damaged"):
            explored(opened)


FILL = {"op": "fill_missing", "columns": ["size"], "options": {"strategy": "median"}}
DROP = {"op": "drop", "columns": ["<b>same</b>"], "options": {}}


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Project]:
    table().write_csv(tmp_path / "rows.csv")
    init_project(tmp_path / "new", tmp_path / "rows.csv", "answer")
    with Project(tmp_path / "new") as opened:
        yield opened


def test_a_remedy_becomes_the_first_step_and_can_be_taken_back(fresh):
    before = (fresh.folder / "clew.yaml").read_text()
    first = fix(fresh, FILL, title="Fix DQ007")
    assert fresh.config.file.prepare == FIRST
    assert is_fixed(fresh, FILL)
    second = fix(fresh, DROP, title="Fix DQ001")
    assert [step["op"] for step in fresh.config.recipe.to_dict()] == ["drop", "fill_missing"]
    with pytest.raises(UsageError, match="this very step already"):
        fix(fresh, DROP, title="Fix DQ001")
    take_back(fresh, second)
    assert not is_fixed(fresh, DROP)
    take_back(fresh, first)
    assert (fresh.folder / "clew.yaml").read_text() == before
    assert not (fresh.folder / FIRST).exists()


def test_a_recipe_keeps_its_comments_and_an_inline_one_gets_a_file(fresh):
    fresh.edits.write("recipes/mine.yaml", "# ours\n- op: drop\n  columns: [label]\n", expected="", title="New")
    config = fresh.edits.read("clew.yaml")
    fresh.edits.write("clew.yaml", config.text + "\nprepare: recipes/mine.yaml\n", expected=config.version, title="x")
    fix(fresh, FILL, title="Fix")
    text = fresh.edits.read("recipes/mine.yaml").text
    assert "# ours" in text
    assert text.index("fill_missing") < text.index("label")
    config = fresh.edits.read("clew.yaml")
    inline = config.text.replace("\nprepare: recipes/mine.yaml", "\nprepare:\n  - op: drop\n    columns: [label]")
    fresh.edits.write("clew.yaml", inline, expected=config.version, title="x")
    fix(fresh, FILL, title="Fix")
    assert [step["op"] for step in fresh.config.recipe.to_dict()] == ["fill_missing", "drop"]
    assert fresh.config.file.prepare == FIRST


def test_what_somebody_else_changed_is_not_taken_back(fresh):
    added = fix(fresh, FILL, title="Fix")
    recipe = fresh.folder / FIRST
    recipe.write_text(recipe.read_text() + "- op: drop\n  columns: [label]\n")
    config = fresh.folder / "clew.yaml"
    config.write_text(config.read_text() + "# a note\n")
    with pytest.raises(ConflictError):
        take_back(fresh, added)


@pytest.mark.parametrize(
    ("code", "evidence", "rows"),
    [
        ("DQ002", {"value": 7.0}, [1, 4]),
        ("DQ005", {"value": -1.0}, [1]),
        ("DQ012", {"low": 0, "high": 100}, [1]),
        ("DQ013", {}, [4]),
        ("DQ022", {"value": 7}, [0, 2]),
    ],
)
def test_conditions_find_all_rows(make, code, evidence, rows):
    data = make(pl.DataFrame({"a": [7.0, -1.0, 7.0, None, np.inf]}))
    found = evidence_rows(Finding(code, Severity.INFO, "", "", "a", evidence), data)
    assert (found.positions.tolist(), found.complete) == (rows, True)


def test_rows_that_belong_together_stand_together(make):
    data = make(pl.DataFrame({"a": list(range(9))}))
    evidence = {"pairs": [{"rows": [7, 1]}, {"rows": [3, 99]}], "rows": [1, 7, 5]}
    found = evidence_rows(Finding("LK006", Severity.INFO, "", "", None, evidence), data)
    assert (found.positions.tolist(), found.complete) == ([7, 1, 3, 5], False)
    rule = Finding("DQ017", Severity.INFO, "", "", None, {"rule": "a < 7"})
    assert evidence_rows(rule, data).positions.tolist() == [7, 8]
    assert evidence_rows(Finding("DQ025", Severity.INFO, "", "", None, {"rows": 9}), data) is None


@pytest.fixture
def make():
    import clew

    return clew.read
